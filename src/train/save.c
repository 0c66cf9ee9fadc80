/* save.c - the files of a run, written by a thread while training goes on */
#include "train/save.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "train/keep.h"

struct ch_save {
    struct ch_replica *r;
    struct ch_queue *todo, *done;    /* the one job: this struct itself */
    struct ch_pool *pool;
    bool is_writing;                 /* the thread has the job, and all below */

    struct ch_checkpoint what;       /* its params and blocks are the copies */
    bool is_best;
    float *params;
    float *copy[CH_UPDATE_BLOCKS];   /* NULL: r->all is no longer in use */
    int rc;
    struct ch_err error;
};

/* The weights that were validated: their moving average, where there is one. */
static int write_best(struct ch_save *s, struct ch_err *e)
{
    struct ch_model *m = &s->what.model;
    const char *name[CH_UPDATE_BLOCKS];
    size_t blocks = ch_update_blocks(&s->what.options, name);
    int rc;

    for (size_t i = 0; i < blocks; i++)
        if (!strcmp(name[i], "ema"))
            m->params = s->copy[i] ? s->copy[i] : s->r->all[i];
    rc = ch_checkpoint_write_model(&s->what, s->r->best_path, e);
    m->params = s->params;
    return rc;
}

static int write_all(struct ch_save *s, struct ch_err *e)
{
    const struct ch_replica *r = s->r;
    uint64_t before = r->saved_step;
    int rc = 0;

    /* The best first: a kill between the two repeats this epoch, and writes
     * the same best again. */
    if (s->is_best)
        rc = write_best(s, e);
    if (!rc && before && before != s->what.schedule.step)
        rc = ch_keep_turn(r->o.run, before, r->o.keep, e);
    return rc ? rc : ch_checkpoint_write(&s->what, r->latest_path, e);
}

static int serve(void *context, size_t index, struct ch_err *e)
{
    struct ch_save *s = context;
    void *job;

    (void)index;
    (void)e;
    while (ch_queue_take(s->todo, &job)) {
        s->error = (struct ch_err) CH_ERR_INIT;
        s->rc = write_all(s, &s->error);
        ch_queue_put(s->done, job);
    }
    return 0;
}

static int take_memory(struct ch_save *s, struct ch_err *e)
{
    const struct ch_replica *r = s->r;
    size_t n = r->model.decoder.float_count;

    s->params = ch_block_get(n, sizeof *s->params);
    if (!s->params)
        return ch_fail(e, CH_ENOMEM, "cannot hold a copy of %zu parameters",
                       n);
    for (size_t i = 0; i < r->update.block_count; i++) {
        if (r->all[i] != r->update.block[i])
            continue;
        s->copy[i] = ch_block_get(n, sizeof *s->copy[i]);
        if (!s->copy[i])
            return ch_fail(e, CH_ENOMEM, "cannot hold a copy of the "
                           "optimiser's state of %zu parameters", n);
    }
    return 0;
}

int ch_save_open(struct ch_save **out, struct ch_replica *r, struct ch_err *e)
{
    struct ch_save *s = calloc(1, sizeof *s);
    int rc;

    *out = NULL;
    if (!s)
        return ch_fail(e, CH_ENOMEM, "cannot hold a writer of checkpoints");
    s->r = r;
    rc = take_memory(s, e);
    if (!rc) rc = ch_queue_open(&s->todo, 1, e);
    if (!rc) rc = ch_queue_open(&s->done, 1, e);
    if (!rc) rc = ch_pool_start(&s->pool, 1, serve, s, e);
    if (rc)
        ch_save_close(s);
    else
        *out = s;
    return rc;
}

void ch_save_close(struct ch_save *s)
{
    if (!s)
        return;
    if (s->todo)
        ch_queue_end(s->todo);
    (void)ch_pool_finish(s->pool, NULL);     /* serve() cannot fail */
    ch_queue_close(s->todo);
    ch_queue_close(s->done);
    ch_block_release(s->params);
    for (size_t i = 0; i < CH_UPDATE_BLOCKS; i++)
        ch_block_release(s->copy[i]);
    free(s);
}

void ch_save_begin(struct ch_save *s, bool is_best)
{
    const struct ch_replica *r = s->r;
    size_t bytes = r->model.decoder.float_count * sizeof(float);

    assert(!s->is_writing);
    s->what = (struct ch_checkpoint) { .model = r->model, .options = r->o,
                                       .data = r->data,
                                       .schedule = r->schedule };
    s->what.model.params = s->params;
    memcpy(s->params, r->reduce.params, bytes);
    for (size_t i = 0; i < r->update.block_count; i++) {
        if (s->copy[i])
            memcpy(s->copy[i], r->all[i], bytes);
        s->what.block[i] = s->copy[i] ? s->copy[i] : r->all[i];
    }
    s->is_best = is_best;
    s->is_writing = true;
    ch_queue_put(s->todo, s);
}

/* The thread has given the job back. */
static int end(struct ch_save *s, struct ch_err *e)
{
    s->is_writing = false;
    if (!s->rc) {
        s->r->saved_step = s->what.schedule.step;
        s->r->has_saved = true;
    } else if (e) {
        *e = s->error;
    }
    return s->rc;
}

int ch_save_poll(struct ch_save *s, struct ch_err *e)
{
    void *job;

    return s && s->is_writing && ch_queue_try(s->done, &job) ? end(s, e) : 0;
}

int ch_save_wait(struct ch_save *s, struct ch_err *e)
{
    void *job;

    if (!s || !s->is_writing)
        return 0;
    ch_queue_take(s->done, &job);
    return end(s, e);
}
