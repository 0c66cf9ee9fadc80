/* test_result.c - what known ratings say, and what reports tell of it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "base/json.h"
#include "rate/answer.h"
#include "rate/rate_csv.h"
#include "rate/rate_report.h"
#include "rate/result.h"
#include "rate_study.h"

static int setup(void **state)
{
    if (scratch_make(state))
        return -1;
    study_files();
    return 0;
}

static void assert_near(double found, double expected, double within)
{
    if (!(fabs(found - expected) <= within))
        fail_msg("expected %.9g, found %.9g", expected, found);
}

/* A study without tasks of its own, and one with. */
static const char *make(const char *name, enum ch_rate_mode mode,
                        double checks, double repeats)
{
    struct ch_rate_new o = study_options(study_path(name));

    o.mode = mode;
    o.checks = checks;
    o.repeats = repeats;
    study_new(&o);
    return o.study;
}

static void import(const char *study, const char *rows)
{
    struct ch_rate_imported made;
    struct ch_err e = CH_ERR_INIT;

    study_file("rows.csv", rows);
    if (ch_rate_import(study, study_path("rows.csv"), &made, &e))
        fail_msg("%s", e.msg);
}

struct told {
    struct ch_study study;
    struct ch_ratings ratings;
    struct ch_result result;
};

static void tell(struct told *t, const char *study, double min_checks)
{
    struct ch_err e = CH_ERR_INIT;

    study_open(&t->study, study);
    if (ch_ratings_read(&t->ratings, &t->study, &e) ||
        ch_result_make(&t->result, &t->ratings, min_checks, &e) ||
        ch_result_score(&t->result, &t->study, NULL, &e))
        fail_msg("%s", e.msg);
}

static void forget(struct told *t)
{
    ch_result_release(&t->result);
    ch_ratings_release(&t->ratings);
    ch_study_close(&t->study);
}

/* Two raters of both systems on three photos:
 *             photo 1   photo 2   photo 3
 * a, fluency  5 3 -> 4  4 4 -> 4  2 2 -> 2     mean 10/3, sd 2/sqrt(3)
 * b, fluency  1 1 -> 1  5 5 -> 5  2 1 -> 1.5   mean 2.5 */
static const char known[] =
    "system,image,rater,scale,value,finished\n"
    "a,1.jpg,x,fluency,5,100.5\na,1.jpg,y,fluency,3,10\n"
    "a,2.jpg,x,fluency,4,102.5\na,2.jpg,y,fluency,4,10\n"
    "a,3.jpg,x,fluency,2,108.5\na,3.jpg,y,fluency,2,10\n"
    "b,1.jpg,x,fluency,1,\nb,1.jpg,y,fluency,1,\n"
    "b,2.jpg,x,fluency,5,\nb,2.jpg,y,fluency,5,\n"
    "b,3.jpg,x,fluency,2,\nb,3.jpg,y,fluency,1,\n";

/* The same, with 3 on the other two scales everywhere. */
static void import_known(const char *study)
{
    struct ch_buffer b = { 0 };

    ch_buffer_text(&b, known);
    for (int p = 1; p <= 3; p++)
        for (int k = 0; k < 8; k++)
            ch_buffer_format(&b, "%c,%d.jpg,%c,%s,3,\n", k & 1 ? 'a' : 'b', p,
                             k & 2 ? 'x' : 'y', k & 4 ? "relevance"
                             : "descriptiveness");
    import(study, b.at);
    ch_buffer_release(&b);
}

static void means_are_over_photos(void **state)
{
    struct told t;
    const struct ch_result_mark *a, *b;

    (void)state;
    const char *study = make("known", CH_RATE_SCALES, 0, 0);

    import_known(study);
    tell(&t, study, 0);
    a = &t.result.mark[0];
    b = &t.result.mark[3];
    assert_int_equal(a->mean.n, 3);
    assert_int_equal(a->ratings, 6);
    assert_near(a->mean.mean, 10.0 / 3, 1e-15);
    assert_near(a->mean.sd, 2 / sqrt(3), 1e-15);
    /* t of 2 degrees of freedom is 4.302653. */
    assert_near(a->mean.interval.high - a->mean.mean, 4.302653 * 2 / 3, 1e-6);
    assert_int_equal(a->count[1], 2);
    assert_int_equal(a->count[3], 2);
    assert_near(b->mean.mean, 2.5, 1e-15);
    assert_near(t.result.mark[1].mean.mean, 3, 0);
    forget(&t);
}

