/* test_kernel.c - every version of every kernel against its reference
 *
 * Lengths 0 to 67 cover all remainders of 8, 16 and 64; sources and targets
 * start at odd addresses.  Nothing beyond the length may be touched.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "kernel/variant.h"

/* Largest difference from the reference, relative to the larger of 1 and the
 * reference: polynomials of 1.3e-7, a handful of roundings in f32. */
#define LIMIT 1e-6
#define LONGEST 67
#define ROOM (4 * LONGEST + 8)
#define GUARD 12345.0f

static const struct ch_kernel *const *versions(void)
{
    static const char *const names[] = { CH_KERNEL_NAMES };
    static const struct ch_kernel *list[sizeof names / sizeof *names + 1];
    size_t count = 0;

    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        const struct ch_kernel *k = ch_kernel_find(names[n]);

        if (k)
            list[count++] = k;
    }
    return list;
}

/* Numbers in [low, high], the same for the same seed. */
static void fill(float *x, size_t n, uint32_t seed, double low, double high)
{
    struct ch_rng r;

    ch_rng_init(&r, (struct ch_rng_place) { .seed = seed,
                                            .purpose = CH_RNG_TEST });
    for (size_t i = 0; i < n; i++)
        x[i] = (float)(low + (high - low) * ch_rng_unit(&r));
}

static void check_near(double found, double expected, size_t n, size_t i)
{
    double scale = fabs(expected) > 1 ? fabs(expected) : 1;

    if (!(fabs(found - expected) <= LIMIT * scale))
        fail_msg("length %zu, element %zu: expected %.9g, found %.9g", n, i,
                 expected, found);
}

static void check_array(const float *found, const float *expected, size_t n)
{
    for (size_t i = 0; i < n; i++)
        check_near((double)found[i], (double)expected[i], n, i);
    assert_true(found[n] == GUARD);
}

/* Two copies of the same numbers, one float off any alignment, guarded. */
struct pair {
    float a[ROOM], b[ROOM];
};

static void fill_pair(struct pair *p, size_t n, uint32_t seed, double low,
                      double high)
{
    fill(p->a + 1, n, seed, low, high);
    p->a[n + 1] = GUARD;
    memcpy(p->b, p->a, sizeof p->a);
}

static void sums_and_scaling_agree(void **state)
{
    (void)state;
    for (const struct ch_kernel *const *k = versions(); *k; k++)
        for (size_t n = 0; n <= LONGEST; n++) {
            struct pair x, y;

            fill_pair(&x, n, 1, -3, 3);
            fill_pair(&y, n, 2, -3, 3);
            (*k)->add(n, x.a + 1, y.a + 1);
            ch_vector_add_ref(n, x.b + 1, y.b + 1);
            check_array(y.a + 1, y.b + 1, n);
            (*k)->axpy(n, 0.7f, x.a + 1, y.a + 1);
            ch_vector_axpy_ref(n, 0.7f, x.b + 1, y.b + 1);
            check_array(y.a + 1, y.b + 1, n);
            (*k)->scale(n, -1.3f, y.a + 1);
            ch_vector_scale_ref(n, -1.3f, y.b + 1);
            check_array(y.a + 1, y.b + 1, n);
            check_near((*k)->sum_squares(n, x.a + 1),
                       ch_vector_sum_squares_ref(n, x.b + 1), n, 0);
        }
}

static void dots_agree(void **state)
{
    enum { ROWS = 3, APART = 2 };
    static float m[ROWS * (LONGEST + APART)];

    (void)state;
    fill(m, sizeof m / sizeof *m, 3, -0.3, 0.3);
    for (const struct ch_kernel *const *k = versions(); *k; k++)
        for (size_t n = 0; n <= LONGEST; n++) {
            struct ch_matrix rows = { m, n + APART };
            float y[ROWS + 1] = { 0, 0, 0, GUARD }, z[ROWS];
            struct pair x;

            fill_pair(&x, n, 1, -0.3, 0.3);
            (*k)->dots(ROWS, n, x.a + 1, rows, y);
            ch_vector_dots_ref(ROWS, n, x.b + 1, rows, z);
            check_array(y, z, ROWS);
        }
}

