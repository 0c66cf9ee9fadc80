/* gemm.c - matrix products, by the library that was chosen */
#include "kernel/gemm.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Chosen at the first call, then never changed; threads that race there
 * choose the same. */
static _Atomic(const struct ch_gemm *) chosen;

const struct ch_gemm *ch_gemm_find(const char *name)
{
    if (!strcmp(name, "openblas"))
        return &ch_gemm_openblas;
    return strcmp(name, "onednn") ? NULL
                                  : ch_gemm_dnnl(&(const char *){ NULL });
}

const struct ch_gemm *ch_gemm_get(void)
{
    const struct ch_gemm *g;
    const char *wish;

    g = atomic_load_explicit(&chosen, memory_order_acquire);
    if (g)
        return g;
    wish = getenv("CHORUS_GEMM");
    if (wish)
        g = ch_gemm_find(wish);
    if (!g)
        g = &ch_gemm_openblas;
    atomic_store_explicit(&chosen, g, memory_order_release);
    return g;
}

int ch_gemm_check(struct ch_err *e)
{
    const char *wish = getenv("CHORUS_GEMM"), *why = NULL;

    if (!wish || ch_gemm_find(wish))
        return 0;
    if (!strcmp(wish, "onednn") && !ch_gemm_dnnl(&why))
        return ch_fail(e, CH_EUSAGE, "CHORUS_GEMM=onednn, but %s; unset "
                       "CHORUS_GEMM", why);
    return ch_fail(e, CH_EUSAGE, "CHORUS_GEMM is \"%s\", expected openblas or "
                   "onednn", wish);
}

const char *ch_gemm_library(void)
{
    return ch_gemm_get()->library();
}

const char *ch_gemm_core(void)
{
    return ch_gemm_get()->core();
}

static void product(bool is_ta, bool is_tb, size_t M, size_t N, size_t K,
                    struct ch_matrix A, struct ch_matrix B, float beta,
                    float *C, size_t ldc)
{
    const struct ch_gemm_shape s = {
        is_ta, is_tb, M, N, K, A.ld, B.ld, ldc, beta > 0
    };

    assert((is_ta ? M : K) <= A.ld && (is_tb ? K : N) <= B.ld && N <= ldc);
    assert(beta == 0.0f || beta == 1.0f);
    if (M == 0 || N == 0)
        return;
    if (K > 0) {
        if (!ch_gemm_get()->product(&s, A.at, B.at, C))
            ch_gemm_openblas.product(&s, A.at, B.at, C);
        return;
    }
    /* Not every library takes it. */
    for (size_t m = 0; m < M && !s.is_added; m++)
        memset(C + m * ldc, 0, N * sizeof *C);
}

void ch_gemm_nn(size_t M, size_t N, size_t K, struct ch_matrix A,
                struct ch_matrix B, float beta, float *C, size_t ldc)
{
    product(false, false, M, N, K, A, B, beta, C, ldc);
}

void ch_gemm_nt(size_t M, size_t N, size_t K, struct ch_matrix A,
                struct ch_matrix B, float beta, float *C, size_t ldc)
{
    product(false, true, M, N, K, A, B, beta, C, ldc);
}

void ch_gemm_tn(size_t M, size_t N, size_t K, struct ch_matrix A,
                struct ch_matrix B, float beta, float *C, size_t ldc)
{
    product(true, false, M, N, K, A, B, beta, C, ldc);
}