/* x: 5>1, 4<5, 2=2; y: 3>1, 4<5, 2>1 */
static void wins_are_of_one_rater_on_one_photo(void **state)
{
    struct told t;
    const struct ch_result_win *w;

    (void)state;
    tell(&t, study_path("known"), 0);
    assert_int_equal(t.result.wins, 1);
    w = &t.result.win[0];
    assert_int_equal(w->wins, 3);
    assert_int_equal(w->ties, 1);
    assert_int_equal(w->losses, 2);
    assert_int_equal(w->difference.n, 3);
    assert_near(w->difference.mean, (3 - 1 + 0.5) / 3, 1e-15);
    assert_int_equal(t.result.win[1].ties, 6);
    forget(&t);
}

/* Alpha by the same definition, worked out by hand for nominal values:
 * units 53 44 22 11 55 21: pairs that differ 2 of 6; values 1: 3, 2: 3, 3: 1,
 * 4: 2, 5: 3; expected (144 - 9 - 9 - 1 - 4 - 9) / 132 = 112 / 132. */
static void agreement_is_of_captions(void **state)
{
    struct told t;
    const struct ch_result_agreement *g;

    (void)state;
    tell(&t, study_path("known"), 0);
    g = &t.result.agreement[0];
    assert_int_equal(g->units, 6);
    assert_near(g->nominal, 1 - (4.0 / 12) / (112.0 / 132), 1e-14);
    assert_true(g->ordinal > g->nominal && g->ordinal < 1);
    assert_int_equal(g->pairs, 1);
    assert_true(g->quadratic > g->linear && g->linear > 0);
    /* Nobody differs, but nothing varies either. */
    assert_true(isnan(t.result.agreement[1].ordinal));
    forget(&t);
}

static void raters_are_compared_with_the_others(void **state)
{
    struct told t;

    (void)state;
    tell(&t, study_path("known"), 0);
    /* rater-1 and rater-2 did nothing. */
    assert_int_equal(t.ratings.raters, 4);
    assert_int_equal(t.result.raters, 2);
    assert_int_equal(t.result.rater[2].done, 6);
    assert_near(t.result.rater[2].mean[0], 19.0 / 6, 1e-15);
    assert_true(t.result.rater[2].with_others > 0.8);
    assert_near(t.result.rater[2].seconds, 4, 1e-9);
    assert_true(isnan(t.result.rater[0].with_others));
    forget(&t);
}

/* The references say "outside" and so do a's captions. */
static void metrics_are_compared_with_marks(void **state)
{
    struct told t;

    (void)state;
    tell(&t, study_path("known"), 0);
    assert_int_equal(t.result.scored, 6);
    assert_true(t.result.metric[CH_METRIC_rouge_l].has);
    assert_int_equal(t.result.metric[CH_METRIC_rouge_l].with[0].n, 6);
    assert_true(fabs(t.result.metric[CH_METRIC_rouge_l].with[0].pearson) <= 1);
    assert_true(isnan(t.result.metric[CH_METRIC_rouge_l].with[1].pearson));
    forget(&t);
}

/* ------------------------------------------------- checks and repeats */

/* Answers all tasks of a rater; of checks, relevance 1 when careful. */
static void answer_all(const char *folder, int64_t rater, bool is_careful)
{
    struct ch_study s;
    struct ch_answer_task t = { 0 };
    struct ch_err e = CH_ERR_INIT;

    study_open(&s, folder);
    while (ch_answer_task(&s, rater, &t, &e) > 0) {
        int64_t kind;
        uint32_t mark[] = { 4, 3, 2 };

        assert_int_equal(ch_sql_one(s.sql, &kind, &e, "SELECT kind FROM task "
                                    "WHERE id = ?", "i", t.id), 1);
        if (kind == CH_ORDER_CHECK && is_careful)
            mark[1] = 1;
        if (kind == CH_ORDER_REPEAT && !is_careful)
            mark[0] = 5;
        assert_int_equal(ch_answer_done(&s, rater, t.id, mark, &e), 1);
        ch_answer_release(&t);
        t = (struct ch_answer_task) { 0 };
    }
    ch_study_close(&s);
}

