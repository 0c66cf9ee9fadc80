/* test_golden.c - the decoder and Adam against PyTorch's numbers
 *
 * Reads tests/golden/NAME.txt for each decoder of decoders.h (written by
 * torch_decoders.py there), and NAME_bf16.txt (by torch_bf16.py):
 * CHORUS_GOLDEN names another folder.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/kernel.h"
#include "decoders.h"

/* Both compute in f32: relative to the largest value of a tensor. */
#define LIMIT 1e-5
/* In bf16 both round the same operands, but for some that are less than 1/40 of
 * the largest of their tensor and lie between two bfloat16: those may differ by
 * 2^-8 of themselves, which is 1e-4 of the largest.  What is computed in f32
 * differs by 1e-3 and more. */
#define LIMIT_BF16 1e-4
#define MOST 4096

enum { B, T, N, V, E, H, F, SIZE_COUNT };

struct golden {
    char path[512];
    double limit;
    size_t size[SIZE_COUNT];
    struct ch_decoder d;
    struct ch_batch batch;
    struct ch_dropout penalty;
    struct ch_arena arena;
    size_t live[64];
    int32_t input[64], target[64];
    uint32_t example[64];
    float feature[MOST];
    float *params, *grad, *m, *v;
};

/* The values of a record, at most `room`; fails when it is not there. */
static size_t read_record(const char *path, const char *name, size_t room,
                          double *out)
{
    static double x[MOST];
    FILE *file = fopen(path, "r");
    char found[64];
    size_t n;

    if (!file)
        fail_msg("%s cannot be opened; run from the top of the source tree, "
                 "or set CHORUS_GOLDEN", path);
    while (fscanf(file, "%63s %zu", found, &n) == 2) {
        assert_true(n <= MOST);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(fscanf(file, "%lf", &x[i]), 1);
        if (!strcmp(found, name)) {
            fclose(file);
            assert_true(n <= room);
            memcpy(out, x, n * sizeof *x);
            return n;
        }
    }
    fclose(file);
    fail_msg("%s has no \"%s\"", path, name);
    return 0;
}

static void read_param(const struct golden *g, const char *prefix, size_t i,
                       double *out)
{
    char name[128];

    snprintf(name, sizeof name, "%s%s", prefix, g->d.param[i].name);
    assert_int_equal(read_record(g->path, name, MOST, out),
                     g->d.param[i].count);
}

static void read_batch(struct golden *g)
{
    static double x[MOST];
    const size_t *size = g->size;

    read_record(g->path, "live", MOST, x);
    for (size_t t = 0; t < size[T]; t++)
        g->live[t] = (size_t)x[t];
    read_record(g->path, "input", MOST, x);
    for (size_t n = 0; n < size[N]; n++)
        g->input[n] = (int32_t)x[n];
    read_record(g->path, "target", MOST, x);
    for (size_t n = 0; n < size[N]; n++)
        g->target[n] = (int32_t)x[n];
    read_record(g->path, "feature", MOST, x);
    for (size_t i = 0; i < size[B] * g->d.shape.L * size[F]; i++)
        g->feature[i] = (float)x[i];
    g->batch = (struct ch_batch) {
        .B = size[B], .T = size[T], .N = size[N], .F = size[F],
        .live = g->live, .input = g->input, .target = g->target,
        .feature = g->feature, .example = g->example
    };
}

static void set_path(struct golden *g, size_t which, const char *suffix)
{
    const char *folder = getenv("CHORUS_GOLDEN");

    snprintf(g->path, sizeof g->path, "%s/%s%s.txt",
             folder ? folder : "tests/golden", decoder_case[which].name,
             suffix);
}

static void start(struct golden *g, size_t which)
{
    static double x[MOST];
    struct ch_decoder_shape shape;

    memset(g, 0, sizeof *g);
    g->limit = LIMIT;
    set_path(g, which, "");
    assert_int_equal(read_record(g->path, "sizes", MOST, x), SIZE_COUNT);
    for (size_t i = 0; i < SIZE_COUNT; i++)
        g->size[i] = (size_t)x[i];
    shape = decoder_shape(which, g->size[V], g->size[E], g->size[H],
                          g->size[F]);
    assert_int_equal(ch_decoder_init(&g->d, &shape, NULL), 0);
    read_batch(g);
    assert_int_equal(read_record(g->path, "penalty", 2, x), 2);
    g->penalty.alpha = (float)x[0];
    g->penalty.smoothing = (float)x[1];
    g->params = ch_block_get(g->d.float_count, sizeof(float));
    g->grad = ch_block_get(g->d.float_count, sizeof(float));
    g->m = ch_block_get(g->d.float_count, sizeof(float));
    g->v = ch_block_get(g->d.float_count, sizeof(float));
    for (size_t i = 0; i < g->d.param_count; i++) {
        read_param(g, "", i, x);
        for (size_t k = 0; k < g->d.param[i].count; k++)
            g->params[g->d.param[i].offset + k] = (float)x[k];
    }
    assert_int_equal(ch_arena_init(&g->arena,
                                   ch_decoder_arena_bytes(&g->d, g->size[B],
                                                          g->size[T]), NULL),
                     0);
}

