/* test_ptb_dfa.c - states are made when needed, and forgotten when too many */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/rng.h"
#include "score/ptb_dfa.h"

/* The classes of a text lead to the same rules in both. */
static void check_same(struct ch_ptb_dfa *a, struct ch_ptb_dfa *b,
                       const unsigned *class, size_t n)
{
    struct ch_err e = CH_ERR_INIT;
    unsigned x = CH_PTB_START, y = CH_PTB_START;

    for (size_t i = 0; i < n; i++) {
        assert_int_equal(ch_ptb_dfa_walk(a, x, class[i], &x, &e), 0);
        assert_int_equal(ch_ptb_dfa_walk(b, y, class[i], &y, &e), 0);
        assert_int_equal(x == CH_PTB_DEAD, y == CH_PTB_DEAD);
        if (x == CH_PTB_DEAD)
            return;
        assert_int_equal(a->rule[x], b->rule[y]);
    }
}

static void a_full_table_is_emptied_and_goes_on_the_same(void **state)
{
    static const char units[] = "aAtTsS.-'<> =\"/10";
    struct ch_err e = CH_ERR_INIT;
    struct ch_ptb_nfa *nfa;
    struct ch_ptb_dfa large, small;
    struct ch_rng r;

    (void)state;
    ch_rng_init(&r, (struct ch_rng_place) { .seed = 1,
                                            .purpose = CH_RNG_TEST });
    assert_int_equal(
        ch_ptb_nfa_open(&nfa, ch_ptb_rules, ch_ptb_parts, &e), 0);
    assert_int_equal(ch_ptb_dfa_open(&large, nfa, &e), 0);
    assert_int_equal(ch_ptb_dfa_open(&small, nfa, &e), 0);
    small.limit = 8;
    for (int k = 0; k < 2000; k++) {
        unsigned class[12];

        for (size_t i = 0; i < 12; i++)
            class[i] = nfa->class_of[(unsigned char)
                units[ch_rng_below(&r, sizeof units - 1)]];
        check_same(&large, &small, class, 12);
    }
    assert_int_equal(large.emptied, 0);
    assert_true(small.emptied > 100);
    assert_true(small.count <= small.limit + 1);
    ch_ptb_dfa_close(&large);
    ch_ptb_dfa_close(&small);
    ch_ptb_nfa_close(nfa);
}

static void a_way_walked_once_is_known(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_ptb_nfa *nfa;
    struct ch_ptb_dfa d;
    unsigned class, to;
    size_t count;

    (void)state;
    assert_int_equal(
        ch_ptb_nfa_open(&nfa, ch_ptb_rules, ch_ptb_parts, &e), 0);
    assert_int_equal(ch_ptb_dfa_open(&d, nfa, &e), 0);
    class = nfa->class_of['q'];
    assert_int_equal(ch_ptb_dfa_next(&d, CH_PTB_START, class), CH_PTB_UNKNOWN);
    assert_int_equal(ch_ptb_dfa_walk(&d, CH_PTB_START, class, &to, &e), 0);
    assert_int_equal(ch_ptb_dfa_next(&d, CH_PTB_START, class), to);
    count = d.count;
    assert_int_equal(ch_ptb_dfa_walk(&d, CH_PTB_START, class, &to, &e), 0);
    assert_int_equal(d.count, count);
    ch_ptb_dfa_close(&d);
    ch_ptb_nfa_close(nfa);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_table_is_emptied_and_goes_on_the_same),
        cmocka_unit_test(a_way_walked_once_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
