/* test_candidate.c - the best of many words, against sorting them all */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "searcher.h"

enum { MANY = 67, ROWS = 3 };

struct fixture {
    struct ch_filter filter;
    struct ch_hypothesis h[ROWS];
    float logp[ROWS][MANY], cost[MANY];
};

/* Few different values, so that many are equal. */
static void start(struct fixture *f, uint64_t seed)
{
    struct ch_rng r;

    memset(f, 0, sizeof *f);
    ch_rng_init(&r, (struct ch_rng_place){ .seed = seed,
                                           .purpose = CH_RNG_TEST });
    f->filter.max_words = 5;
    f->filter.unk = MANY - 1;
    for (size_t i = 0; i < ROWS; i++) {
        f->h[i].logp = -(double)ch_rng_below(&r, 4);
        for (size_t v = 0; v < MANY; v++)
            f->logp[i][v] = -0.25f * (float)ch_rng_below(&r, 40);
        f->logp[i][ch_rng_below(&r, MANY)] = -INFINITY;
    }
    for (size_t v = 0; v < MANY; v++)
        f->cost[v] = 0.5f * (float)ch_rng_below(&r, 2);
}

static struct ch_reach reach(const struct fixture *f, size_t i,
                             const float *cost)
{
    return (struct ch_reach){ .filter = &f->filter, .h = &f->h[i], .row = i,
                              .V = MANY, .logp = f->logp[i], .cost = cost };
}

static size_t sort_all(const struct fixture *f, const float *cost,
                       struct ch_candidate *all)
{
    size_t n = 0;

    for (size_t i = 0; i < ROWS; i++)
        for (size_t v = CH_WORD_END; v < MANY - 1; v++) {
            struct ch_candidate c = { .from = i, .word = (int32_t)v };
            size_t at = n;

            c.rank = f->h[i].logp + (double)f->logp[i][v] -
                     (cost ? (double)cost[v] : 0);
            if (isinf(c.rank))
                continue;
            for (n++; at > 0 && c.rank > all[at - 1].rank; at--)
                all[at] = all[at - 1];
            all[at] = c;
        }
    return n;
}

static void check_scan(const struct fixture *f, const float *cost,
                       size_t limit)
{
    struct ch_candidate all[ROWS * MANY], at[20];
    struct ch_candidates list = { .at = at, .limit = limit };

    assert_true(sort_all(f, cost, all) > limit);
    for (size_t i = 0; i < ROWS; i++) {
        struct ch_reach r = reach(f, i, cost);

        ch_candidates_scan(&list, &r);
    }
    assert_int_equal(list.count, limit);
    for (size_t k = 0; k < limit; k++) {
        assert_int_equal(at[k].from, all[k].from);
        assert_int_equal(at[k].word, all[k].word);
        assert_true(at[k].rank == all[k].rank);
    }
}

static void scan_keeps_the_best_of_all(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct fixture f;

        start(&f, seed);
        for (size_t limit = 1; limit <= 20; limit++) {
            check_scan(&f, NULL, limit);
            check_scan(&f, f.cost, limit);
        }
    }
}

static void the_likeliest_is_the_first_of_those(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct fixture f;
        struct ch_reach r;
        int32_t best = CH_WORD_END;

        start(&f, seed);
        r = reach(&f, 0, f.cost);
        for (int32_t v = CH_WORD_END; v < MANY - 1; v++)
            if (f.logp[0][v] > f.logp[0][best])
                best = v;
        assert_int_equal(ch_candidates_likeliest(&r), best);
    }
}

static void nothing_is_likely_of_no_numbers(void **state)
{
    struct ch_candidate at[2];
    struct ch_candidates list = { .at = at, .limit = 2 };
    struct fixture f;
    struct ch_reach r;

    (void)state;
    start(&f, 1);
    for (size_t v = 0; v < MANY; v++)
        f.logp[0][v] = NAN;
    r = reach(&f, 0, NULL);
    ch_candidates_scan(&list, &r);
    assert_int_equal(list.count, 0);
    assert_int_equal(ch_candidates_likeliest(&r), -1);
}

static void a_word_is_added_once(void **state)
{
    struct ch_candidate at[4];
    struct ch_candidates list = { .at = at, .limit = 4 };
    struct fixture f;
    struct ch_reach r;

    (void)state;
    start(&f, 1);
    r = reach(&f, 0, NULL);
    f.logp[0][5] = -1;
    ch_candidates_add(&list, &r, 5);
    ch_candidates_add(&list, &r, 5);
    ch_candidates_add(&list, &r, CH_WORD_PAD);
    assert_int_equal(list.count, 1);
    assert_int_equal(at[0].word, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scan_keeps_the_best_of_all),
        cmocka_unit_test(the_likeliest_is_the_first_of_those),
        cmocka_unit_test(nothing_is_likely_of_no_numbers),
        cmocka_unit_test(a_word_is_added_once),
    };

    return cmocka_run_group_tests_name("candidate", tests, NULL, NULL);
}
