/* test_search.c - what a search refuses, and where words look */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "count_malloc.h"
#include "searcher.h"

static void numbers_that_are_none_are_refused(void **state)
{
    struct ch_decode_options o[3] = { searcher_options(1), searcher_options(2),
                                      searcher_options(1) };

    (void)state;
    o[2].sample = true;
    for (size_t i = 0; i < 3; i++) {
        struct searcher s;
        struct ch_search *x;
        struct ch_err e = CH_ERR_INIT;
        const float *feature;

        searcher_open(&s, 0, 4);
        s.params[ch_decoder_param(&s.d, "output.bias")->offset] = NAN;
        feature = s.feature;
        x = search_open(&s, &o[i], PHOTOS);
        assert_int_equal(ch_search_run(x, &feature, searcher_key, PHOTOS, &e),
                         CH_EFORMAT);
        assert_string_equal(e.msg, "the model's probabilities are no numbers");
        ch_search_close(x);
        searcher_close(&s);
    }
}

static void options_that_do_not_fit_are_refused(void **state)
{
    static const struct {
        const char *message;
        struct ch_decode_options o;
    } bad[] = {
        { "a beam, its groups and the captions told are 1 or more",
          { .n_best = 1, .groups = 1 } },
        { "a beam of 2 does not find 3 captions; make it as wide",
          { .beam = 2, .n_best = 3, .groups = 1 } },
        { "a beam of 3 is not divided into 2 groups; choose a multiple",
          { .beam = 3, .n_best = 1, .groups = 2 } },
        { "groups and words that must be said are for beam search, not for "
          "sampling",
          { .beam = 1, .n_best = 1, .groups = 1, .must = "dog",
            .sample = true } },
        { "the temperature and the probability words are drawn from are above "
          "0", { .beam = 1, .n_best = 1, .groups = 1, .sample = true } },
    };
    struct searcher s;

    (void)state;
    searcher_open(&s, 0, 4);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const struct ch_voice voice = { &s.d, s.params };
        struct ch_err e = CH_ERR_INIT;
        struct ch_search *x;

        assert_int_equal(ch_search_open(&x, &bad[i].o, s.vocab, &voice, 1, 1,
                                        &e), CH_EUSAGE);
        assert_string_equal(e.msg, bad[i].message);
        assert_null(x);
    }
    searcher_close(&s);
}

/* No word may be the last, and one must be said. */
static void rules_that_forbid_all_are_told(void **state)
{
    struct ch_decode_options o[2] = { searcher_options(1),
                                      searcher_options(3) };
    struct searcher s;

    (void)state;
    searcher_open(&s, 0, 4);
    for (size_t i = 0; i < 2; i++) {
        const float *feature = s.feature;
        struct ch_err e = CH_ERR_INIT;
        struct ch_search *x;

        o[i].endings = "a,dog,runs";
        o[i].min_words = 1;
        x = search_open(&s, &o[i], PHOTOS);
        assert_int_equal(ch_search_run(x, &feature, NULL, PHOTOS, &e),
                         CH_EUSAGE);
        assert_string_equal(e.msg, "no caption of 3 words keeps all rules: "
                            "endings, repeats, words that must be said; relax "
                            "one");
        ch_search_close(x);
    }
    searcher_close(&s);
}

/* Feeding a caption again gives where each of its words looked. */
static void check_look(const struct searcher *s, const struct ch_search *x,
                       size_t photo)
{
    const struct ch_hypothesis *h = &x->best[photo].at[0];
    size_t L = s->d.shape.L;
    const float *feature = s->feature + photo * s->stride;
    const struct ch_voice voice = { &s->d, s->params };
    float look[9 * 4];
    struct ch_ensemble one;
    int32_t word = CH_WORD_START;

    ch_search_look(x, h, look);
    assert_int_equal(ch_ensemble_open(&one, &voice, 1, 1, NULL), 0);
    ch_ensemble_begin(&one, &feature, 1);
    for (size_t i = 0; i < h->count; i++) {
        float sum = 0;

        ch_ensemble_next(&one, &word);
        word = h->id[i];
        assert_memory_equal(look + i * L, one.look, L * sizeof *look);
        for (size_t l = 0; l < L; l++)
            sum += look[i * L + l];
        assert_true(fabs((double)sum - 1) < 1e-5);
    }
    ch_ensemble_close(&one);
}

static void words_look_where_they_looked(void **state)
{
    struct ch_decode_options o = searcher_options(4);

    (void)state;
    o.attention = true;
    o.max_words = 9;
    o.min_words = 4;
    for (size_t which = 0; which < DECODER_CASES; which++) {
        struct searcher s;
        struct ch_search *x;

        searcher_open(&s, which, 8);
        x = search_open(&s, &o, PHOTOS);
        search_run(x, &s, 0, PHOTOS);
        if (s.d.shape.kind == CH_DECODER_NIC)
            assert_null(x->look);
        for (size_t i = 0; i < PHOTOS && x->look; i++)
            check_look(&s, x, i);
        ch_search_close(x);
        searcher_close(&s);
    }
}

/* Greedy, beams, groups, words that must be said, and sampling. */
#if CAN_COUNT_MALLOC
static void a_search_asks_for_no_memory_once_it_is_open(void **state)
{
    struct ch_decode_options o[] = {
        searcher_options(1), searcher_options(4), searcher_options(4),
        searcher_options(3), searcher_options(1)
    };

    (void)state;
    o[1].n_best = 4;
    o[1].no_repeat = 2;
    o[1].attention = true;
    o[2].groups = 2;
    o[3].must = "dog";
    o[4].sample = true;
    o[4].n_best = 3;
    o[4].top_k = 3;
    for (size_t i = 0; i < sizeof o / sizeof *o; i++)
        for (size_t which = 0; which < DECODER_CASES; which++) {
            struct searcher s;
            struct ch_search *x;
            size_t before = allocations, open;

            searcher_open(&s, which, 8);
            x = search_open(&s, &o[i], PHOTOS);
            open = allocations;
            search_run(x, &s, 0, PHOTOS);
            search_run(x, &s, 1, PHOTOS - 1);
            assert_int_equal(allocations, open);
            ch_search_close(x);
            searcher_close(&s);
            if (open == before)
                skip();            /* under valgrind */
        }
}
#define COUNTED_TESTS                                                          \
    cmocka_unit_test(a_search_asks_for_no_memory_once_it_is_open),
#else
#define COUNTED_TESTS
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_that_are_none_are_refused),
        cmocka_unit_test(options_that_do_not_fit_are_refused),
        cmocka_unit_test(rules_that_forbid_all_are_told),
        cmocka_unit_test(words_look_where_they_looked),
        COUNTED_TESTS
    };

    return cmocka_run_group_tests_name("search", tests, NULL, NULL);
}
