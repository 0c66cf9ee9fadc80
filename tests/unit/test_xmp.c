/* test_xmp.c - what a sidecar says of a picture is read, and added to */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "scratch.h"
#include "use/xmp.h"

#define RDF "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\""
#define DC " xmlns:dc=\"http://purl.org/dc/elements/1.1/\""
#define CORE " xmlns:c=\"http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/\""
#define BODY(more) \
    "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">" RDF ">" more "</rdf:RDF>" \
    "</x:xmpmeta>"
#define ALT(text) \
    "<rdf:Alt><rdf:li xml:lang=\"x-default\">" text "</rdf:li></rdf:Alt>"

static struct ch_err e;

static int look(const char *text)
{
    int found;

    if (ch_xmp_look(text, strlen(text), "t", &found, &e))
        fail_msg("%s", e.msg);
    return found;
}

static struct ch_buffer add(const char *to, const char *text, int *found)
{
    struct ch_buffer out = { 0 };

    if (ch_xmp_add(to, to ? strlen(to) : 0, "t", text, &out, found, &e))
        fail_msg("%s", e.msg);
    return out;
}

static void a_new_sidecar_says_both_in_the_default_language(void **state)
{
    int found;
    struct ch_buffer out = add(NULL, "A \"red\" <b> & \xc3\xa9.", &found);

    (void)state;
    assert_int_equal(found, 0);
    assert_string_equal(
        out.at,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"
        "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\" x:xmptk=\"Chorus\">\n" RDF ">"
        "<rdf:Description" DC
        " xmlns:Iptc4xmpCore=\"http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/\""
        " rdf:about=\"\"><dc:description>"
        ALT("A \"red\" &lt;b&gt; &amp; \xc3\xa9.") "</dc:description>"
        "<Iptc4xmpCore:AltTextAccessibility>"
        ALT("A \"red\" &lt;b&gt; &amp; \xc3\xa9.")
        "</Iptc4xmpCore:AltTextAccessibility></rdf:Description>\n"
        "</rdf:RDF>\n</x:xmpmeta>\n<?xpacket end=\"w\"?>\n");
    assert_int_equal(look(out.at), CH_XMP_DESCRIPTION | CH_XMP_ALT_TEXT);
    ch_buffer_release(&out);
}

static void what_is_there_is_found_however_it_is_written(void **state)
{
    static const struct {
        const char *text;
        int found;
    } c[] = {
        { BODY(""), 0 },
        { RDF "/>", 0 },
        { BODY("<rdf:Description rdf:about=\"\"/>"), 0 },
        { BODY("<rdf:Description" DC "><dc:description>" ALT("x")
               "</dc:description></rdf:Description>"), CH_XMP_DESCRIPTION },
        { BODY("<rdf:Description" DC " dc:description=\"x\"/>"),
          CH_XMP_DESCRIPTION },
        { BODY("<rdf:Description" DC "><dc:title>x</dc:title>"
               "</rdf:Description>"), 0 },
        /* Another prefix; and another namespace under the usual one. */
        { BODY("<rdf:Description" CORE "><c:AltTextAccessibility>" ALT("x")
               "</c:AltTextAccessibility></rdf:Description>"),
          CH_XMP_ALT_TEXT },
        { BODY("<rdf:Description xmlns:dc=\"urn:x\"><dc:description>x"
               "</dc:description></rdf:Description>"), 0 },
        { BODY("<rdf:Description/><rdf:Description" DC CORE
               "><dc:description/><c:AltTextAccessibility/>"
               "</rdf:Description>"), CH_XMP_DESCRIPTION | CH_XMP_ALT_TEXT },
    };

    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++)
        assert_int_equal(look(c[i].text), c[i].found);
}