static void sum_of_squares_of_a_long_array_is_kept_in_double(void **state)
{
    static float x[100003];

    (void)state;
    for (size_t i = 0; i < sizeof x / sizeof *x; i++)
        x[i] = 0.1f;
    for (const struct ch_kernel *const *k = versions(); *k; k++) {
        double sum = (*k)->sum_squares(sizeof x / sizeof *x, x);
        double one = (double)0.1f * (double)0.1f;

        assert_true(fabs(sum / (100003 * one) - 1) < 1e-11);
    }
}

static void rounding_to_bf16_agrees(void **state)
{
    (void)state;
    for (const struct ch_kernel *const *k = versions(); *k; k++)
        for (size_t n = 0; n <= LONGEST; n++) {
            float x[LONGEST], expected[LONGEST + 1], found[LONGEST + 1];

            fill(x, n, (uint32_t)n, -3, 3);
            if (n > 8) {      /* ties, what carries, and what is no number */
                const float odd[] = {
                    0x1.01p0f, 0x1.03p0f, 0x1.ffp0f, -0x1.fffffep127f,
                    NAN, -INFINITY, 0x1p-149f, -0.0f
                };

                memcpy(x + n - 8, odd, sizeof odd);
            }
            found[n] = GUARD;
            ch_vector_round_bf16_ref(n, x, expected);
            (*k)->round_bf16(n, x, found);
            assert_memory_equal(found, expected, n * sizeof *x);
            assert_true(found[n] == GUARD);
            (*k)->round_bf16(n, x, x);
            assert_memory_equal(x, expected, n * sizeof *x);
        }
}

static void dropping_agrees(void **state)
{
    const uint64_t keep[2] = { 0x9e3779b97f4a7c15, 0xc2b2ae3d27d4eb4f };

    (void)state;
    for (const struct ch_kernel *const *k = versions(); *k; k++)
        for (size_t n = 0; n <= LONGEST; n++) {
            struct pair x;

            fill_pair(&x, n, 3, -3, 3);
            (*k)->drop(n, keep, 1.25f, x.a + 1);
            ch_vector_drop_ref(n, keep, 1.25f, x.b + 1);
            check_array(x.a + 1, x.b + 1, n);
        }
}

static void dropping_removes_what_is_not_finite(void **state)
{
    const uint64_t keep = 1;

    (void)state;
    for (const struct ch_kernel *const *k = versions(); *k; k++) {
        float x[2] = { 2, NAN };

        (*k)->drop(2, &keep, 2, x);
        assert_true(x[0] == 4);
        assert_true(x[1] == 0);
    }
}

static void gates_agree(void **state)
{
    (void)state;
    for (const struct ch_kernel *const *k = versions(); *k; k++)
        for (size_t n = 0; n <= LONGEST; n++) {
            struct pair gate, c, t, h, dh, dc;

            fill_pair(&gate, 4 * n, 4, -8, 8);
            fill_pair(&c, n, 5, -3, 3);
            fill_pair(&t, n, 6, 0, 1);
            fill_pair(&h, n, 7, 0, 1);
            fill_pair(&dh, n, 8, -1, 1);
            fill_pair(&dc, n, 9, -1, 1);
            (*k)->gate_forward(n, gate.a + 1, c.a + 1, c.a + 1, t.a + 1,
                               h.a + 1);
            ch_gate_forward_ref(n, gate.b + 1, c.b + 1, c.b + 1, t.b + 1,
                                h.b + 1);
            check_array(gate.a + 1, gate.b + 1, 4 * n);
            check_array(c.a + 1, c.b + 1, n);
            check_array(t.a + 1, t.b + 1, n);
            check_array(h.a + 1, h.b + 1, n);
            memcpy(&gate.a, &gate.b, sizeof gate.a);
            (*k)->gate_backward(n, gate.a + 1, c.b + 1, t.b + 1, dh.a + 1,
                                dc.a + 1);
            ch_gate_backward_ref(n, gate.b + 1, c.b + 1, t.b + 1, dh.b + 1,
                                 dc.b + 1);
            check_array(gate.a + 1, gate.b + 1, 4 * n);
            check_array(dc.a + 1, dc.b + 1, n);
        }
}

