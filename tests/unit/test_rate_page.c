/* test_rate_page.c - pages show hostile captions as text */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "rate/rate_page.h"

static const struct ch_study study = { .mode = CH_RATE_SCALES,
                                       .title = "<b>A & B</b>" };
static const struct ch_study pairs = { .mode = CH_RATE_PAIRS, .title = "P" };
static const struct ch_answer_rater rater = { .id = 1, .has_started = true,
                                              .done = 2, .skipped = 1,
                                              .all = 10 };

static struct ch_buffer task_page(const struct ch_study *s, const char *first,
                                  const char *second, bool is_short)
{
    const struct ch_rate_page p = { s, "tokentokentokentokentoken1", &rater };
    struct ch_answer_task t = { .id = 7, .photo = 3, .mark = { 0, 4, 0 } };
    struct ch_buffer out = { 0 };

    ch_buffer_text(&t.first, first);
    ch_buffer_text(&t.second, second);
    ch_rate_page_task(&out, &p, &t, is_short);
    ch_answer_release(&t);
    return out;
}

static size_t count(const char *text, const char *part)
{
    size_t n = 0;

    for (const char *at = text; (at = strstr(at, part)) != NULL; at++)
        n++;
    return n;
}

static void hostile_captions_are_text(void **state)
{
    struct ch_buffer b = task_page(&study, "</p><script>alert('1')</script> "
                                   "\" onload=x & \xff", "", false);

    (void)state;
    assert_null(strstr(b.at, "<script>alert"));
    assert_null(strstr(b.at, "\" onload"));
    assert_null(strstr(b.at, "<b>A"));
    assert_null(strchr(b.at, '\xff'));
    assert_non_null(strstr(b.at, "&lt;/p&gt;&lt;script&gt;alert(&#39;1&#39;)"
                           "&lt;/script&gt; &quot; onload=x &amp; "
                           "\xef\xbf\xbd"));
    ch_buffer_release(&b);
}

static void every_question_has_a_legend_and_labels(void **state)
{
    struct ch_buffer b = task_page(&study, "a dog", "", false);

    (void)state;
    assert_int_equal(count(b.at, "<fieldset"), 3);
    assert_int_equal(count(b.at, "<legend>"), 3);
    assert_int_equal(count(b.at, "type=\"radio\""), 15);
    assert_int_equal(count(b.at, "<label><input type=\"radio\""), 15);
    assert_int_equal(count(b.at, " checked"), 1);
    assert_non_null(strstr(b.at, "name=\"q1\" value=\"4\" required checked"));
    assert_non_null(strstr(b.at, "<html lang=\"en\">"));
    assert_non_null(strstr(b.at, "Caption 4 of 10"));
    assert_int_equal(count(b.at, "<img "), count(b.at, " alt=\""));
    assert_null(strstr(b.at, "role=\"alert\""));
    /* The policy of the server allows none of these. */
    assert_null(strstr(b.at, "style=\""));
    assert_null(strstr(b.at, "onclick"));
    assert_null(strstr(b.at, "http:"));
    ch_buffer_release(&b);
}

static void a_pair_is_one_question_and_names_no_system(void **state)
{
    struct ch_buffer b = task_page(&pairs, "a dog", "a cat", true);

    (void)state;
    assert_int_equal(count(b.at, "<fieldset"), 1);
    assert_int_equal(count(b.at, "type=\"radio\""), 3);
    assert_non_null(strstr(b.at, "a cat"));
    assert_non_null(strstr(b.at, "role=\"alert\""));
    ch_buffer_release(&b);
}

static void an_empty_caption_is_told(void **state)
{
    struct ch_buffer b = task_page(&study, "", "", false);

    (void)state;
    assert_non_null(strstr(b.at, "<em>(no words)</em>"));
    ch_buffer_release(&b);
}

static void other_pages_escape_too(void **state)
{
    const struct ch_rate_page p = { &study, "t", &rater };
    struct ch_buffer b = { 0 };

    (void)state;
    ch_rate_page_intro(&b, &p);
    ch_rate_page_end(&b, &p);
    ch_rate_page_plain(&b, "<i>", "<u>");
    assert_null(strstr(b.at, "<b>A"));
    assert_null(strstr(b.at, "<i>"));
    assert_null(strstr(b.at, "<u>"));
    assert_int_equal(count(b.at, "<h1>"), 3);
    ch_buffer_release(&b);
}

/* What moves asks first; both grounds of colour are there. */
static void the_style_heeds_what_readers_ask_for(void **state)
{
    (void)state;
    assert_non_null(strstr(ch_rate_style, "prefers-color-scheme:dark"));
    assert_non_null(strstr(ch_rate_style, "prefers-reduced-motion"));
    assert_int_equal(count(ch_rate_style, "transition:"), 1);
    assert_non_null(strstr(ch_rate_style, ":focus-visible"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_captions_are_text),
        cmocka_unit_test(every_question_has_a_legend_and_labels),
        cmocka_unit_test(a_pair_is_one_question_and_names_no_system),
        cmocka_unit_test(an_empty_caption_is_told),
        cmocka_unit_test(other_pages_escape_too),
        cmocka_unit_test(the_style_heeds_what_readers_ask_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
