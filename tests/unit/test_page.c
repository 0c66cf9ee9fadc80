/* test_page.c - a page is whole, safe to open, and shows what it was given */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "page/html.h"
#include "scratch.h"

static char path[5000], picture[5000];

static void put(const char *to, const char *text)
{
    assert_int_equal(ch_file_write(to, text, strlen(text), NULL), 0);
}

static int start(void **state)
{
    if (scratch_make(state))
        return -1;
    snprintf(path, sizeof path, "%s/page.html", scratch);
    snprintf(picture, sizeof picture, "%s/a.jpg", scratch);
    put(picture, "Man");
    return 0;
}

static char *write_page(const char *caption, size_t epochs)
{
    const char *reference[] = { "two dogs" };
    const struct ch_page_photo photo = { picture, caption, reference, 1, 0.5 };
    const struct ch_page_number number = { "CIDEr-D", 0.421 };
    const struct ch_page_epoch epoch[] = {
        { 1, 4, 3.5, 0.25, 1e-3, 800, true },
        { 2, 3, 3.75, 0.125, 5e-4, 900, false },
    };
    const struct ch_page page = { .title = "A & B", .photo = &photo,
                                  .photo_count = 1, .number = &number,
                                  .number_count = 1, .epoch = epoch,
                                  .epoch_count = epochs };
    char *text;
    size_t n;

    assert_int_equal(ch_page_write(&page, path, NULL), 0);
    assert_int_equal(ch_file_read(path, 1 << 20, &text, &n, NULL), 0);
    return text;
}

static void hostile_captions_stay_text(void **state)
{
    char *text = write_page("<script>alert(\"1\")</script>", 0);

    (void)state;
    assert_null(strstr(text, "<script"));
    assert_non_null(strstr(text, "&lt;script&gt;alert(&quot;1&quot;)"));
    free(text);
}

static void pictures_lie_inside_the_page(void **state)
{
    char *text = write_page("a dog", 0);

    (void)state;
    assert_non_null(strstr(text, "data:image/jpeg;base64,TWFu\""));
    assert_non_null(strstr(text, "alt=\"a dog\""));
    free(text);
}

static void a_caption_of_no_words_says_so(void **state)
{
    char *text = write_page("", 0);

    (void)state;
    assert_non_null(strstr(text, "<strong>(no words)</strong>"));
    assert_non_null(strstr(text, "alt=\"(no words)\""));
    free(text);
}

static void scores_and_references_are_shown(void **state)
{
    char *text = write_page("a dog", 0);

    (void)state;
    assert_non_null(strstr(text, "<dt>CIDEr-D</dt><dd>0.421</dd>"));
    assert_non_null(strstr(text, "<li>two dogs</li>"));
    assert_null(strstr(text, "<svg"));
    free(text);
}

static void epochs_become_two_curves(void **state)
{
    char *text = write_page("a dog", 2);

    (void)state;
    assert_non_null(strstr(text, "<polyline class=\"train\""));
    assert_non_null(strstr(text, "<polyline class=\"val\""));
    free(text);
}

static size_t count_of(const char *text, const char *what)
{
    size_t n = 0;

    for (; (text = strstr(text, what)) != NULL; text++)
        n++;
    return n;
}

static void what_a_log_knows_has_a_curve_and_the_best_is_marked(void **state)
{
    char *text = write_page("a dog", 2);

    (void)state;
    assert_non_null(strstr(text, "<h2>CIDEr-D</h2>"));
    assert_non_null(strstr(text, "<h2>Learning rate</h2>"));
    assert_non_null(strstr(text, "<h2>Speed</h2>"));
    assert_int_equal(count_of(text, "<svg"), 4);
    /* At the first epoch: the left end. */
    assert_int_equal(count_of(text, "<line class=\"best\" x1=\"52.0\""), 4);
    free(text);
}

