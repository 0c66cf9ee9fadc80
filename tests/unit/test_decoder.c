/* test_decoder.c - the decoder against a plain one in double
 *
 * The central differences of the plain one (plain.h) are the gradient that ours
 * must have, for every element of every parameter.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "decoders.h"
#include "kernel/kernel.h"
#include "plain_attention.h"

/* f32 sums of a few hundred terms of order 1 against double: 1e-5 of the
 * largest gradient of a tensor; central differences in double add 1e-9. */
#define LIMIT 1e-5
#define STEP 1e-4

struct fixture {
    const char *name;
    struct ch_decoder d;
    struct ch_batch batch;
    struct ch_dropout dropout;
    const struct ch_dropout *use;    /* &dropout, or NULL */
    size_t *length;                  /* words to predict, per caption */
    size_t *live;
    int32_t *input, *target;
    uint32_t *example, *image;
    float *feature, *params, *grad;
    struct ch_arena arena;
};

static double plain_of(const struct fixture *f, const double *params)
{
    struct plain p = { .d = &f->d, .params = params, .batch = &f->batch };

    if (f->use)
        p.drop = *f->use;
    return plain_loss(&p);
}

/* ------------------------------------------------------------- the batch */

static float number(struct ch_rng *r, double bound)
{
    return (float)(bound * (2 * ch_rng_unit(r) - 1));
}

static void set_batch(struct fixture *f, size_t B, size_t T, struct ch_rng *r)
{
    const struct ch_decoder_shape *s = &f->d.shape;
    size_t N = 0;

    f->length = calloc(B, sizeof *f->length);
    f->live = calloc(T, sizeof *f->live);
    f->example = calloc(B, sizeof *f->example);
    f->feature = calloc(B * s->L * s->F, sizeof *f->feature);
    f->image = calloc(B, sizeof *f->image);
    for (size_t b = 0; b < B; b++) {      /* falling: T, ..., 1 */
        f->length[b] = T - b * T / B;
        f->example[b] = 100 + 7 * (uint32_t)b;
        N += f->length[b];
        for (size_t t = 0; t < f->length[b]; t++)
            f->live[t]++;
    }
    f->input = calloc(N, sizeof *f->input);
    f->target = calloc(N, sizeof *f->target);
    for (size_t n = 0; n < N; n++) {
        f->input[n] = (int32_t)ch_rng_below(r, (uint32_t)s->V);
        f->target[n] = (int32_t)ch_rng_below(r, (uint32_t)s->V);
    }
    for (size_t i = 0; i < B * s->L * s->F; i++)
        f->feature[i] = number(r, 1);
    f->batch = (struct ch_batch) {
        .B = B, .T = T, .N = N, .F = s->F, .live = f->live,
        .input = f->input, .target = f->target, .feature = f->feature,
        .example = f->example
    };
    if (s->kind == CH_DECODER_NIC)
        return;
    /* Captions share images: 0 1 2 0 1 2 ... */
    f->batch.M = B < 3 ? B : 3;
    for (size_t b = 0; b < B; b++)
        f->image[b] = (uint32_t)(b % f->batch.M);
    f->batch.image = f->image;
}

/* The case-th decoder. */
static void start_wide(struct fixture *f, size_t which, int use_dropout,
                       size_t B, size_t T, size_t V, size_t H)
{
    const struct ch_decoder_shape shape = decoder_shape(which, V, 6, H, 7);
    struct ch_rng r;

    memset(f, 0, sizeof *f);
    f->name = decoder_case[which].name;
    ch_rng_init(&r, (struct ch_rng_place) { .seed = 5,
                                            .purpose = CH_RNG_TEST });
    assert_int_equal(ch_decoder_init(&f->d, &shape, NULL), 0);
    f->dropout = (struct ch_dropout) {
        .input = 0.3f, .output = 0.4f, .image = 0.2f, .layer = 0.25f,
        .seed = 77, .epoch = 3, .is_same = which % 2, .alpha = 0.7f,
        .smoothing = 0.1f
    };
    f->use = use_dropout ? &f->dropout : NULL;
    set_batch(f, B, T, &r);
    f->params = ch_block_get(f->d.float_count, sizeof *f->params);
    f->grad = ch_block_get(f->d.float_count, sizeof *f->grad);
    for (size_t i = 0; i < f->d.float_count; i++) {
        f->params[i] = number(&r, 0.8);
        f->grad[i] = 99;           /* to be overwritten */
    }
    assert_int_equal(ch_arena_init(&f->arena,
                                   ch_decoder_arena_bytes(&f->d, B, T), NULL),
                     0);
}

static void start(struct fixture *f, size_t which, int use_dropout, size_t B,
                  size_t T)
{
    start_wide(f, which, use_dropout, B, T, 11, 5);
}

static void finish(struct fixture *f)
{
    ch_arena_release(&f->arena);
    ch_block_release(f->params);
    ch_block_release(f->grad);
    free(f->length);
    free(f->live);
    free(f->example);
    free(f->image);
    free(f->feature);
    free(f->input);
    free(f->target);
}

