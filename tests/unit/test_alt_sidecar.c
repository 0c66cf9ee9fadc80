/* test_alt_sidecar.c - sidecars are found, made, extended, and left alone */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>

#include "base/file.h"
#include "chorus/log.h"
#include "scratch.h"
#include "use/alt_sidecar.h"

#define RDF "<r:RDF xmlns:r=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\""
#define TOLD RDF "><r:Description xmlns:dc=\"http://purl.org/dc/elements/1.1/" \
             "\" dc:description=\"old\"/></r:RDF>"

static char photos[600], out[600];
static struct ch_err e;

static int fresh(void **state)
{
    int rc = scratch_make(state);

    ch_log_setup("test", CH_LOG_ERROR, 0, 1);
    snprintf(photos, sizeof photos, "%s/photos", scratch);
    snprintf(out, sizeof out, "%s/out", scratch);
    return rc || mkdir(photos, 0700);
}

static void put(const char *name, const char *text)
{
    if (ch_file_write(scratch_path(name), text, strlen(text), &e))
        fail_msg("%s", e.msg);
}

static char *text_of(const char *name)
{
    char *text;
    size_t n;

    if (ch_file_read(scratch_path(name), 1 << 20, &text, &n, &e))
        fail_msg("%s", e.msg);
    return text;
}

static int end_of(const char *to, const char *photo, bool extend)
{
    enum ch_alt_sidecar_end end;

    if (ch_alt_sidecar_write(photos, to, photo, "new", extend, &end, &e))
        fail_msg("%s", e.msg);
    return (int)end;
}

static void expect_has(const char *name, const char *words)
{
    char *text = text_of(name);

    if (!strstr(text, words))
        fail_msg("%s has no \"%s\": %s", name, words, text);
    free(text);
}

static void a_new_one_has_the_whole_name_of_the_photo(void **state)
{
    (void)state;
    assert_int_equal(end_of(out, "sub/a.b.jpg", false),
                     CH_ALT_SIDECAR_WRITTEN);
    expect_has("out/sub/a.b.jpg.xmp", ">new</rdf:li>");
    assert_int_equal(end_of(out, "sub/a.b.jpg", false), CH_ALT_SIDECAR_THERE);
    assert_int_equal(end_of(out, "sub/a.b.jpg", true), CH_ALT_SIDECAR_THERE);
}

static void one_that_is_there_is_extended_only_when_asked(void **state)
{
    char *text;

    (void)state;
    put("photos/a.xmp", TOLD);
    assert_int_equal(end_of(photos, "a.jpg", false), CH_ALT_SIDECAR_THERE);
    assert_int_equal(end_of(out, "a.jpg", false), CH_ALT_SIDECAR_THERE);
    text = text_of("photos/a.xmp");
    assert_string_equal(text, TOLD);
    free(text);
    assert_false(ch_file_exists(out));
    /* Under the name it has, in the other folder; the photo's own stays. */
    assert_int_equal(end_of(out, "a.jpg", true), CH_ALT_SIDECAR_EXTENDED);
    expect_has("out/a.xmp", "dc:description=\"old\"");
    expect_has("out/a.xmp", ">new</r:li>");
    text = text_of("photos/a.xmp");
    assert_string_equal(text, TOLD);
    free(text);
    assert_int_equal(end_of(photos, "a.jpg", true), CH_ALT_SIDECAR_EXTENDED);
    expect_has("photos/a.xmp", ">new</r:li>");
}

static void one_that_is_no_xmp_is_left(void **state)
{
    char *text;

    (void)state;
    put("photos/a.jpg.xmp", "no XMP");
    assert_int_equal(end_of(photos, "a.jpg", true), CH_ALT_SIDECAR_BAD);
    text = text_of("photos/a.jpg.xmp");
    assert_string_equal(text, "no XMP");
    free(text);
}

static void what_tells_of_a_photo_is_known(void **state)
{
    (void)state;
    assert_int_equal(ch_alt_sidecar_is_told(photos, "a.jpg", &e), 0);
    put("photos/a.jpg.xmp", RDF "/>");
    assert_int_equal(ch_alt_sidecar_is_told(photos, "a.jpg", &e), 0);
    put("photos/a.jpg.xmp", "no XMP");
    assert_int_equal(ch_alt_sidecar_is_told(photos, "a.jpg", &e), 0);
    put("photos/a.jpg.xmp", TOLD);
    assert_int_equal(ch_alt_sidecar_is_told(photos, "a.jpg", &e), 1);
    put("photos/b.xmp", TOLD);
    assert_int_equal(ch_alt_sidecar_is_told(photos, "b.png", &e), 1);
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, fresh, scratch_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(a_new_one_has_the_whole_name_of_the_photo),
        FRESH(one_that_is_there_is_extended_only_when_asked),
        FRESH(one_that_is_no_xmp_is_left),
        FRESH(what_tells_of_a_photo_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
