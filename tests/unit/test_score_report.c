/* test_score_report.c - what people and programs are told */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "chorus/score_report.h"

static struct ch_scores scores = {
    .corpus = { [CH_METRIC_bleu_1] = 0.5, [CH_METRIC_rouge_l] = 0.25 },
    .has = { [CH_METRIC_bleu_1] = true, [CH_METRIC_rouge_l] = true },
    .count = 7, .cider_images = 7,
};
static struct ch_scores other = {
    .corpus = { [CH_METRIC_bleu_1] = 0.4, [CH_METRIC_rouge_l] = 0.3 },
};
static const struct ch_significance_options draws = {
    .draws = 100, .seed = 3, .level = 0.95
};
static const struct ch_interval interval[CH_METRIC_COUNT] = {
    [CH_METRIC_bleu_1] = { 0.25, 0.75 }
};
static const struct ch_comparison comparison[CH_METRIC_COUNT] = {
    [CH_METRIC_bleu_1] = { 0.1, { -0.1, 0.3 }, 0.75, 0.25, 0.5 },
};
static const struct ch_score_stats stats = {
    .captions = 4, .words = 10, .mean_length = 2.5, .shortest = 1,
    .longest = 4, .vocabulary = 5, .distinct_1 = 0.5, .distinct_2 = 0.75,
    .different = 3, .most_frequent = 2, .most_frequent_text = "a \"dog\"",
    .has_training = true, .training = 9, .novel = 1, .novel_words = 2,
};

static void assert_text(const struct ch_score_report *r, const char *expected)
{
    struct ch_err e = CH_ERR_INIT;
    char *text;

    assert_int_equal(ch_score_report_text(r, &text, &e), 0);
    assert_string_equal(text, expected);
    free(text);
}

static void scores_alone_are_two_columns(void **state)
{
    const struct ch_score_report r = {
        .scores = &scores, .left = { 1, 0, 2 }, .rule = CH_TOKENS_none,
    };

    (void)state;
    assert_text(&r, "BLEU-1      0.5000\n"
                "ROUGE-L     0.2500\n"
                "images      7\n"
                "unscored    1\n"
                "repeated    2\n"
                "tokens      none (words are split at white space, as they "
                "are)\n");
}

static void all_there_is_has_a_head(void **state)
{
    const struct ch_score_report r = {
        .scores = &scores, .rule = CH_TOKENS_none, .df = "x.df",
        .draws = &draws, .interval = interval, .other = "o",
        .other_scores = &other, .comparison = comparison, .stats = &stats,
    };

    (void)state;
    assert_text(&r,
        "              score    95% interval     other   differ    95% of "
        "difference  wins   p boot   p rand\n"
        "BLEU-1       0.5000   0.2500  0.7500   0.4000  +0.1000    -0.1000  "
        "+0.3000 0.750   0.2500   0.5000\n"
        "ROUGE-L      0.2500   0.0000  0.0000   0.3000  +0.0000    +0.0000  "
        "+0.0000 0.000   0.0000   0.0000\n"
        "images      7\n"
        "unscored    0\n"
        "tokens      none (words are split at white space, as they are)\n"
        "CIDEr's df  of 7 images, from x.df\n"
        "draws       100, seed 3\n"
        "\nThe captions\n"
        "words       10\n"
        "length      2.50 (1 to 4)\n"
        "vocabulary  5\n"
        "distinct-1  0.5000\n"
        "distinct-2  0.7500\n"
        "different   3 (75.0%)\n"
        "most said   2 times: a \"dog\"\n"
        "novel       1 (25.0%), against 9 captions\n"
        "novel words 2\n");
}

static double real_at(const struct ch_json *j, const char *a, const char *b,
                      const char *c)
{
    j = ch_json_get(j, a);
    j = b ? ch_json_get(j, b) : j;
    return ch_json_real(c ? ch_json_get(j, c) : j, -1);
}

static void json_holds_the_same(void **state)
{
    const struct ch_score_report r = {
        .scores = &scores, .rule = CH_TOKENS_none, .df = "x.df",
        .draws = &draws, .interval = interval, .other = "o",
        .other_scores = &other, .comparison = comparison, .stats = &stats,
    };
    struct ch_err e = CH_ERR_INIT;
    struct ch_json *j;
    char *text;

    (void)state;
    assert_int_equal(ch_score_report_json(&r, &text, &e), 0);
    if (ch_json_parse(&j, text, strlen(text), "report", &e))
        fail_msg("%s", e.msg);
    assert_true(real_at(j, "BLEU-1", NULL, NULL) == 0.5);
    assert_null(ch_json_get(j, "METEOR"));
    assert_true(real_at(j, "images", NULL, NULL) == 7);
    assert_true(ch_json_real(ch_json_at(ch_json_get(ch_json_get(ch_json_get(
        j, "bootstrap"), "interval"), "BLEU-1"), 1), 0) == 0.75);
    assert_true(real_at(j, "compare", "BLEU-1", "p_bootstrap") == 0.25);
    assert_true(real_at(j, "compare", "BLEU-1", "p_randomisation") == 0.5);
    assert_true(real_at(j, "stats", "novel", NULL) == 1);
    assert_string_equal(ch_json_text(ch_json_get(ch_json_get(j, "stats"),
                                                 "most_frequent_text"), ""),
                        "a \"dog\"");
    ch_json_close(j);
    free(text);
}

static void agreement_is_in_hundredths_in_the_table_alone(void **state)
{
    const struct ch_agreement a = {
        .tau_b = { [CH_METRIC_bleu_1] = 0.25 },
        .tau_c = { [CH_METRIC_bleu_1] = 0.125 },
        .has = { [CH_METRIC_bleu_1] = true },
        .pairs = 3, .skipped = 1, .rows = 9,
    };
    struct ch_err e = CH_ERR_INIT;
    char *text;

    (void)state;
    assert_int_equal(ch_score_report_agreement(&a, CH_TOKENS_none, false,
                                               &text, &e), 0);
    assert_string_equal(text,
        "                tau-b     tau-c   (Kendall's tau x 100)\n"
        "BLEU-1         25.000    12.500\n"
        "captions    3\nratings     9\nskipped     1\n"
        "tokens      none (words are split at white space, as they are)\n");
    free(text);
    assert_int_equal(ch_score_report_agreement(&a, CH_TOKENS_none, true, &text,
                                               &e), 0);
    assert_string_equal(text, "{\"tau_b\":{\"BLEU-1\":0.25},\"tau_c\":{"
                        "\"BLEU-1\":0.125},\"captions\":3,\"ratings\":9,"
                        "\"skipped\":1,\"tokens\":\"none\"}\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_alone_are_two_columns),
        cmocka_unit_test(all_there_is_has_a_head),
        cmocka_unit_test(json_holds_the_same),
        cmocka_unit_test(agreement_is_in_hundredths_in_the_table_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