static void what_a_log_does_not_know_has_no_curve(void **state)
{
    const struct ch_page_epoch epoch = { 1, 4, 3.5, NAN, NAN, 800, false };
    struct ch_buffer out = { 0 };

    (void)state;
    ch_html_curves(&out, &epoch, 1);
    assert_int_equal(count_of(out.at, "<svg"), 2);
    assert_null(strstr(out.at, "CIDEr"));
    assert_null(strstr(out.at, "class=\"best\""));
    assert_null(strstr(out.at, "nan"));
    ch_buffer_release(&out);
}

static void a_line_that_is_being_written_is_left_out(void **state)
{
    struct ch_page_epoch *epoch;
    char log[5000];
    size_t count;

    (void)state;
    snprintf(log, sizeof log, "%s/log.jsonl", scratch);
    put(log, "{\"kind\":\"epoch\",\"epoch\":1,\"train_loss\":4.5,"
        "\"val_loss\":3.25,\"cider_d\":0.5,\"best\":true}\n{\"kind\":");
    assert_int_equal(ch_page_read_log(log, &epoch, &count, NULL), 0);
    assert_int_equal(count, 1);
    assert_true(epoch[0].cider_d == 0.5 && epoch[0].is_best);
    assert_true(isnan(epoch[0].rate));
    free(epoch);
}

static void a_missing_picture_is_named_and_no_page_written(void **state)
{
    const struct ch_page_photo photo = { "gone.jpg", "a", NULL, 0, NAN };
    const struct ch_page page = { .title = "t", .photo = &photo,
                                  .photo_count = 1 };
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    remove(path);
    assert_int_equal(ch_page_write(&page, path, &e), CH_EIO);
    assert_non_null(strstr(e.msg, "gone.jpg"));
    assert_false(ch_file_exists(path));
}

static void base64_pads_what_is_left_over(void **state)
{
    struct ch_buffer out = { 0 };

    (void)state;
    ch_html_base64(&out, "Ma", 2);
    ch_html_base64(&out, "M", 1);
    assert_string_equal(out.at, "TWE=TQ==");
    ch_buffer_release(&out);
}

static void a_log_gives_its_epochs(void **state)
{
    struct ch_page_epoch *epoch;
    char log[5000];
    size_t count;

    (void)state;
    snprintf(log, sizeof log, "%s/log.jsonl", scratch);
    put(log, "{\"kind\":\"settings\"}\n{\"kind\":\"epoch\",\"epoch\":1,"
        "\"train_loss\":4.5,\"val_loss\":3.25}\n");
    assert_int_equal(ch_page_read_log(log, &epoch, &count, NULL), 0);
    assert_int_equal(count, 1);
    assert_true(epoch[0].val_loss == 3.25);
    free(epoch);
}

static void a_broken_log_line_is_named(void **state)
{
    struct ch_page_epoch *epoch;
    struct ch_err e = CH_ERR_INIT;
    char log[5000];
    size_t count;

    (void)state;
    snprintf(log, sizeof log, "%s/log.jsonl", scratch);
    put(log, "{\"kind\":\"settings\"}\n{\"kind\":\n");
    assert_int_equal(ch_page_read_log(log, &epoch, &count, &e), CH_EFORMAT);
    assert_non_null(strstr(e.msg, "line 2: "));
    assert_null(epoch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_captions_stay_text),
        cmocka_unit_test(pictures_lie_inside_the_page),
        cmocka_unit_test(a_caption_of_no_words_says_so),
        cmocka_unit_test(scores_and_references_are_shown),
        cmocka_unit_test(epochs_become_two_curves),
        cmocka_unit_test(
            what_a_log_knows_has_a_curve_and_the_best_is_marked),
        cmocka_unit_test(what_a_log_does_not_know_has_no_curve),
        cmocka_unit_test(a_line_that_is_being_written_is_left_out),
        cmocka_unit_test(a_missing_picture_is_named_and_no_page_written),
        cmocka_unit_test(base64_pads_what_is_left_over),
        cmocka_unit_test(a_log_gives_its_epochs),
        cmocka_unit_test(a_broken_log_line_is_named),
    };

    return cmocka_run_group_tests_name("page", tests, start, scratch_remove);
}
