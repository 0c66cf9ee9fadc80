/* variant.h - every version of every kernel, for the table and its tests
 *
 * X(member, function, return type, (parameters)): the functions are
 * ch_<function>_ref, _avx2 and _avx512; kernel.h says what they do.
 */
#ifndef CH_KERNEL_VARIANT_H
#define CH_KERNEL_VARIANT_H

#include "kernel/kernel.h"

#define CH_KERNELS(X)                                                          \
    X(add, vector_add, void, (size_t n, const float *x, float *y))             \
    X(axpy, vector_axpy, void, (size_t n, float a, const float *x, float *y))  \
    X(scale, vector_scale, void, (size_t n, float a, float *x))                \
    X(sum_squares, vector_sum_squares, double, (size_t n, const float *x))     \
    X(dots, vector_dots, void,                                                 \
      (size_t rows, size_t n, const float *x, struct ch_matrix m, float *y))   \
    X(drop, vector_drop, void,                                                 \
      (size_t n, const uint64_t *keep, float scale, float *x))                 \
    X(round_bf16, vector_round_bf16, void,                                     \
      (size_t n, const float *x, float *y))                                    \
    X(widen_f16, half_widen_f16, void,                                         \
      (size_t n, const void *bytes, float *x))                                 \
    X(gate_forward, gate_forward, void,                                        \
      (size_t H, float *gate, const float *c_prev, float *c, float *tanh_c,    \
       float *h))                                                              \
    X(gate_backward, gate_backward, void,                                      \
      (size_t H, float *gate, const float *c_prev, const float *tanh_c,        \
       const float *dh, float *dc))                                            \
    X(gru_forward, gru_forward, void,                                          \
      (size_t H, float *gate, const float *gate_h, const float *h_prev,        \
       float *h))                                                              \
    X(gru_backward, gru_backward, void,                                        \
      (size_t H, float *gate, float *gate_h, const float *h_prev,              \
       const float *dh, float *dh_prev))                                       \
    X(attend_forward, attend_forward, void,                                    \
      (const struct ch_attend *a, float *weight))                              \
    X(attend_backward, attend_backward, void,                                  \
      (const struct ch_attend *a, const float *weight, const float *dweight,   \
       struct ch_attend_grad *g))                                              \
    X(softmax_loss, softmax_loss, double,                                      \
      (size_t V, float *logit, size_t target))                                 \
    X(softmax_cost, softmax_cost, double,                                      \
      (size_t V, const float *logit, size_t target))                           \
    X(softmax_smooth, softmax_smooth, double,                                  \
      (size_t V, float *logit, size_t target, float smoothing))                \
    X(softmax_log, softmax_log, void, (size_t V, float *logit))                \
    X(adam_step, adam_step, void,                                              \
      (size_t n, const struct ch_adam *a, const float *grad, float *param,     \
       float *m, float *v))                                                    \
    X(panel_product, panel_product, void,                                      \
      (size_t M, size_t N, size_t K, struct ch_matrix A, const float *panel,   \
       float *C, size_t ldc))

/* Those whose AVX2 version serves processors with AVX-512, too. */
#define CH_KERNELS_AVX2(X)                                                     \
    X(coarse_near, coarse_near, void,                                          \
      (size_t K, struct ch_coarse a, size_t panels, struct ch_coarse b,        \
       unsigned char *near))

/* Those that have no version but the reference yet: it is in every table. */
#define CH_KERNELS_PLAIN(X)                                                    \
    X(maxout_forward, maxout_forward, void,                                    \
      (size_t H, float *gate, const float *c_prev, float *c, float *tanh_c,    \
       float *h))                                                              \
    X(maxout_backward, maxout_backward, void,                                  \
      (size_t H, float *gate, const float *c_prev, const float *tanh_c,        \
       const float *dh, float *dc))

/* For ch_kernel_find(), which lacks what the CPU lacks. */
#define CH_KERNEL_NAMES "ref", "avx2", "avx512"

#define CH_KERNEL_DECLARE(member, function, type, parameters)                  \
    type ch_##function##_ref parameters;                                       \
    type ch_##function##_avx2 parameters;                                      \
    type ch_##function##_avx512 parameters;
CH_KERNELS(CH_KERNEL_DECLARE)
#undef CH_KERNEL_DECLARE
#define CH_KERNEL_DECLARE(member, function, type, parameters)                  \
    type ch_##function##_ref parameters;                                       \
    type ch_##function##_avx2 parameters;
CH_KERNELS_AVX2(CH_KERNEL_DECLARE)
#undef CH_KERNEL_DECLARE
#define CH_KERNEL_DECLARE(member, function, type, parameters)                  \
    type ch_##function##_ref parameters;
CH_KERNELS_PLAIN(CH_KERNEL_DECLARE)
#undef CH_KERNEL_DECLARE

/* The products, written for the reader: the oracle of ch_gemm_*. */
void ch_gemm_nn_ref(size_t M, size_t N, size_t K, struct ch_matrix A,
                    struct ch_matrix B, float beta, float *C, size_t ldc);
void ch_gemm_nt_ref(size_t M, size_t N, size_t K, struct ch_matrix A,
                    struct ch_matrix B, float beta, float *C, size_t ldc);
void ch_gemm_tn_ref(size_t M, size_t N, size_t K, struct ch_matrix A,
                    struct ch_matrix B, float beta, float *C, size_t ldc);

#endif
