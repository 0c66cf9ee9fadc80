/* bench_kernels.c - every kernel once, on the lengths of a training step
 *
 *     bench_kernels [once]
 *
 * Nanoseconds of a call and of an element, best of many, in CPU time of the
 * thread.  With `once` each is called one time and nothing is said: that is for
 * instructions.sh.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "kernel/kernel.h"

enum { N = 4096, H = 512, L = 49, A = 512, F = 2048, V = 10000, M = 18,
       ROOM = H * H, TIMES = 200 };

static float *x, *y, *z, *w, *panel;
static uint64_t keep[N / 64];

static const struct ch_attend attend = { L, A, NULL, NULL, NULL };

static struct ch_attend attend_of(void)
{
    struct ch_attend a = attend;

    a.key = x;
    a.query = z;
    a.score = w;
    return a;
}

static void fill(float *to, size_t n, uint32_t seed)
{
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        to[i] = (float)(seed >> 8) / (1 << 24) - 0.5f;
    }
}

static void add(const struct ch_kernel *k) { k->add(N, x, y); }
static void axpy(const struct ch_kernel *k) { k->axpy(N, 0.5f, x, y); }
static void scale(const struct ch_kernel *k) { k->scale(N, 0.999f, y); }
static void drop(const struct ch_kernel *k) { k->drop(N, keep, 2, y); }
static void sum_squares(const struct ch_kernel *k) { k->sum_squares(N, x); }
static void widen_f16(const struct ch_kernel *k) { k->widen_f16(N, x, y); }

enum { COARSE = 320, PANELS = 16, PAIRS = PANELS * CH_COARSE * CH_COARSE };

static void coarse_near(const struct ch_kernel *k)
{
    static const unsigned char at[PANELS * CH_COARSE * COARSE];
    static unsigned char near[PANELS * CH_COARSE];
    struct ch_coarse a = { at, x, y };

    k->coarse_near(COARSE, a, PANELS, a, near);
}

static void dots(const struct ch_kernel *k)
{
    k->dots(L, F, w, (struct ch_matrix) { x, F }, z);
}

static void gate_forward(const struct ch_kernel *k)
{
    k->gate_forward(H, y, x, z, z + H, z + 2 * H);
}

static void gate_backward(const struct ch_kernel *k)
{
    k->gate_backward(H, y, x, z, z + H, z + 2 * H);
}

static void gru_forward(const struct ch_kernel *k)
{
    k->gru_forward(H, y, x, z, z + H);
}

static void gru_backward(const struct ch_kernel *k)
{
    k->gru_backward(H, y, w, z, z + H, z + 2 * H);
}

static void attend_forward(const struct ch_kernel *k)
{
    struct ch_attend a = attend_of();

    k->attend_forward(&a, y);
}

static void attend_backward(const struct ch_kernel *k)
{
    struct ch_attend a = attend_of();
    struct ch_attend_grad g = { y, panel, panel + A };

    k->attend_backward(&a, z + A, z + A, &g);
}

static void softmax_loss(const struct ch_kernel *k)
{
    k->softmax_loss(V, y, 7);
}

static void softmax_cost(const struct ch_kernel *k)
{
    k->softmax_cost(V, x, 7);
}

static void adam_step(const struct ch_kernel *k)
{
    struct ch_adam a = ch_adam_at(1e-3, 0.9, 0.999, 1e-8, 10, 1);

    k->adam_step(N, &a, x, y, z, w);
}

static void panel_product(const struct ch_kernel *k)
{
    k->panel_product(M, H, H, (struct ch_matrix) { x, H }, panel, y, H);
}

static const struct {
    const char *name;
    size_t elements;
    void (*run)(const struct ch_kernel *k);
} bench[] = {
#define BENCH(name, elements) { #name, elements, name }
    BENCH(add, N), BENCH(axpy, N), BENCH(scale, N), BENCH(drop, N),
    BENCH(sum_squares, N), BENCH(widen_f16, N),
    BENCH(coarse_near, PAIRS * COARSE), BENCH(dots, L * F),
    BENCH(gate_forward, H), BENCH(gate_backward, H), BENCH(gru_forward, H),
    BENCH(gru_backward, H),
    BENCH(attend_forward, L * A), BENCH(attend_backward, L * A),
    BENCH(softmax_loss, V), BENCH(softmax_cost, V), BENCH(adam_step, N),
    BENCH(panel_product, (size_t)M * H * H)
#undef BENCH
};

static float *take(uint32_t seed)
{
    float *p = ch_block_get(ROOM, sizeof *p);

    if (!p) {
        fprintf(stderr, "bench_kernels: no memory\n");
        exit(1);
    }
    fill(p, ROOM, seed);
    return p;
}

/* Numbers of every call are the same, and stay in range. */
static void reset(void)
{
    fill(y, N > V ? N : V, 2);
    fill(z, N, 3);
    fill(w, N, 4);
    for (size_t i = 0; i < N; i++)
        w[i] = w[i] < 0 ? -w[i] : w[i];
}

static double best_s(const struct ch_kernel *k, size_t i)
{
    double best = 1e9;

    for (int n = 0; n < TIMES; n++) {
        struct timespec a, b;
        double s;

        reset();
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
        bench[i].run(k);
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
        s = (double)(b.tv_sec - a.tv_sec) + 1e-9 * (double)(b.tv_nsec -
                                                            a.tv_nsec);
        best = s < best ? s : best;
    }
    return best;
}

int main(int argc, char **argv)
{
    const struct ch_kernel *k = ch_kernel_get();
    int is_once = argc > 1 && !strcmp(argv[1], "once");

    x = take(1);
    y = take(2);
    z = take(3);
    w = take(4);
    panel = take(5);
    memset(keep, 0xa5, sizeof keep);
    if (!is_once)
        printf("%s\telements\tns\tns/element\n", k->name);
    for (size_t i = 0; i < sizeof bench / sizeof *bench; i++) {
        double s;

        if (is_once) {
            reset();
            bench[i].run(k);
            continue;
        }
        s = best_s(k, i);
        printf("%s\t%zu\t%.0f\t%.3f\n", bench[i].name, bench[i].elements,
               1e9 * s, 1e9 * s / (double)bench[i].elements);
    }
    return 0;
}
