/* test_score.c - metrics on captions small enough to count by hand
 *
 * Expected numbers are written as the arithmetic of the metric's formula with
 * the counts put in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "chorus/score.h"
#include "score/metric.h"

/* Same formula, same order: what is left is the last bits. */
#define LIMIT 1e-14

static const struct ch_score_options simple = { .rule = CH_TOKENS_simple };

/* Items of one or two references; the caller's arrays live in the test. */
static struct ch_score_item item(const char *key, const char *caption,
                                 const char *const *reference, size_t count)
{
    return (struct ch_score_item) { key, caption, reference, count };
}

static double score_one(enum ch_metric m, const char *caption,
                        const char *const *reference, size_t count)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_score_item one = item("a", caption, reference, count);
    struct ch_scores s;
    double score;

    assert_int_equal(ch_score_tokens(&one, 1, NULL, &s, &e), 0);
    score = s.item[m];
    ch_scores_release(&s);
    return score;
}

static void assert_near(double found, double expected)
{
    if (!(fabs(found - expected) <= LIMIT))
        fail_msg("expected %.17g, found %.17g", expected, found);
}

/* The constants against division by zero make even a caption of the references'
 * length pay a little: its ratio is (n + 1e-15) / (n + 1e-9). */
static double equal_length(double n)
{
    return exp(1 - (n + 1e-9) / (n + 1e-15));
}

static void a_word_counts_as_often_as_one_reference_has_it(void **state)
{
    const char *const reference[] = { "the cat is on the mat",
                                      "there is a cat on the mat" };

    (void)state;
    assert_near(score_one(CH_METRIC_bleu_1, "the the the the the the the",
                          reference, 2),
                (2 + 1e-15) / (7 + 1e-9) * equal_length(7));
}

static void a_short_caption_pays_for_its_length(void **state)
{
    const char *const reference[] = { "a dog runs fast" };
    double ratio = (2 + 1e-15) / (4 + 1e-9);

    (void)state;
    assert_near(score_one(CH_METRIC_bleu_1, "a dog", reference, 1),
                (2 + 1e-15) / (2 + 1e-9) * exp(1 - 1 / ratio));
}

static void of_equally_near_lengths_the_shorter_counts(void **state)
{
    const char *const reference[] = { "x x x x x x", "a b c d" };

    (void)state;
    assert_near(score_one(CH_METRIC_bleu_1, "a b c d e", reference, 2),
                (4 + 1e-15) / (5 + 1e-9));
}

static void rouge_takes_the_best_precision_and_the_best_recall(void **state)
{
    /* P = 1/3 with either, R = 1/4 and 1. */
    const char *const reference[] = { "b a x y", "c" };
    double P = 1.0 / 3, R = 1, beta2 = 1.2 * 1.2;

    (void)state;
    assert_near(score_one(CH_METRIC_rouge_l, "a b c", reference, 2),
                ((1 + beta2) * P * R) / (R + beta2 * P));
}

static void two_spaces_enclose_an_empty_word_for_rouge(void **state)
{
    const char *const reference[] = { "a b" };
    double P = 2.0 / 3, R = 1, beta2 = 1.2 * 1.2;

    (void)state;
    assert_near(score_one(CH_METRIC_rouge_l, "a  b", reference, 1),
                ((1 + beta2) * P * R) / (R + beta2 * P));
}

static void two_spaces_are_one_for_bleu(void **state)
{
    const char *const reference[] = { "a b" };

    (void)state;
    assert_near(score_one(CH_METRIC_bleu_1, "a  b", reference, 1),
                (2 + 1e-15) / (2 + 1e-9) * equal_length(2));
}

static void empty_caption_and_empty_reference_are_alike_for_rouge(void **state)
{
    const char *const reference[] = { "" };

    (void)state;
    assert_near(score_one(CH_METRIC_rouge_l, "", reference, 1), 1);
}

static void cider_of_a_single_image_is_zero(void **state)
{
    const char *const reference[] = { "a dog runs" };

    (void)state;
    assert_near(score_one(CH_METRIC_cider_d, "a dog runs", reference, 1), 0);
}

/* Two images that share no word: ln N - ln df is ln 2 everywhere, so cosines
 * are those of counts. */
