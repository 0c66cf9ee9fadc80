/* lanes.h - the pieces a batch is cut into, so that ranks do not matter
 *
 * A lane is always computed in the same way, wherever it is: its own records,
 * its own order, its own part of every batch.  The records of a set are cut
 * into L contiguous ranges whose sizes differ by at most one; an example is
 * one (record, caption) pair; a lane that runs out of examples sits the rest
 * of the epoch out.  Rank r of P owns lanes [r L / P, (r + 1) L / P).  With
 * skip_bad a record that is damaged keeps its place but has no example, so the
 * others are where they were for any number of ranks.
 *
 * Life:     init -> read (own lanes) -> place (all lanes) -> shuffle, order
 * Threads:  one at a time.
 */
#ifndef CH_DATA_LANES_H
#define CH_DATA_LANES_H

#include "data/shard.h"

#define CH_LANES_MAX 1024

struct ch_example {
    uint32_t record;           /* of the set */
    uint16_t caption;          /* of the record */
    uint16_t words;            /* to predict, <end> included */
};

struct ch_lane {
    size_t first_record, record_count;
    size_t batch;              /* examples per step */
    /* Own lanes only: */
    struct ch_example *example;
    uint32_t *order;           /* the epoch's: a permutation of the examples */
    size_t word_count, longest;     /* of all examples, of one */
    size_t *bad;               /* [bad_count] records left out */
    size_t bad_count;          /* of other lanes, who knows it fills it in */
    /* After place: */
    size_t first_example;      /* number of its first one in the data set */
    size_t example_count;
};

struct ch_lanes {
    size_t count;              /* L */
    /* Set after init: */
    bool is_together;          /* all captions of an image in a row */
    bool skip_bad;             /* read also looks at the features of all
                                  records, and leaves out damaged ones */
    bool is_grid;              /* ... at their grids */
    struct ch_lane *lane;
};

/* How many lanes a batch is cut into when nobody says: from a batch of 64 on 16
 * to 32 examples each, and always a multiple of 4, so that 2 or 4 ranks have
 * the same work. */
size_t ch_lanes_default(size_t batch);
/* The first lane of a rank; its last is before the first of the next. */
size_t ch_lanes_first(size_t lane_count, int rank, int size);

/* Cut `records` and `batch` into lane_count lanes; CH_EUSAGE when a lane would
 * have no example in any batch, or there are too many lanes. */
int ch_lanes_init(struct ch_lanes *l, size_t records, size_t batch,
                  size_t lane_count, struct ch_err *e);
void ch_lanes_release(struct ch_lanes *l);   /* zeroed is fine */

/* List the examples of one lane; the order is that of the records.  Each record
 * left out is told as a warning. */
int ch_lanes_read(struct ch_lanes *l, size_t lane, struct ch_set *set,
                  struct ch_err *e);
/* Number the examples of all lanes: examples[l] are those of lane l. */
void ch_lanes_place(struct ch_lanes *l, const uint64_t *examples);
/* Was this record of an own lane left out? */
bool ch_lanes_is_bad(const struct ch_lanes *l, size_t lane, size_t record);
size_t ch_lanes_bad(const struct ch_lanes *l);     /* of all lanes */
/* The order of an epoch: a function of (seed, epoch, lane) only. */
void ch_lanes_shuffle(struct ch_lanes *l, size_t lane, uint64_t seed,
                      uint32_t epoch);

/* Steps of an epoch: until the last lane has run out. */
size_t ch_lanes_steps(const struct ch_lanes *l);
size_t ch_lanes_examples(const struct ch_lanes *l);
/* Examples of a lane at a step of the epoch, from *first of the order; 0 when
 * it sits out. */
size_t ch_lanes_at(const struct ch_lanes *l, size_t lane, size_t step,
                   size_t *first);

#endif
