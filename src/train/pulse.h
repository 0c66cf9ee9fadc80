/* pulse.h - where a rank is, for the other ranks to see
 *
 * A few numbers in memory that the ranks of a host share (ch_comm_page()).  A
 * rank says where it is by storing them: some nanoseconds, nothing is sent.
 *
 * Threads:  any; every number is stored and read atomically, and no two of
 *           them are one.
 */
#ifndef CH_TRAIN_PULSE_H
#define CH_TRAIN_PULSE_H

#include <stddef.h>
#include <stdint.h>

#include "chorus/comm.h"
#include "train/crew.h"

/* X(NAME, what a rank is doing) */
#define CH_PULSE_PHASES(X)                                                     \
    X(OPEN, "opening the run")                                                 \
    X(READ, "reading its lanes")                                               \
    X(MEASURE, "measuring the features")                                       \
    X(RESUME, "reading a checkpoint")                                          \
    X(LEARN, "computing gradients")                                            \
    X(SUM, "adding gradients")                                                 \
    X(UPDATE, "updating the weights")                                          \
    X(VALIDATE, "computing the validation loss")                               \
    X(CAPTION, "captioning the validation images")                             \
    X(SCORE, "scoring captions")                                               \
    X(SAVE, "writing a checkpoint")

enum ch_pulse_phase {
#define CH_PULSE_ENUM(name, say) CH_PULSE_##name,
    CH_PULSE_PHASES(CH_PULSE_ENUM)
#undef CH_PULSE_ENUM
};

enum {
    CH_PULSE_ALIVE,            /* clock, ms, when its watchdog last looked */
    CH_PULSE_MOVED,            /* ... and when that last saw work go on */
    CH_PULSE_CALLS,            /* ch_comm_watch()'s: odd while it waits */
    CH_PULSE_COUNT,            /* grows with every piece of work */
    CH_PULSE_STEP,
    CH_PULSE_PHASE,
    CH_PULSE_DESK,             /* of each thread: its piece of work, or 0 */
    CH_PULSE_WORDS = CH_PULSE_DESK + CH_CREW_MOST
};

struct ch_pulse {
    uint64_t word[CH_PULSE_WORDS];
};
_Static_assert(sizeof(struct ch_pulse) <= CH_COMM_PAGE_BYTES,
               "a pulse has room on a page");

static inline uint64_t ch_pulse_get(const struct ch_pulse *p, size_t word)
{
    return __atomic_load_n(&p->word[word], __ATOMIC_RELAXED);
}

static inline void ch_pulse_put(struct ch_pulse *p, size_t word, uint64_t v)
{
    __atomic_store_n(&p->word[word], v, __ATOMIC_RELAXED);
}

static inline void ch_pulse_count(struct ch_pulse *p)
{
    __atomic_fetch_add(&p->word[CH_PULSE_COUNT], 1, __ATOMIC_RELAXED);
}

static inline void ch_pulse_phase(struct ch_pulse *p, enum ch_pulse_phase at)
{
    ch_pulse_put(p, CH_PULSE_PHASE, at);
    ch_pulse_count(p);
}

/* Work on a lane, that begins at a record of the training set or of the
 * validation set. */
struct ch_pulse_work {
    size_t lane, record;
    int is_val, is_computing;  /* it has been read */
};

/* Thread `desk` has come so far. */
static inline void ch_pulse_work(struct ch_pulse *p, size_t desk,
                                 struct ch_pulse_work w)
{
    uint64_t packed = 1 | (uint64_t)!!w.is_val << 1 |
                      (uint64_t)!!w.is_computing << 2 |
                      (uint64_t)w.lane << 8 | (uint64_t)w.record << 24;

    ch_pulse_put(p, CH_PULSE_DESK + desk, packed);
    ch_pulse_count(p);
}

static inline void ch_pulse_rest(struct ch_pulse *p, size_t desk)
{
    ch_pulse_put(p, CH_PULSE_DESK + desk, 0);
}

/* 0 when that thread has none. */
static inline int ch_pulse_see(const struct ch_pulse *p, size_t desk,
                               struct ch_pulse_work *w)
{
    uint64_t packed = ch_pulse_get(p, CH_PULSE_DESK + desk);

    *w = (struct ch_pulse_work) {
        .lane = packed >> 8 & 0xffff, .record = packed >> 24,
        .is_val = packed >> 1 & 1, .is_computing = packed >> 2 & 1
    };
    return packed & 1;
}

#endif
