/* kernel.h - arithmetic on arrays of floats
 *
 * Kernels cannot fail, allocate or print.  Each has a reference (x_ref.c: the
 * definition, and the oracle of the tests) and may have faster versions beside
 * it (x_avx2.c, x_avx512.c) that agree within 1e-6; one table holds those
 * chosen for this CPU:
 *
 *     const struct ch_kernel *k = ch_kernel_get();
 *     k->add(n, x, y);
 *
 * The environment variable CHORUS_KERNEL=ref|avx2|avx512 forces a choice, and
 * CHORUS_GEMM=openblas|onednn (kernel/gemm.h) that of matrix products.
 *
 * Bits:     the same choice, lengths and values give the same bits, whatever
 *           the alignment, the thread or the rank.
 * Threads:  everything here may be called from any thread.
 * Rows:     matrices are row-major; arrays of one call do not overlap unless
 *           the comment says "in place".
 */
#ifndef CH_KERNEL_KERNEL_H
#define CH_KERNEL_KERNEL_H

#include "chorus/err.h"
#include "kernel/coarse.h"

/* One step of Adam (Kingma and Ba, 2015), as PyTorch computes it.  Fill it
 * with ch_adam_at(). */
struct ch_adam {
    float scale;             /* gradient = scale * given: 1/words, clipping */
    float beta1, beta2, epsilon;
    float rest1, rest2;      /* 1 - beta, rounded once */
    float rate;              /* learning rate / (1 - beta1^step) */
    float root;              /* 1 / sqrt(1 - beta2^step) */
};

/* A run of rows: ld floats from one row to the next. */
struct ch_matrix {
    const float *at;
    size_t ld;
};

/* What additive attention of one query over L places works on. */
struct ch_attend {
    size_t L, A;
    const float *key;        /* [L][A] */
    const float *query;      /* [A] */
    const float *score;      /* [A] */
};
/* Its gradients: query is written, key and score are added to. */
struct ch_attend_grad {
    float *key, *query, *score;
};

struct ch_kernel {
    const char *name;        /* "ref", "avx2", "avx512" */

    /* y[i] += x[i] */
    void (*add)(size_t n, const float *x, float *y);
    /* y[i] += a * x[i] */
    void (*axpy)(size_t n, float a, const float *x, float *y);
    /* x[i] *= a */
    void (*scale)(size_t n, float a, float *x);
    /* Sum of x[i]^2 in double; its order is a function of n alone.  Where work
     * is divided, call it on pieces of CH_SUM_BLOCK and add those in order. */
    double (*sum_squares)(size_t n, const float *x);
    /* y[r] = sum of x[i] m[r][i], one row after the other */
    void (*dots)(size_t rows, size_t n, const float *x, struct ch_matrix m,
                 float *y);
    /* Inverted dropout, in place: x[i] = bit i of keep ? x[i] * scale : 0.
     * Bit i is bit i % 64 of keep[i / 64]. */
    void (*drop)(size_t n, const uint64_t *keep, float scale, float *x);
    /* y[i] = x[i] rounded to bfloat16, as ch_half_to_bf16(); y may be x. */
    void (*round_bf16)(size_t n, const float *x, float *y);
    /* x[i] = the i-th of n binary16 that are little endian, as files have them;
     * bits as of ch_half_from_f16(). */
    void (*widen_f16)(size_t n, const void *bytes, float *x);
    /* near[p][i] bit k: |a_i - b_pk| <= reach_i + reach_pk (kernel/coarse.h) */
    void (*coarse_near)(size_t K, struct ch_coarse a, size_t panels,
                        struct ch_coarse b, unsigned char *near);

    /* One row of an LSTM step.  gate[4][H] in place: preactivations of i f g o
     * become activations.  c = f c_prev + i g, tanh_c = tanh(c), h = o tanh_c.
     * c may be c_prev. */
    void (*gate_forward)(size_t H, float *gate, const float *c_prev, float *c,
                         float *tanh_c, float *h);
    /* Its gradient.  gate in place: activations become the gradient of the
     * preactivations.  dc in place: from the step after, to the step before. */
    void (*gate_backward)(size_t H, float *gate, const float *c_prev,
                          const float *tanh_c, const float *dh, float *dc);

    /* One row of a GRU step, as PyTorch computes it.  gate[3][H] in place: what
     * the input gives to r z n becomes activations; gate_h[3][H]: what h_prev
     * gives, its biases included.  n = tanh(gate_n + r gate_h_n),
     * h = (1 - z) n + z h_prev.  h may be h_prev. */
    void (*gru_forward)(size_t H, float *gate, const float *gate_h,
                        const float *h_prev, float *h);
    /* Its gradient.  gate and gate_h in place: become their gradients; dh_prev
     * is added to, by what does not go through gate_h. */
    void (*gru_backward)(size_t H, float *gate, float *gate_h,
                         const float *h_prev, const float *dh, float *dh_prev);