static void what_lacks_is_added_and_the_rest_stays(void **state)
{
    static const char before[] =
        "<?xml version=\"1.0\"?><!-- kept -->"
        BODY("<rdf:Description rdf:about=\"uuid:7\"" DC
             " xmlns:lr=\"urn:lr\" lr:rating=\"5\"><dc:description>"
             ALT("of old") "</dc:description></rdf:Description>");
    int found;
    struct ch_buffer out = add(before, "new", &found);

    (void)state;
    assert_int_equal(found, CH_XMP_DESCRIPTION);
    assert_int_equal(look(out.at), CH_XMP_DESCRIPTION | CH_XMP_ALT_TEXT);
    assert_non_null(strstr(out.at, "<!-- kept -->"));
    assert_non_null(strstr(out.at, "lr:rating=\"5\"><dc:description>"
                           ALT("of old") "</dc:description>"));
    assert_non_null(strstr(out.at, "rdf:about=\"uuid:7\">"
                           "<Iptc4xmpCore:AltTextAccessibility>" ALT("new")));
    assert_null(strstr(strstr(out.at, "of old") + 1, "<dc:description>"));
    ch_buffer_release(&out);
}

static void where_nothing_lacks_nothing_is_written(void **state)
{
    int found;
    struct ch_buffer once = add(NULL, "x", &found), twice;

    (void)state;
    twice = add(once.at, "y", &found);
    assert_int_equal(found, CH_XMP_DESCRIPTION | CH_XMP_ALT_TEXT);
    assert_int_equal(twice.size, 0);
    ch_buffer_release(&once);
    ch_buffer_release(&twice);
}

static void what_is_no_xmp_is_refused(void **state)
{
    static const struct {
        const char *text, *words;
    } c[] = {
        { "", "expected XMP, found: line" },
        { "no XML", "expected XMP, found: line 1: Start tag expected" },
        { "<a>\n<b></a>", "expected XMP, found: line 2: " },
        { "<a/>", "expected XMP, found XML with no rdf:RDF" },
        { "<!DOCTYPE a [<!ENTITY b SYSTEM \"/etc/passwd\">]>" RDF ">&b;"
          "</rdf:RDF>", "expected XMP, found XML with a DOCTYPE" },
        { RDF " x=\"\xff\"/>", "expected XMP, found: line 1: " },
    };

    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        struct ch_buffer out = { 0 };
        int found;

        e = (struct ch_err)CH_ERR_INIT;
        assert_int_equal(ch_xmp_look(c[i].text, strlen(c[i].text), "t", &found,
                                     &e), CH_EFORMAT);
        if (!strstr(e.msg, c[i].words) || strchr(e.msg, '\n'))
            fail_msg("%zu: %s", i, e.msg);
        assert_int_equal(ch_xmp_add(c[i].text, strlen(c[i].text), "t", "x",
                                    &out, &found, &e), CH_EFORMAT);
        assert_int_equal(out.size, 0);
    }
}

static void the_library_prints_nothing_of_its_own(void **state)
{
    static const char text[] = "<?xml version='1.0' encoding='ISO-2022-JP'?>"
                               "<a>\x1b$B\xff\xff</a>";
    static struct capture c;
    int found;

    (void)state;
    capture_start(&c, STDERR_FILENO);
    assert_int_equal(ch_xmp_look(text, sizeof text - 1, "t", &found, &e),
                     CH_EFORMAT);
    assert_string_equal(capture_stop(&c), "");
}

static void texts_that_xml_cannot_hold_are_known(void **state)
{
    (void)state;
    assert_true(ch_xmp_can_hold(""));
    assert_true(ch_xmp_can_hold("A dog.\tTwo\r\n\xf0\x9f\x90\x95"));
    assert_false(ch_xmp_can_hold("a\x01"));
    assert_false(ch_xmp_can_hold("\x1b[1m"));
    assert_false(ch_xmp_can_hold("\xef\xbf\xbf"));
    assert_false(ch_xmp_can_hold("\xff"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_sidecar_says_both_in_the_default_language),
        cmocka_unit_test(what_is_there_is_found_however_it_is_written),
        cmocka_unit_test(what_lacks_is_added_and_the_rest_stays),
        cmocka_unit_test(where_nothing_lacks_nothing_is_written),
        cmocka_unit_test(what_is_no_xmp_is_refused),
        cmocka_unit_test(the_library_prints_nothing_of_its_own),
        cmocka_unit_test(texts_that_xml_cannot_hold_are_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
