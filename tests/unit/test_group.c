/* test_group.c - groups that keep away from each other */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "searcher.h"

/* How many of the captions begin with a word that no other begins with. */
static size_t count_first_words(const struct ch_best *b)
{
    bool is_seen[V] = { false };
    size_t count = 0;

    for (size_t i = 0; i < b->count; i++) {
        int32_t first = b->at[i].count ? b->at[i].id[0] : CH_WORD_END;

        count += !is_seen[first];
        is_seen[first] = true;
    }
    return count;
}

static struct ch_decode_options three_groups(double diversity)
{
    struct ch_decode_options o = searcher_options(3);

    o.groups = o.n_best = 3;
    o.min_words = 1;
    o.diversity = diversity;
    return o;
}

static void each_group_says_something_else_when_the_same_is_dear(void **state)
{
    struct ch_decode_options o = three_groups(1000);

    (void)state;
    for (size_t which = 0; which < DECODER_CASES; which++) {
        struct searcher s;
        struct ch_search *x;

        searcher_open(&s, which, 4);
        x = search_open(&s, &o, PHOTOS);
        search_run(x, &s, 0, PHOTOS);
        for (size_t i = 0; i < PHOTOS; i++) {
            assert_int_equal(x->best[i].count, 3);
            assert_int_equal(count_first_words(&x->best[i]), 3);
        }
        ch_search_close(x);
        searcher_close(&s);
    }
}

static void groups_say_the_same_when_it_costs_nothing(void **state)
{
    struct ch_decode_options o = three_groups(0);
    struct searcher s;
    struct ch_search *x;

    (void)state;
    searcher_open(&s, 0, 4);
    x = search_open(&s, &o, PHOTOS);
    search_run(x, &s, 0, PHOTOS);
    for (size_t i = 0; i < PHOTOS; i++)
        assert_int_equal(x->best[i].count, 1);
    ch_search_close(x);
    searcher_close(&s);
}

/* What is told is ln p; the cost only chooses. */
static void logp_is_without_what_words_cost(void **state)
{
    struct ch_decode_options o = three_groups(2);
    struct searcher s;
    struct ch_search *x;

    (void)state;
    searcher_open(&s, 0, 4);
    x = search_open(&s, &o, PHOTOS);
    search_run(x, &s, 0, PHOTOS);
    for (size_t i = 0; i < PHOTOS; i++)
        for (size_t k = 0; k < x->best[i].count; k++) {
            const struct ch_hypothesis *h = &x->best[i].at[k];

            assert_true(fabs(h->logp - searcher_logp(&s, i, h->id, h->count)) <
                        1e-5);
        }
    ch_search_close(x);
    searcher_close(&s);
}

static void photos_together_equal_photos_alone(void **state)
{
    struct ch_decode_options o = three_groups(0.7);

    (void)state;
    o.beam = o.n_best = 6;
    o.max_words = 9;
    check_alone(&o);
}

static void charges_are_forgiven(void **state)
{
    struct ch_groups g;

    (void)state;
    assert_int_equal(ch_groups_open(&g, 2, 4, 2, 0.5, V, 0, NULL), 0);
    ch_groups_charge(&g, DOG);
    ch_groups_charge(&g, DOG);
    ch_groups_charge(&g, A);
    assert_true(g.cost[DOG] == 1 && g.cost[A] == 0.5f && g.cost[RUNS] == 0);
    ch_groups_forgive(&g);
    for (size_t v = 0; v < V; v++)
        assert_true(g.cost[v] == 0);
    ch_groups_close(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_group_says_something_else_when_the_same_is_dear),
        cmocka_unit_test(groups_say_the_same_when_it_costs_nothing),
        cmocka_unit_test(logp_is_without_what_words_cost),
        cmocka_unit_test(photos_together_equal_photos_alone),
        cmocka_unit_test(charges_are_forgiven),
    };

    return cmocka_run_group_tests_name("group", tests, NULL, NULL);
}
