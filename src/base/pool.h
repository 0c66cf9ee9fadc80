/* pool.h - threads, and the queue they talk through (the door of pthread)
 *
 * Threads share nothing but queues: a bounded queue of pointers blocks its
 * writer when full and its reader when empty.
 */
#ifndef CH_BASE_POOL_H
#define CH_BASE_POOL_H

#include "chorus/err.h"

struct ch_queue;
int ch_queue_open(struct ch_queue **out, size_t depth, struct ch_err *e);
void ch_queue_close(struct ch_queue *q);
/* 1, or 0 when the queue was ended meanwhile. */
int ch_queue_put(struct ch_queue *q, void *item);
/* 1 and an item, or 0 when the queue is ended and empty. */
int ch_queue_take(struct ch_queue *q, void **item);
/* 1 and an item, or 0 when there is none now. */
int ch_queue_try(struct ch_queue *q, void **item);
/* The same, after waiting for one so many seconds at most. */
int ch_queue_await(struct ch_queue *q, double seconds, void **item);
/* 1, or 0 when the queue is full now, or ended. */
int ch_queue_offer(struct ch_queue *q, void *item);
/* Nothing more will be put; readers drain what is left. */
void ch_queue_end(struct ch_queue *q);

/* count threads that each run work(context, index); finish waits for all and
 * returns the first error by index.  When start fails, some may be running:
 * end what they wait for, then finish. */
typedef int (*ch_pool_fn)(void *context, size_t index, struct ch_err *e);
struct ch_pool;
int ch_pool_start(struct ch_pool **out, size_t count, ch_pool_fn work,
                  void *context, struct ch_err *e);
int ch_pool_finish(struct ch_pool *p, struct ch_err *e);   /* frees it */

/* Cores this process may use (its affinity mask). */
size_t ch_pool_cores(void);

#endif
