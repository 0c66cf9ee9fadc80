/* test_html_image.c - which tags are pictures, and what is changed of a page */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "use/html_image.h"

/* The sources of the images of a page that have no alt, with a space behind
 * each. */
static void sources(const char *page, char *out)
{
    struct ch_html_images h;
    struct ch_html_image image;

    *out = '\0';
    ch_html_image_init(&h, page, strlen(page));
    while (ch_html_image_next(&h, &image)) {
        if (image.alt.at < image.alt.end)
            continue;
        strncat(out, page + image.src.at, image.src.end - image.src.at);
        strcat(out, " ");
    }
}

static void tags_are_cut_as_the_standard_cuts_them(void **state)
{
    static const struct {
        const char *page, *found;
    } c[] = {
        { "<img src=a><IMG SRC='b'/><img\nsrc = \"c\" >", "a b c " },
        { "<img src=a/>", "a/ " },
        { "<img/src=a>", "a " },
        { "<img src=a src=b>", "a " },
        { "<img src=\"a>b\">", "a>b " },
        { "<img src='a'alt=''>", "" },
        { "<img alt src=a><img alt= src=a><img ALT=\"x\">", "" },
        { "<img data-alt=x src=a>", "a " },
        { "<img =alt src=a>", "a " },
        { "<img src=>", " " },
        { "<image src=a><imgs src=b><im src=c>", "" },
        { "< img src=a><img src=b", "" },
        { "<img src=\"a><img src=b>", "" },
        { "<!--<img src=a>--><img src=b>", "b " },
        { "<!--><img src=a>--><!---><img src=b>", "a b " },
        { "<!-- --!><img src=a><!-- > <img src=b>", "a " },
        { "<!doctype html><?x <img src=a>><img src=b>", "b " },
        { "</ <img src=a>><img src=b></><img src=c>", "b c " },
        { "<p title=\"<img src=a>\"><img src=b>", "b " },
        { "</p title=\"<img src=a>\"><img src=b>", "b " },
        { "<script>'<img src=a>'</script ><img src=b>", "b " },
        { "<script></scripts><img src=a></SCRIPT><img src=b>", "b " },
        { "<script><!--<script></script><img src=a>--></script><img src=b>",
          "b " },
        { "<script><!--</script><img src=a>", "a " },
        { "<script><!--><script></script><img src=a>", "a " },
        { "<style><img src=a></style><img src=b>", "b " },
        { "<textarea><img src=a></textarea><img src=b>", "b " },
        { "<title><img src=a></titl></title><img src=b>", "b " },
        { "<noscript><img src=a></noscript>", "a " },
        { "<plaintext><img src=a></plaintext><img src=b>", "" },
        { "<![CDATA[<img src=a>]]><img src=b>", "b " },
        { "<svg><![CDATA[ > <img src=a>]]></svg><img src=b>", "b " },
        { "<svg/><style><img src=a></style><img src=b>", "b " },
        { "<svg><title>x<p><img src=a></svg>", "a " },
        { "<", "" }, { "<i", "" }, { "</", "" }, { "<!", "" }, { "", "" },
        { "<img", "" }, { "<img ", "" }, { "<img src", "" },
        { "<img src=", "" },
    };
    char found[256];

    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        sources(c[i].page, found);
        if (strcmp(found, c[i].found) != 0)
            fail_msg("%s: expected \"%s\", found \"%s\"", c[i].page,
                     c[i].found, found);
    }
}

static void lines_and_decoration_are_told(void **state)
{
    static const char page[] = "<p>\n<img\nrole=none>\n<img aria-hidden=true>"
                               "<img role=img aria-hidden=false>";
    struct ch_html_images h;
    struct ch_html_image image;

    (void)state;
    ch_html_image_init(&h, page, sizeof page - 1);
    assert_int_equal(ch_html_image_next(&h, &image), 1);
    assert_int_equal(image.line, 2);
    assert_true(image.is_decorative);
    assert_int_equal(ch_html_image_next(&h, &image), 1);
    assert_int_equal(image.line, 4);
    assert_true(image.is_decorative);
    assert_int_equal(ch_html_image_next(&h, &image), 1);
    assert_false(image.is_decorative);
    assert_int_equal(ch_html_image_next(&h, &image), 0);
}

static void references_in_values_are_replaced(void **state)
{
    static const char text[] =
        "a&amp;b&lt;&gt;&quot;&apos;&#65;&#x42;&#67 &#;&#x;&#0;&#xd800;"
        "&copy;&amp&#99999999999;";
    struct ch_buffer out = { 0 };

    (void)state;
    ch_html_image_decode(text, sizeof text - 1, &out);
    assert_string_equal(out.at, "a&b<>\"'ABC &#;&#x;\xef\xbf\xbd\xef\xbf\xbd"
                                "&copy;&amp\xef\xbf\xbd");
    ch_buffer_release(&out);
}

static void only_the_alt_text_changes(void **state)
{
    static const struct {
        const char *page, *alt, *found;
    } c[] = {
        { "x<img src=a>y", "A dog.", "x<img alt=\"A dog.\" src=a>y" },
        { "<img>", "A", "<img alt=\"A\">" },
        { "<img/>", "A", "<img alt=\"A\"/>" },
        { "<img alt src=a>", "A", "<img alt=\"A\" src=a>" },
        { "<img ALT = '' src=a>", "A", "<img alt=\"A\" src=a>" },
        { "<img alt=\"\"src=a>", "A", "<img alt=\"A\"src=a>" },
        { "<img src=a>", "\"<&>\n\xc3\xa9", "<img alt=\"&#34;&#60;&#38;&#62; "
                                            "&#233;\" src=a>" },
        { "\xff\r\n<img\tsrc=\xe9>\xfe", "A",
          "\xff\r\n<img alt=\"A\"\tsrc=\xe9>\xfe" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        struct ch_html_images h;
        struct ch_html_image image;
        struct ch_buffer out = { 0 };
        size_t at;

        ch_html_image_init(&h, c[i].page, strlen(c[i].page));
        assert_int_equal(ch_html_image_next(&h, &image), 1);
        at = ch_html_image_put(c[i].page, 0, &image, c[i].alt, &out);
        ch_buffer_text(&out, c[i].page + at);
        assert_string_equal(out.at, c[i].found);
        ch_buffer_release(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tags_are_cut_as_the_standard_cuts_them),
        cmocka_unit_test(lines_and_decoration_are_told),
        cmocka_unit_test(references_in_values_are_replaced),
        cmocka_unit_test(only_the_alt_text_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