static double loss_of(struct fixture *f, float *grad)
{
    return ch_decoder_loss(&f->d, f->params, &f->batch, f->use, grad,
                           &f->arena);
}

/* -------------------------------------------------------------- the tests */

/* Of every tensor each EVERY-th element (1): the plain decoder takes minutes
 * under valgrind, where it is our memory that is looked at. */
static size_t stride(void)
{
    const char *every = getenv("EVERY");

    return every ? strtoul(every, NULL, 10) : 1;
}

static void check_param(const struct fixture *f, double *params,
                        const struct ch_param_info *p)
{
    double largest = 0, difference = 0;

    for (size_t k = p->offset; k < p->offset + p->count; k++)
        largest = fmax(largest, fabs((double)f->grad[k]));
    for (size_t k = p->offset; k < p->offset + p->count; k += stride()) {
        double held = params[k], high, low, slope;

        params[k] = held + STEP;
        high = plain_of(f, params);
        params[k] = held - STEP;
        low = plain_of(f, params);
        params[k] = held;
        slope = (high - low) / (2 * STEP);
        largest = fmax(largest, fabs(slope));
        difference = fmax(difference, fabs(slope - (double)f->grad[k]));
        if (isnan((double)f->grad[k]))
            difference = INFINITY;
    }
    if (!(difference <= LIMIT * largest))
        fail_msg("%s of %s: largest gradient %.3g, difference %.3g", p->name,
                 f->name, largest, difference);
}

static void check_gradient(size_t which, int use_dropout, size_t B, size_t T)
{
    struct fixture f;
    double *params, expected, found;

    start(&f, which, use_dropout, B, T);
    params = calloc(f.d.float_count, sizeof *params);
    for (size_t i = 0; i < f.d.float_count; i++)
        params[i] = (double)f.params[i];
    expected = plain_of(&f, params);
    found = loss_of(&f, f.grad);
    if (!(fabs(found / expected - 1) < 1e-6))
        fail_msg("%s: expected loss %.9g, found %.9g", f.name, expected,
                 found);
    for (size_t i = 0; i < f.d.param_count; i++)
        check_param(&f, params, &f.d.param[i]);
    free(params);
    finish(&f);
}

static void gradient_is_right_for_every_decoder(void **state)
{
    (void)state;
    for (size_t i = 0; i < DECODER_CASES; i++)
        check_gradient(i, 0, 5, 4);
}

static void gradient_is_right_with_dropout(void **state)
{
    (void)state;
    for (size_t i = 0; i < DECODER_CASES; i++)
        check_gradient(i, 1, 5, 4);
}

static void gradient_is_right_with_one_caption_of_one_word(void **state)
{
    (void)state;
    for (size_t i = 0; i < DECODER_CASES; i++)
        check_gradient(i, 0, 1, 1);
}

/* 91 captions of 1 to 9 words: more than one chunk of logits. */
static void loss_is_right_over_chunks_of_logits(void **state)
{
    struct fixture f;
    double *params, expected;

    (void)state;
    start(&f, 0, 1, 91, 9);
    assert_true(f.batch.N > 384);
    params = calloc(f.d.float_count, sizeof *params);
    for (size_t i = 0; i < f.d.float_count; i++)
        params[i] = (double)f.params[i];
    expected = plain_of(&f, params);
    assert_true(fabs(loss_of(&f, f.grad) / expected - 1) < 1e-6);
    check_param(&f, params, ch_decoder_param(&f.d, "output.weight"));
    check_param(&f, params, ch_decoder_param(&f.d, "output.bias"));
    check_param(&f, params, ch_decoder_param(&f.d, "lstm.bias_hh_l0"));
    free(params);
    finish(&f);
}

static void loss_without_gradient_is_the_same(void **state)
{
    struct fixture f;
    double with;

    (void)state;
    start(&f, 1, 1, 5, 4);
    with = loss_of(&f, f.grad);
    assert_true(fabs(loss_of(&f, NULL) / with - 1) < 1e-12);
    finish(&f);
}

static void a_second_pass_gives_the_same_bits(void **state)
{
    struct fixture f;
    float *other;
    size_t bytes;

    (void)state;
    start(&f, 0, 1, 5, 4);
    bytes = f.d.float_count * sizeof *other;
    other = ch_block_get(f.d.float_count, sizeof *other);
    memset(f.grad, 0, bytes);
    assert_true(loss_of(&f, f.grad) == loss_of(&f, other));
    assert_memory_equal(f.grad, other, bytes);
    ch_block_release(other);
    finish(&f);
}

static void gaps_between_gradients_are_left_alone(void **state)
{
    struct fixture f;

    (void)state;
    start(&f, 0, 0, 5, 4);
    loss_of(&f, f.grad);
    for (size_t i = 0; i < f.d.param_count; i++) {
        const struct ch_param_info *p = &f.d.param[i];
        size_t end = i + 1 < f.d.param_count ? f.d.param[i + 1].offset
                                            : f.d.float_count;

        for (size_t k = p->offset + p->count; k < end; k++)
            assert_true(f.grad[k] == 99);
    }
    finish(&f);
}

