/* schedule.c - where a run is, and what comes next */
#include "train/schedule.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define PI 3.14159265358979323846
/* ReduceLROnPlateau's: what is better by less than this part is no better. */
#define PLATEAU_THRESHOLD 1e-4
/* The rate after going back is this part of the one before. */
#define ROLLBACK_SCALE 0.1

void ch_schedule_init(struct ch_schedule *s)
{
    memset(s, 0, sizeof *s);
    s->best_loss = (double)INFINITY;
    s->plateau_scale = 1;
}

/* Not pow(), whose last bit depends on the C library. */
static double power(double x, uint64_t times)
{
    double y = 1;

    for (uint64_t i = 0; i < times; i++)
        y *= x;
    return y;
}

static double cosine(const struct ch_schedule *s,
                     const struct ch_train_options *o, uint64_t step)
{
    uint64_t end = o->cosine_epochs * s->epoch_steps;
    double u;

    if (step < o->warmup)
        return o->rate;
    if (end <= o->warmup || step >= end)
        return o->rate_min;
    u = (double)(step - o->warmup) / (double)(end - o->warmup);
    return o->rate_min + (o->rate - o->rate_min) * (1 + cos(PI * u)) / 2;
}

static double noam(const struct ch_train_options *o, uint64_t step)
{
    uint64_t w = o->warmup ? o->warmup : 1;

    return step < w ? o->rate : o->rate * sqrt((double)w / (double)(step + 1));
}

/* After `step` steps and `epoch` epochs. */
static double rate_at(const struct ch_schedule *s,
                      const struct ch_train_options *o, uint64_t step,
                      uint64_t epoch)
{
    double rate = o->rate;

    switch (o->schedule) {
    case CH_RATE_STEP:
        if (o->decay_every)
            rate *= power(o->decay, epoch / o->decay_every);
        break;
    case CH_RATE_EXPONENTIAL: rate *= power(o->decay, epoch); break;
    case CH_RATE_COSINE: rate = cosine(s, o, step); break;
    case CH_RATE_NOAM: rate = noam(o, step); break;
    case CH_RATE_PLATEAU: rate *= s->plateau_scale; break;
    default: break;
    }
    if (rate < o->rate_min)
        rate = o->rate_min;
    if (step < o->warmup)
        rate *= (double)(step + 1) / (double)o->warmup;
    return rate * power(ROLLBACK_SCALE, s->rollbacks);
}

double ch_schedule_rate(const struct ch_schedule *s,
                        const struct ch_train_options *o)
{
    return rate_at(s, o, s->step, s->epoch);
}

void ch_schedule_step(struct ch_schedule *s, double loss, uint64_t words)
{
    s->step++;
    s->words += words;
    s->epoch_step++;
    s->epoch_words += words;
    s->epoch_loss += loss;
}

/* By a part, and by an amount: a loss is better when lower, a score of captions
 * when higher. */
static bool is_better(const struct ch_train_options *o, double score,
                      double than, double part, double amount)
{
    return o->select == CH_SELECT_LOSS ? score < than * (1 - part) - amount
                                       : score > than * (1 + part) + amount;
}

static void watch_plateau(struct ch_schedule *s,
                          const struct ch_train_options *o, double score)
{
    if (s->epoch == 1 || is_better(o, score, s->plateau_best,
                                   PLATEAU_THRESHOLD, 0)) {
        s->plateau_best = score;
        s->plateau_bad = 0;
    } else if (++s->plateau_bad > o->plateau) {
        s->plateau_scale *= o->decay;
        s->plateau_bad = 0;
    }
}

bool ch_schedule_end_epoch(struct ch_schedule *s,
                           const struct ch_train_options *o, double val_loss,
                           double score)
{
    struct ch_schedule_epoch *h;
    bool is_best = !s->best_epoch || is_better(o, score, s->best_score, 0,
                                              0);

    assert(s->epoch < CH_SCHEDULE_EPOCHS && s->epoch_words);
    h = &s->history[s->epoch];
    h->train_loss = s->epoch_loss / (double)s->epoch_words;
    h->val_loss = val_loss;
    h->rate = rate_at(s, o, s->step - 1, s->epoch);
    h->score = score;
    s->epoch++;
    s->epoch_step = s->epoch_words = 0;
    s->epoch_loss = 0;
    if (is_best) {
        s->best_epoch = s->epoch;
        s->best_loss = val_loss;
        s->best_score = score;
    }
    watch_plateau(s, o, score);
    return is_best;
}

bool ch_schedule_is_stalled(const struct ch_schedule *s,
                            const struct ch_train_options *o)
{
    uint64_t better_at = 0;      /* the last epoch that was clearly better */

    for (uint64_t i = 1; i < s->epoch; i++)
        if (is_better(o, s->history[i].score, s->history[better_at].score, 0,
                      o->min_delta))
            better_at = i;
    return o->patience && s->epoch > better_at + o->patience;
}

bool ch_schedule_is_at_max_steps(const struct ch_schedule *s,
                                 const struct ch_train_options *o)
{
    return o->max_steps && s->step >= o->max_steps;
}

bool ch_schedule_is_over(const struct ch_schedule *s,
                         const struct ch_train_options *o)
{
    return s->epoch >= o->epochs || ch_schedule_is_stalled(s, o) ||
           ch_schedule_is_at_max_steps(s, o);
}
