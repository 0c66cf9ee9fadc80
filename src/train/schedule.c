/* schedule.c - where a run is, and what comes next */
#include "train/schedule.h"

#include <assert.h>
#include <math.h>
#include <string.h>

void ch_schedule_init(struct ch_schedule *s)
{
    memset(s, 0, sizeof *s);
    s->best_loss = (double)INFINITY;
}

double ch_schedule_rate(const struct ch_train_options *o, uint64_t epoch)
{
    uint64_t times = o->decay_every ? (epoch - 1) / o->decay_every : 0;
    double rate = o->rate;

    /* Not pow(), whose last bit depends on the C library. */
    for (uint64_t i = 0; i < times; i++)
        rate *= o->decay;
    return rate;
}

void ch_schedule_step(struct ch_schedule *s, double loss, uint64_t words)
{
    s->step++;
    s->words += words;
    s->epoch_step++;
    s->epoch_words += words;
    s->epoch_loss += loss;
}

bool ch_schedule_end_epoch(struct ch_schedule *s,
                           const struct ch_train_options *o, double val_loss)
{
    struct ch_schedule_epoch *h;
    bool is_best = val_loss < s->best_loss;

    assert(s->epoch < CH_SCHEDULE_EPOCHS && s->epoch_words);
    h = &s->history[s->epoch++];
    h->train_loss = s->epoch_loss / (double)s->epoch_words;
    h->val_loss = val_loss;
    h->rate = ch_schedule_rate(o, s->epoch);
    s->epoch_step = s->epoch_words = 0;
    s->epoch_loss = 0;
    if (is_best) {
        s->best_epoch = s->epoch;
        s->best_loss = val_loss;
    }
    return is_best;
}

bool ch_schedule_is_stalled(const struct ch_schedule *s,
                            const struct ch_train_options *o)
{
    return o->patience && s->epoch - s->best_epoch >= o->patience;
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