static void checks_and_repeats_tell_careful_raters(void **state)
{
    const char *study = make("careful", CH_RATE_SCALES, 0.25, 0.25);
    struct told t;

    (void)state;
    answer_all(study, 1, true);
    answer_all(study, 2, false);
    tell(&t, study, 0.5);
    assert_int_equal(t.result.rater[0].checks, 3);
    assert_int_equal(t.result.rater[0].passed, 3);
    assert_int_equal(t.result.rater[1].passed, 0);
    assert_int_equal(t.result.rater[0].repeats, 3);
    assert_near(t.result.rater[0].same, 1, 0);
    assert_near(t.result.rater[1].same, 2.0 / 3, 1e-15);
    assert_false(t.result.rater[0].is_left_out);
    assert_true(t.result.rater[1].is_left_out);
    assert_int_equal(t.result.left_out, 1);
    /* Neither the one left out nor checks and repeats are in the marks. */
    assert_int_equal(t.result.usual, 12);
    assert_int_equal(t.result.mark[0].ratings, 6);
    forget(&t);
}

/* ---------------------------------------------------------------- pairs */

static void choices_count_for_the_system_not_the_side(void **state)
{
    const char *study = make("pairs", CH_RATE_PAIRS, 0, 0);
    struct told t;

    (void)state;
    import(study,
           "rater,image,system,other,scale,value\n"
           "x,1.jpg,a,b,better,first\nx,2.jpg,b,a,better,second\n"
           "x,4.jpg,b,a,better,first\nx,5.jpg,a,b,better,same\n"
           "y,1.jpg,b,a,better,second\ny,2.jpg,a,b,better,first\n");
    tell(&t, study, 0);
    assert_int_equal(t.result.win[0].wins, 4);
    assert_int_equal(t.result.win[0].ties, 1);
    assert_int_equal(t.result.win[0].losses, 1);
    assert_int_equal(t.result.agreement[0].units, 2);
    assert_int_equal(t.result.win[0].difference.n, 0);
    assert_true(t.result.metric[CH_METRIC_cider_d].decided <= 5);
    forget(&t);
}

/* ------------------------------------------------------- CSV there and back */

static char *report(const char *study, const char *csv)
{
    const struct ch_rate_report o = { .study = study, .json = true,
                                      .csv = csv };
    struct ch_err e = CH_ERR_INIT;
    char *text;

    if (ch_rate_report(&o, &text, &e))
        fail_msg("%s", e.msg);
    return text;
}

/* From "systems" to before "raters", whose numbers differ: a rater without
 * tasks comes first. */
static void assert_same_results(const char *one, const char *two)
{
    const char *a = strstr(one, "\"systems\""), *b = strstr(two, "\"systems\"");
    size_t n = (size_t)(strstr(a, "\"raters\"") - a);

    assert_int_equal(n, strstr(b, "\"raters\"") - b);
    assert_memory_equal(a, b, n);
}

static void ratings_that_are_exported_can_be_imported(void **state)
{
    const char *csv = study_path("out.csv");
    char *one, *two, *three;
    struct ch_rate_imported made;
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    one = report(study_path("known"), csv);
    assert_int_equal(ch_rate_import(make("again", CH_RATE_SCALES, 0, 0), csv,
                                    &made, &e), 0);
    assert_int_equal(made.tasks, 12);
    assert_int_equal(made.raters, 2);
    two = report(study_path("again"), NULL);
    assert_same_results(one, two);
    three = report(study_path("pairs"), csv);
    assert_int_equal(ch_rate_import(make("again2", CH_RATE_PAIRS, 0, 0), csv,
                                    &made, &e), 0);
    free(one);
    one = report(study_path("again2"), NULL);
    assert_same_results(one, three);
    free(one);
    free(two);
    free(three);
}

