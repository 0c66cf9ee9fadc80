/* gemm_openblas.c - matrix products by OpenBLAS (the door of cblas.h)
 *
 * On one thread: the ranks are the parallel part, and the sums of a product
 * must not depend on how many threads there are.
 */
#include "kernel/gemm.h"

#include <assert.h>
#include <cblas.h>
#include <limits.h>
#include <stdatomic.h>

static void use_one_thread(void)
{
    static atomic_int is_done;

    if (!atomic_load_explicit(&is_done, memory_order_acquire)) {
        openblas_set_num_threads(1);
        atomic_store_explicit(&is_done, 1, memory_order_release);
    }
}

static bool product(const struct ch_gemm_shape *s, const float *A,
                    const float *B, float *C)
{
    assert(s->M <= INT_MAX && s->N <= INT_MAX && s->K <= INT_MAX);
    assert(s->lda <= INT_MAX && s->ldb <= INT_MAX && s->ldc <= INT_MAX);
    use_one_thread();
    cblas_sgemm(CblasRowMajor, s->is_ta ? CblasTrans : CblasNoTrans,
                s->is_tb ? CblasTrans : CblasNoTrans, (int)s->M, (int)s->N,
                (int)s->K, 1.0f, A, (int)s->lda, B, (int)s->ldb,
                s->is_added ? 1.0f : 0.0f, C, (int)s->ldc);
    return true;
}

static const char *library(void)
{
    return openblas_get_config();
}

static const char *core(void)
{
    return openblas_get_corename();
}

const struct ch_gemm ch_gemm_openblas = {
    .name = "openblas", .product = product, .library = library, .core = core
};
