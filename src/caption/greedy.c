/* greedy.c - the likeliest word, again and again */
#include "caption/search.h"

#include "chorus/caption.h"
#include "data/vocab.h"
#include "net/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double ch_search_score(const struct ch_search_options *o, double logp,
                       size_t count)
{
    return logp / pow((double)(count + 1), o->length_power);
}

bool ch_search_allows(const struct ch_search_options *o, int32_t word,
                      size_t count)
{
    if (word == CH_WORD_END)
        return true;
    return count < o->max_words && word > CH_WORD_END &&
           (word != o->unk || o->allow_unk);
}

/* The likeliest word that is allowed, or -1. */
static int32_t best_word(const struct ch_search_options *o, const float *logp,
                         size_t V, size_t count)
{
    int32_t best = -1;

    for (size_t v = 0; v < V; v++)
        if (ch_search_allows(o, (int32_t)v, count) && isfinite(logp[v]) &&
            (best < 0 || logp[v] > logp[best]))
            best = (int32_t)v;
    return best;
}

/* Every sentence one word longer; how many go on, or a failure. */
static int add_words(const struct ch_decoder *d,
                     const struct ch_search_options *o, const float *logp,
                     size_t n, int32_t *word, struct ch_sentence *sentence,
                     struct ch_err *e)
{
    int alive = 0;

    for (size_t i = 0; i < n; i++) {
        struct ch_sentence *s = &sentence[i];
        const float *row = logp + i * d->shape.V;
        int32_t best;

        if (word[i] == CH_WORD_END)
            continue;
        best = best_word(o, row, d->shape.V, s->count);
        if (best < 0)
            return ch_fail(e, CH_EFORMAT, "the model's probabilities are no "
                           "numbers");
        s->logp += row[best];
        word[i] = best;
        if (best == CH_WORD_END) {
            s->score = ch_search_score(o, s->logp, s->count);
        } else {
            s->id[s->count++] = best;
            alive++;
        }
    }
    return alive;
}

int ch_greedy_run(const struct ch_decoder *d, const float *params,
                  const struct ch_search_options *o, const float *feature,
                  size_t n, struct ch_sentence *sentence, struct ch_err *e)
{
    struct ch_decoder_state state;
    struct ch_arena arena = { 0 };
    int32_t *word = malloc(n * sizeof *word);
    float *logp = ch_block_get(n * d->shape.V, sizeof *logp);
    int rc = word && logp ? 0 : ch_fail(e, CH_ENOMEM, "cannot hold %zu rows",
                                        n);

    if (!rc) rc = ch_arena_init(&arena, ch_decoder_state_bytes(d, n), e);
    if (!rc) {
        ch_decoder_state_init(d, n, &state, &arena);
        ch_decoder_begin(d, params, feature, n, &state);
        for (size_t i = 0; i < n; i++) {
            word[i] = CH_WORD_START;
            sentence[i].count = 0;
            sentence[i].logp = 0;
        }
        /* Sentences that ended are fed <end> and heard no more. */
        do {
            ch_decoder_next(d, params, word, &state, logp);
            rc = add_words(d, o, logp, n, word, sentence, e);
        } while (rc > 0);
    }
    ch_arena_release(&arena);
    ch_block_release(logp);
    free(word);
    return rc;
}

int ch_caption_greedy(const struct ch_model *m, const float *feature, size_t n,
                      size_t most, int32_t *id, size_t *length,
                      struct ch_err *e)
{
    struct ch_search_options o = {
        .beam = 1, .unk = ch_vocab_unk(m->vocab),
        .max_words = most < CH_SEARCH_MAX_WORDS ? most : CH_SEARCH_MAX_WORDS
    };
    struct ch_sentence *sentence = calloc(n ? n : 1, sizeof *sentence);
    int rc;

    if (!sentence)
        return ch_fail(e, CH_ENOMEM, "cannot hold %zu captions", n);
    rc = n ? ch_greedy_run(&m->decoder, m->params, &o, feature, n, sentence, e)
           : 0;
    for (size_t i = 0; i < n && !rc; i++) {
        length[i] = sentence[i].count;
        memcpy(id + i * most, sentence[i].id, length[i] * sizeof *id);
    }
    free(sentence);
    return rc;
}