static void cider_is_the_cosine_of_counts_where_weights_are_equal(void **state)
{
    const char *const first[] = { "a b c" }, *const second[] = { "x y z" };
    struct ch_score_item items[] = { item("1", "a b d", first, 1),
                                     item("2", "x y z", second, 1) };
    struct ch_err e = CH_ERR_INIT;
    struct ch_scores s;

    (void)state;
    assert_int_equal(ch_score_tokens(items, 2, NULL, &s, &e), 0);
    /* Words 2 of 3, pairs 1 of 2, triples 0 of 1, no n-gram of four; "d",
     * "b d" and "a b d" weigh ln 2, too. */
    assert_near(s.item[CH_METRIC_cider_d],
                (2.0 / 3 + 1.0 / 2 + 0 + 0) / 4 * 10);
    assert_near(s.item[CH_METRIC_COUNT + CH_METRIC_cider_d],
                (1.0 + 1 + 1 + 0) / 4 * 10);
    assert_near(s.corpus[CH_METRIC_cider_d],
                ((2.0 / 3 + 1.0 / 2) + 3) / 4 * 10 / 2);
    ch_scores_release(&s);
}

static void cider_lets_another_length_pay(void **state)
{
    const char *const first[] = { "a" }, *const second[] = { "x y z" };
    struct ch_score_item items[] = { item("1", "a b c d", first, 1),
                                     item("2", "x y z", second, 1) };
    struct ch_err e = CH_ERR_INIT;
    struct ch_scores s;

    (void)state;
    assert_int_equal(ch_score_tokens(items, 2, NULL, &s, &e), 0);
    /* One of four words; three bigrams more. */
    assert_near(s.item[CH_METRIC_cider_d],
                1 / sqrt(4) * exp(-9.0 / 72) / 4 * 10);
    ch_scores_release(&s);
}

/* The caption says a word twice that the reference says once: plain CIDEr
 * multiplies counts, CIDEr-D clips them. */
static void plain_cider_neither_clips_nor_lets_length_pay(void **state)
{
    const char *const first[] = { "a b" }, *const second[] = { "x y z" };
    struct ch_score_item items[] = { item("1", "a a a c", first, 1),
                                     item("2", "x y z", second, 1) };
    struct ch_err e = CH_ERR_INIT;
    struct ch_scores s;

    (void)state;
    assert_int_equal(ch_score_tokens(items, 2, NULL, &s, &e), 0);
    /* Words (3, 0, 1) and (1, 1, 0) of a, b, c: 3 and, clipped, 1. */
    assert_near(s.item[CH_METRIC_cider],
                3 / (sqrt(10) * sqrt(2)) / 4 * 10);
    assert_near(s.item[CH_METRIC_cider_d],
                1 / (sqrt(10) * sqrt(2)) * exp(-4.0 / 72) / 4 * 10);
    ch_scores_release(&s);
}

/* Three rows an image are three times the images, for each n-gram: only
 * n-grams that no reference has weigh otherwise. */
static void copies_count_as_images(void **state)
{
    const char *const first[] = { "a b" }, *const second[] = { "x y" };
    struct ch_score_item items[] = { item("1", "a q", first, 1),
                                     item("2", "x y", second, 1) };
    const struct ch_score_options three = { .copies = 3 };
    struct ch_err e = CH_ERR_INIT;
    struct ch_scores s;

    (void)state;
    assert_int_equal(ch_score_tokens(items, 2, &three, &s, &e), 0);
    assert_near(s.item[CH_METRIC_cider],
                log(2) * log(2) /
                (sqrt(log(2) * log(2) + log(6) * log(6)) *
                 sqrt(2 * log(2) * log(2))) / 4 * 10);
    ch_scores_release(&s);
}

static void a_sum_of_images_has_the_scores_of_their_own_set(void **state)
{
    const char *const r[] = { "a b c d", "e f" }, *const q[] = { "x y" };
    struct ch_score_item items[] = { item("1", "a b c", r, 2),
                                     item("2", "x z w", q, 1),
                                     item("3", "e f", r + 1, 1) };
    struct ch_score_item twice[] = { items[2], items[0], items[2] };
    struct ch_err e = CH_ERR_INIT;
    struct ch_scores all, some;
    struct ch_score_sum sum = { 0 };
    double corpus[CH_METRIC_COUNT];

    (void)state;
    assert_int_equal(ch_score_tokens(items, 3, NULL, &all, &e), 0);
    assert_int_equal(ch_score_tokens(twice, 3, NULL, &some, &e), 0);
    ch_score_sum_add(&sum, &all, 2);
    ch_score_sum_add(&sum, &all, 0);
    ch_score_sum_add(&sum, &all, 2);
    ch_score_sum_corpus(&sum, corpus);
    for (size_t m = CH_METRIC_bleu_1; m <= CH_METRIC_bleu_4; m++)
        assert_true(corpus[m] == some.corpus[m]);
    assert_near(corpus[CH_METRIC_rouge_l], some.corpus[CH_METRIC_rouge_l]);
    assert_near(corpus[CH_METRIC_cider_d],
                (2 * all.item[2 * CH_METRIC_COUNT + CH_METRIC_cider_d] +
                 all.item[CH_METRIC_cider_d]) / 3);
    ch_scores_release(&all);
    ch_scores_release(&some);
}