static void gates_of_a_gru_agree(void **state)
{
    (void)state;
    for (const struct ch_kernel *const *k = versions(); *k; k++)
        for (size_t n = 0; n <= LONGEST; n++) {
            struct pair gate, by_h, h_prev, h, dh, before;

            fill_pair(&gate, 3 * n, 14, -8, 8);
            fill_pair(&by_h, 3 * n, 15, -8, 8);
            fill_pair(&h_prev, n, 16, -1, 1);
            fill_pair(&h, n, 17, 0, 0);
            fill_pair(&dh, n, 18, -1, 1);
            fill_pair(&before, n, 19, -1, 1);
            (*k)->gru_forward(n, gate.a + 1, by_h.a + 1, h_prev.a + 1,
                              h.a + 1);
            ch_gru_forward_ref(n, gate.b + 1, by_h.b + 1, h_prev.b + 1,
                               h.b + 1);
            check_array(gate.a + 1, gate.b + 1, 3 * n);
            check_array(h.a + 1, h.b + 1, n);
            memcpy(&gate.a, &gate.b, sizeof gate.a);
            (*k)->gru_backward(n, gate.a + 1, by_h.a + 1, h_prev.a + 1,
                               dh.a + 1, before.a + 1);
            ch_gru_backward_ref(n, gate.b + 1, by_h.b + 1, h_prev.b + 1,
                                dh.b + 1, before.b + 1);
            check_array(gate.a + 1, gate.b + 1, 3 * n);
            check_array(by_h.a + 1, by_h.b + 1, 3 * n);
            check_array(before.a + 1, before.b + 1, n);
        }
}

/* Three places; keys, queries and scores of every width. */
static void attention_agrees(void **state)
{
    const float dweight[3] = { 0.5f, -1, 2 };

    (void)state;
    for (const struct ch_kernel *const *k = versions(); *k; k++)
        for (size_t n = 1; n <= LONGEST; n++) {
            struct pair key, query, score, dkey, dquery, dscore;
            float weight[2][3];
            struct ch_attend a = { 3, n, key.b + 1, query.b + 1,
                                   score.b + 1 };
            struct ch_attend_grad g[2] = {
                { dkey.a + 1, dquery.a + 1, dscore.a + 1 },
                { dkey.b + 1, dquery.b + 1, dscore.b + 1 }
            };

            fill_pair(&key, 3 * n, 20, -3, 3);
            fill_pair(&query, n, 21, -3, 3);
            fill_pair(&score, n, 22, -0.2, 0.2);
            fill_pair(&dkey, 3 * n, 23, -1, 1);
            fill_pair(&dquery, n, 24, 5, 5);
            fill_pair(&dscore, n, 25, -1, 1);
            (*k)->attend_forward(&a, weight[0]);
            ch_attend_forward_ref(&a, weight[1]);
            for (size_t l = 0; l < 3; l++)
                check_near((double)weight[0][l], (double)weight[1][l], n, l);
            (*k)->attend_backward(&a, weight[1], dweight, &g[0]);
            ch_attend_backward_ref(&a, weight[1], dweight, &g[1]);
            check_array(dkey.a + 1, dkey.b + 1, 3 * n);
            check_array(dquery.a + 1, dquery.b + 1, n);
            check_array(dscore.a + 1, dscore.b + 1, n);
        }
}

