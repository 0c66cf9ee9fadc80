/* search.c - word by word, until every caption is whole */
#include "caption/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int check(const struct ch_decode_options *o, struct ch_err *e)
{
    if (o->beam < 1 || o->n_best < 1 || o->groups < 1)
        return ch_fail(e, CH_EUSAGE, "a beam, its groups and the captions told "
                       "are 1 or more");
    if (!o->sample && o->n_best > o->beam)
        return ch_fail(e, CH_EUSAGE, "a beam of %zu does not find %zu "
                       "captions; make it as wide", (size_t)o->beam,
                       (size_t)o->n_best);
    if (o->beam % o->groups)
        return ch_fail(e, CH_EUSAGE, "a beam of %zu is not divided into %zu "
                       "groups; choose a multiple", (size_t)o->beam,
                       (size_t)o->groups);
    if (o->sample && (o->groups > 1 || (o->must && *o->must)))
        return ch_fail(e, CH_EUSAGE, "groups and words that must be said are "
                       "for beam search, not for sampling");
    if (o->sample && !(o->temperature > 0 && o->top_p > 0))
        return ch_fail(e, CH_EUSAGE, "the temperature and the probability "
                       "words are drawn from are above 0");
    return 0;
}

static bool is_greedy(const struct ch_search *s)
{
    return !s->o.sample && s->o.beam == 1 && s->filter.must.count == 0;
}

/* Rows of a photo, at most: a beam and its spare one. */
static size_t rows_of_photo(const struct ch_search *s)
{
    if (s->o.sample)
        return (size_t)s->o.n_best;
    return is_greedy(s) ? 1 : (size_t)s->o.beam + 1;
}

static int open_rows(struct ch_search *s, struct ch_err *e)
{
    size_t rows = s->rows, most = (size_t)s->o.n_best;

    s->alive = calloc(rows, sizeof *s->alive);
    s->next = calloc(rows, sizeof *s->next);
    s->word = calloc(rows, sizeof *s->word);
    s->from = calloc(rows, sizeof *s->from);
    s->found = calloc(s->photos * most, sizeof *s->found);
    s->best = calloc(s->photos, sizeof *s->best);
    if (s->o.attention && s->ensemble.look)
        s->look = ch_block_get((s->filter.max_words + 1) * rows *
                               s->ensemble.L, sizeof *s->look);
    if (!s->alive || !s->next || !s->word || !s->from || !s->found ||
        !s->best || (s->o.attention && s->ensemble.look && !s->look))
        return ch_fail(e, CH_ENOMEM, "cannot hold %zu beginnings", rows);
    for (size_t i = 0; i < s->photos; i++)
        s->best[i] = (struct ch_best){ .at = s->found + i * most,
                                       .most = most };
    return 0;
}

int ch_search_open(struct ch_search **out, const struct ch_decode_options *o,
                   const struct ch_vocab *vocab, const struct ch_voice *voice,
                   size_t voices, size_t photos, struct ch_err *e)
{
    struct ch_search *s = calloc(1, sizeof *s);
    size_t V = voice[0].decoder->shape.V;
    int rc;

    *out = NULL;
    if (!s)
        return ch_fail(e, CH_ENOMEM, "cannot hold a search");
    s->o = *o;
    s->photos = photos;
    s->draw = (struct ch_draw){ .temperature = o->temperature,
                                .top_p = o->top_p, .seed = o->seed,
                                .top_k = (size_t)o->top_k };
    rc = check(o, e);
    if (!rc) rc = ch_filter_open(&s->filter, o, vocab, e);
    s->rows = photos * rows_of_photo(s);
    if (!rc)
        rc = ch_ensemble_open(&s->ensemble, voice, voices, s->rows, e);
    if (!rc) rc = open_rows(s, e);
    if (!rc) rc = ch_draw_open(&s->draw, V, e);
    if (!rc)
        rc = ch_groups_open(&s->groups, photos, (size_t)o->beam,
                            (size_t)o->groups, o->diversity, V,
                            s->filter.must.count
                                ? s->filter.must.phrase_count + 1 : 0, e);
    if (rc)
        ch_search_close(s);
    else
        *out = s;
    return rc;
}

void ch_search_close(struct ch_search *s)
{
    if (!s)
        return;
    ch_filter_close(&s->filter);
    ch_ensemble_close(&s->ensemble);
    ch_draw_close(&s->draw);
    ch_groups_close(&s->groups);
    free(s->alive);
    free(s->next);
    free(s->word);
    free(s->from);
    free(s->found);
    free(s->best);
    ch_block_release(s->look);
    free(s);
}