static void finish(struct golden *g)
{
    ch_arena_release(&g->arena);
    ch_block_release(g->params);
    ch_block_release(g->grad);
    ch_block_release(g->m);
    ch_block_release(g->v);
}

static double loss_of(struct golden *g)
{
    return ch_decoder_loss(&g->d, g->params, &g->batch, &g->penalty, g->grad,
                           &g->arena);
}

/* How far a tensor is from the file's, relative to its largest value. */
static double distance(const struct golden *g, const char *prefix, size_t i,
                       const float *found)
{
    const struct ch_param_info *p = &g->d.param[i];
    static double x[MOST];
    double largest = 0, difference = 0;

    read_param(g, prefix, i, x);
    for (size_t k = 0; k < p->count; k++) {
        double delta = fabs((double)found[p->offset + k] - x[k]);

        largest = fmax(largest, fabs(x[k]));
        difference = delta > difference || isnan(delta) ? delta : difference;
    }
    return difference > 0 || isnan(difference) ? difference / largest : 0;
}

static void compare(const struct golden *g, const char *prefix,
                    const float *found)
{
    for (size_t i = 0; i < g->d.param_count; i++) {
        double apart = distance(g, prefix, i, found);

        if (!(apart <= g->limit))
            fail_msg("%s: %s%s: apart by %.4g of the largest", g->path, prefix,
                     g->d.param[i].name, apart);
    }
}

static void check_loss_and_gradient(size_t which)
{
    static struct golden g;
    double expected, found;

    start(&g, which);
    read_record(g.path, "loss", 1, &expected);
    found = loss_of(&g);
    if (!(fabs(found / expected - 1) < 1e-6))
        fail_msg("%s: expected loss %.9g, found %.9g", g.path, expected,
                 found);
    compare(&g, "gradient:", g.grad);
    finish(&g);
}

/* The same in bf16; what f32 computes is told from it. */
static void check_bf16(size_t which)
{
    static struct golden g;
    double expected, found, scale, furthest = 0;

    start(&g, which);
    g.d.shape.precision = CH_PRECISION_BF16;
    g.limit = LIMIT_BF16;
    set_path(&g, which, "_bf16");
    read_record(g.path, "scale", 1, &scale);
    read_record(g.path, "loss", 1, &expected);
    for (size_t i = 0; i < g.size[B] * g.d.shape.L * g.size[F]; i++)
        g.feature[i] *= (float)scale;
    found = loss_of(&g);
    if (!(fabs(found / expected - 1) < 1e-5))
        fail_msg("%s: expected loss %.9g, found %.9g", g.path, expected,
                 found);
    compare(&g, "gradient:", g.grad);
    g.d.shape.precision = CH_PRECISION_F32;
    loss_of(&g);
    for (size_t i = 0; i < g.d.param_count; i++)
        furthest = fmax(furthest, distance(&g, "gradient:", i, g.grad));
    assert_true(furthest > 10 * LIMIT_BF16);
    finish(&g);
}

/* As torch.nn.utils.clip_grad_norm_ on the mean, then torch.optim.Adam. */
static void check_steps(size_t which)
{
    const struct ch_kernel *k = ch_kernel_get();
    static struct golden g;
    double setting[3];

    start(&g, which);
    assert_int_equal(read_record(g.path, "settings", 3, setting), 3);
    for (uint64_t step = 1; step <= (uint64_t)setting[2]; step++) {
        double norm, factor, mean = 1 / (double)g.size[N];
        struct ch_adam a;

        loss_of(&g);
        norm = mean * sqrt(k->sum_squares(g.d.float_count, g.grad));
        factor = setting[1] / (norm + 1e-6);
        assert_true(factor < 1);     /* it must clip, or it tests nothing */
        a = ch_adam_at(setting[0], 0.9, 0.999, 1e-8, step, mean * factor);
        k->adam_step(g.d.float_count, &a, g.grad, g.params, g.m, g.v);
    }
    compare(&g, "after:", g.params);
    finish(&g);
}

static void loss_and_gradient_are_torchs(void **state)
{
    (void)state;
    for (size_t i = 0; i < DECODER_CASES; i++)
        check_loss_and_gradient(i);
}

static void in_bf16_they_are_torchs_too(void **state)
{
    (void)state;
    for (size_t i = 0; i < DECODER_CASES; i++)
        check_bf16(i);
}

static void parameters_after_two_clipped_steps_are_torchs(void **state)
{
    (void)state;
    check_steps(0);
    check_steps(1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loss_and_gradient_are_torchs),
        cmocka_unit_test(in_bf16_they_are_torchs_too),
        cmocka_unit_test(parameters_after_two_clipped_steps_are_torchs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