    /* One row of an LSTM whose input is the larger of two: gate[5][H] in place,
     * i f o become activations, the two g stay.  c = f c_prev + i max(g),
     * tanh_c = tanh(c), h = o tanh_c.  c may be c_prev. */
    void (*maxout_forward)(size_t H, float *gate, const float *c_prev,
                           float *c, float *tanh_c, float *h);
    /* Its gradient, as of gate_backward. */
    void (*maxout_backward)(size_t H, float *gate, const float *c_prev,
                            const float *tanh_c, const float *dh, float *dc);

    /* weight[L] = softmax over l of sum_i score_i tanh(key_li + query_i) */
    void (*attend_forward)(const struct ch_attend *a, float *weight);
    /* From the gradient of the weights. */
    void (*attend_backward)(const struct ch_attend *a, const float *weight,
                            const float *dweight, struct ch_attend_grad *g);

    /* Softmax and cross-entropy of one row, in place: logits become their
     * gradient, softmax - onehot(target).  Returns -ln p(target), nats. */
    double (*softmax_loss)(size_t V, float *logit, size_t target);
    /* The same where the target is any word with probability smoothing / V:
     * logits become softmax - (1 - smoothing) onehot - smoothing / V. */
    double (*softmax_smooth)(size_t V, float *logit, size_t target,
                             float smoothing);
    /* The loss alone; logit is left as it is. */
    double (*softmax_cost)(size_t V, const float *logit, size_t target);
    /* Logits become ln p, in place. */
    void (*softmax_log)(size_t V, float *logit);

    /* g = scale grad; m = beta1 m + rest1 g; v = beta2 v + rest2 g^2;
     * param -= rate m / (root sqrt(v) + epsilon)
     * Moments below the smallest normal float become 0. */
    void (*adam_step)(size_t n, const struct ch_adam *a, const float *grad,
                      float *param, float *m, float *v);

    /* C += A B for few rows and packed B (ch_panel_pack_*).  C: M x N.  A row's
     * bits do not depend on the other rows. */
    void (*panel_product)(size_t M, size_t N, size_t K, struct ch_matrix A,
                          const float *panel, float *C, size_t ldc);
};

#define CH_SUM_BLOCK 4096

/* The table for this CPU, chosen at the first call. */
const struct ch_kernel *ch_kernel_get(void);
/* By name: NULL when there is none of that name or this CPU lacks it. */
const struct ch_kernel *ch_kernel_find(const char *name);
/* CH_EUSAGE when CHORUS_KERNEL names no kernel, or one this CPU lacks, or
 * CHORUS_GEMM no library, or one that is not there (and the choice was made
 * without it).  For what computes to call before it does. */
int ch_kernel_check(struct ch_err *e);

/* Rows of a table, over the kernels above.
 * gather: out[r] = table[id[r]]
 * bias: x[r] += b for all rows         columns: b += sum of rows, r rising */
void ch_kernel_gather(size_t rows, size_t columns, const float *table,
                      const int32_t *id, float *out);
void ch_kernel_bias(size_t rows, size_t columns, const float *b, float *x);
void ch_kernel_columns(size_t rows, size_t columns, const float *x, float *b);

/* The step-th (from 1) step.  scale: see struct ch_adam. */
struct ch_adam ch_adam_at(double rate, double beta1, double beta2,
                          double epsilon, uint64_t step, double scale);

/* Matrix products (kernel/gemm.h), on one thread each.  C: M x N.
 * C = op(A) op(B) + beta C, with beta 0 (C need not be set) or 1.
 * nn: A M x K, B K x N     nt: B is N x K     tn: A is K x M */
void ch_gemm_nn(size_t M, size_t N, size_t K, struct ch_matrix A,
                struct ch_matrix B, float beta, float *C, size_t ldc);
void ch_gemm_nt(size_t M, size_t N, size_t K, struct ch_matrix A,
                struct ch_matrix B, float beta, float *C, size_t ldc);
void ch_gemm_tn(size_t M, size_t N, size_t K, struct ch_matrix A,
                struct ch_matrix B, float beta, float *C, size_t ldc);

/* The library behind them, and what it computes for ("Haswell", "AVX2"): of
 * OpenBLAS the environment variable OPENBLAS_CORETYPE names another.  Other
 * libraries and cores round otherwise. */
const char *ch_gemm_library(void);
const char *ch_gemm_core(void);

/* Weights packed once for many products of few rows: panels of CH_PANEL
 * columns, panel[n / CH_PANEL][k][n % CH_PANEL], read from front to back and
 * filled up with zeros.
 * nn: B is K x N     nt: B is N x K */
#define CH_PANEL 16
size_t ch_panel_floats(size_t N, size_t K);
void ch_panel_pack_nn(size_t N, size_t K, struct ch_matrix B, float *panel);
void ch_panel_pack_nt(size_t N, size_t K, struct ch_matrix B, float *panel);

/* Half precision: IEEE binary16 and bfloat16, rounded to nearest even; too
 * large becomes infinity; NaN stays NaN. */
uint16_t ch_half_to_f16(float x);
float ch_half_from_f16(uint16_t h);
uint16_t ch_half_to_bf16(float x);
float ch_half_from_bf16(uint16_t h);

/* Instruction sets of the CPU that the operating system supports too. */
int ch_cpu_has_avx2(void);       /* and FMA */
int ch_cpu_has_avx512(void);

#endif
