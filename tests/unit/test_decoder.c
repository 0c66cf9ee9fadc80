/* test_decoder.c - the decoder against a plain one in double
 *
 * The plain decoder below follows the paper caption by caption: no batches, no
 * chunks, no products for many steps at once.  Its central differences are
 * the gradient that ours must have, for every element of every parameter.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "net/decoder.h"

/* f32 sums of a few hundred terms of order 1 against double: 1e-5 of the
 * largest gradient of a tensor; central differences in double add 1e-9. */
#define LIMIT 1e-5
#define STEP 1e-4

struct fixture {
    struct ch_decoder d;
    struct ch_batch batch;
    struct ch_dropout dropout;
    const struct ch_dropout *use;    /* &dropout, or NULL */
    size_t *length;                  /* words to predict, per caption */
    size_t *live;
    int32_t *input, *target;
    uint32_t *example;
    float *feature, *params, *grad;
    struct ch_arena arena;
};

/* ------------------------------------------------------ the plain decoder */

struct plain {
    const struct fixture *f;
    const double *params;
};

static double get(const struct plain *p, enum ch_param i, size_t row,
                  size_t column)
{
    const struct ch_param_info *info = &p->f->d.param[i];

    return p->params[info->offset + row * info->columns + column];
}

/* What a value is multiplied by: 0, or what makes the mean stay. */
static double drop(const struct plain *p, uint32_t purpose, float rate,
                   size_t b, size_t position, size_t i)
{
    struct ch_rng_place place = {
        .seed = p->f->dropout.seed, .purpose = purpose,
        .epoch = p->f->dropout.epoch, .example = p->f->example[b],
        .position = (uint32_t)position
    };
    double threshold = floor((double)rate * 65536 + 0.5);
    uint32_t v[4];

    if (!p->f->use || rate == 0)
        return 1;
    ch_rng_block(&place, (uint32_t)(i / 8), v);
    if ((double)(v[i % 8 / 2] >> (i % 2 ? 16 : 0) & 0xffff) < threshold)
        return 0;
    return 65536 / (65536 - threshold);
}

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

/* One step of the cell on x of I values. */
static void step(const struct plain *p, const double *x, size_t I, double *h,
                 double *c)
{
    size_t H = p->f->d.shape.H;
    double *gate = calloc(4 * H, sizeof *gate);

    for (size_t g = 0; g < 4 * H; g++) {
        gate[g] = get(p, CH_P_lstm_bias_ih, g, 0) +
                  get(p, CH_P_lstm_bias_hh, g, 0);
        for (size_t i = 0; i < I; i++)
            gate[g] += get(p, CH_P_lstm_weight_ih, g, i) * x[i];
        for (size_t i = 0; i < H; i++)
            gate[g] += get(p, CH_P_lstm_weight_hh, g, i) * h[i];
    }
    for (size_t i = 0; i < H; i++) {
        c[i] = sigmoid(gate[H + i]) * c[i] +
               sigmoid(gate[i]) * tanh(gate[2 * H + i]);
        h[i] = sigmoid(gate[3 * H + i]) * tanh(c[i]);
    }
    free(gate);
}

static void project(const struct plain *p, size_t b, double *image)
{
    const struct ch_decoder_shape *s = &p->f->d.shape;

    for (size_t e = 0; e < s->E; e++) {
        image[e] = get(p, CH_P_image_bias, e, 0);
        for (size_t i = 0; i < s->F; i++)
            image[e] += get(p, CH_P_image_weight, e, i) *
                        (double)p->f->feature[b * s->F + i];
        image[e] *= drop(p, CH_RNG_DROP_IMAGE, p->f->dropout.image, b, 0, e);
    }
}

static double cost(const struct plain *p, const double *h, size_t b, size_t t,
                   int32_t target)
{
    const struct ch_decoder_shape *s = &p->f->d.shape;
    double sum = 0, chosen = 0;

    for (size_t v = 0; v < s->V; v++) {
        double logit = get(p, CH_P_output_bias, v, 0);

        for (size_t i = 0; i < s->H; i++)
            logit += get(p, CH_P_output_weight, v, i) * h[i] *
                     drop(p, CH_RNG_DROP_OUTPUT, p->f->dropout.output, b, t, i);
        sum += exp(logit);
        if (v == (size_t)target)
            chosen = logit;
    }
    return log(sum) - chosen;
}

