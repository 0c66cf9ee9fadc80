/* best.c - the n best captions, and what makes them so */
#include "caption/best.h"

#include <math.h>

double ch_best_score(const struct ch_decode_options *o, double logp,
                     size_t count)
{
    double words = (double)count + 1;

    switch ((enum ch_decode_length)o->length) {
    case CH_LENGTH_NONE:
        break;
    case CH_LENGTH_POWER:
        return logp / pow(words, o->length_power);
    case CH_LENGTH_AVERAGE:
        return logp / words;
    case CH_LENGTH_WU:
        return logp / pow((5 + words) / 6, o->length_power);
    }
    return logp;
}

static bool is_same(const struct ch_hypothesis *a,
                    const struct ch_hypothesis *b)
{
    return a->count == b->count &&
           !memcmp(a->id, b->id, a->count * sizeof *a->id);
}

void ch_best_put(struct ch_best *b, const struct ch_hypothesis *h,
                 bool is_set)
{
    size_t at = b->count;

    for (size_t i = 0; i < b->count && is_set; i++)
        if (is_same(&b->at[i], h))
            return;
    if (at == b->most) {
        if (at == 0 || !(h->score > b->at[at - 1].score))
            return;
        at--;
    } else {
        b->count++;
    }
    for (; at > 0 && h->score > b->at[at - 1].score; at--)
        b->at[at] = b->at[at - 1];
    b->at[at] = *h;
}