static void words_as_they_are_keep_case_and_punctuation(void **state)
{
    const char *const reference[] = { "A dog ." };
    const struct ch_score_options none = { .rule = CH_TOKENS_none };
    struct ch_score_item one = item("a", "a dog", reference, 1);
    struct ch_err e = CH_ERR_INIT;
    struct ch_scores s;

    (void)state;
    assert_int_equal(ch_score_run(&one, 1, &none, &s, &e), 0);
    assert_near(s.corpus[CH_METRIC_rouge_l],
                (1 + 1.44) / 2 / 3 / (1.0 / 3 + 1.44 / 2));
    ch_scores_release(&s);
}

static void captions_are_compared_without_case_and_punctuation(void **state)
{
    const char *const reference[] = { "A dog's bone, on grass." };
    struct ch_score_item one = item("a", "a dogs bone on Grass", reference, 1);
    struct ch_err e = CH_ERR_INIT;
    struct ch_scores s;

    (void)state;
    assert_int_equal(ch_score_run(&one, 1, &simple, &s, &e), 0);
    assert_near(s.corpus[CH_METRIC_rouge_l], 1);
    ch_scores_release(&s);
}

static void nothing_to_score_is_refused(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_scores s;

    (void)state;
    assert_int_equal(ch_score_tokens(NULL, 0, NULL, &s, &e), CH_EUSAGE);
    assert_string_equal(e.msg, "there are no captions to score");
}

static void an_image_without_references_is_named(void **state)
{
    struct ch_score_item one = item("dog.jpg", "a dog", NULL, 0);
    struct ch_err e = CH_ERR_INIT;
    struct ch_scores s;

    (void)state;
    assert_int_equal(ch_score_run(&one, 1, &simple, &s, &e), CH_EUSAGE);
    assert_string_equal(e.msg, "image dog.jpg has no references");
}

static void a_caption_that_is_no_text_is_refused(void **state)
{
    const char *const reference[] = { "a \xff dog" };
    struct ch_score_item one = item("dog.jpg", "a dog", reference, 1);
    struct ch_err e = CH_ERR_INIT;
    struct ch_scores s;

    (void)state;
    assert_int_equal(ch_score_run(&one, 1, &simple, &s, &e), CH_EFORMAT);
    assert_memory_equal(e.msg, "image dog.jpg: ", 15);
}

static void a_caption_of_too_many_words_is_refused(void **state)
{
    size_t n = 2 * (CH_NGRAM_MAX_WORDS + 1);
    char *text = malloc(n + 1);
    const char *const reference[] = { "a" };
    struct ch_score_item one = item("dog.jpg", text, reference, 1);
    struct ch_err e = CH_ERR_INIT;
    struct ch_scores s;

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < n; i++)
        text[i] = "a "[i % 2];
    text[n] = '\0';
    assert_int_equal(ch_score_tokens(&one, 1, NULL, &s, &e), CH_EFORMAT);
    assert_string_equal(e.msg, "image dog.jpg: a caption has more than 10000 "
                        "words; is this a file of captions?");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_word_counts_as_often_as_one_reference_has_it),
        cmocka_unit_test(a_short_caption_pays_for_its_length),
        cmocka_unit_test(of_equally_near_lengths_the_shorter_counts),
        cmocka_unit_test(rouge_takes_the_best_precision_and_the_best_recall),
        cmocka_unit_test(two_spaces_enclose_an_empty_word_for_rouge),
        cmocka_unit_test(two_spaces_are_one_for_bleu),
        cmocka_unit_test(empty_caption_and_empty_reference_are_alike_for_rouge),
        cmocka_unit_test(cider_of_a_single_image_is_zero),
        cmocka_unit_test(cider_is_the_cosine_of_counts_where_weights_are_equal),
        cmocka_unit_test(cider_lets_another_length_pay),
        cmocka_unit_test(plain_cider_neither_clips_nor_lets_length_pay),
        cmocka_unit_test(copies_count_as_images),
        cmocka_unit_test(a_sum_of_images_has_the_scores_of_their_own_set),
        cmocka_unit_test(words_as_they_are_keep_case_and_punctuation),
        cmocka_unit_test(captions_are_compared_without_case_and_punctuation),
        cmocka_unit_test(nothing_to_score_is_refused),
        cmocka_unit_test(an_image_without_references_is_named),
        cmocka_unit_test(a_caption_that_is_no_text_is_refused),
        cmocka_unit_test(a_caption_of_too_many_words_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
