/* exact.h - a search against all captions there are */
#ifndef TESTS_UNIT_EXACT_H
#define TESTS_UNIT_EXACT_H

#include "searcher.h"

/* The scores of all captions of a photo that keep a rule, falling; returns how
 * many.  score: room for 40. */
typedef bool (*rule_fn)(const int32_t *id, size_t count);

static inline size_t all_scores(const struct searcher *s, size_t photo,
                                const struct ch_decode_options *o,
                                rule_fn rule, double *score)
{
    size_t n = 0;

    for (size_t count = 0; count <= WORDS; count++) {
        size_t all = count == 0 ? 1 : count == 1 ? 3 : count == 2 ? 9 : 27;

        for (size_t k = 0; k < all; k++) {
            int32_t id[WORDS];
            size_t rest = k, at = n;
            double x;

            for (size_t i = 0; i < count; i++, rest /= 3)
                id[i] = CH_WORD_FIRST + (int32_t)(rest % 3);
            if (rule && !rule(id, count))
                continue;
            x = ch_best_score(o, searcher_logp(s, photo, id, count), count);
            for (; at > 0 && x > score[at - 1]; at--)
                score[at] = score[at - 1];
            score[at] = x;
            n++;
        }
    }
    return n;
}

/* A beam that is wide enough finds the n best of all captions that keep the
 * rule, for every decoder. */
static inline void check_exact(const struct ch_decode_options *o, rule_fn rule)
{
    for (size_t which = 0; which < DECODER_CASES; which++) {
        struct searcher s;
        struct ch_search *x;

        searcher_open(&s, which, 4);
        x = search_open(&s, o, PHOTOS);
        search_run(x, &s, 0, PHOTOS);
        for (size_t i = 0; i < PHOTOS; i++) {
            double score[40];
            size_t n = all_scores(&s, i, o, rule, score);

            n = n < o->n_best ? n : (size_t)o->n_best;
            assert_int_equal(x->best[i].count, n);
            for (size_t k = 0; k < n; k++)
                assert_true(fabs(x->best[i].at[k].score - score[k]) < 1e-4);
        }
        ch_search_close(x);
        searcher_close(&s);
    }
}

#endif
