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
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "chorus/page.h"
#include "page/page_run.h"
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
    put(picture, "\xff\xd8\xffMan");
    return 0;
}

static const char settings[] =
    "{\"kind\":\"settings\",\"epochs\":3,\"rate\":0.001,"
    "\"shards\":\"<i>s</i>\"}\n";
static const char other_settings[] =
    "{\"kind\":\"settings\",\"epochs\":3,\"rate\":0.002,"
    "\"shards\":\"<i>s</i>\"}\n";
static const char course[] =
    "{\"kind\":\"step\",\"step\":1,\"epoch\":1,\"loss\":8,\"rate\":0.001,"
    "\"norm\":2,\"words_per_s\":700,\"load_s\":1,\"compute_s\":2,"
    "\"wait_s\":3,\"update_s\":4}\n"
    "{\"kind\":\"ranks\",\"epoch\":1,\"step\":1,\"load_s\":[1,2,3],"
    "\"compute_s\":[4,5,6],\"wait_s\":[7,8,9],\"slowest_rank\":1,"
    "\"slowest_host\":\"<b>n7\"}\n"
    "{\"kind\":\"epoch\",\"epoch\":1,\"step\":1,\"train_loss\":4.5,"
    "\"val_loss\":3.25,\"cider_d\":0.5,\"best\":true}\n"
    "{\"kind\":\"step\",\"step\":2,\"epoch\":2,\"loss\":6,\"rate\":0.0005,"
    "\"norm\":null,\"words_per_s\":800}\n"
    "{\"kind\":\"epoch\",\"epoch\":2,\"step\":2,\"train_loss\":4,"
    "\"val_loss\":3.5,\"cider_d\":0.25,\"best\":false}\n";

/* A run of scratch with this log; its path. */
static char *put_run(const char *name, const char *first, const char *more)
{
    static char folder[2][5000];
    static int turn;
    char log[5100], text[4096];

    turn = !turn;
    snprintf(folder[turn], sizeof *folder, "%s/%s", scratch, name);
    snprintf(log, sizeof log, "%s/log.jsonl", folder[turn]);
    snprintf(text, sizeof text, "%s%s", first, more);
    assert_int_equal(ch_file_folder(folder[turn], NULL), 0);
    put(log, text);
    return folder[turn];
}

static struct ch_page_run *open_run(const char *name, const char *first,
                                    const char *more)
{
    struct ch_page_run *r;

    assert_int_equal(ch_page_run_open(&r, put_run(name, first, more), NULL),
                     0);
    return r;
}

static char *read_page(const struct ch_page *page)
{
    char *text;
    size_t n;

    assert_int_equal(ch_page_write(page, path, NULL), 0);
    assert_int_equal(ch_file_read(path, 1 << 20, &text, &n, NULL), 0);
    return text;
}

static char *write_page(const char *caption)
{
    const char *reference[] = { "two dogs" };
    const struct ch_page_photo photo = { picture, caption, reference, 1, 0.5,
                                         "Best <b>", NULL };
    const struct ch_page_number number = { "CIDEr-D", 0.421, 0.4, 0.44 };

    return read_page(&(struct ch_page) {
        .title = "A & B", .photo = &photo, .photo_count = 1,
        .number = &number, .number_count = 1
    });
}

static char *write_runs(struct ch_page_run *first, struct ch_page_run *second)
{
    struct ch_page_run *const run[] = { first, second };
    char *text = read_page(&(struct ch_page) {
        .title = "Runs", .run = run, .run_count = second ? 2 : 1
    });

    ch_page_run_close(first);
    ch_page_run_close(second);
    return text;
}

static void hostile_captions_stay_text(void **state)
{
    char *text = write_page("<script>alert(\"1\")</script>");

    (void)state;
    assert_null(strstr(text, "<script"));
    assert_non_null(strstr(text, "&lt;script&gt;alert(&quot;1&quot;)"));
    free(text);
}

static void pictures_lie_inside_the_page(void **state)
{
    char *text = write_page("a dog");

    (void)state;
    assert_non_null(strstr(text, "data:image/jpeg;base64,/9j/TWFu\""));
    assert_non_null(strstr(text, "alt=\"a dog\""));
    free(text);
}

