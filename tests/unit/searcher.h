/* searcher.h - tiny decoders of every kind, all of whose captions can be told
 *
 * Three words that may be said, so captions of up to WORDS words are few: what
 * a search finds is compared with all there are.
 */
#ifndef TESTS_UNIT_SEARCHER_H
#define TESTS_UNIT_SEARCHER_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "caption/search.h"
#include "decoders.h"

enum { V = 7, E = 5, H = 4, F = 3, PHOTOS = 4, WORDS = 3,
       A = CH_WORD_FIRST, DOG, RUNS, UNK };

struct searcher {
    struct ch_decoder d;
    float *params, *feature;
    size_t stride;              /* floats of a photo */
    struct ch_vocab *vocab;
};

static inline void searcher_open(struct searcher *s, size_t which,
                                 uint64_t seed)
{
    static const char text[] = "<pad>\n<start>\n<end>\na\ndog\nruns\n<unk>\n";
    const struct ch_decoder_shape shape = decoder_shape(which, V, E, H, F);
    struct ch_rng r;

    ch_rng_init(&r, (struct ch_rng_place){ .seed = seed,
                                           .purpose = CH_RNG_TEST });
    assert_int_equal(ch_decoder_init(&s->d, &shape, NULL), 0);
    assert_int_equal(ch_vocab_parse(&s->vocab, text, strlen(text), "v", NULL),
                     0);
    s->stride = s->d.shape.L * F;
    s->params = ch_block_get(s->d.float_count, sizeof *s->params);
    s->feature = ch_block_get(PHOTOS * s->stride, sizeof *s->feature);
    for (size_t i = 0; i < s->d.float_count; i++)
        s->params[i] = (float)(3 * (2 * ch_rng_unit(&r) - 1));
    for (size_t i = 0; i < PHOTOS * s->stride; i++)
        s->feature[i] = (float)(2 * ch_rng_unit(&r) - 1);
}

static inline void searcher_close(struct searcher *s)
{
    ch_block_release(s->params);
    ch_block_release(s->feature);
    ch_vocab_close(s->vocab);
}

static inline struct ch_decode_options searcher_options(size_t beam)
{
    return (struct ch_decode_options){
        .beam = beam, .n_best = 1, .groups = 1, .max_words = WORDS,
        .temperature = 1, .top_p = 1
    };
}

static inline struct ch_search *search_open(const struct searcher *s,
                                            const struct ch_decode_options *o,
                                            size_t photos)
{
    const struct ch_voice voice = { &s->d, s->params };
    struct ch_search *out;
    struct ch_err e = CH_ERR_INIT;

    if (ch_search_open(&out, o, s->vocab, &voice, 1, photos, &e))
        fail_msg("%s", e.msg);
    return out;
}

static const uint64_t searcher_key[PHOTOS] = { 11, 22, 33, 44 };

static inline void search_run(struct ch_search *x, const struct searcher *s,
                              size_t first, size_t n)
{
    const float *feature = s->feature + first * s->stride;
    struct ch_err e = CH_ERR_INIT;

    if (ch_search_run(x, &feature, searcher_key + first, n, &e))
        fail_msg("%s", e.msg);
}

/* ln p of a whole caption of one photo, word by word. */
static inline double searcher_logp(const struct searcher *s, size_t photo,
                                   const int32_t *id, size_t count)
{
    struct ch_decoder_state state;
    struct ch_arena arena;
    int32_t word = CH_WORD_START;
    float logp[V];
    double sum = 0;

    assert_int_equal(ch_arena_init(&arena, ch_decoder_state_bytes(&s->d, 1),
                                   NULL), 0);
    ch_decoder_state_init(&s->d, 1, &state, &arena);
    ch_decoder_pack(&s->d, s->params, &state);
    ch_decoder_begin(&s->d, s->params, s->feature + photo * s->stride, 1,
                     &state);
    for (size_t i = 0; i <= count; i++) {
        ch_decoder_next(&s->d, s->params, &word, &state, logp);
        word = i < count ? id[i] : CH_WORD_END;
        sum += (double)logp[word];
    }
    ch_arena_release(&arena);
    return sum;
}

static inline void assert_same_caption(const struct ch_hypothesis *a,
                                       const struct ch_hypothesis *b)
{
    assert_int_equal(a->count, b->count);
    assert_memory_equal(a->id, b->id, a->count * sizeof a->id[0]);
    assert_memory_equal(a->word_logp, b->word_logp,
                        (a->count + 1) * sizeof a->word_logp[0]);
    assert_true(a->logp == b->logp && a->score == b->score);
}

/* Photos searched together say, to the bit, what they say alone. */
static inline void check_alone(const struct ch_decode_options *o)
{
    for (size_t which = 0; which < DECODER_CASES; which++) {
        struct searcher s;
        struct ch_search *all, *one;

        searcher_open(&s, which, 5);
        all = search_open(&s, o, PHOTOS);
        one = search_open(&s, o, 1);
        search_run(all, &s, 0, PHOTOS);
        for (size_t i = 0; i < PHOTOS; i++) {
            search_run(one, &s, i, 1);
            assert_int_equal(one->best[0].count, all->best[i].count);
            for (size_t k = 0; k < one->best[0].count; k++)
                assert_same_caption(&one->best[0].at[k], &all->best[i].at[k]);
        }
        ch_search_close(all);
        ch_search_close(one);
        searcher_close(&s);
    }
}

#endif
