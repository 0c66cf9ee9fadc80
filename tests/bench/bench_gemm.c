/* bench_gemm.c - matrix products of a training step, by each library
 *
 * GFLOP/s on one core, of the fastest of some calls in CPU time of the thread,
 * the libraries in turns: OpenBLAS and oneDNN in f32 (- where it is not there),
 * our own panels (packed before, as weights are), and bf16 as
 * kernel/product.h computes it here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/arena.h"
#include "kernel/gemm.h"
#include "kernel/product.h"

enum { TIMES = 7, WAYS = 4 };

/* What a lane multiplies: hidden 512, embedding 512, vocabulary 10,000. */
static const struct shape {
    const char *what;
    size_t M, N, K;
    bool is_ta, is_tb;
} shape[] = {
    { "gates of a step", 16, 2048, 512, false, true },
    { "gates of a step", 80, 2048, 512, false, true },
    { "gates of all steps", 400, 2048, 512, false, true },
    { "gates of all steps", 1000, 2048, 512, false, true },
    { "back through the gates", 400, 512, 2048, false, false },
    { "gradient of the gates", 2048, 512, 400, true, false },
    { "logits", 384, 10000, 512, false, true },
    { "back through the logits", 384, 512, 10000, false, false },
    { "gradient of the output", 10000, 512, 384, true, false },
};

static float *A, *B, *C, *panel;

static float *fill(size_t n, uint32_t seed)
{
    float *x = ch_block_get(n, sizeof *x);

    if (!x) {
        fprintf(stderr, "bench_gemm: no memory\n");
        exit(1);
    }
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        x[i] = (float)(seed >> 8) / (1 << 24) - 0.5f;
    }
    return x;
}

static double now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void by_library(const char *name, const struct shape *s)
{
    const struct ch_gemm_shape g = {
        s->is_ta, s->is_tb, s->M, s->N, s->K, s->is_ta ? s->M : s->K,
        s->is_tb ? s->K : s->N, s->N, true
    };

    ch_gemm_find(name)->product(&g, A, B, C);
}

static void in_bf16(const struct shape *s)
{
    const struct ch_matrix a = { A, s->is_ta ? s->M : s->K };
    const struct ch_matrix b = { B, s->is_tb ? s->K : s->N };

    (s->is_ta ? ch_product_tn : s->is_tb ? ch_product_nt : ch_product_nn)(
        CH_PRECISION_BF16, s->M, s->N, s->K, a, b, 1, C, s->N);
}

/* Seconds, or 0 when there is no such way. */
static double run(size_t way, const struct shape *s)
{
    const struct ch_kernel *k = ch_kernel_get();
    double begun_s = now_s();

    if (way == 0) {
        by_library("openblas", s);
    } else if (way == 1) {
        if (!ch_gemm_find("onednn"))
            return 0;
        by_library("onednn", s);
    } else if (way == 2) {
        if (s->is_ta)
            return 0;
        k->panel_product(s->M, s->N, s->K, (struct ch_matrix) { A, s->K },
                         panel, C, s->N);
    } else {
        in_bf16(s);
    }
    return now_s() - begun_s;
}

static void measure(const struct shape *s)
{
    double best[WAYS] = { 1e9, 1e9, 1e9, 1e9 };

    A = fill(s->M * s->K, 1);
    B = fill(s->N * s->K, 2);
    C = fill(s->M * s->N, 3);
    panel = fill(ch_panel_floats(s->N, s->K), 4);
    for (int n = 0; n <= TIMES; n++)       /* the first is not counted */
        for (size_t way = 0; way < WAYS; way++) {
            double seconds = run(way, s);

            if (n && seconds < best[way])
                best[way] = seconds;
        }
    printf("%s\t%zux%zux%zu", s->what, s->M, s->N, s->K);
    for (size_t way = 0; way < WAYS; way++)
        if (best[way] > 0)
            printf("\t%.1f", 2e-9 * (double)(s->M * s->N * s->K) / best[way]);
        else
            printf("\t-");
    putchar('\n');
    ch_block_release(A);
    ch_block_release(B);
    ch_block_release(C);
    ch_block_release(panel);
}

int main(void)
{
    printf("product\tM x N x K\topenblas\tonednn\tpanels\tbf16\n");
    for (size_t i = 0; i < sizeof shape / sizeof *shape; i++)
        measure(&shape[i]);
    return 0;
}