static void a_caption_of_no_words_says_so(void **state)
{
    char *text = write_page("");

    (void)state;
    assert_non_null(strstr(text, "<strong>(no words)</strong>"));
    assert_non_null(strstr(text, "alt=\"(no words)\""));
    free(text);
}

static void scores_and_references_are_shown(void **state)
{
    char *text = write_page("a dog");

    (void)state;
    assert_non_null(strstr(text, "<dt>CIDEr-D</dt><dd>0.421</dd>"));
    assert_non_null(strstr(text, "0.400 to 0.440</dd>"));
    assert_non_null(strstr(text, "<h2>Best &lt;b&gt;</h2>"));
    assert_non_null(strstr(text, "<li>two dogs</li>"));
    assert_null(strstr(text, "<svg"));
    free(text);
}

static size_t count_of(const char *text, const char *what)
{
    size_t n = 0;

    for (; (text = strstr(text, what)) != NULL; text++)
        n++;
    return n;
}

static void a_run_becomes_curves_and_its_best_is_marked(void **state)
{
    char *text = write_runs(open_run("run", settings, course), NULL);

    (void)state;
    /* Loss has two lines; CIDEr-D, rate, norm and speed one each. */
    assert_int_equal(count_of(text, "<section class=\"chart\">"), 5);
    assert_int_equal(count_of(text, "<polyline"), 6);
    assert_int_equal(count_of(text, "<polyline class=\"train\""), 4);
    assert_int_equal(count_of(text, "<polyline class=\"val\""), 2);
    assert_null(strstr(text, "BLEU-4</h3>"));
    /* At the first step: the left end; one norm alone has no place for it
     * but its own. */
    assert_int_equal(count_of(text, "class=\"best\" x1=\"58.0\""), 5);
    assert_null(strstr(text, "nan"));
    assert_null(strstr(text, "inf"));
    free(text);
}

static void a_run_tells_results_settings_and_time(void **state)
{
    char *text = write_runs(open_run("run", settings, course), NULL);

    (void)state;
    assert_non_null(strstr(text, "<td>2 of 3</td><td>1</td><td>4.5000</td>"
                           "<td>3.2500</td><td>0.5000</td>"));
    assert_non_null(strstr(text, "<th>rate</th><td>0.001</td>"));
    assert_non_null(strstr(text, "<tr><td>1</td><td>1.0</td><td>2.0</td>"
                           "<td>3.0</td><td>4.0</td>"));
    assert_non_null(strstr(text, "<td>1.0, 2.0, 3.0</td>"));
    free(text);
}

static void hostile_settings_and_hosts_stay_text(void **state)
{
    char *text = write_runs(open_run("<u>", settings, course), NULL);

    (void)state;
    assert_null(strstr(text, "<u>"));
    assert_null(strstr(text, "<i>"));
    assert_null(strstr(text, "<b>"));
    assert_non_null(strstr(text, "&lt;i&gt;s&lt;/i&gt;"));
    assert_non_null(strstr(text, "rank 1, &lt;b&gt;n7"));
    free(text);
}

static void two_runs_are_told_apart_by_what_differs(void **state)
{
    char *text = write_runs(open_run("one", settings, course),
                            open_run("two", other_settings, course));
    char *differ = strstr(text, "<h2>Settings that differ</h2>");
    char *same = strstr(text, "Settings that are the same");

    (void)state;
    assert_non_null(differ);
    assert_non_null(same);
    assert_non_null(strstr(same, "<th>epochs</th><td>3</td><td>3</td>"));
    assert_null(strstr(same, "<th>rate</th>"));
    *same = '\0';
    assert_non_null(strstr(differ, "<th>rate</th><td>0.001</td>"
                           "<td>0.002</td>"));
    assert_null(strstr(differ, "<th>epochs</th><td>"));
    assert_int_equal(count_of(text, "<polyline class=\"c1\""), 2);
    assert_int_equal(count_of(text, "<polyline class=\"c1 soft\""), 4);
    free(text);
}

static void a_run_that_has_just_begun_has_a_page(void **state)
{
    char *text = write_runs(open_run("run", settings, ""), NULL);

    (void)state;
    assert_non_null(strstr(text, "<td>0 of 3</td>"));
    assert_null(strstr(text, "<polyline"));
    free(text);
}

static void a_line_that_is_being_written_is_left_out(void **state)
{
    char *text = write_runs(open_run("run", settings, "{\"kind\":"), NULL);

    (void)state;
    assert_non_null(strstr(text, "<td>0 of 3</td>"));
    free(text);
}

