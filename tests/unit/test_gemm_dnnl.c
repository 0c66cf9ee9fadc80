/* test_gemm_dnnl.c - oneDNN against plain sums, where it is there */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <threads.h>

#include "products.h"

#define SKIP_WITHOUT_ONEDNN()                                                  \
    if (!ch_gemm_find("onednn")) {                                             \
        print_message("skipped: %s\n", onednn());                              \
        skip();                                                                \
    }

static const char *onednn(void)
{
    const char *why = "";

    ch_gemm_dnnl(&why);
    return why;
}

/* Twice: made, and kept. */
static void onednn_agrees_with_plain_sums(void **state)
{
    (void)state;
    SKIP_WITHOUT_ONEDNN();
    check_library(ch_gemm_find("onednn"));
    check_library(ch_gemm_find("onednn"));
}

enum { WIDE = 211, DEEP = 307 };
static float left[WIDE * DEEP + 16], right[WIDE * DEEP + 16];

/* The product of operands that lie `at` floats further on, in C. */
static int multiply(void *at)
{
    const struct ch_gemm_shape s = { false, true, WIDE, WIDE, DEEP, DEEP, DEEP,
                                     WIDE, false };
    const size_t *shift = at;
    float *x = malloc(sizeof left), *y = malloc(sizeof right);
    float *z = malloc((WIDE * WIDE + 16) * sizeof *z);
    uint32_t hash = 0;

    memcpy(x + *shift, left, WIDE * DEEP * sizeof *x);
    memcpy(y + *shift, right, WIDE * DEEP * sizeof *y);
    ch_gemm_find("onednn")->product(&s, x + *shift, y + *shift, z + *shift);
    for (size_t i = 0; i < WIDE * WIDE; i++) {
        uint32_t bits;

        memcpy(&bits, &z[*shift + i], sizeof bits);
        hash = (hash ^ bits) * 0x9e3779b1u;
    }
    free(x);
    free(y);
    free(z);
    return (int)(hash & 0x7fffffff);
}

static void threads_and_alignment_change_no_bit_of_onednn(void **state)
{
    static const size_t shift[] = { 0, 1, 3, 8, 13 };
    int first;

    (void)state;
    SKIP_WITHOUT_ONEDNN();
    for (size_t i = 0; i < WIDE * DEEP; i++) {
        left[i] = sinf((float)i);
        right[i] = cosf((float)i);
    }
    first = multiply(&(size_t) { 0 });
    for (size_t i = 0; i < sizeof shift / sizeof *shift; i++) {
        size_t at = shift[i];
        thrd_t thread;
        int found;

        assert_int_equal(thrd_create(&thread, multiply, &at), thrd_success);
        assert_int_equal(thrd_join(thread, &found), thrd_success);
        assert_int_equal(found, first);
    }
}

/* Products of 1, 2 and 1/2 are exact in bfloat16. */
static void bf16_is_there_where_the_cpu_has_it(void **state)
{
    const struct ch_gemm_shape s = { false, false, 2, 2, 2, 2, 2, 2, true };
    const float x[4] = { 1, 2, 0.5f, 1 }, y[4] = { 2, 1, 1, 0.5f };
    float z[4] = { 1, 1, 1, 1 };
    uint16_t p[4], q[4];
    const struct ch_gemm *g = ch_gemm_find("onednn");
    bool has_it = false;

    (void)state;
    SKIP_WITHOUT_ONEDNN();
#if defined(__x86_64__)
    has_it = __builtin_cpu_supports("avx512bf16");
#endif
    assert_int_equal(has_it, g->product_bf16 != NULL);
    if (!g->product_bf16) {
        print_message("skipped: this CPU has no instructions for bf16\n");
        skip();
    }
    for (size_t i = 0; i < 4; i++) {
        p[i] = ch_half_to_bf16(x[i]);
        q[i] = ch_half_to_bf16(y[i]);
    }
    assert_true(g->product_bf16(&s, p, q, z));
    assert_true(z[0] == 5 && z[1] == 3 && z[2] == 3 && z[3] == 2);
}

/* Asked for, it is there, or it is told why not. */
static void onednn_is_taken_or_missed(void **state)
{
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    setenv("CHORUS_GEMM", "onednn", 1);
    if (ch_gemm_find("onednn")) {
        assert_int_equal(ch_kernel_check(&e), 0);
        assert_string_equal(ch_gemm_get()->name, "onednn");
    } else {
        assert_int_equal(ch_kernel_check(&e), CH_EUSAGE);
        assert_non_null(strstr(e.msg, "; unset CHORUS_GEMM"));
        assert_string_equal(ch_gemm_get()->name, "openblas");
    }
    unsetenv("CHORUS_GEMM");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(onednn_is_taken_or_missed),
        cmocka_unit_test(onednn_agrees_with_plain_sums),
        cmocka_unit_test(threads_and_alignment_change_no_bit_of_onednn),
        cmocka_unit_test(bf16_is_there_where_the_cpu_has_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
