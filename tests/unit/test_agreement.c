/* test_agreement.c - metrics against ratings */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "base/file.h"
#include "chorus/agreement.h"
#include "scratch.h"

static const char captions[] =
    "a.jpg#0\tA dog runs on grass .\na.jpg#1\tthe dog runs\n"
    "b.jpg#0\tTwo cats sleep\nb.jpg#1\tcats asleep in a bed\n"
    "c.jpg#0\tA dog sleeps\nc.jpg#1\ta dog in a bed\n";

static int run_ratings(const char *ratings, struct ch_agreement *out,
                       struct ch_err *e)
{
    static const struct ch_score_options simple = {
        .rule = CH_TOKENS_simple
    };
    const char *references = scratch_path("captions");
    const char *path = scratch_path("ratings");

    assert_int_equal(ch_file_write(references, captions, strlen(captions), e),
                     0);
    assert_int_equal(ch_file_write(path, ratings, strlen(ratings), e), 0);
    return ch_agreement_run(out, path, references, &simple, e);
}

/* ROUGE-L of "two cats sleep" for a is 0 and of "a dog sleeps" 2.44 * 2/3 /
 * (1 + ...) > 0; for b "a dog in a bed" has three words of five.  People see
 * it so, too, with a tie: of the nine pairs of rows all are ordered alike. */
static void metrics_and_people_who_agree_have_one(void **state)
{
    struct ch_agreement a;
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    assert_int_equal(run_ratings("a.jpg\tb.jpg#0\t1\t1\t1\n"
                                 "a.jpg\tc.jpg#0\t2\t2\t2\n"
                                 "b.jpg\tc.jpg#1\t3\t3\t3\n", &a, &e), 0);
    assert_int_equal(a.pairs, 3);
    assert_int_equal(a.rows, 9);
    assert_int_equal(a.skipped, 0);
    assert_true(fabs(a.tau_b[CH_METRIC_rouge_l] - 1) < 1e-14);
    assert_true(fabs(a.tau_c[CH_METRIC_rouge_l] - 1) < 1e-14);
    assert_false(a.has[CH_METRIC_meteor]);
}

static void captions_among_the_references_are_skipped(void **state)
{
    struct ch_agreement a;
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    assert_int_equal(run_ratings("a.jpg\ta.jpg#1\t4\t4\t4\n"
                                 "a.jpg\tb.jpg#0\t4\t1\t1\r\n\n"
                                 "b.jpg\tc.jpg#1\t1\t3\t3\n", &a, &e), 0);
    assert_int_equal(a.pairs, 2);
    assert_int_equal(a.skipped, 1);
    /* Rows (0; 4, 1, 1) and (s; 1, 3, 3): of the nine pairs with different
     * scores four rise, three fall and two are tied in the rating; pairs with
     * different ratings are 11. */
    assert_true(fabs(a.tau_b[CH_METRIC_rouge_l] -
                     (4 - 3) / sqrt(9) / sqrt(11)) < 1e-14);
}

static void what_is_no_rating_is_refused(void **state)
{
    static const struct { const char *text, *words; int code; } bad[] = {
        { "", "expected ratings, found none", CH_EFORMAT },
        { "a.jpg\n", "line 1: expected image, tab", CH_EFORMAT },
        { "a.jpg\tb.jpg#0\t\n", "line 1: expected image, tab", CH_EFORMAT },
        { "a.jpg\tb.jpg#0\t1\tx\n", "ratings, found \"x\"", CH_EFORMAT },
        { "a.jpg\tb.jpg#7\t1\n", "line 1: b.jpg#7 is not in ", CH_EUSAGE },
        { "z.jpg\tb.jpg#0\t1\n", "line 1: z.jpg is not in ", CH_EUSAGE },
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct ch_agreement a;
        struct ch_err e = CH_ERR_INIT;
        int rc = run_ratings(bad[i].text, &a, &e);

        if (rc != bad[i].code || !strstr(e.msg, bad[i].words))
            fail_msg("expected \"%s\", found %d \"%s\"", bad[i].words, rc,
                     e.msg);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(metrics_and_people_who_agree_have_one),
        cmocka_unit_test(captions_among_the_references_are_skipped),
        cmocka_unit_test(what_is_no_rating_is_refused),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
