/* replica.h - what one rank holds while training
 *
 * Life:     open -> load and compute lanes ... -> close
 * Ranks:    all functions are collective but load.
 * Memory:   nothing is allocated after open.
 */
#ifndef CH_TRAIN_REPLICA_H
#define CH_TRAIN_REPLICA_H

#include "base/arena.h"
#include "base/file.h"
#include "data/batch.h"
#include "train/checkpoint.h"
#include "train/crew.h"
#include "train/reduce.h"
#include "train/update.h"
#include "train/watchdog.h"

/* What a thread computes in. */
struct ch_replica_desk {
    struct ch_batch_rows rows;
    struct ch_arena arena;
};

/* Hashes of the own slice as a step left it (train/replica_check.h). */
struct ch_replica_seal {
    uint64_t step;             /* 0: there is none */
    uint64_t hash[1 + CH_UPDATE_BLOCKS];   /* the weights, and each block */
};

struct ch_save;
struct ch_replica {
    struct ch_comm *comm;
    struct ch_watchdog *watchdog;
    struct ch_pulse *pulse;        /* of this rank, its watchdog's */
    struct ch_train_options o;     /* lanes filled in */
    struct ch_checkpoint_data data;
    struct ch_set *train, *val;
    struct ch_lanes train_lanes, val_lanes;
    uint64_t epoch_words;          /* of the training set */
    struct ch_model model;         /* its params are reduce.params */
    struct ch_schedule schedule;
    size_t desks;                  /* one for each thread; the first is for
                                      whoever is alone */
    struct ch_replica_desk desk[CH_CREW_MOST];
    struct ch_crew *crew;
    struct ch_reduce reduce;
    struct ch_update update;
    struct ch_replica_seal seal;
    float *all[CH_UPDATE_BLOCKS];  /* rank 0: the blocks of all slices */
    float *debug_sum;              /* rank 0 of several, of a debug run: the
                                      gradient of a step; otherwise NULL */
    struct ch_save *save;          /* rank 0 of a run that writes files */
    char best_path[4096], latest_path[4096], log_path[4096];
    bool is_resumed;
    uint64_t saved_step;           /* of latest, on rank 0; 0: there is none
                                      that is whole */
    struct ch_file_id read_id;     /* rank 0: of latest, if it was read */
    bool has_saved;                /* rank 0: there is one to go back to */
    bool is_nan;                   /* a guard found what is not finite */
};

/* What the lanes of a step or of a validation found. */
struct ch_replica_report {
    double loss;                   /* sum over words, nats */
    uint64_t words;
    int64_t rc;                    /* of loading */
    uint64_t wish;                 /* of the lane's rank: the loop's flags */
};

/* Collective.  Also begins or goes on (train/resume.h). */
int ch_replica_open(struct ch_replica *r, struct ch_comm *comm,
                    const struct ch_train_options *o, struct ch_err *e);
void ch_replica_close(struct ch_replica *r);

/* Examples of a lane's order, standardised, borrowed until the desk's next. */
struct ch_replica_part {
    size_t first, count;
    size_t desk;
};
int ch_replica_load(struct ch_replica *r, struct ch_set *set,
                    const struct ch_lanes *lanes, size_t lane,
                    struct ch_replica_part part, struct ch_batch *out,
                    struct ch_err *e);

/* Collective.  Reports of own lanes become those of all lanes, summed in lane
 * order.  A lane that failed makes all ranks fail alike: e is this rank's
 * error, if it had one. */
int ch_replica_gather(struct ch_replica *r, struct ch_replica_report *report,
                      struct ch_replica_report *total, struct ch_err *e);

/* Collective.  The weights and their moving average change places, on all
 * ranks; without --ema nothing happens. */
int ch_replica_swap_ema(struct ch_replica *r, struct ch_err *e);

#endif
