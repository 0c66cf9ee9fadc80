/* torch_model.h - models of tests/golden, and what PyTorch says they say
 *
 * For tests that include cmocka first.  Features are scaled, so that a scale
 * that is lost shows.
 */
#ifndef TESTS_UNIT_TORCH_MODEL_H
#define TESTS_UNIT_TORCH_MODEL_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "decoders.h"
#include "golden_text.h"
#include "net/model.h"

#define TORCH_MOST 4096
#define TORCH_LIMIT 1e-5
static const float torch_mean = 0.25f, torch_std = 2;

/* The words of a model of V words. */
static inline struct ch_vocab *torch_words(size_t V)
{
    struct ch_buffer text = { 0 };
    struct ch_err e = CH_ERR_INIT;
    struct ch_vocab *vocab;

    ch_buffer_put(&text, "<pad>\n<start>\n<end>\n", 20);
    for (size_t i = 3; i < V - 1; i++) {
        char word[3] = { 'w', (char)('a' + i), '\n' };

        ch_buffer_put(&text, word, sizeof word);
    }
    ch_buffer_put(&text, "<unk>\n", 6);
    assert_int_equal(ch_vocab_parse(&vocab, text.at, text.size, "words", &e),
                     0);
    ch_buffer_release(&text);
    return vocab;
}

/* A model of that case; weights: PyTorch's, or others. */
static inline void torch_model(struct ch_model *m, size_t which,
                               bool is_torchs)
{
    static double x[TORCH_MOST];
    char file[64];
    struct ch_decoder_shape s;
    size_t F;

    snprintf(file, sizeof file, "%s.txt", decoder_case[which].name);
    golden_read(file, "sizes", TORCH_MOST, x);
    F = (size_t)x[6];
    s = decoder_shape(which, (size_t)x[3], (size_t)x[4], (size_t)x[5], F);
    memset(m, 0, sizeof *m);
    assert_int_equal(ch_decoder_init(&m->decoder, &s, NULL), 0);
    m->params = ch_block_get(m->decoder.float_count, sizeof *m->params);
    m->feature_mean = ch_block_get(F, sizeof *m->feature_mean);
    m->feature_std = ch_block_get(F, sizeof *m->feature_std);
    m->vocab = torch_words(s.V);
    m->encoder = strdup("{\"hash\":\"ab\"}");
    m->max_words = 9;
    assert_true(m->params && m->feature_mean && m->feature_std && m->encoder);
    for (size_t f = 0; f < F; f++) {
        m->feature_mean[f] = torch_mean;
        m->feature_std[f] = torch_std;
    }
    ch_decoder_start_params(&m->decoder, 3, m->params);
    for (size_t i = 0; i < m->decoder.param_count && is_torchs; i++) {
        const struct ch_param_info *p = &m->decoder.param[i];

        assert_int_equal(golden_read(file, p->name, TORCH_MOST, x), p->count);
        for (size_t k = 0; k < p->count; k++)
            m->params[p->offset + k] = (float)x[k];
    }
}

/* ln p of the rows of one step, expected and found. */
static inline void torch_compare(const char *file, size_t V, size_t rows,
                                 const double *logit, const float *logp)
{
    for (size_t r = 0; r < rows; r++) {
        double sum = 0;

        for (size_t v = 0; v < V; v++)
            sum += exp(logit[r * V + v]);
        for (size_t v = 0; v < V; v++) {
            double expected = logit[r * V + v] - log(sum);
            double found = (double)logp[r * V + v];

            if (!(fabs(found - expected) <= TORCH_LIMIT))
                fail_msg("%s: row %zu, word %zu: ln p %.9g, expected %.9g",
                         file, r, v, found, expected);
        }
    }
}

/* The model, fed the words of the case step by step, says what PyTorch's
 * says. */
static inline void torch_expect(const struct ch_model *m, size_t which)
{
    static double live[TORCH_MOST], input[TORCH_MOST], logit[TORCH_MOST],
        x[TORCH_MOST];
    static float feature[TORCH_MOST], logp[TORCH_MOST];
    const struct ch_decoder *d = &m->decoder;
    size_t V = d->shape.V, F = d->shape.F, n = 0, T, count;
    size_t from[16] = { 0, 1, 2, 3, 4, 5, 6, 7 };
    struct ch_decoder_state state;
    struct ch_arena arena;
    int32_t word[16];
    char file[64];

    snprintf(file, sizeof file, "%s.txt", decoder_case[which].name);
    T = golden_read(file, "live", 16, live);
    golden_read(file, "input", TORCH_MOST, input);
    golden_read(file, "logits", TORCH_MOST, logit);
    count = golden_read(file, "feature", TORCH_MOST, x);
    for (size_t i = 0; i < count; i++)
        feature[i] = (float)x[i] * torch_std + torch_mean;
    ch_model_standardise(m, count / F, feature, feature);
    assert_int_equal(ch_arena_init(&arena, ch_decoder_state_bytes(
                                               d, (size_t)live[0]), NULL), 0);
    ch_decoder_state_init(d, (size_t)live[0], &state, &arena);
    ch_decoder_pack(d, m->params, &state);
    ch_decoder_begin(d, m->params, feature, (size_t)live[0], &state);
    for (size_t t = 0; t < T; t++) {
        size_t rows = (size_t)live[t];

        ch_decoder_pick(d, from, rows, &state);
        for (size_t r = 0; r < rows; r++)
            word[r] = (int32_t)input[n + r];
        ch_decoder_next(d, m->params, word, &state, logp);
        torch_compare(file, V, rows, logit + n * V, logp);
        n += rows;
    }
    ch_arena_release(&arena);
}

#endif