static void an_empty_batch_has_no_loss_and_no_gradient(void **state)
{
    struct fixture f;

    (void)state;
    start(&f, 0, 0, 5, 4);
    f.batch = (struct ch_batch) { .F = 7 };
    assert_true(loss_of(&f, f.grad) == 0);
    for (size_t i = 0; i < f.d.param_count; i++)
        for (size_t k = 0; k < f.d.param[i].count; k++)
            assert_true(f.grad[f.d.param[i].offset + k] == 0);
    finish(&f);
}

static void masks_change_with_the_epoch(void **state)
{
    struct fixture f;
    double before;

    (void)state;
    start(&f, 0, 1, 5, 4);
    before = loss_of(&f, NULL);
    f.dropout.epoch++;
    assert_true(loss_of(&f, NULL) != before);
    finish(&f);
}

/* The same caption alone and as the third of five: same example, same masks,
 * so the losses of the captions alone add up to that of the batch. */
static void masks_do_not_depend_on_the_batch(void **state)
{
    struct fixture f;
    double whole, sum = 0;

    (void)state;
    start(&f, 0, 1, 5, 4);
    whole = loss_of(&f, NULL);
    for (size_t b = 0; b < 5; b++) {
        const size_t live[4] = { 1, 1, 1, 1 };
        const struct plain caption = { .batch = &f.batch, .b = b };
        int32_t input[4], target[4];
        struct ch_batch one = {
            .B = 1, .T = f.length[b], .N = f.length[b], .F = 7, .live = live,
            .input = input, .target = target, .feature = f.feature + 7 * b,
            .example = f.example + b
        };

        for (size_t t = 0; t < one.T; t++) {
            size_t row = plain_row(&caption, t);

            input[t] = f.input[row];
            target[t] = f.target[row];
        }
        sum += ch_decoder_loss(&f.d, f.params, &one, f.use, NULL, &f.arena);
    }
    assert_true(fabs(sum / whole - 1) < 1e-6);
    finish(&f);
}

/* Written, and added by itself; or added by the pass. */
static void check_added(struct fixture *f)
{
    size_t n = f->d.float_count;
    float *apart = ch_block_get(n, sizeof *apart);
    float *sum = ch_block_get(n, sizeof *sum);
    double loss = loss_of(f, apart);

    for (size_t i = 0; i < n; i++)
        sum[i] = f->grad[i] = (float)(i % 1000) * 1e-3f;
    ch_kernel_get()->add(n, apart, sum);
    f->batch.is_added = true;
    assert_true(loss_of(f, f->grad) == loss);
    for (size_t i = 0; i < f->d.param_count; i++) {
        const struct ch_param_info *p = &f->d.param[i];

        if (memcmp(f->grad + p->offset, sum + p->offset,
                   p->count * sizeof *sum))
            fail_msg("%s of %s: other bits when it is added", p->name,
                     f->name);
    }
    ch_block_release(apart);
    ch_block_release(sum);
}

/* Also of more rows than are computed at once, and in several pieces. */
static void a_gradient_that_is_added_has_the_same_bits(void **state)
{
    (void)state;
    for (size_t i = 0; i < DECODER_CASES; i++) {
        struct fixture f;

        start(&f, i, 1, 4, 5);
        check_added(&f);
        finish(&f);
        start(&f, i, 1, 30, 30);
        check_added(&f);
        finish(&f);
        start_wide(&f, i, 1, 3, 4, 3000, 301);
        check_added(&f);
        finish(&f);
    }
}

static void a_batch_without_words_adds_nothing(void **state)
{
    struct fixture f;

    (void)state;
    start(&f, 0, 1, 4, 5);
    f.batch.N = f.batch.T = f.batch.B = 0;
    f.batch.is_added = true;
    assert_true(loss_of(&f, f.grad) == 0);
    for (size_t i = 0; i < f.d.float_count; i++)
        assert_true(f.grad[i] == 99);
    finish(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gradient_that_is_added_has_the_same_bits),
        cmocka_unit_test(a_batch_without_words_adds_nothing),
        cmocka_unit_test(gradient_is_right_for_every_decoder),
        cmocka_unit_test(gradient_is_right_with_dropout),
        cmocka_unit_test(gradient_is_right_with_one_caption_of_one_word),
        cmocka_unit_test(loss_is_right_over_chunks_of_logits),
        cmocka_unit_test(loss_without_gradient_is_the_same),
        cmocka_unit_test(a_second_pass_gives_the_same_bits),
        cmocka_unit_test(gaps_between_gradients_are_left_alone),
        cmocka_unit_test(an_empty_batch_has_no_loss_and_no_gradient),
        cmocka_unit_test(masks_change_with_the_epoch),
        cmocka_unit_test(masks_do_not_depend_on_the_batch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