static void bad_tables_are_told_and_change_nothing(void **state)
{
    static const struct { const char *text, *message; } bad[] = {
        { "", "does not name a column \"rater\"" },
        { "rater,image,system,scale\n", "column \"value\"" },
        { "rater,image,system,scale,value\n", "expected ratings, found none" },
        { "rater,image,system,scale,value\nx,1.jpg\n",
          "line 2: 2 fields, expected 5" },
        { "rater,image,system,scale,value\nx,1.jpg,a,fluency,6\n",
          "line 2: expected a value from 1 to 5, found \"6\"" },
        { "rater,image,system,scale,value\nx,1.jpg,a,beauty,5\n",
          "line 2: the study has no scale \"beauty\"" },
        { "rater,image,system,scale,value\nx,9.jpg,a,fluency,5\n",
          "line 2: the study has no image \"9.jpg\"" },
        { "rater,image,system,scale,value\nx,1.jpg,c,fluency,5\n",
          "line 2: the study has no system \"c\"" },
        { "rater,image,system,scale,value\n,1.jpg,a,fluency,5\n",
          "line 2: the rater has no name" },
        { "rater,image,system,scale,value\nx,1.jpg,a,fluency,5\n"
          "x,1.jpg,a,fluency,5\n", "line 3: a second value" },
        { "rater,image,system,scale,value\nx,1.jpg,a,fluency,5\n",
          "is not rated on all 3 scales" },
        { "rater,image,system,scale,value,kind\nx,1.jpg,a,fluency,5,new\n",
          "line 2: the kind is not usual, check or repeat" },
        { "rater,image,system,scale,value,finished\nx,1.jpg,a,fluency,5,now\n",
          "line 2: expected seconds since 1970" },
        { "rater,image,system,scale,value\n\"x,1.jpg,a,fluency,5\n",
          "a quote is not closed" },
        { "rater,image,system,scale,value\nx\xff,1.jpg,a,fluency,5\n",
          "line 2: is not UTF-8 text" },
    };
    struct ch_study s;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct ch_rate_imported made;
        struct ch_err e = CH_ERR_INIT;

        study_file("rows.csv", bad[i].text);
        assert_true(ch_rate_import(study_path("again"),
                                   study_path("rows.csv"), &made, &e) < 0);
        if (!strstr(e.msg, bad[i].message))
            fail_msg("expected \"%s\", found \"%s\"", bad[i].message, e.msg);
    }
    study_open(&s, study_path("again"));
    assert_int_equal(study_number(&s, "SELECT count(*) FROM task WHERE state = "
                                  "1"), 12);
    assert_int_equal(study_number(&s, "SELECT count(*) FROM rater"), 4);
    ch_study_close(&s);
}

static void a_rater_cannot_judge_a_caption_twice(void **state)
{
    struct ch_rate_imported made;
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    assert_true(ch_rate_import(study_path("again2"), study_path("out.csv"),
                               &made, &e) < 0);
    assert_non_null(strstr(e.msg, "judged one of the captions already"));
}

/* ---------------------------------------------------------------- reports */

static void reports_are_whole_and_escaped(void **state)
{
    static const char *const names[] = { "known", "pairs", "careful" };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct ch_buffer text = { 0 }, json = { 0 }, html = { 0 };
        struct ch_err e = CH_ERR_INIT;
        struct ch_json *parsed;
        struct told t;

        tell(&t, study_path(names[i]), 0);
        ch_rate_report_text(&text, &t.result);
        ch_rate_report_json(&json, &t.result, &t.study);
        ch_rate_report_html(&html, &t.result, &t.study);
        assert_null(strstr(text.at, "nan"));
        assert_null(strstr(html.at, "nan"));
        assert_int_equal(ch_json_parse(&parsed, json.at, json.size, "report",
                                       &e), 0);
        assert_string_equal(ch_json_text(ch_json_get(parsed, "title"), ""),
                            "A <study>");
        ch_json_close(parsed);
        assert_null(strstr(html.at, "A <study>"));
        assert_non_null(strstr(html.at, "A &lt;study&gt;"));
        assert_null(strstr(html.at, "http"));
        ch_buffer_release(&text);
        ch_buffer_release(&json);
        ch_buffer_release(&html);
        forget(&t);
    }
}

static void a_study_nobody_answered_has_a_report(void **state)
{
    char *text = report(make("empty", CH_RATE_SCALES, 0, 0), NULL);

    (void)state;
    assert_non_null(strstr(text, "\"ratings\":0"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(means_are_over_photos),
        cmocka_unit_test(wins_are_of_one_rater_on_one_photo),
        cmocka_unit_test(agreement_is_of_captions),
        cmocka_unit_test(raters_are_compared_with_the_others),
        cmocka_unit_test(metrics_are_compared_with_marks),
        cmocka_unit_test(checks_and_repeats_tell_careful_raters),
        cmocka_unit_test(choices_count_for_the_system_not_the_side),
        cmocka_unit_test(ratings_that_are_exported_can_be_imported),
        cmocka_unit_test(bad_tables_are_told_and_change_nothing),
        cmocka_unit_test(a_rater_cannot_judge_a_caption_twice),
        cmocka_unit_test(reports_are_whole_and_escaped),
        cmocka_unit_test(a_study_nobody_answered_has_a_report),
    };

    return cmocka_run_group_tests(tests, setup, scratch_remove);
}