/* --------------------------------------------- captions epoch by epoch */

#define SAID(epoch, image, caption)                                \
    "{\"kind\":\"caption\",\"epoch\":" epoch ",\"step\":1,"           \
    "\"image\":\"" image "\",\"caption\":\"" caption "\"}\n"

static const char said[] =
    SAID("1", "p.jpg", "a <b>") SAID("1", "q.jpg", "")
    SAID("2", "p.jpg", "a dog") SAID("2", "q.jpg", "a cat")
    SAID("3", "p.jpg", "a dog") SAID("3", "q.jpg", "a bird");

static char *write_said(const char *images)
{
    struct ch_page_run *run = open_run("run", settings, said);
    char *text = read_page(&(struct ch_page) {
        .title = "Runs", .run = &run, .run_count = 1, .images = images
    });

    ch_page_run_close(run);
    return text;
}

static void epochs_that_say_the_same_are_one_entry(void **state)
{
    char *text = write_said(NULL), *second;

    (void)state;
    assert_non_null(strstr(text, "<h3>p.jpg</h3>\n<dl class=\"epochs\"><div>"
        "<dt>Epoch 1</dt><dd>a &lt;b&gt;</dd></div>\n<div><dt>Epochs 2 to 3"
        "</dt><dd>a dog</dd></div>\n</dl>"));
    second = strstr(text, "<h3>q.jpg</h3>\n<dl class=\"epochs\"><div><dt>"
        "Epoch 1</dt><dd>(no words)</dd></div>\n<div><dt>Epoch 2</dt><dd>a cat"
        "</dd></div>\n<div><dt>Epoch 3</dt><dd>a bird</dd></div>\n</dl>");
    assert_non_null(second);
    assert_int_equal(count_of(text, "<h3>p.jpg</h3>"), 1);
    assert_null(strstr(text, "<img"));
    assert_non_null(strstr(text, "not found in this folder"));
    free(text);
}

static void photos_are_shown_where_they_are_found(void **state)
{
    char photo[5100], *text;

    (void)state;
    snprintf(photo, sizeof photo, "%s/p.jpg", scratch);
    put(photo, "\xff\xd8\xff!");
    snprintf(photo, sizeof photo, "%s/q.jpg", scratch);
    put(photo, "no picture");
    text = write_said(scratch);
    assert_int_equal(count_of(text, "<img"), 1);
    assert_non_null(strstr(text, "<img alt=\"The photo p.jpg\" "
                           "src=\"data:image/jpeg;base64,/9j/IQ==\">"));
    free(text);
}

static void what_is_no_file_is_not_waited_for(void **state)
{
    char pipe[5100], *text;

    (void)state;
    snprintf(pipe, sizeof pipe, "%s/q.jpg", scratch);
    remove(pipe);
    assert_int_equal(mkfifo(pipe, 0600), 0);
    alarm(60);
    text = write_said(scratch);
    alarm(0);
    assert_int_equal(count_of(text, "<img"), 1);
    remove(pipe);
    free(text);
}

/* The address of the photo on a page that is served. */
static void name_served(struct ch_page_run *run, char out[64])
{
    const struct ch_page page = { .title = "t", .run = &run, .run_count = 1,
                                  .images = scratch };
    struct ch_buffer text = { 0 };
    struct ch_err e = CH_ERR_INIT;
    const char *at;

    assert_int_equal(ch_page_put(&text, &page, true, &e), 0);
    ch_buffer_put(&text, "", 1);
    assert_int_equal(count_of(text.at, "<img"), 1);
    at = strstr(text.at, "src=\"/photo/0/0?");
    assert_non_null(at);
    snprintf(out, 64, "%.*s", (int)strcspn(at + 5, "\""), at + 5);
    ch_buffer_release(&text);
}

static void a_photo_that_is_replaced_has_another_address(void **state)
{
    struct ch_page_run *run = open_run("run", settings, said);
    char photo[5100], first[64], again[64], second[64];

    (void)state;
    snprintf(photo, sizeof photo, "%s/p.jpg", scratch);
    put(photo, "\xff\xd8\xff!");
    name_served(run, first);
    name_served(run, again);
    assert_string_equal(first, again);
    put(photo, "\xff\xd8\xff another");
    name_served(run, second);
    assert_string_not_equal(first, second);
    ch_page_run_close(run);
}