void ch_search_narrow(struct ch_search *s, size_t beam, size_t n_best)
{
    s->o.beam = beam;
    s->groups.beam = beam;
    s->o.n_best = n_best;
    for (size_t i = 0; i < s->photos; i++)
        s->best[i].most = n_best;
}

/* ------------------------------------------------------- for the methods */

struct ch_reach ch_search_reach(const struct ch_search *s, size_t row)
{
    size_t V = s->ensemble.V;

    return (struct ch_reach){ .filter = &s->filter, .h = &s->alive[row],
                              .row = row, .V = V,
                              .logp = s->ensemble.logp + row * V };
}

struct ch_hypothesis *ch_search_extend(struct ch_search *s, size_t row,
                                       int32_t word, bool is_set)
{
    const struct ch_hypothesis *h = &s->alive[row];
    float logp = s->ensemble.logp[row * s->ensemble.V + (size_t)word];
    struct ch_hypothesis *to = &s->next[s->next_count];
    struct ch_hypothesis whole;

    if (word == CH_WORD_END) {
        ch_hypothesis_extend(h, row, word, logp, true, &whole);
        whole.score = ch_best_score(&s->o, whole.logp, whole.count);
        ch_best_put(&s->best[h->photo], &whole, is_set);
        return NULL;
    }
    ch_hypothesis_extend(h, row, word, logp, false, to);
    if (s->filter.must.count)
        to->met = ch_constraints_met(&s->filter.must, h, word);
    s->word[s->next_count] = word;
    s->from[s->next_count] = row;
    s->next_count++;
    return to;
}

int ch_search_check(const struct ch_search *s, size_t row, struct ch_err *e)
{
    if (isnan(s->ensemble.logp[row * s->ensemble.V + CH_WORD_END]))
        return ch_fail(e, CH_EFORMAT, "the model's probabilities are no "
                       "numbers");
    return ch_fail(e, CH_EUSAGE, "no caption of %zu words keeps all rules: "
                   "endings, repeats, words that must be said; relax one",
                   s->filter.max_words);
}

/* ------------------------------------------------------------------- a run */

/* Rows of each photo when captions begin. */
static size_t first_rows(const struct ch_search *s)
{
    if (s->o.sample)
        return (size_t)s->o.n_best;
    return is_greedy(s) ? 1 : s->groups.count;
}

static void begin(struct ch_search *s, const float *const *feature, size_t n)
{
    size_t each = first_rows(s);

    ch_ensemble_begin(&s->ensemble, feature, n);
    s->step = 0;
    s->alive_count = n * each;
    for (size_t i = 0; i < n; i++)
        s->best[i].count = 0;
    for (size_t i = 0; i < s->alive_count; i++) {
        s->alive[i] = (struct ch_hypothesis){ .photo = i / each,
                                              .number = i % each,
                                              .is_greedy = i % each == 0 };
        s->word[i] = CH_WORD_START;
        s->from[i] = i / each;
    }
    if (each > 1)
        ch_ensemble_pick(&s->ensemble, s->from, s->alive_count);
    ch_groups_begin(&s->groups, n);
}

static void go_on(struct ch_search *s)
{
    struct ch_hypothesis *swap = s->alive;
    bool is_same = s->next_count == s->alive_count;

    s->alive = s->next;
    s->next = swap;
    s->alive_count = s->next_count;
    s->step++;
    for (size_t i = 0; i < s->alive_count && is_same; i++)
        is_same = s->from[i] == i;
    if (!is_same && s->alive_count)
        ch_ensemble_pick(&s->ensemble, s->from, s->alive_count);
}

int ch_search_run(struct ch_search *s, const float *const *feature,
                  const uint64_t *key, size_t n, struct ch_err *e)
{
    int (*go)(struct ch_search *s, struct ch_err *e) = ch_beam_go;
    int rc = 0;

    if (s->o.sample)
        go = ch_sample_go;
    else if (is_greedy(s))
        go = ch_greedy_go;
    s->key = key;
    begin(s, feature, n);
    while (s->alive_count && !rc) {
        ch_ensemble_next(&s->ensemble, s->word);
        if (s->look)
            memcpy(s->look + s->step * s->rows * s->ensemble.L,
                   s->ensemble.look, s->alive_count * s->ensemble.L *
                                     sizeof *s->look);
        s->next_count = 0;
        rc = go(s, e);
        if (!rc)
            go_on(s);
    }
    return rc;
}

void ch_search_look(const struct ch_search *s, const struct ch_hypothesis *h,
                    float *out)
{
    size_t L = s->ensemble.L;

    for (size_t i = 0; i < h->count && s->look; i++)
        memcpy(out + i * L, s->look + (i * s->rows + h->row[i]) * L,
               L * sizeof *out);
}
