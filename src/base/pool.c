/* pool.c - threads, and the queue they talk through */
#include "base/pool.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct ch_queue {
    pthread_mutex_t lock;        /* protects all below */
    pthread_cond_t filled, emptied;
    size_t depth, first, count;
    int ended;
    void *item[];                /* a ring of depth pointers */
};

int ch_queue_open(struct ch_queue **out, size_t depth, struct ch_err *e)
{
    struct ch_queue *q = calloc(1, sizeof *q + depth * sizeof q->item[0]);
    pthread_condattr_t steady;

    assert(depth > 0);     /* nothing could ever be put */
    *out = q;
    if (!q)
        return ch_fail(e, CH_ENOMEM, "cannot hold a queue of %zu", depth);
    q->depth = depth;
    pthread_mutex_init(&q->lock, NULL);
    /* Nobody's setting of the time of day makes a reader wait longer. */
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(&q->filled, &steady);
    pthread_cond_init(&q->emptied, NULL);
    pthread_condattr_destroy(&steady);
    return 0;
}

void ch_queue_close(struct ch_queue *q)
{
    if (!q)
        return;
    pthread_cond_destroy(&q->emptied);
    pthread_cond_destroy(&q->filled);
    pthread_mutex_destroy(&q->lock);
    free(q);
}

/* The lock is held. */
static int put_last(struct ch_queue *q, void *item)
{
    if (q->ended || q->count == q->depth)
        return 0;
    q->item[(q->first + q->count) % q->depth] = item;
    q->count++;
    pthread_cond_signal(&q->filled);
    return 1;
}

int ch_queue_put(struct ch_queue *q, void *item)
{
    int taken;

    pthread_mutex_lock(&q->lock);
    while (q->count == q->depth && !q->ended)
        pthread_cond_wait(&q->emptied, &q->lock);
    taken = put_last(q, item);
    pthread_mutex_unlock(&q->lock);
    return taken;
}

int ch_queue_offer(struct ch_queue *q, void *item)
{
    int taken;

    pthread_mutex_lock(&q->lock);
    taken = put_last(q, item);
    pthread_mutex_unlock(&q->lock);
    return taken;
}

/* The lock is held. */
static int take_first(struct ch_queue *q, void **item)
{
    if (q->count == 0)
        return 0;
    *item = q->item[q->first];
    q->first = (q->first + 1) % q->depth;
    q->count--;
    pthread_cond_signal(&q->emptied);
    return 1;
}

int ch_queue_take(struct ch_queue *q, void **item)
{
    int found;

    pthread_mutex_lock(&q->lock);
    while (q->count == 0 && !q->ended)
        pthread_cond_wait(&q->filled, &q->lock);
    found = take_first(q, item);
    pthread_mutex_unlock(&q->lock);
    return found;
}

int ch_queue_try(struct ch_queue *q, void **item)
{
    int found;

    pthread_mutex_lock(&q->lock);
    found = take_first(q, item);
    pthread_mutex_unlock(&q->lock);
    return found;
}

int ch_queue_await(struct ch_queue *q, double seconds, void **item)
{
    struct timespec until;
    int found, rc = 0;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)seconds;
    until.tv_nsec += (long)(1e9 * (seconds - (double)(time_t)seconds));
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    pthread_mutex_lock(&q->lock);
    while (q->count == 0 && !q->ended && !rc)
        rc = pthread_cond_timedwait(&q->filled, &q->lock, &until);
    found = take_first(q, item);
    pthread_mutex_unlock(&q->lock);
    return found;
}

void ch_queue_end(struct ch_queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->ended = 1;
    pthread_cond_broadcast(&q->filled);
    pthread_cond_broadcast(&q->emptied);
    pthread_mutex_unlock(&q->lock);
}

struct worker {
    pthread_t thread;
    ch_pool_fn work;
    void *context;
    size_t index;
    int rc;
    struct ch_err err;
};

struct ch_pool {
    size_t count;
    struct worker worker[];
};

static void *run(void *at)
{
    struct worker *w = at;

    w->rc = w->work(w->context, w->index, &w->err);
    return NULL;
}

int ch_pool_start(struct ch_pool **out, size_t count, ch_pool_fn work,
                  void *context, struct ch_err *e)
{
    struct ch_pool *p = calloc(1, sizeof *p + count * sizeof p->worker[0]);

    *out = p;
    if (!p)
        return ch_fail(e, CH_ENOMEM, "cannot hold %zu threads", count);
    for (size_t i = 0; i < count; i++) {
        struct worker *w = &p->worker[i];
        w->work = work;
        w->context = context;
        w->index = i;
        w->err = (struct ch_err)CH_ERR_INIT;
        if (pthread_create(&w->thread, NULL, run, w) != 0) {
            /* Those already running are left to the caller's finish(). */
            return ch_fail(e, CH_EIO, "cannot start thread %zu of %zu", i + 1,
                           count);
        }
        p->count++;
    }
    return 0;
}

int ch_pool_finish(struct ch_pool *p, struct ch_err *e)
{
    int rc = 0;

    if (!p)
        return 0;
    for (size_t i = 0; i < p->count; i++) {
        struct worker *w = &p->worker[i];
        pthread_join(w->thread, NULL);
        if (w->rc && !rc) {
            rc = w->rc;
            if (e)
                *e = w->err;
        }
    }
    free(p);
    return rc;
}

size_t ch_pool_cores(void)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    /* A machine of more cores than the set has bits refuses. */
    if (sched_getaffinity(0, sizeof set, &set) != 0) {
        long online = sysconf(_SC_NPROCESSORS_ONLN);
        return online > 0 ? (size_t)online : 1;
    }
    return (size_t)CPU_COUNT(&set);
}
