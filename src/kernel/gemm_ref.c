/* gemm_ref.c - matrix products, summed in double: the definition */
#include "kernel/variant.h"

static void store(float *c, float beta, double sum)
{
    *c = (float)(beta == 0 ? sum : sum + (double)beta * (double)*c);
}

void ch_gemm_nn_ref(size_t M, size_t N, size_t K, struct ch_matrix A,
                    struct ch_matrix B, float beta, float *C, size_t ldc)
{
    for (size_t m = 0; m < M; m++)
        for (size_t n = 0; n < N; n++) {
            double sum = 0;

            for (size_t k = 0; k < K; k++)
                sum += (double)A.at[m * A.ld + k] * (double)B.at[k * B.ld + n];
            store(&C[m * ldc + n], beta, sum);
        }
}

void ch_gemm_nt_ref(size_t M, size_t N, size_t K, struct ch_matrix A,
                    struct ch_matrix B, float beta, float *C, size_t ldc)
{
    for (size_t m = 0; m < M; m++)
        for (size_t n = 0; n < N; n++) {
            double sum = 0;

            for (size_t k = 0; k < K; k++)
                sum += (double)A.at[m * A.ld + k] * (double)B.at[n * B.ld + k];
            store(&C[m * ldc + n], beta, sum);
        }
}

void ch_gemm_tn_ref(size_t M, size_t N, size_t K, struct ch_matrix A,
                    struct ch_matrix B, float beta, float *C, size_t ldc)
{
    for (size_t m = 0; m < M; m++)
        for (size_t n = 0; n < N; n++) {
            double sum = 0;

            for (size_t k = 0; k < K; k++)
                sum += (double)A.at[k * A.ld + m] * (double)B.at[k * B.ld + n];
            store(&C[m * ldc + n], beta, sum);
        }
}
