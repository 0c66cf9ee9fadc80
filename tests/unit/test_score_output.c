/* test_score_output.c - scores as files */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/file.h"
#include "chorus/score_output.h"
#include "scratch.h"

/* Two images with scores that have short digits. */
static double scores[2 * CH_METRIC_COUNT];
static const struct ch_score_item items[2] = {
    { .key = "a.jpg", .caption = "a dog" },
    { .key = "b, \"b\".jpg", .caption = "two\ncats" },
};

static struct ch_scores two_images(void)
{
    struct ch_scores s = { .item = scores, .count = 2 };

    scores[CH_METRIC_bleu_1] = 0.5;
    scores[CH_METRIC_COUNT + CH_METRIC_cider_d] = 0.25;
    s.has[CH_METRIC_bleu_1] = s.has[CH_METRIC_cider_d] = true;
    return s;
}

static void assert_file(const char *path, const char *expected)
{
    struct ch_err e = CH_ERR_INIT;
    char *text;
    size_t n;

    if (ch_file_read(path, 10000, &text, &n, &e))
        fail_msg("%s", e.msg);
    assert_string_equal(text, expected);
    free(text);
}

static void csv_quotes_what_needs_it(void **state)
{
    struct ch_scores s = two_images();
    struct ch_err e = CH_ERR_INIT;
    const char *path = scratch_path("x.csv");

    (void)state;
    assert_int_equal(ch_scores_write_csv(&s, items, path, &e), 0);
    assert_file(path, "image,BLEU-1,CIDEr-D,caption\r\n"
                "a.jpg,0.5,0,a dog\r\n"
                "\"b, \"\"b\"\".jpg\",0,0.25,\"two\ncats\"\r\n");
}

static void json_lines_have_the_metrics_there_are(void **state)
{
    struct ch_scores s = two_images();
    struct ch_err e = CH_ERR_INIT;
    const char *path = scratch_path("x.jsonl");

    (void)state;
    assert_int_equal(ch_scores_write(&s, items, path, &e), 0);
    assert_file(path, "{\"image\":\"a.jpg\",\"BLEU-1\":0.5,\"CIDEr-D\":0}\n"
                "{\"image\":\"b, \\\"b\\\".jpg\",\"BLEU-1\":0,"
                "\"CIDEr-D\":0.25}\n");
}

static void a_file_that_cannot_be_written_is_absent(void **state)
{
    struct ch_scores s = two_images();
    struct ch_err e = CH_ERR_INIT;
    const char *path = scratch_path("none/x.csv");

    (void)state;
    assert_int_equal(ch_scores_write_csv(&s, items, path, &e), CH_EIO);
    assert_false(ch_file_exists(path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_quotes_what_needs_it),
        cmocka_unit_test(json_lines_have_the_metrics_there_are),
        cmocka_unit_test(a_file_that_cannot_be_written_is_absent),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