/* The row of caption b at step t: rows of a step follow each other. */
static size_t row_of(const struct fixture *f, size_t b, size_t t)
{
    size_t at = b;

    while (t > 0)
        at += f->live[--t];
    return at;
}

static double plain_caption(const struct plain *p, size_t b)
{
    const struct fixture *f = p->f;
    const struct ch_decoder_shape *s = &f->d.shape;
    size_t I = ch_decoder_input(s);
    double *h = calloc(s->H, sizeof *h), *c = calloc(s->H, sizeof *c);
    double *x = calloc(I, sizeof *x), loss = 0;

    if (s->image == CH_IMAGE_FIRST) {
        project(p, b, x);
        step(p, x, I, h, c);
    } else {
        project(p, b, x + s->E);
    }
    for (size_t t = 0; t < f->length[b]; t++) {
        size_t row = row_of(f, b, t);

        for (size_t e = 0; e < s->E; e++)
            x[e] = get(p, CH_P_embed_weight, (size_t)f->input[row], e) *
                   drop(p, CH_RNG_DROP_INPUT, f->dropout.input, b, t, e);
        step(p, x, I, h, c);
        loss += cost(p, h, b, t, f->target[row]);
    }
    free(x);
    free(c);
    free(h);
    return loss;
}

static double plain_loss(const struct fixture *f, const double *params)
{
    struct plain p = { f, params };
    double loss = 0;

    for (size_t b = 0; b < f->batch.B; b++)
        loss += plain_caption(&p, b);
    return loss;
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
    f->feature = calloc(B * s->F, sizeof *f->feature);
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
    for (size_t i = 0; i < B * s->F; i++)
        f->feature[i] = number(r, 1);
    f->batch = (struct ch_batch) {
        .B = B, .T = T, .N = N, .F = s->F, .live = f->live,
        .input = f->input, .target = f->target, .feature = f->feature,
        .example = f->example
    };
}

