/* test_step.c - decoding word by word agrees with the loss of a whole batch */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "decoders.h"

enum { V = 11, E = 6, H = 5, F = 7, B = 3, T = 4, PLACES = 4 };

/* f32 against f32 in another order of sums. */
#define LIMIT 1e-5

struct fixture {
    size_t stride;              /* floats of an image */
    struct ch_decoder d;
    struct ch_arena arena;
    struct ch_decoder_state s;
    float *params;
    float feature[B * PLACES * F], logp[B * V];
    int32_t word[T + 1][B];
};

static void start_at(struct fixture *f, size_t which,
                     enum ch_precision precision)
{
    struct ch_decoder_shape shape = decoder_shape(which, V, E, H, F);
    struct ch_rng r;
    size_t bytes;

    shape.precision = precision;
    memset(f, 0, sizeof *f);
    ch_rng_init(&r, (struct ch_rng_place) { .seed = 9,
                                            .purpose = CH_RNG_TEST });
    assert_int_equal(ch_decoder_init(&f->d, &shape, NULL), 0);
    f->params = ch_block_get(f->d.float_count, sizeof *f->params);
    for (size_t i = 0; i < f->d.float_count; i++)
        f->params[i] = (float)(2 * ch_rng_unit(&r) - 1);
    f->stride = decoder_places(which) * F;
    for (size_t i = 0; i < B * f->stride; i++)
        f->feature[i] = (float)(2 * ch_rng_unit(&r) - 1);
    for (size_t t = 0; t <= T; t++)
        for (size_t b = 0; b < B; b++)
            f->word[t][b] = (int32_t)ch_rng_below(&r, V);
    bytes = ch_decoder_state_bytes(&f->d, B);
    if (bytes < ch_decoder_arena_bytes(&f->d, B, T))
        bytes = ch_decoder_arena_bytes(&f->d, B, T);
    assert_int_equal(ch_arena_init(&f->arena, bytes, NULL), 0);
}

static void start(struct fixture *f, size_t which)
{
    start_at(f, which, CH_PRECISION_F32);
}

static void finish(struct fixture *f)
{
    ch_arena_release(&f->arena);
    ch_block_release(f->params);
}

static void begin_room(struct fixture *f, size_t room, size_t rows,
                       const float *feature)
{
    ch_arena_reset(&f->arena);
    ch_decoder_state_init(&f->d, room, &f->s, &f->arena);
    ch_decoder_pack(&f->d, f->params, &f->s);
    ch_decoder_begin(&f->d, f->params, feature, rows, &f->s);
}

static void begin(struct fixture *f, size_t rows, const float *feature)
{
    begin_room(f, B, rows, feature);
}

static void next(struct fixture *f, const int32_t *word)
{
    ch_decoder_next(&f->d, f->params, word, &f->s, f->logp);
}

/* -ln p of caption b, word by word. */
static double stepped_loss(struct fixture *f, size_t b)
{
    double loss = 0;

    begin(f, B, f->feature);
    for (size_t t = 0; t < T; t++) {
        next(f, f->word[t]);
        loss -= (double)f->logp[b * V + (size_t)f->word[t + 1][b]];
    }
    return loss;
}

static double whole_loss(struct fixture *f, size_t b)
{
    const size_t live[T] = { 1, 1, 1, 1 };
    const uint32_t example = 0;
    int32_t input[T], target[T];
    struct ch_batch batch = {
        .B = 1, .T = T, .N = T, .F = F, .live = live, .input = input,
        .target = target, .feature = f->feature + b * f->stride,
        .example = &example
    };

    for (size_t t = 0; t < T; t++) {
        input[t] = f->word[t][b];
        target[t] = f->word[t + 1][b];
    }
    return ch_decoder_loss(&f->d, f->params, &batch, NULL, NULL, &f->arena);
}

static void check_steps(size_t which)
{
    struct fixture f;

    start(&f, which);
    for (size_t b = 0; b < B; b++)
        assert_true(fabs(stepped_loss(&f, b) / whole_loss(&f, b) - 1) < LIMIT);
    finish(&f);
}

/* The operands are the same but where sums in another order fall on the other
 * side of a tie: then one differs by a 256th. */
static void check_steps_bf16(size_t which)
{
    struct fixture f;

    start_at(&f, which, CH_PRECISION_BF16);
    for (size_t b = 0; b < B; b++) {
        double stepped = stepped_loss(&f, b), f32;

        assert_true(fabs(stepped / whole_loss(&f, b) - 1) < 1e-3);
        f.d.shape.precision = CH_PRECISION_F32;
        f32 = whole_loss(&f, b);
        f.d.shape.precision = CH_PRECISION_BF16;
        assert_true(fabs(stepped / f32 - 1) > LIMIT);
        assert_true(fabs(stepped / f32 - 1) < 0.02);
    }
    finish(&f);
}

static void steps_in_bf16_add_up_to_the_loss(void **state)
{
    (void)state;
    for (size_t i = 0; i < DECODER_CASES; i++)
        check_steps_bf16(i);
}

static void steps_add_up_to_the_loss(void **state)
{
    (void)state;
    for (size_t i = 0; i < DECODER_CASES; i++)
        check_steps(i);
}

/* A caption of every T-th word of the vocabulary: the loss, and the gradient of
 * the output's bias, the sum of p - onehot(target) over the steps, are what the
 * steps say. */