static void lines_without_an_epoch_are_left_out(void **state)
{
    struct ch_page_run *run = open_run("run", settings,
        "{\"kind\":\"caption\",\"image\":\"p.jpg\",\"caption\":\"a\"}\n"
        "{\"kind\":\"step\",\"step\":1,\"epoch\":1,\"loss\":1}\n"
        "{\"kind\":\"ranks\",\"load_s\":[1,2,3]}\n"
        "{\"kind\":\"ranks\",\"epoch\":1,\"wait_s\":[1,2]}\n");
    char *text = write_runs(run, NULL);

    (void)state;
    assert_null(strstr(text, "nan"));
    assert_null(strstr(text, "by epoch"));
    assert_int_equal(count_of(text, "<td>rank 0, </td>"), 1);
    free(text);
}

static void expect_no_page(const char *image, int code, const char *words)
{
    const struct ch_page_photo photo = { .image = image, .caption = "a",
                                         .score = (double)NAN };
    const struct ch_page page = { .title = "t", .photo = &photo,
                                  .photo_count = 1 };
    struct ch_err e = CH_ERR_INIT;

    remove(path);
    assert_int_equal(ch_page_write(&page, path, &e), code);
    assert_non_null(strstr(e.msg, words));
    assert_false(ch_file_exists(path));
}

static void a_page_is_not_written_over_a_log(void **state)
{
    struct ch_page_run *run = open_run("run", settings, "");
    char log[5100];
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    snprintf(log, sizeof log, "%s/run/../run/log.jsonl", scratch);
    assert_int_equal(ch_page_write(&(struct ch_page) {
        .title = "t", .run = &run, .run_count = 1 }, log, &e), CH_EUSAGE);
    assert_non_null(strstr(e.msg, "is the log of a run"));
    assert_int_equal(ch_file_size(log), sizeof settings - 1);
    ch_page_run_close(run);
}

static void what_is_no_picture_is_named_and_no_page_written(void **state)
{
    (void)state;
    expect_no_page("gone.jpg", CH_EIO, "gone.jpg");
    expect_no_page("/etc/passwd", CH_EFORMAT, "/etc/passwd: expected a JPEG");
}

static void expect_refused(const char *folder, int code, const char *words)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_page_run *r;

    assert_int_equal(ch_page_run_open(&r, folder, &e), code);
    assert_null(r);
    assert_non_null(strstr(e.msg, words));
}

static void a_log_that_is_missing_or_broken_is_named(void **state)
{
    (void)state;
    expect_refused("nowhere", CH_EIO, "nowhere/log.jsonl");
    expect_refused(put_run("run", settings, "{\"kind\":\n"), CH_EFORMAT,
                   "line 2: ");
    expect_refused(put_run("run", "", course), CH_EFORMAT,
                   "expected a line of settings");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_captions_stay_text),
        cmocka_unit_test(pictures_lie_inside_the_page),
        cmocka_unit_test(a_caption_of_no_words_says_so),
        cmocka_unit_test(scores_and_references_are_shown),
        cmocka_unit_test(a_run_becomes_curves_and_its_best_is_marked),
        cmocka_unit_test(a_run_tells_results_settings_and_time),
        cmocka_unit_test(hostile_settings_and_hosts_stay_text),
        cmocka_unit_test(two_runs_are_told_apart_by_what_differs),
        cmocka_unit_test(a_run_that_has_just_begun_has_a_page),
        cmocka_unit_test(a_line_that_is_being_written_is_left_out),
        cmocka_unit_test(epochs_that_say_the_same_are_one_entry),
        cmocka_unit_test(photos_are_shown_where_they_are_found),
        cmocka_unit_test(what_is_no_file_is_not_waited_for),
        cmocka_unit_test(a_photo_that_is_replaced_has_another_address),
        cmocka_unit_test(lines_without_an_epoch_are_left_out),
        cmocka_unit_test(a_page_is_not_written_over_a_log),
        cmocka_unit_test(what_is_no_picture_is_named_and_no_page_written),
        cmocka_unit_test(a_log_that_is_missing_or_broken_is_named),
    };

    return cmocka_run_group_tests_name("page", tests, start, scratch_remove);
}