static void start(struct fixture *f, enum ch_image_mode image, int use_dropout,
                  size_t B, size_t T)
{
    const struct ch_decoder_shape shape = {
        .V = 11, .E = 6, .H = 5, .F = 7, .image = image
    };
    struct ch_rng r;

    memset(f, 0, sizeof *f);
    ch_rng_init(&r, (struct ch_rng_place) { .seed = 5,
                                            .purpose = CH_RNG_TEST });
    assert_int_equal(ch_decoder_init(&f->d, &shape, NULL), 0);
    f->dropout = (struct ch_dropout) { 0.3f, 0.4f, 0.2f, 77, 3 };
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

static void finish(struct fixture *f)
{
    ch_arena_release(&f->arena);
    ch_block_release(f->params);
    ch_block_release(f->grad);
    free(f->length);
    free(f->live);
    free(f->example);
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

static void check_param(const struct fixture *f, double *params, size_t i)
{
    const struct ch_param_info *p = &f->d.param[i];
    double largest = 0, difference = 0;

    for (size_t k = p->offset; k < p->offset + p->count; k++) {
        double held = params[k], high, low, slope;

        params[k] = held + STEP;
        high = plain_loss(f, params);
        params[k] = held - STEP;
        low = plain_loss(f, params);
        params[k] = held;
        slope = (high - low) / (2 * STEP);
        largest = fmax(largest, fabs(slope));
        difference = fmax(difference, fabs(slope - (double)f->grad[k]));
        if (isnan((double)f->grad[k]))
            difference = INFINITY;
    }
    if (!(difference <= LIMIT * largest))
        fail_msg("%s: largest gradient %.3g, difference %.3g", p->name,
                 largest, difference);
}

static void check_gradient(enum ch_image_mode image, int use_dropout, size_t B,
                           size_t T)
{
    struct fixture f;
    double *params, expected, found;

    start(&f, image, use_dropout, B, T);
    params = calloc(f.d.float_count, sizeof *params);
    for (size_t i = 0; i < f.d.float_count; i++)
        params[i] = (double)f.params[i];
    expected = plain_loss(&f, params);
    found = loss_of(&f, f.grad);
    if (!(fabs(found / expected - 1) < 1e-6))
        fail_msg("expected loss %.9g, found %.9g", expected, found);
    for (size_t i = 0; i < CH_PARAM_COUNT; i++)
        check_param(&f, params, i);
    free(params);
    finish(&f);
}

static void gradient_is_right_with_the_image_first(void **state)
{
    (void)state;
    check_gradient(CH_IMAGE_FIRST, 0, 5, 4);
}

static void gradient_is_right_with_the_image_first_and_dropout(void **state)
{
    (void)state;
    check_gradient(CH_IMAGE_FIRST, 1, 5, 4);
}

static void gradient_is_right_with_the_image_at_every_step(void **state)
{
    (void)state;
    check_gradient(CH_IMAGE_EVERY, 0, 5, 4);
}

static void gradient_is_right_with_the_image_every_step_and_dropout(
    void **state)
{
    (void)state;
    check_gradient(CH_IMAGE_EVERY, 1, 5, 4);
}

static void gradient_is_right_with_one_caption_of_one_word(void **state)
{
    (void)state;
    check_gradient(CH_IMAGE_FIRST, 0, 1, 1);
    check_gradient(CH_IMAGE_EVERY, 0, 1, 1);
}

/* 91 captions of 1 to 9 words: more than one chunk of logits. */
static void loss_is_right_over_chunks_of_logits(void **state)
{
    struct fixture f;
    double *params, expected;

    (void)state;
    start(&f, CH_IMAGE_FIRST, 1, 91, 9);
    assert_true(f.batch.N > 384);
    params = calloc(f.d.float_count, sizeof *params);
    for (size_t i = 0; i < f.d.float_count; i++)
        params[i] = (double)f.params[i];
    expected = plain_loss(&f, params);
    assert_true(fabs(loss_of(&f, f.grad) / expected - 1) < 1e-6);
    check_param(&f, params, CH_P_output_weight);
    check_param(&f, params, CH_P_output_bias);
    check_param(&f, params, CH_P_lstm_bias_hh);
    free(params);
    finish(&f);
}

static void loss_without_gradient_is_the_same(void **state)
{
    struct fixture f;
    double with;

    (void)state;
    start(&f, CH_IMAGE_EVERY, 1, 5, 4);
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
    start(&f, CH_IMAGE_FIRST, 1, 5, 4);
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
    start(&f, CH_IMAGE_FIRST, 0, 5, 4);
    loss_of(&f, f.grad);
    for (size_t i = 0; i < CH_PARAM_COUNT; i++) {
        const struct ch_param_info *p = &f.d.param[i];
        size_t end = i + 1 < CH_PARAM_COUNT ? f.d.param[i + 1].offset
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
    start(&f, CH_IMAGE_FIRST, 0, 5, 4);
    f.batch = (struct ch_batch) { .F = 7 };
    assert_true(loss_of(&f, f.grad) == 0);
    for (size_t i = 0; i < CH_PARAM_COUNT; i++)
        for (size_t k = 0; k < f.d.param[i].count; k++)
            assert_true(f.grad[f.d.param[i].offset + k] == 0);
    finish(&f);
}

static void masks_change_with_the_epoch(void **state)
{
    struct fixture f;
    double before;

    (void)state;
    start(&f, CH_IMAGE_FIRST, 1, 5, 4);
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
    start(&f, CH_IMAGE_FIRST, 1, 5, 4);
    whole = loss_of(&f, NULL);
    for (size_t b = 0; b < 5; b++) {
        const size_t live[4] = { 1, 1, 1, 1 };
        int32_t input[4], target[4];
        struct ch_batch one = {
            .B = 1, .T = f.length[b], .N = f.length[b], .F = 7, .live = live,
            .input = input, .target = target, .feature = f.feature + 7 * b,
            .example = f.example + b
        };

        for (size_t t = 0; t < one.T; t++) {
            input[t] = f.input[row_of(&f, b, t)];
            target[t] = f.target[row_of(&f, b, t)];
        }
        sum += ch_decoder_loss(&f.d, f.params, &one, f.use, NULL, &f.arena);
    }
    assert_true(fabs(sum / whole - 1) < 1e-6);
    finish(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradient_is_right_with_the_image_first),
        cmocka_unit_test(gradient_is_right_with_the_image_first_and_dropout),
        cmocka_unit_test(gradient_is_right_with_the_image_at_every_step),
        cmocka_unit_test(
            gradient_is_right_with_the_image_every_step_and_dropout),
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