static void softmax_agrees(void **state)
{
    (void)state;
    for (const struct ch_kernel *const *k = versions(); *k; k++)
        for (size_t n = 1; n <= LONGEST; n++) {
            struct pair x;

            fill_pair(&x, n, 10, -20, 20);
            check_near((*k)->softmax_cost(n, x.a + 1, n / 2),
                       ch_softmax_cost_ref(n, x.b + 1, n / 2), n, 0);
            check_near((*k)->softmax_loss(n, x.a + 1, n / 2),
                       ch_softmax_loss_ref(n, x.b + 1, n / 2), n, 0);
            check_array(x.a + 1, x.b + 1, n);
            fill_pair(&x, n, 10, -20, 20);
            check_near((*k)->softmax_smooth(n, x.a + 1, n / 2, 0.1f),
                       ch_softmax_smooth_ref(n, x.b + 1, n / 2, 0.1f), n, 0);
            check_array(x.a + 1, x.b + 1, n);
            fill_pair(&x, n, 11, -20, 20);
            (*k)->softmax_log(n, x.a + 1);
            ch_softmax_log_ref(n, x.b + 1);
            check_array(x.a + 1, x.b + 1, n);
        }
}

static void adam_agrees(void **state)
{
    struct ch_adam a = ch_adam_at(1e-3, 0.9, 0.999, 1e-8, 3, 0.01);

    (void)state;
    for (const struct ch_kernel *const *k = versions(); *k; k++)
        for (size_t n = 0; n <= LONGEST; n++) {
            struct pair g, p, m, v;

            fill_pair(&g, n, 12, -5, 5);
            fill_pair(&p, n, 13, -1, 1);
            fill_pair(&m, n, 14, -1, 1);
            fill_pair(&v, n, 15, 0, 1);
            (*k)->adam_step(n, &a, g.a + 1, p.a + 1, m.a + 1, v.a + 1);
            ch_adam_step_ref(n, &a, g.b + 1, p.b + 1, m.b + 1, v.b + 1);
            check_array(p.a + 1, p.b + 1, n);
            check_array(m.a + 1, m.b + 1, n);
            check_array(v.a + 1, v.b + 1, n);
        }
}

/* Every number of rows up to 27, columns and depths around 16 and 32; rows of
 * A and C lie apart. */
static void panel_products_agree(void **state)
{
    const size_t size[] = { 1, 2, 15, 16, 17, 31, 32, 33, 64, LONGEST };
    const size_t count = sizeof size / sizeof *size, ld = LONGEST + 3;
    static float a[28 * (LONGEST + 3)], b[(LONGEST + 3) * (LONGEST + 3)];
    static float c[28 * (LONGEST + 3)], d[28 * (LONGEST + 3)];
    static float panel[96 * LONGEST];

    (void)state;
    fill(a, sizeof a / sizeof *a, 20, -1, 1);
    fill(b, sizeof b / sizeof *b, 21, -1, 1);
    for (const struct ch_kernel *const *k = versions(); *k; k++)
        for (size_t i = 0; i < 27 * count * count; i++) {
            size_t M = i % 27 + 1, N = size[i / 27 % count];
            size_t K = size[i / 27 / count];
            int is_nt = (int)(i % 2);

            fill(c, sizeof c / sizeof *c, 22, -1, 1);
            memcpy(d, c, sizeof d);
            (is_nt ? ch_panel_pack_nt : ch_panel_pack_nn)(
                N, K, (struct ch_matrix) { b, ld }, panel);
            (*k)->panel_product(M, N, K, (struct ch_matrix) { a, ld }, panel,
                                c, ld);
            (is_nt ? ch_gemm_nt_ref : ch_gemm_nn_ref)(
                M, N, K, (struct ch_matrix) { a, ld },
                (struct ch_matrix) { b, ld }, 1, d, ld);
            for (size_t j = 0; j < sizeof c / sizeof *c; j++)
                if (!(fabs((double)c[j] - (double)d[j]) < 1e-5))
                    fail_msg("M %zu N %zu K %zu: element %zu is %g, expected "
                             "%g", M, N, K, j, (double)c[j], (double)d[j]);
        }
}

