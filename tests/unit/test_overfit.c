/* test_overfit.c - every decoder can learn 20 captions by heart
 *
 * Not a proof of the arithmetic (test_decoder and test_golden are), but of the
 * whole: what is learnt reaches the words, for each decoder.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "decoders.h"
#include "kernel/kernel.h"

enum { V = 25, E = 16, H = 24, F = 12, B = 20, T = 8, STEPS = 400 };

/* Of the mean loss, in nats per word. */
#define GOAL 0.05

struct fixture {
    struct ch_decoder d;
    struct ch_batch batch;
    struct ch_arena arena;
    size_t live[T];
    int32_t input[B * T], target[B * T];
    uint32_t example[B];
    float feature[B * 4 * F];
    float *params, *grad, *m, *v;
};

/* Random words after word 1, ended by word 2, 3 to 8 to predict. */
static void set_batch(struct fixture *f, struct ch_rng *r)
{
    int32_t word[B][T + 1];
    size_t length[B], n = 0;

    for (size_t b = 0; b < B; b++) {
        length[b] = T - b * (T - 2) / B;
        word[b][0] = 1;
        for (size_t t = 1; t < length[b]; t++)
            word[b][t] = 3 + (int32_t)ch_rng_below(r, V - 3);
        word[b][length[b]] = 2;
        f->example[b] = (uint32_t)b;
    }
    for (size_t t = 0; t < T; t++)
        for (size_t b = 0; b < B && length[b] > t; b++, n++) {
            f->live[t]++;
            f->input[n] = word[b][t];
            f->target[n] = word[b][t + 1];
        }
    for (size_t i = 0; i < B * f->d.shape.L * F; i++)
        f->feature[i] = (float)ch_rng_normal(r);
    f->batch = (struct ch_batch) {
        .B = B, .T = T, .N = n, .F = F, .live = f->live, .input = f->input,
        .target = f->target, .feature = f->feature, .example = f->example
    };
}

static void start(struct fixture *f, size_t which,
                  enum ch_precision precision)
{
    struct ch_decoder_shape shape = decoder_shape(which, V, E, H, F);
    struct ch_rng r;
    size_t bytes;

    shape.precision = precision;
    memset(f, 0, sizeof *f);
    ch_rng_init(&r, (struct ch_rng_place) { .seed = 3,
                                            .purpose = CH_RNG_TEST });
    assert_int_equal(ch_decoder_init(&f->d, &shape, NULL), 0);
    set_batch(f, &r);
    f->params = ch_block_get(f->d.float_count, sizeof(float));
    f->grad = ch_block_get(f->d.float_count, sizeof(float));
    f->m = ch_block_get(f->d.float_count, sizeof(float));
    f->v = ch_block_get(f->d.float_count, sizeof(float));
    ch_decoder_start_params(&f->d, 1, f->params);
    bytes = ch_decoder_arena_bytes(&f->d, B, T);
    assert_int_equal(ch_arena_init(&f->arena, bytes, NULL), 0);
}

static void finish(struct fixture *f)
{
    ch_arena_release(&f->arena);
    ch_block_release(f->params);
    ch_block_release(f->grad);
    ch_block_release(f->m);
    ch_block_release(f->v);
}

static void check_overfit(size_t which)
{
    static struct fixture f;
    double words, loss = INFINITY;

    start(&f, which, CH_PRECISION_F32);
    words = (double)f.batch.N;
    for (uint64_t step = 1; step <= STEPS && loss > GOAL; step++) {
        struct ch_adam a = ch_adam_at(0.02, 0.9, 0.999, 1e-8, step, 1 / words);

        loss = ch_decoder_loss(&f.d, f.params, &f.batch, NULL, f.grad,
                               &f.arena) / words;
        if (step == 1 && !(loss > 2))
            fail_msg("%s knows the captions already: loss %.3f",
                     decoder_case[which].name, loss);
        ch_kernel_get()->adam_step(f.d.float_count, &a, f.grad, f.params, f.m,
                                   f.v);
    }
    if (!(loss <= GOAL))
        fail_msg("%s: loss %.3f after %d steps", decoder_case[which].name,
                 loss, STEPS);
    finish(&f);
}

static void twenty_captions_are_learnt_by_every_decoder(void **state)
{
    (void)state;
    for (size_t i = 0; i < DECODER_CASES; i++)
        check_overfit(i);
}

/* The mean loss before each step of a short training. */
static void learn(size_t which, enum ch_precision precision, double loss[],
                  size_t steps)
{
    static struct fixture f;
    double words;

    start(&f, which, precision);
    words = (double)f.batch.N;
    for (size_t s = 0; s < steps; s++) {
        struct ch_adam a = ch_adam_at(0.005, 0.9, 0.999, 1e-8, s + 1,
                                      1 / words);

        loss[s] = ch_decoder_loss(&f.d, f.params, &f.batch, NULL, f.grad,
                                  &f.arena) / words;
        ch_kernel_get()->adam_step(f.d.float_count, &a, f.grad, f.params, f.m,
                                   f.v);
    }
    finish(&f);
}

/* At first each loss is that of f32 within 1 %, but for its last digits; later
 * the two go ways of their own. */
static void bf16_learns_as_f32_does(void **state)
{
    enum { SHORT = 40 };
    double f32[SHORT], bf16[SHORT];

    (void)state;
    for (size_t i = 0; i < DECODER_CASES; i++) {
        learn(i, CH_PRECISION_F32, f32, SHORT);
        learn(i, CH_PRECISION_BF16, bf16, SHORT);
        assert_true(f32[SHORT - 1] < 0.9 * f32[0]);
        for (size_t s = 0; s < SHORT; s++)
            if (!(fabs(bf16[s] / f32[s] - 1) < 0.01) || bf16[s] == f32[s])
                fail_msg("%s, step %zu: loss %.5f in bf16, %.5f in f32",
                         decoder_case[i].name, s, bf16[s], f32[s]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(twenty_captions_are_learnt_by_every_decoder),
        cmocka_unit_test(bf16_learns_as_f32_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
