/* trainer.h - what the loop of one rank knows from step to step */
#ifndef CH_TRAIN_TRAINER_H
#define CH_TRAIN_TRAINER_H

#include "chorus/log.h"
#include "train/judge.h"
#include "train/learn.h"
#include "train/phase.h"
#include "train/replica.h"
#include "train/show.h"
#include "train/trace.h"
#include "train/trainlog.h"

/* Wishes of a rank, told to all with its lanes' reports. */
enum { CH_WISH_SAVE = 1, CH_WISH_END = 2, CH_WISH_SIGNAL = 4 };

struct ch_trainer {
    struct ch_replica r;
    struct ch_replica_report report[CH_LANES_MAX];   /* of this step */
    struct ch_learn_task task[CH_LANES_MAX];
    struct ch_judge *judge;          /* NULL: the loss alone */
    struct ch_show *show;            /* NULL: nothing is shown, or by rank 0 */
    struct ch_trainlog *log;         /* rank 0 */
    struct ch_trace *trace;          /* NULL: nobody asked */
    struct ch_trainlog_step line;    /* of this step */
    struct ch_phases phases;         /* of this rank in this step ... */
    struct ch_phases epoch_phases;   /* ... and in this epoch */
    struct ch_progress progress;
    uint64_t wish;                   /* of all ranks, at the last step */
    double saved_s, end_s;           /* clock of the last checkpoint, and of
                                        the end; 0: none */
    int own_rc;                      /* of the log, and of a checkpoint that
                                        was being written: told to all ranks
                                        at the next step */
    double train_s;                  /* in steps */
    uint64_t words;                  /* learnt from by this process */
};

/* Does a rank want more than a checkpoint? */
static inline bool ch_trainer_is_stopping(const struct ch_trainer *t)
{
    return t->wish & ~CH_WISH_SAVE;
}

#endif
