/* test_maps.c - pages that show where each word looks */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/file.h"
#include "caption/maps.h"
#include "scratch.h"

static const char squash[] = "{\"input\":{\"size\":8,\"resize\":\"squash\"}}";
static const char crop[] = "{\"input\":{\"size\":224,\"resize\":\"crop\","
                           "\"shorter\":256}}";
static const char *const words[] = { "a", "<b>" };
static const float looks[] = { 0.5f, 0.25f, 0.25f, 0, 0, 0, 0, 0 };
static char key[] = "deep/a photo.jpg";

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;

    for (; (text = strstr(text, part)); text++)
        count++;
    return count;
}

static char *page(const char *encoder, const char *file)
{
    const struct ch_caption_item item = { .number = 17, .key = key };
    struct ch_caption_result r = {
        .key = key, .caption = "a <b>", .word_count = 2, .word = words,
        .places = 4, .attention = looks
    };
    struct ch_err e = CH_ERR_INIT;
    struct ch_maps m;
    char *text = NULL;
    size_t n;

    if (ch_maps_view(&r.view, encoder, &e) ||
        ch_maps_open(&m, scratch_path("maps"), &e) ||
        ch_maps_write(&m, &item, &r, &e) ||
        ch_file_read(scratch_path(file), 1 << 20, &text, &n, &e))
        fail_msg("%s", e.msg);
    return text;
}

static void a_word_is_a_tile_of_places(void **state)
{
    char *text = page(squash, "maps/000017-a photo.html");

    (void)state;
    assert_int_equal(count_of(text, "<figure>"), 2);
    assert_int_equal(count_of(text, "<rect"), 8);
    assert_int_equal(count_of(text, "opacity=\"0.000\""), 1);   /* the most */
    assert_int_equal(count_of(text, "opacity=\"0.400\""), 2);
    assert_int_equal(count_of(text, "opacity=\"0.800\""), 5);
    assert_int_equal(count_of(text, "&lt;b&gt;"), 3);
    assert_int_equal(count_of(text, "alt=\"where it looked for &lt;b&gt;\""),
                     1);
    assert_int_equal(count_of(text, "deep/a%20photo.jpg"), 2);
    assert_int_equal(count_of(text, "width:224px;height:224px;object-fit:fill"),
                     2);
    free(text);
}

static void what_was_cut_off_lies_outside_of_the_tile(void **state)
{
    char *text = page(crop, "maps/000017-a photo.html");

    (void)state;
    assert_int_equal(count_of(text,
                              "width:256px;height:256px;object-fit:cover"), 2);
    free(text);
}

static void without_attention_there_is_no_page(void **state)
{
    const struct ch_caption_item item = { .number = 3, .key = key };
    struct ch_caption_result r = { .key = key, .caption = "a" };
    struct ch_err e = CH_ERR_INIT;
    struct ch_maps m;

    (void)state;
    assert_int_equal(ch_maps_open(&m, scratch_path("none"), &e), 0);
    assert_int_equal(ch_maps_write(&m, &item, &r, &e), 0);
    assert_false(ch_file_exists(scratch_path("none/000003-a photo.html")));
    r.word = words;
    r.attention = looks;
    r.places = 3;
    assert_int_equal(ch_maps_write(&m, &item, &r, &e), CH_EUSAGE);
    assert_non_null(strstr(e.msg, "3 places, which make no square"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_word_is_a_tile_of_places),
        cmocka_unit_test(what_was_cut_off_lies_outside_of_the_tile),
        cmocka_unit_test(without_attention_there_is_no_page),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
