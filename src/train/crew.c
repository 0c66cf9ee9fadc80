/* crew.c - the threads that share the lanes of a rank */
#include "train/crew.h"

#include <assert.h>
#include <stdlib.h>

#include "base/pool.h"

struct task {
    size_t lane;
    int rc;
    struct ch_err error;
};

struct ch_crew {
    size_t count;                /* of tasks: one per lane */
    struct task *task;
    /* More than one thread: tasks to do, tasks done, and the one token of who
     * is between enter and leave. */
    struct ch_queue *todo, *done, *token;
    struct ch_pool *pool;
    /* Of the run; written before any task is put. */
    ch_crew_fn work;
    void *context;
};

static void do_task(struct ch_crew *c, struct task *t, size_t member)
{
    t->error = (struct ch_err) CH_ERR_INIT;
    t->rc = c->work(c->context, t->lane, member, &t->error);
}

static int serve(void *context, size_t member, struct ch_err *e)
{
    struct ch_crew *c = context;
    void *task;

    (void)e;
    while (ch_queue_take(c->todo, &task)) {
        do_task(c, task, member);
        ch_queue_put(c->done, task);
    }
    return 0;
}

static int start(struct ch_crew *c, size_t threads, struct ch_err *e)
{
    int rc = ch_queue_open(&c->todo, c->count, e);

    if (!rc) rc = ch_queue_open(&c->done, c->count, e);
    if (!rc) rc = ch_queue_open(&c->token, 1, e);
    if (!rc) {
        ch_queue_put(c->token, c);
        rc = ch_pool_start(&c->pool, threads, serve, c, e);
    }
    return rc;
}

int ch_crew_open(struct ch_crew **out, size_t threads, size_t first,
                 size_t end, struct ch_err *e)
{
    struct ch_crew *c = calloc(1, sizeof *c);
    int rc = 0;

    assert(threads >= 1 && end > first);
    *out = NULL;
    if (!c)
        return ch_fail(e, CH_ENOMEM, "cannot hold a crew");
    c->count = end - first;
    c->task = calloc(c->count, sizeof *c->task);
    if (!c->task)
        rc = ch_fail(e, CH_ENOMEM, "cannot hold %zu tasks", c->count);
    for (size_t i = 0; i < c->count && !rc; i++)
        c->task[i].lane = first + i;
    if (!rc && threads > 1)
        rc = start(c, threads, e);
    if (rc)
        ch_crew_close(c);
    else
        *out = c;
    return rc;
}

void ch_crew_close(struct ch_crew *c)
{
    if (!c)
        return;
    if (c->todo)
        ch_queue_end(c->todo);
    (void)ch_pool_finish(c->pool, NULL);     /* serve() cannot fail */
    ch_queue_close(c->todo);
    ch_queue_close(c->done);
    ch_queue_close(c->token);
    free(c->task);
    free(c);
}

int ch_crew_run(struct ch_crew *c, ch_crew_fn work, void *context,
                struct ch_err *e)
{
    void *done;

    c->work = work;
    c->context = context;
    for (size_t i = 0; i < c->count; i++)
        if (c->pool)
            ch_queue_put(c->todo, &c->task[i]);
        else
            do_task(c, &c->task[i], 0);
    for (size_t i = 0; c->pool && i < c->count; i++)
        ch_queue_take(c->done, &done);
    for (size_t i = 0; i < c->count; i++)
        if (c->task[i].rc) {
            if (e)
                *e = c->task[i].error;
            return c->task[i].rc;
        }
    return 0;
}

void ch_crew_enter(struct ch_crew *c)
{
    void *token;

    if (c->pool)
        ch_queue_take(c->token, &token);
}

void ch_crew_leave(struct ch_crew *c)
{
    if (c->pool)
        ch_queue_put(c->token, c);
}
