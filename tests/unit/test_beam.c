/* test_beam.c - beams against all there is, and against greedy search */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "exact.h"

static void a_wide_beam_finds_the_exact_best(void **state)
{
    struct ch_decode_options o = searcher_options(100);

    (void)state;
    check_exact(&o, NULL);
}

static void a_wide_beam_finds_the_exact_n_best(void **state)
{
    struct ch_decode_options o = searcher_options(100);

    (void)state;
    o.n_best = 50;
    for (o.length = 0; o.length <= CH_LENGTH_WU; o.length++) {
        o.length_power = 0.7;
        check_exact(&o, NULL);
    }
}

static void check_greedy(const struct searcher *s, size_t max_words)
{
    struct ch_decode_options one = searcher_options(1);
    struct ch_search *greedy;

    one.max_words = max_words;
    greedy = search_open(s, &one, PHOTOS);
    search_run(greedy, s, 0, PHOTOS);
    for (size_t beam = 2; beam < 7; beam++) {
        struct ch_decode_options o = one;
        struct ch_search *x;

        o.beam = beam;
        x = search_open(s, &o, PHOTOS);
        search_run(x, s, 0, PHOTOS);
        for (size_t i = 0; i < PHOTOS; i++)
            assert_true(x->best[i].at[0].score >= greedy->best[i].at[0].score);
        ch_search_close(x);
    }
    ch_search_close(greedy);
}

static void no_beam_says_worse_than_greedy_search(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 8; seed++)
        for (size_t which = 0; which < DECODER_CASES; which++) {
            struct searcher s;

            searcher_open(&s, which, seed);
            check_greedy(&s, 9);
            searcher_close(&s);
        }
}

/* Two groups that do not mind each other are two beams of one. */
static void beam_of_one_equals_greedy(void **state)
{
    struct ch_decode_options o = searcher_options(1), two = o;

    (void)state;
    two.beam = two.groups = 2;
    for (size_t which = 0; which < DECODER_CASES; which++) {
        struct ch_search *greedy, *beam;
        struct searcher s;

        searcher_open(&s, which, 4);
        greedy = search_open(&s, &o, PHOTOS);
        beam = search_open(&s, &two, PHOTOS);
        search_run(greedy, &s, 0, PHOTOS);
        search_run(beam, &s, 0, PHOTOS);
        for (size_t i = 0; i < PHOTOS; i++)
            assert_same_caption(&greedy->best[i].at[0], &beam->best[i].at[0]);
        ch_search_close(greedy);
        ch_search_close(beam);
        searcher_close(&s);
    }
}

static void photos_together_equal_photos_alone(void **state)
{
    struct ch_decode_options o = searcher_options(3);

    (void)state;
    o.n_best = 3;
    o.max_words = 9;
    check_alone(&o);
    o.beam = o.n_best = 1;
    check_alone(&o);
}

static void logp_is_that_of_the_caption(void **state)
{
    struct ch_decode_options o = searcher_options(3);
    struct ch_search *x;
    struct searcher s;

    (void)state;
    searcher_open(&s, 0, 4);
    x = search_open(&s, &o, PHOTOS);
    search_run(x, &s, 0, PHOTOS);
    for (size_t i = 0; i < PHOTOS; i++) {
        const struct ch_hypothesis *h = &x->best[i].at[0];
        double sum = 0;

        for (size_t w = 0; w <= h->count; w++)
            sum += (double)h->word_logp[w];
        assert_true(sum == h->logp);
        assert_true(fabs(h->logp - searcher_logp(&s, i, h->id, h->count)) <
                    1e-5);
    }
    ch_search_close(x);
    searcher_close(&s);
}

/* Also greedy, which another method does, and back. */
static void a_narrowed_search_is_one_that_was_opened_so(void **state)
{
    static const size_t beam[] = { 3, 1, 5, 2, 6 };
    struct ch_decode_options wide = searcher_options(6);

    (void)state;
    wide.n_best = 6;
    wide.length = CH_LENGTH_POWER;
    wide.length_power = 0.7;
    for (size_t which = 0; which < DECODER_CASES; which++) {
        struct searcher s;
        struct ch_search *one;

        searcher_open(&s, which, 6);
        one = search_open(&s, &wide, PHOTOS);
        for (size_t k = 0; k < sizeof beam / sizeof *beam; k++) {
            struct ch_decode_options o = wide;
            struct ch_search *other;

            o.beam = o.n_best = beam[k];
            other = search_open(&s, &o, PHOTOS);
            ch_search_narrow(one, beam[k], beam[k]);
            search_run(one, &s, 0, PHOTOS);
            search_run(other, &s, 0, PHOTOS);
            for (size_t i = 0; i < PHOTOS; i++) {
                assert_int_equal(one->best[i].count, other->best[i].count);
                for (size_t j = 0; j < one->best[i].count; j++)
                    assert_same_caption(&one->best[i].at[j],
                                        &other->best[i].at[j]);
            }
            ch_search_close(other);
        }
        ch_search_close(one);
        searcher_close(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wide_beam_finds_the_exact_best),
        cmocka_unit_test(a_wide_beam_finds_the_exact_n_best),
        cmocka_unit_test(no_beam_says_worse_than_greedy_search),
        cmocka_unit_test(beam_of_one_equals_greedy),
        cmocka_unit_test(photos_together_equal_photos_alone),
        cmocka_unit_test(a_narrowed_search_is_one_that_was_opened_so),
        cmocka_unit_test(logp_is_that_of_the_caption),
    };

    return cmocka_run_group_tests_name("beam", tests, NULL, NULL);
}
