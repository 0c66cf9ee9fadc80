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
    struct ch_queue *read;           /* it no longer looks at the replica */
    struct ch_pool *pool;
    bool is_writing;                 /* the thread has the job */
    bool is_held;                    /* ... and has said that it has read */

    /* The thread's, while it has the job: */
    struct ch_checkpoint what;
    bool is_best, has_said;
    int rc;
    struct ch_err error;
};

/* Training may go on, also after an error. */
static void say(struct ch_save *s)
{
    if (!s->has_said)
        ch_queue_put(s->read, s);
    s->has_said = true;
}

/* All bytes are on their way to the disk. */
static int end_reading(void *context, struct ch_err *e)
{
    (void)e;
    say(context);
    return 0;
}

/* Training may wait for this thread: a disk that is slow is no hang. */
static void tell_moved(void *context)
{
    const struct ch_save *s = context;

    ch_pulse_count(s->r->pulse);
}

/* The weights that were validated: their moving average, where there is one. */
static int write_best(struct ch_save *s, struct ch_err *e)
{
    struct ch_checkpoint best = s->what;
    const char *name[CH_UPDATE_BLOCKS];
    size_t blocks = ch_update_blocks(&best.options, name);

    for (size_t i = 0; i < blocks; i++)
        if (!strcmp(name[i], "ema"))
            best.model.params = s->r->all[i];
    best.before_end = end_reading;
    return ch_checkpoint_write_model(&best, s->r->best_path, e);
}

/* The newest is in a file that is not there yet.  The best comes before it: a
 * kill between the two repeats this epoch, and writes the same best again. */
static int write_others(void *context, struct ch_err *e)
{
    struct ch_save *s = context;
    const struct ch_replica *r = s->r;
    uint64_t before = r->saved_step;
    int rc = s->is_best ? write_best(s, e) : end_reading(s, e);

    if (!rc && before && before != s->what.schedule.step)
        rc = ch_keep_turn(r->o.run, before, r->o.keep, e);
    return rc;
}

static int serve(void *context, size_t index, struct ch_err *e)
{
    struct ch_save *s = context;
    void *job;

    (void)index;
    (void)e;
    while (ch_queue_take(s->todo, &job)) {
        s->error = (struct ch_err) CH_ERR_INIT;
        s->rc = ch_checkpoint_write(&s->what, s->r->latest_path, &s->error);
        say(s);
        ch_queue_put(s->done, job);
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
    rc = ch_queue_open(&s->todo, 1, e);
    if (!rc) rc = ch_queue_open(&s->done, 1, e);
    if (!rc) rc = ch_queue_open(&s->read, 1, e);
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
    ch_queue_close(s->read);
    free(s);
}

void ch_save_begin(struct ch_save *s, bool is_best)
{
    const struct ch_replica *r = s->r;

    assert(!s->is_writing);
    s->what = (struct ch_checkpoint) { .model = r->model, .options = r->o,
                                       .data = r->data,
                                       .schedule = r->schedule,
                                       .before_end = write_others,
                                       .moved = tell_moved,
                                       .context = s };
    for (size_t i = 0; i < r->update.block_count; i++)
        s->what.block[i] = r->all[i];
    s->is_best = is_best;
    s->is_held = s->has_said = false;
    s->is_writing = true;
    ch_queue_put(s->todo, s);
}

void ch_save_hold(struct ch_save *s)
{
    void *job;

    if (s && s->is_writing && !s->is_held)
        ch_queue_take(s->read, &job);
    if (s)
        s->is_held = true;
}

/* The thread has given the job back. */
static int end(struct ch_save *s, struct ch_err *e)
{
    ch_save_hold(s);
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
