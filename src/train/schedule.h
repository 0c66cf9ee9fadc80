/* schedule.h - where a run is, and what comes next
 *
 * The state is all a checkpoint must know beside the numbers themselves: the
 * order of examples is a function of epoch and step.  No clock is in it, so
 * runs of the same settings have the same state.
 */
#ifndef CH_TRAIN_SCHEDULE_H
#define CH_TRAIN_SCHEDULE_H

#include "chorus/train.h"

#define CH_SCHEDULE_EPOCHS 1000

struct ch_schedule_epoch {
    double train_loss, val_loss;   /* nats per word */
    double rate;
};

struct ch_schedule {
    uint64_t epoch;            /* epochs finished */
    uint64_t step;             /* steps done, in all */
    uint64_t words;            /* words learnt from, in all */
    uint64_t epoch_step;       /* steps done of the epoch that has begun */
    uint64_t epoch_words;      /* and its words, */
    double epoch_loss;         /* and the sum of their losses */
    uint64_t best_epoch;       /* 0: none yet */
    double best_loss;          /* its validation loss; infinity before */
    struct ch_schedule_epoch history[CH_SCHEDULE_EPOCHS];
};

void ch_schedule_init(struct ch_schedule *s);

/* Adam's learning rate in an epoch, from 1:
 * rate * decay^floor((epoch - 1) / decay_every); decay_every 0: no decay. */
double ch_schedule_rate(const struct ch_train_options *o, uint64_t epoch);

/* A step was done: the sum of losses over so many words. */
void ch_schedule_step(struct ch_schedule *s, double loss, uint64_t words);
/* The epoch ended; true when it is the best so far (ties: the earlier). */
bool ch_schedule_end_epoch(struct ch_schedule *s,
                           const struct ch_train_options *o, double val_loss);

/* The last `patience` epochs were no better than one before them. */
bool ch_schedule_is_stalled(const struct ch_schedule *s,
                            const struct ch_train_options *o);
bool ch_schedule_is_at_max_steps(const struct ch_schedule *s,
                                 const struct ch_train_options *o);
/* Nothing more is to be done. */
bool ch_schedule_is_over(const struct ch_schedule *s,
                         const struct ch_train_options *o);

#endif
