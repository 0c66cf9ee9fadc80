/* beam.c - the K likeliest beginnings, side by side
 *
 * Each step extends every beginning by every word and keeps the K likeliest
 * of all; those that end in <end> are finished.  A photo is done when K are
 * finished, and says the one with the best score.
 */
#include "caption/search.h"

#include "data/vocab.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct candidate {
    size_t from;              /* beginning of this photo */
    int32_t word;
    double logp;
};

/* One photo's search. */
struct search {
    struct ch_sentence *alive;     /* [K] */
    size_t alive_count;
    size_t first_row;              /* of its beginnings in the block */
    size_t finished;
    struct ch_sentence *best;      /* the caller's */
};

struct block {
    const struct ch_decoder *d;
    const float *params;
    const struct ch_search_options *o;
    struct search *search;         /* [n] */
    size_t n;
    struct ch_decoder_state state;
    struct ch_arena arena;
    struct ch_sentence *alive, *next;   /* [n][K], [K] */
    struct candidate *candidate;        /* [K] */
    float *logp;
    int32_t *word;
    size_t *from;
};

/* Put a candidate among the K best; earlier ones stay before equal ones. */
static void offer(struct candidate *list, size_t *count, size_t K,
                  struct candidate c)
{
    size_t at = *count;

    if (at == K && !(c.logp > list[K - 1].logp))
        return;
    if (at == K)
        at--;
    else
        (*count)++;
    for (; at > 0 && c.logp > list[at - 1].logp; at--)
        list[at] = list[at - 1];
    list[at] = c;
}

static size_t find_candidates(struct block *b, const struct search *s)
{
    size_t V = b->d->shape.V, K = b->o->beam, count = 0;

    for (size_t i = 0; i < s->alive_count; i++) {
        const float *row = b->logp + (s->first_row + i) * V;
        for (size_t v = 0; v < V; v++) {
            struct candidate c = { i, (int32_t)v,
                                   s->alive[i].logp + (double)row[v] };
            if (isfinite(c.logp) &&
                ch_search_allows(b->o, c.word, s->alive[i].count))
                offer(b->candidate, &count, K, c);
        }
    }
    return count;
}

static void finish(const struct block *b, struct search *s,
                   const struct ch_sentence *sentence, double logp)
{
    double score = ch_search_score(b->o, logp, sentence->count);

    if (s->finished == 0 || score > s->best->score) {
        *s->best = *sentence;
        s->best->logp = logp;
        s->best->score = score;
    }
    s->finished++;
}

/* One word further.  rows: where this photo's beginnings will be. */
static int extend(struct block *b, struct search *s, size_t *rows,
                  struct ch_err *e)
{
    size_t count = find_candidates(b, s), kept = 0;

    if (count == 0)
        return ch_fail(e, CH_EFORMAT, "the model's probabilities are no "
                       "numbers");
    for (size_t k = 0; k < count; k++) {
        const struct candidate *c = &b->candidate[k];
        const struct ch_sentence *before = &s->alive[c->from];

        if (c->word == CH_WORD_END) {
            finish(b, s, before, c->logp);
            continue;
        }
        b->next[kept] = *before;
        b->next[kept].id[b->next[kept].count++] = c->word;
        b->next[kept].logp = c->logp;
        b->from[*rows + kept] = s->first_row + c->from;
        b->word[*rows + kept] = c->word;
        kept++;
    }
    if (s->finished >= b->o->beam)
        kept = 0;
    memcpy(s->alive, b->next, kept * sizeof *s->alive);
    s->alive_count = kept;
    s->first_row = *rows;
    *rows += kept;
    return 0;
}

static int search_all(struct block *b, struct ch_err *e)
{
    size_t rows = b->n;
    int rc = 0;

    while (rows > 0 && !rc) {
        ch_decoder_next(b->d, b->params, b->word, &b->state, b->logp);
        rows = 0;
        for (size_t i = 0; i < b->n && !rc; i++)
            if (b->search[i].alive_count)
                rc = extend(b, &b->search[i], &rows, e);
        if (!rc && rows)
            ch_decoder_pick(b->d, b->from, rows, &b->state);
    }
    return rc;
}

static void begin(struct block *b, const float *feature,
                  struct ch_sentence *sentence)
{
    ch_decoder_state_init(b->d, b->n * b->o->beam, &b->state, &b->arena);
    ch_decoder_begin(b->d, b->params, feature, b->n, &b->state);
    for (size_t i = 0; i < b->n; i++) {
        struct search *s = &b->search[i];
        s->alive = b->alive + i * b->o->beam;
        s->alive[0].count = 0;
        s->alive[0].logp = 0;
        s->alive_count = 1;
        s->first_row = i;
        s->finished = 0;
        s->best = &sentence[i];
        b->word[i] = CH_WORD_START;
    }
}

int ch_beam_run(const struct ch_decoder *d, const float *params,
                const struct ch_search_options *o, const float *feature,
                size_t n, struct ch_sentence *sentence, struct ch_err *e)
{
    size_t rows = n * o->beam;
    struct block b = { .d = d, .params = params, .o = o, .n = n };
    int rc = 0;

    b.search = calloc(n, sizeof *b.search);
    b.alive = calloc(rows, sizeof *b.alive);
    b.next = calloc(o->beam, sizeof *b.next);
    b.candidate = calloc(o->beam, sizeof *b.candidate);
    b.logp = ch_block_get(rows * d->shape.V, sizeof *b.logp);
    b.word = calloc(rows, sizeof *b.word);
    b.from = calloc(rows, sizeof *b.from);
    if (!b.search || !b.alive || !b.next || !b.candidate || !b.logp ||
        !b.word || !b.from)
        rc = ch_fail(e, CH_ENOMEM, "cannot hold %zu beginnings", rows);
    if (!rc) rc = ch_arena_init(&b.arena, ch_decoder_state_bytes(d, rows), e);
    if (!rc) {
        begin(&b, feature, sentence);
        rc = search_all(&b, e);
    }
    ch_arena_release(&b.arena);
    free(b.search);
    free(b.alive);
    free(b.next);
    free(b.candidate);
    ch_block_release(b.logp);
    free(b.word);
    free(b.from);
    return rc;
}
