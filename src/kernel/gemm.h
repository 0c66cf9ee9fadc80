/* gemm.h - the libraries that compute matrix products
 *
 * One table for each, behind ch_gemm_* (kernel.h), chosen at the first call:
 * OpenBLAS, or what the environment variable CHORUS_GEMM=openblas|onednn says.
 */
#ifndef CH_KERNEL_GEMM_H
#define CH_KERNEL_GEMM_H

#include <stdbool.h>

#include "kernel/kernel.h"

/* C = op(A) op(B) + beta C.  M, N and K are at least 1, beta 0 or 1. */
struct ch_gemm_shape {
    bool is_ta, is_tb;          /* A is K x M; B is N x K */
    size_t M, N, K, lda, ldb, ldc;
    bool is_added;              /* beta is 1 */
};

struct ch_gemm {
    const char *name;           /* "openblas", "onednn" */
    /* false: there is no memory for it, and C is as it was. */
    bool (*product)(const struct ch_gemm_shape *s, const float *A,
                    const float *B, float *C);
    /* Operands in bfloat16, sums in f32; NULL where the library or this CPU has
     * no instructions for it. */
    bool (*product_bf16)(const struct ch_gemm_shape *s, const uint16_t *A,
                         const uint16_t *B, float *C);
    const char *(*library)(void);       /* name and version */
    const char *(*core)(void);          /* what it computes for */
};

/* NULL: of no such name, not built in, not installed, or not for this CPU. */
const struct ch_gemm *ch_gemm_find(const char *name);
const struct ch_gemm *ch_gemm_get(void);
/* As ch_kernel_check(), for CHORUS_GEMM. */
int ch_gemm_check(struct ch_err *e);

/* gemm_openblas.c; gemm_dnnl.c: NULL when it is not there, and why. */
extern const struct ch_gemm ch_gemm_openblas;
const struct ch_gemm *ch_gemm_dnnl(const char **why);

#endif