static void a_row_of_a_panel_product_does_not_depend_on_the_others(
    void **state)
{
    static float a[28 * LONGEST], panel[96 * LONGEST];

    (void)state;
    fill(a, sizeof a / sizeof *a, 23, -1, 1);
    fill(panel, sizeof panel / sizeof *panel, 24, -1, 1);
    for (const struct ch_kernel *const *k = versions(); *k; k++) {
        float all[28 * LONGEST] = { 0 };

        (*k)->panel_product(28, LONGEST, LONGEST,
                            (struct ch_matrix) { a, LONGEST }, panel, all,
                            LONGEST);
        for (size_t m = 0; m < 28; m++) {
            float one[LONGEST] = { 0 };

            (*k)->panel_product(1, LONGEST, LONGEST,
                                (struct ch_matrix) { a + m * LONGEST,
                                                     LONGEST },
                                panel, one, LONGEST);
            assert_memory_equal(one, all + m * LONGEST, sizeof one);
        }
    }
}

static void alignment_does_not_change_a_bit(void **state)
{
    (void)state;
    for (const struct ch_kernel *const *k = versions(); *k; k++) {
        float space[4][ROOM + 16];
        double first = 0;

        for (size_t shift = 0; shift < 4; shift++) {
            float *x = space[shift] + shift;
            double loss;

            fill(x, ROOM, 16, -9, 9);
            loss = (*k)->softmax_loss(ROOM, x, 5) +
                   (*k)->sum_squares(ROOM, x);
            if (shift == 0)
                first = loss;
            assert_true(loss == first);
            assert_memory_equal(x, space[0], ROOM * sizeof *x);
        }
    }
}

static void a_forced_kernel_that_does_not_exist_is_told(void **state)
{
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    setenv("CHORUS_KERNEL", "sse9", 1);
    assert_int_equal(ch_kernel_check(&e), CH_EUSAGE);
    assert_string_equal(e.msg, "CHORUS_KERNEL is \"sse9\", expected ref, "
                        "avx2 or avx512");
    setenv("CHORUS_KERNEL", "ref", 1);
    assert_int_equal(ch_kernel_check(&e), 0);
    unsetenv("CHORUS_KERNEL");
    assert_int_equal(ch_kernel_check(&e), 0);
}

static void the_environment_chooses_the_table(void **state)
{
    (void)state;    /* set in main, before the first call */
    assert_string_equal(ch_kernel_get()->name, "ref");
}

static void rows_are_gathered_and_added_up(void **state)
{
    const float table[6] = { 1, 2, 3, 4, 5, 6 };
    const int32_t id[3] = { 2, 0, 2 };
    float out[6], columns[2] = { 10, 20 };
    const float expected[6] = { 5, 6, 1, 2, 5, 6 };

    (void)state;
    ch_kernel_gather(3, 2, table, id, out);
    assert_memory_equal(out, expected, sizeof out);
    ch_kernel_columns(3, 2, out, columns);
    assert_true(columns[0] == 21 && columns[1] == 34);
    ch_kernel_bias(3, 2, columns, out);
    assert_true(out[0] == 26 && out[5] == 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_and_scaling_agree),
        cmocka_unit_test(dots_agree),
        cmocka_unit_test(sum_of_squares_of_a_long_array_is_kept_in_double),
        cmocka_unit_test(rounding_to_bf16_agrees),
        cmocka_unit_test(dropping_agrees),
        cmocka_unit_test(dropping_removes_what_is_not_finite),
        cmocka_unit_test(gates_agree),
        cmocka_unit_test(gates_of_a_gru_agree),
        cmocka_unit_test(attention_agrees),
        cmocka_unit_test(softmax_agrees),
        cmocka_unit_test(adam_agrees),
        cmocka_unit_test(panel_products_agree),
        cmocka_unit_test(
            a_row_of_a_panel_product_does_not_depend_on_the_others),
        cmocka_unit_test(alignment_does_not_change_a_bit),
        cmocka_unit_test(a_forced_kernel_that_does_not_exist_is_told),
        cmocka_unit_test(the_environment_chooses_the_table),
        cmocka_unit_test(rows_are_gathered_and_added_up),
    };

    setenv("CHORUS_KERNEL", "ref", 1);
    ch_kernel_get();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
