/* bench_panel.c - products of few rows: packed panels against OpenBLAS
 *
 *     bench_panel [N K [seconds]]
 *
 * GFLOP/s, best of many, the two in turns, in CPU time of the thread, for M
 * from 1 to 64 rows; and the time that packing takes.  N K is 2048 512 by
 * default: the recurrent product of an LSTM of 512.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/arena.h"
#include "kernel/kernel.h"

#define MOST 64

struct bench {
    size_t N, K;
    float *a, *b, *c, *panel;    /* MOST x K, N x K, MOST x N */
};

static double now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static float *take(size_t count)
{
    float *x = ch_block_get(count, sizeof *x);

    if (!x) {
        fprintf(stderr, "bench_panel: no memory\n");
        exit(1);
    }
    for (size_t i = 0; i < count; i++)
        x[i] = (float)(i % 17) / 17 - 0.5f;
    return x;
}

static void run_panel(const struct bench *b, size_t M)
{
    ch_kernel_get()->panel_product(M, b->N, b->K,
                                   (struct ch_matrix) { b->a, b->K },
                                   b->panel, b->c, b->N);
}

static void run_gemm(const struct bench *b, size_t M)
{
    ch_gemm_nt(M, b->N, b->K, (struct ch_matrix) { b->a, b->K },
               (struct ch_matrix) { b->b, b->K }, 1, b->c, b->N);
}

static void run_pack(const struct bench *b, size_t M)
{
    (void)M;
    ch_panel_pack_nt(b->N, b->K, (struct ch_matrix) { b->b, b->K }, b->panel);
}

static void keep_best(void (*run)(const struct bench *, size_t),
                      const struct bench *b, size_t M, double *best)
{
    double begun = now_s(), s;

    run(b, M);
    s = now_s() - begun;
    if (*best == 0 || s < *best)
        *best = s;
}

int main(int argc, char **argv)
{
    static const size_t rows[] = { 1, 2, 4, 8, 16, 24, 32, MOST };
    struct bench b = {
        .N = argc > 2 ? strtoul(argv[1], NULL, 10) : 2048,
        .K = argc > 2 ? strtoul(argv[2], NULL, 10) : 512,
    };
    double seconds = argc > 3 ? strtod(argv[3], NULL) : 4;
    double pack = 0;

    if (b.N < 1 || b.K < 1) {
        fprintf(stderr, "usage: bench_panel [N K [seconds]]\n");
        return 2;
    }
    b.a = take(MOST * b.K);
    b.b = take(b.N * b.K);
    b.c = take(MOST * b.N);
    b.panel = take(ch_panel_floats(b.N, b.K));
    printf("kernel\tM\tN\tK\tpanel GF/s\tOpenBLAS GF/s\n");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double begun = now_s(), panel = 0, gemm = 0;
        double gflop = 2e-9 * (double)(rows[i] * b.N * b.K);

        for (size_t n = 0; n < 5 || now_s() - begun < seconds / 8; n++) {
            keep_best(run_pack, &b, 0, &pack);
            keep_best(run_panel, &b, rows[i], &panel);
            keep_best(run_gemm, &b, rows[i], &gemm);
        }
        printf("%s\t%zu\t%zu\t%zu\t%.1f\t%.1f\n", ch_kernel_get()->name,
               rows[i], b.N, b.K, gflop / panel, gflop / gemm);
    }
    printf("packing %.3f ms\n", 1e3 * pack);
    return 0;
}
