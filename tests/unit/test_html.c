/* test_html.c - text, pictures and bytes in a page */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/html.h"

static void check_text(const char *text, const char *expected)
{
    struct ch_buffer out = { 0 };

    ch_html_text(&out, text);
    ch_buffer_put(&out, "", 1);
    assert_string_equal(out.at, expected);
    ch_buffer_release(&out);
}

static void text_is_no_markup(void **state)
{
    (void)state;
    check_text("", "");
    check_text("a <b> & \"c\" 'd'",
               "a &lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;");
    check_text("caf\xc3\xa9", "caf\xc3\xa9");
}

static void bytes_that_are_no_text_are_replaced(void **state)
{
    (void)state;
    check_text("a\xff<", "a\xef\xbf\xbd&lt;");
    check_text("\xc3", "\xef\xbf\xbd");
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

static void pictures_are_told_by_their_bytes(void **state)
{
    (void)state;
    assert_string_equal(ch_html_picture_type("\xff\xd8\xff\xe0", 4),
                        "image/jpeg");
    assert_string_equal(ch_html_picture_type("\x89PNG\r\n\x1a\n", 8),
                        "image/png");
    assert_string_equal(ch_html_picture_type("RIFF....WEBP", 12),
                        "image/webp");
    assert_null(ch_html_picture_type("<svg onload=x>", 14));
    assert_null(ch_html_picture_type("root:x:0:0:", 11));
    assert_null(ch_html_picture_type("", 0));
}

static void a_picture_is_its_bytes(void **state)
{
    struct ch_buffer out = { 0 };

    (void)state;
    ch_html_source(&out, "\x89PNG\r\n\x1a\n", 8);
    ch_buffer_put(&out, "", 1);
    assert_string_equal(out.at, "src=\"data:image/png;base64,iVBORw0KGgo=\"");
    ch_buffer_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_no_markup),
        cmocka_unit_test(bytes_that_are_no_text_are_replaced),
        cmocka_unit_test(base64_pads_what_is_left_over),
        cmocka_unit_test(pictures_are_told_by_their_bytes),
        cmocka_unit_test(a_picture_is_its_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
