/* gemm_openblas.c - matrix products by OpenBLAS (the door of cblas.h)
 *
 * On one thread: the ranks are the parallel part, and the sums of a product
 * must not depend on how many threads there are.
 */
#include "kernel/kernel.h"

#include <assert.h>
#include <cblas.h>
#include <limits.h>
#include <stdatomic.h>
#include <string.h>

static void use_one_thread(void)
{
    static atomic_int is_done;

    if (!atomic_load_explicit(&is_done, memory_order_acquire)) {
        openblas_set_num_threads(1);
        atomic_store_explicit(&is_done, 1, memory_order_release);
    }
}

static void product(enum CBLAS_TRANSPOSE ta, enum CBLAS_TRANSPOSE tb, size_t M,
                    size_t N, size_t K, struct ch_matrix A, struct ch_matrix B,
                    float beta, float *C, size_t ldc)
{
    assert(M <= INT_MAX && N <= INT_MAX && K <= INT_MAX);
    assert(A.ld <= INT_MAX && B.ld <= INT_MAX && N <= ldc && ldc <= INT_MAX);
    assert(beta == 0.0f || beta == 1.0f);
    if (M == 0 || N == 0)
        return;
    if (K == 0) {      /* not every BLAS takes it */
        for (size_t m = 0; m < M && beta == 0; m++)
            memset(C + m * ldc, 0, N * sizeof *C);
        return;
    }
    use_one_thread();
    cblas_sgemm(CblasRowMajor, ta, tb, (int)M, (int)N, (int)K, 1.0f, A.at,
                (int)A.ld, B.at, (int)B.ld, beta, C, (int)ldc);
}

void ch_gemm_nn(size_t M, size_t N, size_t K, struct ch_matrix A,
                struct ch_matrix B, float beta, float *C, size_t ldc)
{
    assert(K <= A.ld && N <= B.ld);
    product(CblasNoTrans, CblasNoTrans, M, N, K, A, B, beta, C, ldc);
}

void ch_gemm_nt(size_t M, size_t N, size_t K, struct ch_matrix A,
                struct ch_matrix B, float beta, float *C, size_t ldc)
{
    assert(K <= A.ld && K <= B.ld);
    product(CblasNoTrans, CblasTrans, M, N, K, A, B, beta, C, ldc);
}

void ch_gemm_tn(size_t M, size_t N, size_t K, struct ch_matrix A,
                struct ch_matrix B, float beta, float *C, size_t ldc)
{
    assert(M <= A.ld && N <= B.ld);
    product(CblasTrans, CblasNoTrans, M, N, K, A, B, beta, C, ldc);
}

const char *ch_gemm_library(void)
{
    return openblas_get_config();
}

const char *ch_gemm_core(void)
{
    return openblas_get_corename();
}
