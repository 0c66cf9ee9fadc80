/* test_gemm.c - the libraries of matrix products against plain sums */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "products.h"

static void compare(product_fn fast, product_fn plain, size_t M, size_t N,
                    size_t K, float beta)
{
    const size_t ld = MOST + 3;      /* rows lie apart in all three */

    fill(c, 3);
    memcpy(d, c, sizeof d);
    fast(M, N, K, (struct ch_matrix) { a, ld }, (struct ch_matrix) { b, ld },
         beta, c, ld);
    plain(M, N, K, (struct ch_matrix) { a, ld }, (struct ch_matrix) { b, ld },
          beta, d, ld);
    for (size_t i = 0; i < sizeof c / sizeof *c; i++)
        if (!(fabs((double)c[i] - (double)d[i]) <= LIMIT))
            fail_msg("M %zu N %zu K %zu beta %g: element %zu is %g, expected "
                     "%g", M, N, K, (double)beta, i, (double)c[i],
                     (double)d[i]);
}

static void compare_shapes(product_fn fast, product_fn plain)
{
    const size_t size[] = { 0, 1, 2, 3, 5, 8, 16, 17, 33, 64, 67 };
    const size_t count = sizeof size / sizeof *size;

    fill(a, 1);
    fill(b, 2);
    for (size_t i = 0; i < count * count * count; i++) {
        size_t M = size[i % count], N = size[i / count % count];
        size_t K = size[i / count / count];

        compare(fast, plain, M, N, K, 0);
        compare(fast, plain, M, N, K, 1);
    }
}

static void nn_agrees_with_plain_sums(void **state)
{
    (void)state;
    compare_shapes(ch_gemm_nn, ch_gemm_nn_ref);
}

static void nt_agrees_with_plain_sums(void **state)
{
    (void)state;
    compare_shapes(ch_gemm_nt, ch_gemm_nt_ref);
}

static void tn_agrees_with_plain_sums(void **state)
{
    (void)state;
    compare_shapes(ch_gemm_tn, ch_gemm_tn_ref);
}

static void beta_zero_forgets_what_was_there(void **state)
{
    float x = 2, y = 3, z = NAN;

    (void)state;
    ch_gemm_nn(1, 1, 1, (struct ch_matrix) { &x, 1 },
               (struct ch_matrix) { &y, 1 }, 0, &z, 1);
    assert_true(z == 6);
}

/* ---------------------------------------------------- each by its own name */

static void openblas_agrees_with_plain_sums(void **state)
{
    (void)state;
    check_library(ch_gemm_find("openblas"));
}

static void a_library_that_is_not_there_is_told(void **state)
{
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    setenv("CHORUS_GEMM", "mkl", 1);
    assert_int_equal(ch_kernel_check(&e), CH_EUSAGE);
    assert_string_equal(e.msg, "CHORUS_GEMM is \"mkl\", expected openblas or "
                        "onednn");
    setenv("CHORUS_GEMM", "openblas", 1);
    assert_int_equal(ch_kernel_check(&e), 0);
    unsetenv("CHORUS_GEMM");
    assert_int_equal(ch_kernel_check(&e), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nn_agrees_with_plain_sums),
        cmocka_unit_test(nt_agrees_with_plain_sums),
        cmocka_unit_test(tn_agrees_with_plain_sums),
        cmocka_unit_test(openblas_agrees_with_plain_sums),
        cmocka_unit_test(a_library_that_is_not_there_is_told),
        cmocka_unit_test(beta_zero_forgets_what_was_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
