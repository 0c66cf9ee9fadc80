/* product.h - matrix products at a precision
 *
 * f32:      as ch_gemm_* and panel_product do them (kernel.h).
 * bf16:     both operands are rounded to bfloat16, nearest even, NaN kept;
 *           their products, which are exact in f32, are summed in f32.  What
 *           is in memory stays f32: weights, results, sums.
 *
 * Bits:     a function of shapes and values only, as of all kernels.
 */
#ifndef CH_KERNEL_PRODUCT_H
#define CH_KERNEL_PRODUCT_H

#include "kernel/kernel.h"

enum ch_precision { CH_PRECISION_F32, CH_PRECISION_BF16 };
#define CH_PRECISIONS "f32|bf16"

/* C = op(A) op(B) + beta C: ch_gemm_nn, _nt, _tn.  In bf16, sums run over K in
 * pieces of CH_PRODUCT_K, each summed and then added to C, in order. */
#define CH_PRODUCT_K 256
void ch_product_nn(enum ch_precision precision, size_t M, size_t N, size_t K,
                   struct ch_matrix A, struct ch_matrix B, float beta,
                   float *C, size_t ldc);
void ch_product_nt(enum ch_precision precision, size_t M, size_t N, size_t K,
                   struct ch_matrix A, struct ch_matrix B, float beta,
                   float *C, size_t ldc);
void ch_product_tn(enum ch_precision precision, size_t M, size_t N, size_t K,
                   struct ch_matrix A, struct ch_matrix B, float beta,
                   float *C, size_t ldc);

/* Pack weights, rounded: ch_panel_pack_*. */
void ch_product_pack_nn(enum ch_precision precision, size_t N, size_t K,
                        struct ch_matrix B, float *panel);
void ch_product_pack_nt(enum ch_precision precision, size_t N, size_t K,
                        struct ch_matrix B, float *panel);
/* C += A B with B packed at the same precision: panel_product.  A row's bits
 * do not depend on the other rows. */
void ch_product_rows(enum ch_precision precision, size_t M, size_t N, size_t K,
                     struct ch_matrix A, const float *panel, float *C,
                     size_t ldc);

#endif
