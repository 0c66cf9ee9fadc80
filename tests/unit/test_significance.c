/* test_significance.c - intervals and p-values where the answer is known */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "chorus/significance.h"

#define MOST 400

/* Scores of `count` images, ROUGE-L alone, with room for counts of BLEU. */
struct made {
    double item[MOST * CH_METRIC_COUNT];
    struct ch_bleu_counts bleu[MOST];
    struct ch_scores scores;
};

static void set_score(struct made *m, size_t image, double score)
{
    m->item[image * CH_METRIC_COUNT + CH_METRIC_rouge_l] = score;
}

static void finish(struct made *m, size_t count)
{
    double sum = 0;

    m->scores = (struct ch_scores) { .item = m->item, .bleu = m->bleu,
                                     .count = count };
    for (size_t i = 0; i < count; i++)
        sum += m->item[i * CH_METRIC_COUNT + CH_METRIC_rouge_l];
    m->scores.corpus[CH_METRIC_rouge_l] = sum / (double)count;
}

static struct made first, second;
static const struct ch_significance_options usual = {
    .draws = 2000, .seed = 7, .level = 0.95, .threads = 1
};

static struct ch_interval interval_of(const struct made *m, enum ch_metric k,
                                      const struct ch_significance_options *o)
{
    struct ch_interval out[CH_METRIC_COUNT];
    struct ch_err e = CH_ERR_INIT;

    assert_int_equal(ch_significance_interval(&m->scores, o, out, &e), 0);
    return out[k];
}

static struct ch_comparison compare(const struct ch_significance_options *o)
{
    struct ch_comparison out[CH_METRIC_COUNT];
    struct ch_err e = CH_ERR_INIT;

    assert_int_equal(ch_significance_compare(&first.scores, &second.scores, o,
                                             out, &e), 0);
    return out[CH_METRIC_rouge_l];
}

/* Normal scores: the interval of a mean is 2 * 1.96 standard errors wide.  The
 * half width is known to 1/sqrt(2 n) = 3.5 %, and its percentiles of 2,000
 * draws to about 4 %. */
static void the_interval_of_a_mean_is_as_wide_as_theory_says(void **state)
{
    struct ch_rng r;
    struct ch_interval i;

    (void)state;
    ch_rng_init(&r, (struct ch_rng_place) { .seed = 3,
                                            .purpose = CH_RNG_TEST });
    for (size_t k = 0; k < MOST; k++)
        set_score(&first, k, 0.5 + 0.1 * ch_rng_normal(&r));
    finish(&first, MOST);
    i = interval_of(&first, CH_METRIC_rouge_l, &usual);
    assert_true(fabs((i.high - i.low) / (2 * 1.96 * 0.1 / sqrt(MOST)) - 1) <
                0.15);
    assert_true(i.low < first.scores.corpus[CH_METRIC_rouge_l]);
    assert_true(i.high > first.scores.corpus[CH_METRIC_rouge_l]);
}

static void what_does_not_vary_has_no_width(void **state)
{
    struct ch_interval i;

    (void)state;
    for (size_t k = 0; k < 50; k++)
        set_score(&first, k, 0.25);
    finish(&first, 50);
    i = interval_of(&first, CH_METRIC_rouge_l, &usual);
    assert_true(fabs(i.low - 0.25) < 1e-14 && fabs(i.high - 0.25) < 1e-14);
}

/* Two images: one says 1 word of 1 right, the other 0 of 9.  The mean of their
 * BLEU-1 would be 1/2 where both are drawn; summed counts give 1/10. */
static void bleu_is_drawn_from_counts_not_from_means(void **state)
{
    struct ch_significance_options o = usual;
    struct ch_interval i;

    (void)state;
    memset(&first, 0, sizeof first);
    first.bleu[0] = (struct ch_bleu_counts) {
        .guess = { 1 }, .correct = { 1 }, .words = 1, .reference_words = 1
    };
    first.bleu[1] = (struct ch_bleu_counts) {
        .guess = { 9 }, .correct = { 0 }, .words = 9, .reference_words = 9
    };
    finish(&first, 2);
    /* A quarter of the draws is the first twice, a quarter the second. */
    o.level = 0.2;
    i = interval_of(&first, CH_METRIC_bleu_1, &o);
    assert_true(fabs(i.low - 0.1) < 1e-8 && fabs(i.high - 0.1) < 1e-8);
    o.level = 0.9;
    i = interval_of(&first, CH_METRIC_bleu_1, &o);
    assert_true(fabs(i.low) < 1e-8 && fabs(i.high - 1) < 1e-8);
}

