/* test_order.c - order and balance of what raters see */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "rate/order.h"

static struct ch_order_task *make(const struct ch_order_setup *s,
                                  size_t *count)
{
    struct ch_order_task *out;
    struct ch_err e = CH_ERR_INIT;

    if (ch_order_make(s, &out, count, &e))
        fail_msg("%s", e.msg);
    return out;
}

static void every_cell_comes_once(void **state)
{
    const struct ch_order_setup s = { .photos = 7, .arms = 3, .seed = 5 };
    size_t count, seen[21] = { 0 };
    struct ch_order_task *t = make(&s, &count);

    (void)state;
    assert_int_equal(count, 21);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(t[i].kind, CH_ORDER_USUAL);
        seen[t[i].photo * 3 + t[i].arm]++;
    }
    for (size_t i = 0; i < 21; i++)
        assert_int_equal(seen[i], 1);
    free(t);
}

static void arms_are_balanced_at_any_moment(void **state)
{
    (void)state;
    for (uint32_t rater = 0; rater < 20; rater++) {
        const struct ch_order_setup s = { .photos = 11, .arms = 4, .seed = 9,
                                          .rater = rater };
        size_t count, seen[4] = { 0 };
        struct ch_order_task *t = make(&s, &count);

        for (size_t i = 0; i < count; i++) {
            size_t low = SIZE_MAX, high = 0;

            seen[t[i].arm]++;
            for (size_t a = 0; a < 4; a++) {
                low = seen[a] < low ? seen[a] : low;
                high = seen[a] > high ? seen[a] : high;
            }
            assert_true(high - low <= 1);
        }
        free(t);
    }
}

static void a_photo_comes_back_only_after_others(void **state)
{
    const struct ch_order_setup s = { .photos = 40, .arms = 3, .seed = 2 };
    size_t count, near = 0;
    struct ch_order_task *t = make(&s, &count);

    (void)state;
    for (size_t i = 1; i < count; i++)
        near += t[i].photo == t[i - 1].photo;
    assert_int_equal(near, 0);
    free(t);
}

static void raters_differ_and_the_seed_decides(void **state)
{
    struct ch_order_setup s = { .photos = 10, .arms = 2, .seed = 1 };
    size_t n;
    struct ch_order_task *a = make(&s, &n), *b = make(&s, &n), *c, *d;

    (void)state;
    s.rater = 1;
    c = make(&s, &n);
    s.rater = 0;
    s.seed = 2;
    d = make(&s, &n);
    assert_memory_equal(a, b, n * sizeof *a);
    assert_true(memcmp(a, c, n * sizeof *a) != 0);
    assert_true(memcmp(a, d, n * sizeof *a) != 0);
    free(a);
    free(b);
    free(c);
    free(d);
}

/* 6 raters of 10 tasks: 60 ratings of 24 cells, 2 or 3 each. */
static void raters_with_few_tasks_cover_all_cells_alike(void **state)
{
    size_t seen[24] = { 0 };

    (void)state;
    for (uint32_t rater = 0; rater < 6; rater++) {
        const struct ch_order_setup s = { .photos = 8, .arms = 3, .seed = 3,
                                          .rater = rater, .tasks = 10 };
        size_t count, arms[3] = { 0 };
        struct ch_order_task *t = make(&s, &count);

        assert_int_equal(count, 10);
        for (size_t i = 0; i < count; i++) {
            seen[t[i].photo * 3 + t[i].arm]++;
            arms[t[i].arm]++;
        }
        for (size_t a = 0; a < 3; a++)
            assert_in_range(arms[a], 3, 4);
        free(t);
    }
    for (size_t i = 0; i < 24; i++)
        assert_in_range(seen[i], 2, 3);
}

static void sides_of_pairs_are_balanced(void **state)
{
    (void)state;
    for (uint32_t rater = 0; rater < 20; rater++) {
        const struct ch_order_setup s = { .photos = 13, .arms = 3, .seed = 4,
                                          .rater = rater };
        int lead[3] = { 0 };
        size_t count;
        struct ch_order_task *t = make(&s, &count);

        for (size_t i = 0; i < count; i++) {
            lead[t[i].arm] += t[i].is_swapped ? 1 : -1;
            assert_in_range(lead[t[i].arm] + 1, 0, 2);
        }
        free(t);
    }
}

static void checks_and_repeats_come_on_top(void **state)
{
    const struct ch_order_setup s = { .photos = 20, .arms = 2, .seed = 6,
                                      .checks = 0.05, .repeats = 0.1 };
    size_t count, checks = 0, repeats = 0;
    struct ch_order_task *t = make(&s, &count);

    (void)state;
    assert_int_equal(count, 40 + 2 + 4);
    assert_int_equal(t[0].kind, CH_ORDER_USUAL);
    for (size_t i = 0; i < count; i++) {
        size_t first = i;

        checks += t[i].kind == CH_ORDER_CHECK;
        if (t[i].kind != CH_ORDER_REPEAT)
            continue;
        repeats++;
        for (first = 0; first < i; first++)
            if (t[first].kind == CH_ORDER_USUAL &&
                t[first].photo == t[i].photo && t[first].arm == t[i].arm)
                break;
        assert_true(first < i && i - first >= 40 / 3);
        assert_true(t[i].is_swapped != t[first].is_swapped);
    }
    assert_int_equal(checks, 2);
    assert_int_equal(repeats, 4);
    free(t);
}

static void small_studies_have_an_order_too(void **state)
{
    (void)state;
    for (uint32_t photos = 1; photos <= 6; photos++)
        for (uint32_t arms = 1; arms <= 4; arms++) {
            const struct ch_order_setup s = {
                .photos = photos, .arms = arms, .seed = 7, .checks = 0.5,
                .repeats = 0.5,
            };
            size_t count, usual = 0;
            struct ch_order_task *t = make(&s, &count);

            for (size_t i = 0; i < count; i++)
                usual += t[i].kind == CH_ORDER_USUAL;
            assert_int_equal(usual, photos * arms);
            free(t);
        }
}

static void cells_left_out_are_not_shown(void **state)
{
    const bool some[6] = { [2] = true, [5] = true };
    const bool all[6] = { true, true, true, true, true, true };
    struct ch_order_setup s = { .photos = 3, .arms = 2, .seed = 8,
                                .left_out = some };
    struct ch_err e = CH_ERR_INIT;
    struct ch_order_task *t;
    size_t count;

    (void)state;
    t = make(&s, &count);
    assert_int_equal(count, 4);
    for (size_t i = 0; i < count; i++)
        assert_false(some[t[i].photo * 2 + t[i].arm]);
    free(t);
    s.left_out = all;
    assert_int_equal(ch_order_make(&s, &t, &count, &e), CH_EUSAGE);
    assert_null(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell_comes_once),
        cmocka_unit_test(arms_are_balanced_at_any_moment),
        cmocka_unit_test(a_photo_comes_back_only_after_others),
        cmocka_unit_test(raters_differ_and_the_seed_decides),
        cmocka_unit_test(raters_with_few_tasks_cover_all_cells_alike),
        cmocka_unit_test(sides_of_pairs_are_balanced),
        cmocka_unit_test(checks_and_repeats_come_on_top),
        cmocka_unit_test(small_studies_have_an_order_too),
        cmocka_unit_test(cells_left_out_are_not_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
