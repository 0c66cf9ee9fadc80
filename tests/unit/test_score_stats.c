/* test_score_stats.c - what captions are like */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "chorus/score_stats.h"

static const struct ch_score_item items[4] = {
    { .caption = "a dog runs" }, { .caption = "a cat" },
    { .caption = "a dog runs" }, { .caption = "a dog runs a dog" },
};

static struct ch_score_stats read_stats(const char *const *training,
                                        size_t count)
{
    struct ch_score_stats s;
    struct ch_err e = CH_ERR_INIT;

    assert_int_equal(ch_score_stats_read(&s, items, 4, training, count, &e),
                     0);
    return s;
}

static void words_and_captions_are_counted(void **state)
{
    struct ch_score_stats s = read_stats(NULL, 0);

    (void)state;
    assert_int_equal(s.captions, 4);
    assert_int_equal(s.words, 13);
    assert_true(s.mean_length == 13 / 4.0);
    assert_int_equal(s.shortest, 2);
    assert_int_equal(s.longest, 5);
    assert_int_equal(s.vocabulary, 4);
    assert_int_equal(s.different, 3);
    assert_int_equal(s.most_frequent, 2);
    assert_string_equal(s.most_frequent_text, "a dog runs");
    assert_false(s.has_training);
}

/* Pairs: a dog, dog runs (three times each, and a dog once more), a cat, runs
 * a: 4 different of 2 + 1 + 2 + 4. */
static void distinct_pairs_do_not_span_captions(void **state)
{
    struct ch_score_stats s = read_stats(NULL, 0);

    (void)state;
    assert_true(s.distinct_1 == 4 / 13.0);
    assert_true(s.distinct_2 == 4 / 9.0);
}

static void novel_is_what_the_training_set_has_not(void **state)
{
    static const char *const training[] = { "a dog runs", "the dog", "the" };
    struct ch_score_stats s = read_stats(training, 3);

    (void)state;
    assert_true(s.has_training);
    assert_int_equal(s.training, 3);
    assert_int_equal(s.novel, 2);
    assert_int_equal(s.novel_words, 1);
}

static void no_captions_are_refused(void **state)
{
    struct ch_score_stats s;
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    assert_int_equal(ch_score_stats_read(&s, items, 0, NULL, 0, &e),
                     CH_EUSAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_and_captions_are_counted),
        cmocka_unit_test(distinct_pairs_do_not_span_captions),
        cmocka_unit_test(novel_is_what_the_training_set_has_not),
        cmocka_unit_test(no_captions_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
