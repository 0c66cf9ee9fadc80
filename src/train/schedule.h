/* schedule.h - where a run is, and what comes next
 *
 * The state is all a checkpoint must know beside the numbers themselves: the
 * order of examples is a function of epoch and step.  No clock is in it, so
 * runs of the same settings have the same state.
 *
 * The learning rate of a step, t = 0, 1, ... steps done, in epoch k = 0, 1, ...
 *   constant      rate
 *   step          rate * decay^floor(k / decay_every); decay_every 0: rate
 *   exponential   rate * decay^k
 *   cosine        rate_min + (rate - rate_min) (1 + cos(pi u)) / 2, u from 0
 *                 after the warm-up to 1 after cosine_epochs
 *   noam          rate * min((t + 1) / warmup, sqrt(warmup / (t + 1))): the
 *                 paper's with rate = factor * (width * warmup)^-0.5
 *   plateau       rate * decay for each time that more than `plateau` epochs
 *                 were no better by a part of 1e-4: PyTorch's
 *                 ReduceLROnPlateau
 * none below rate_min.  Then (t + 1) / warmup of it in the first warmup steps,
 * and a tenth for each time the run went back because of a NaN.
 */
#ifndef CH_TRAIN_SCHEDULE_H
#define CH_TRAIN_SCHEDULE_H

#include "chorus/train.h"

#define CH_SCHEDULE_EPOCHS 1000

struct ch_schedule_epoch {
    double train_loss, val_loss;   /* nats per word */
    double rate;                   /* of the last step */
    double score;                  /* what the best is chosen by */
};

struct ch_schedule {
    uint64_t epoch_steps;      /* of the data, not of the state: set by who
                                  knows the lanes */
    uint64_t epoch;            /* epochs finished */
    uint64_t step;             /* steps done, in all */
    uint64_t words;            /* words learnt from, in all */
    uint64_t epoch_step;       /* steps done of the epoch that has begun */
    uint64_t epoch_words;      /* and its words, */
    double epoch_loss;         /* and the sum of their losses */
    uint64_t best_epoch;       /* 0: none yet */
    double best_loss;          /* its validation loss; infinity before */
    double best_score;         /* its score */
    double plateau_best;       /* score that plateau compares with */
    uint64_t plateau_bad;      /* epochs no better than it */
    double plateau_scale;      /* of the rate */
    uint64_t rollbacks;        /* times the run went back */
    struct ch_schedule_epoch history[CH_SCHEDULE_EPOCHS];
};

void ch_schedule_init(struct ch_schedule *s);

/* The learning rate of the next step. */
double ch_schedule_rate(const struct ch_schedule *s,
                        const struct ch_train_options *o);

/* A step was done: the sum of losses over so many words. */
void ch_schedule_step(struct ch_schedule *s, double loss, uint64_t words);
/* The epoch ended; true when it is the best so far (ties: the earlier).
 * score: what the best is chosen by, the loss itself unless o->select says
 * otherwise. */
bool ch_schedule_end_epoch(struct ch_schedule *s,
                           const struct ch_train_options *o, double val_loss,
                           double score);

/* The last `patience` epochs were no better, by more than min_delta, than one
 * before them (Prechelt, "Early stopping - but when?", 1998). */
bool ch_schedule_is_stalled(const struct ch_schedule *s,
                            const struct ch_train_options *o);
bool ch_schedule_is_at_max_steps(const struct ch_schedule *s,
                                 const struct ch_train_options *o);
/* Nothing more is to be done. */
bool ch_schedule_is_over(const struct ch_schedule *s,
                         const struct ch_train_options *o);

#endif