static void the_same_captions_do_not_differ(void **state)
{
    struct ch_comparison c;

    (void)state;
    for (size_t k = 0; k < 100; k++) {
        set_score(&first, k, (double)(k % 7));
        set_score(&second, k, (double)(k % 7));
    }
    finish(&first, 100);
    finish(&second, 100);
    c = compare(&usual);
    assert_true(c.difference == 0 && c.wins == 0);
    assert_true(c.interval.low == 0 && c.interval.high == 0);
    assert_true(c.p_bootstrap == 1 && c.p_randomisation == 1);
}

static void a_clear_difference_is_as_sure_as_draws_allow(void **state)
{
    struct ch_comparison c;

    (void)state;
    for (size_t k = 0; k < 100; k++) {
        set_score(&first, k, 0.5 + 0.001 * (double)(k % 7));
        set_score(&second, k, 0.4 + 0.001 * (double)(k % 5));
    }
    finish(&first, 100);
    finish(&second, 100);
    c = compare(&usual);
    assert_true(c.wins == 1 && c.interval.low > 0.09);
    assert_true(c.p_bootstrap == 1 / 2001.0);
    assert_true(c.p_randomisation == 1 / 2001.0);
}

/* Ten images: all 1,024 ways to swap can be tried. */
static void randomisation_estimates_the_exact_p(void **state)
{
    struct ch_significance_options o = usual;
    static const double d[10] = { 3, 1, -1, 2, 4, -2, 1, 5, -1, 2 };
    double total = 0, exact = 0;
    struct ch_comparison c;

    (void)state;
    for (size_t k = 0; k < 10; k++) {
        set_score(&first, k, d[k]);
        set_score(&second, k, 0);
        total += d[k];
    }
    for (unsigned way = 0; way < 1024; way++) {
        double sum = 0;

        for (size_t k = 0; k < 10; k++)
            sum += way >> k & 1 ? d[k] : -d[k];
        exact += fabs(sum) >= fabs(total);
    }
    exact /= 1024;
    finish(&first, 10);
    finish(&second, 10);
    o.draws = 20000;
    c = compare(&o);
    /* Four standard errors of a share. */
    assert_true(fabs(c.p_randomisation - exact) <
                4 * sqrt(exact * (1 - exact) / o.draws) + 1.0 / o.draws);
    /* The draw that is better: mean 1.4, standard error 2.2 / sqrt(10). */
    assert_true(c.wins > 0.95 && c.wins < 1);
    assert_true(fabs(c.p_bootstrap - (1 - c.wins)) < 0.01);
}

static void threads_and_repeats_give_the_same_bits(void **state)
{
    struct ch_significance_options o = usual;
    struct ch_comparison one, many;

    (void)state;
    for (size_t k = 0; k < 60; k++) {
        set_score(&first, k, sin((double)k));
        set_score(&second, k, sin((double)k + 0.3));
    }
    finish(&first, 60);
    finish(&second, 60);
    one = compare(&o);
    o.threads = 3;
    many = compare(&o);
    assert_memory_equal(&one, &many, sizeof one);
    o.seed = 8;
    many = compare(&o);
    assert_true(many.interval.low != one.interval.low);
}

static void other_counts_of_images_are_refused(void **state)
{
    struct ch_comparison out[CH_METRIC_COUNT];
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    finish(&first, 3);
    finish(&second, 4);
    assert_int_equal(ch_significance_compare(&first.scores, &second.scores,
                                             &usual, out, &e), CH_EUSAGE);
    assert_string_equal(e.msg, "expected captions of the same images, found 3 "
                        "and 4");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_interval_of_a_mean_is_as_wide_as_theory_says),
        cmocka_unit_test(what_does_not_vary_has_no_width),
        cmocka_unit_test(bleu_is_drawn_from_counts_not_from_means),
        cmocka_unit_test(the_same_captions_do_not_differ),
        cmocka_unit_test(a_clear_difference_is_as_sure_as_draws_allow),
        cmocka_unit_test(randomisation_estimates_the_exact_p),
        cmocka_unit_test(threads_and_repeats_give_the_same_bits),
        cmocka_unit_test(other_counts_of_images_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