static void check_vocabulary(size_t which, size_t size)
{
    const size_t live[T] = { 1, 1, 1, 1 };
    const uint32_t example = 0;
    const struct ch_decoder_shape shape = decoder_shape(which, size, E, H, F);
    struct fixture f = { .stride = decoder_places(which) * F };
    int32_t input[T], target[T];
    struct ch_batch batch = {
        .B = 1, .T = T, .N = T, .F = F, .live = live, .input = input,
        .target = target, .feature = f.feature, .example = &example
    };
    double loss, stepped = 0, *bias = calloc(size, sizeof *bias);
    float *grad, *logp = calloc(size, sizeof *logp);
    size_t at;

    assert_int_equal(ch_decoder_init(&f.d, &shape, NULL), 0);
    f.params = ch_block_get(f.d.float_count, sizeof *f.params);
    grad = ch_block_get(f.d.float_count, sizeof *grad);
    assert_true(f.params && grad && bias && logp);
    ch_decoder_start_params(&f.d, 4, f.params);
    for (size_t i = 0; i < f.stride; i++)
        f.feature[i] = sinf((float)i);
    for (size_t t = 0; t < T; t++) {
        input[t] = (int32_t)(t * (size - 1) / T);
        target[t] = (int32_t)((t + 1) * (size - 1) / T);
    }
    assert_int_equal(ch_arena_init(&f.arena, ch_decoder_arena_bytes(&f.d, 1, T)
                                   + ch_decoder_state_bytes(&f.d, 1), NULL),
                     0);
    loss = ch_decoder_loss(&f.d, f.params, &batch, NULL, grad, &f.arena);
    begin_room(&f, 1, 1, f.feature);
    for (size_t t = 0; t < T; t++) {
        ch_decoder_next(&f.d, f.params, &input[t], &f.s, logp);
        stepped -= (double)logp[target[t]];
        for (size_t v = 0; v < size; v++)
            bias[v] += exp((double)logp[v]);
        bias[target[t]]--;
    }
    assert_true(fabs(loss / stepped - 1) < LIMIT);
    at = ch_decoder_param(&f.d, "output.bias")->offset;
    for (size_t v = 0; v < size; v++)
        if (!(fabs((double)grad[at + v] - bias[v]) < LIMIT))
            fail_msg("%s, word %zu of %zu: gradient %g, expected %g",
                     decoder_case[which].name, v, size, (double)grad[at + v],
                     bias[v]);
    finish(&f);
    ch_block_release(grad);
    free(bias);
    free(logp);
}

static void vocabularies_of_100_to_50000_words_are_said(void **state)
{
    static const size_t size[] = { 100, 1000, 10000, 50000 };

    (void)state;
    for (size_t i = 0; i < DECODER_CASES; i++)
        for (size_t k = 0; k < sizeof size / sizeof *size; k++)
            check_vocabulary(i, size[k]);
}

/* Picking { 2, 0, 0 } after a step goes on as those captions would have. */
static void check_pick(size_t which)
{
    const size_t from[B] = { 2, 0, 0 };
    struct fixture f;
    float expected[B * V];
    int32_t word[B];

    start(&f, which);
    begin(&f, B, f.feature);
    next(&f, f.word[0]);
    next(&f, f.word[1]);
    memcpy(expected, f.logp, sizeof expected);
    begin(&f, B, f.feature);
    next(&f, f.word[0]);
    ch_decoder_pick(&f.d, from, B, &f.s);
    for (size_t i = 0; i < B; i++)
        word[i] = f.word[1][from[i]];
    next(&f, word);
    for (size_t i = 0; i < B; i++)
        for (size_t v = 0; v < V; v++)
            assert_true(fabs((double)f.logp[i * V + v] -
                             (double)expected[from[i] * V + v]) < LIMIT);
    finish(&f);
}

static void picked_rows_go_on_as_the_rows_they_copy(void **state)
{
    (void)state;
    for (size_t i = 0; i < DECODER_CASES; i++)
        check_pick(i);
}

static void picking_may_make_more_rows_and_fewer(void **state)
{
    const size_t from[B] = { 0, 0, 0 }, last[1] = { 2 };
    struct fixture f;

    (void)state;
    start(&f, 1);
    begin(&f, 1, f.feature);
    next(&f, f.word[0]);
    ch_decoder_pick(&f.d, from, B, &f.s);
    assert_int_equal(f.s.rows, B);
    for (size_t b = 1; b < B; b++)
        assert_memory_equal(f.s.h, f.s.h + b * H, H * sizeof(float));
    ch_decoder_pick(&f.d, last, 1, &f.s);
    assert_int_equal(f.s.rows, 1);
    finish(&f);
}

static void check_beside(size_t which)
{
    struct fixture f;
    float beside[V];

    start(&f, which);
    begin(&f, B, f.feature);
    next(&f, f.word[0]);
    next(&f, f.word[1]);
    memcpy(beside, f.logp + 1 * V, sizeof beside);
    begin(&f, 1, f.feature + 1 * f.stride);
    next(&f, &f.word[0][1]);
    next(&f, &f.word[1][1]);
    assert_memory_equal(f.logp, beside, sizeof beside);
    finish(&f);
}

static void a_row_does_not_depend_on_the_rows_beside_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < DECODER_CASES; i++)
        check_beside(i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_add_up_to_the_loss),
        cmocka_unit_test(steps_in_bf16_add_up_to_the_loss),
        cmocka_unit_test(vocabularies_of_100_to_50000_words_are_said),
        cmocka_unit_test(picked_rows_go_on_as_the_rows_they_copy),
        cmocka_unit_test(a_row_does_not_depend_on_the_rows_beside_it),
        cmocka_unit_test(picking_may_make_more_rows_and_fewer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
