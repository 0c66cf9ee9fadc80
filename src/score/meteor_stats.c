/* meteor_stats.c - METEOR's numbers, and the score they give
 *
 * Divisions by zero are meant: IEEE's rules for NaN and infinity decide empty
 * captions, as they do in METEOR.
 */
#include "score/meteor_stats.h"

#include <math.h>

static const double ALPHA = 0.85, BETA = 0.2, GAMMA = 0.6, DELTA = 0.75;
/* Of the modules. */
static const double WEIGHT[CH_METEOR_MODULES] = { 1.0, 0.6, 0.8, 0.6 };

static uint64_t count_function(const struct ch_meteor_book *b,
                               const uint32_t *word, size_t words)
{
    uint64_t count = 0;

    for (size_t i = 0; i < words; i++)
        count += ch_meteor_book_word(b, word[i])->is_function;
    return count;
}

/* A chunk is a run of matches without a gap on either side. */
static uint64_t count_chunks(const struct ch_meteor_match *match, size_t count)
{
    uint64_t chunks = 0;

    for (size_t i = 0; i < count; i++) {
        const struct ch_meteor_match *m = &match[i], *last = m - 1;

        if (i == 0 || last->ref + last->ref_words != m->ref ||
            last->hyp + last->hyp_words != m->hyp)
            chunks++;
    }
    return chunks;
}

void ch_meteor_stats_count(struct ch_meteor_stats *s,
                           const struct ch_meteor_book *b,
                           const struct ch_meteor_sentence *hyp,
                           const struct ch_meteor_sentence *ref,
                           const struct ch_meteor_match *match, size_t count)
{
    *s = (struct ch_meteor_stats){ 0 };
    s->n[CH_METEOR_WORDS] = hyp->words;
    s->n[CH_METEOR_REF_WORDS] = ref->words;
    s->n[CH_METEOR_FUNCTION] = count_function(b, hyp->word, hyp->words);
    s->n[CH_METEOR_REF_FUNCTION] = count_function(b, ref->word, ref->words);
    for (size_t i = 0; i < count; i++) {
        const struct ch_meteor_match *m = &match[i];
        uint64_t *n = &s->n[CH_METEOR_MATCHED + 4 * m->module];
        uint64_t h = count_function(b, hyp->word + m->hyp, m->hyp_words);
        uint64_t r = count_function(b, ref->word + m->ref, m->ref_words);

        n[0] += m->hyp_words - h;
        n[1] += m->ref_words - r;
        n[2] += h;
        n[3] += r;
        s->n[CH_METEOR_MATCHED_WORDS] += m->hyp_words;
        s->n[CH_METEOR_REF_MATCHED_WORDS] += m->ref_words;
    }
    s->n[CH_METEOR_CHUNKS] = count_chunks(match, count);
}

static bool is_perfect(const struct ch_meteor_stats *s)
{
    return s->n[CH_METEOR_MATCHED_WORDS] == s->n[CH_METEOR_WORDS] &&
           s->n[CH_METEOR_REF_MATCHED_WORDS] == s->n[CH_METEOR_REF_WORDS] &&
           s->n[CH_METEOR_CHUNKS] == 1;
}

void ch_meteor_stats_add(struct ch_meteor_stats *sum,
                         const struct ch_meteor_stats *s)
{
    for (size_t i = 0; i < CH_METEOR_NUMBERS; i++)
        if (i != CH_METEOR_CHUNKS || !is_perfect(s))
            sum->n[i] += s->n[i];
}

/* Weighed matches by weighed words; side 0: caption, 1: reference. */
static double match_rate(const struct ch_meteor_stats *s, int side)
{
    double words = (double)s->n[CH_METEOR_WORDS + side];
    double function = (double)s->n[CH_METEOR_FUNCTION + side];
    double length = DELTA * (words - function) + (1 - DELTA) * function;
    double matches = 0;

    for (size_t m = 0; m < CH_METEOR_MODULES; m++)
        matches += (double)s->n[CH_METEOR_MATCHED + 4 * m + (size_t)side] *
                   WEIGHT[m] * DELTA;
    for (size_t m = 0; m < CH_METEOR_MODULES; m++)
        matches += (double)s->n[CH_METEOR_MATCHED + 4 * m + 2 + (size_t)side] *
                   WEIGHT[m] * (1 - DELTA);
    return matches / length;
}

double ch_meteor_stats_score(const struct ch_meteor_stats *s)
{
    double p = match_rate(s, 0), r = match_rate(s, 1);
    double f = 1 / ((1 - ALPHA) / p + ALPHA / r);
    double matched = (double)(s->n[CH_METEOR_MATCHED_WORDS] +
                              s->n[CH_METEOR_REF_MATCHED_WORDS]) / 2;
    double fragments = is_perfect(s)
                           ? 0
                           : (double)s->n[CH_METEOR_CHUNKS] / matched;
    double score = f * (1 - GAMMA * pow(fragments, BETA));

    return score > 0 ? score : 0;      /* of NaN, too */
}
