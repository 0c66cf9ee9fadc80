/* test_source.c - the list of images that every annotation reader fills */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/spill.h"
#include "data/source.h"
#include "scratch.h"

static size_t add(struct ch_source *s, const char *file, enum ch_split split)
{
    size_t index = SIZE_MAX;

    assert_int_equal(ch_source_image(s, file, strlen(file), 7, split, &index,
                                     NULL), 0);
    return index;
}

static void an_image_is_made_once(void **state)
{
    struct ch_source s = { 0 };

    (void)state;
    assert_int_equal(add(&s, "a.jpg", CH_SPLIT_TRAIN), 0);
    assert_int_equal(add(&s, "b.jpg", CH_SPLIT_VAL), 1);
    assert_int_equal(add(&s, "a.jpg", CH_SPLIT_VAL), 0);
    assert_int_equal(s.image_count, 2);
    assert_int_equal(s.image[0].split, CH_SPLIT_TRAIN);
    assert_int_equal(s.image[1].id, 7);
    ch_source_release(&s);
}

static void many_images_are_found_in_their_order(void **state)
{
    struct ch_source s = { 0 };
    char file[32];
    size_t index;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        snprintf(file, sizeof file, "%d.jpg", i);
        assert_int_equal(add(&s, file, CH_SPLIT_TRAIN), i);
    }
    for (int i = 0; i < 1000; i++) {
        snprintf(file, sizeof file, "%d.jpg", i);
        assert_int_equal(ch_source_find(&s, file, strlen(file), &index), 1);
        assert_int_equal(index, i);
        assert_string_equal(s.image[i].file, file);
    }
    ch_source_release(&s);
}

static void nothing_is_found_in_an_empty_list(void **state)
{
    struct ch_source s = { 0 };
    size_t index;

    (void)state;
    assert_int_equal(ch_source_find(&s, "a", 1, &index), 0);
    ch_source_release(&s);
}

static void captions_are_kept_as_written(void **state)
{
    struct ch_source s = { 0 };
    size_t a = add(&s, "a.jpg", CH_SPLIT_TRAIN);

    (void)state;
    for (int i = 0; i < 40; i++)
        assert_int_equal(ch_source_caption(&s, a, " A Dog. rest", 7, NULL), 0);
    assert_int_equal(s.image[a].caption_count, 40);
    assert_string_equal(s.image[a].caption[39], " A Dog.");
    assert_int_equal(s.captions_read, 40);
    ch_source_release(&s);
}

static void what_is_skipped_has_a_reason(void **state)
{
    struct ch_source s = { 0 };

    (void)state;
    for (int i = 0; i < 40; i++)
        assert_int_equal(ch_source_skip(&s, "a.jpg", "not there", NULL), 0);
    assert_int_equal(s.skip_count, 40);
    assert_string_equal(s.skip[39].what, "a.jpg");
    assert_string_equal(s.skip[39].reason, "not there");
    ch_source_release(&s);
}

static void texts_of_any_length_are_kept(void **state)
{
    static char large[3 << 20];
    struct ch_source s = { 0 };
    size_t a = add(&s, "a.jpg", CH_SPLIT_TRAIN);

    (void)state;
    memset(large, 'x', sizeof large);
    for (size_t n = 1; n <= sizeof large; n = 3 * n + 1)
        assert_int_equal(ch_source_caption(&s, a, large, n, NULL), 0);
    for (size_t c = 0, n = 1; n <= sizeof large; n = 3 * n + 1, c++)
        assert_int_equal(strlen(s.image[a].caption[c]), n);
    ch_source_release(&s);
}

static void an_image_is_placed_as_the_rule_says(void **state)
{
    const struct ch_split_rule given = { .by = CH_SPLIT_GIVEN };
    struct ch_err e = CH_ERR_INIT;
    struct ch_source s = { 0 };
    size_t index;

    (void)state;
    assert_int_equal(ch_source_place(&s, &given, "a", 1, 5, CH_SPLIT_TEST,
                                     &index, &e), 1);
    assert_int_equal(s.image[index].split, CH_SPLIT_TEST);
    assert_int_equal(ch_source_place(&s, &given, "a", 1, 5, CH_SPLIT_TEST,
                                     &index, &e), 1);
    assert_int_equal(s.image_count, 1);
    assert_int_equal(ch_source_place(&s, &given, "a", 1, 5, CH_SPLIT_VAL,
                                     &index, &e), CH_EFORMAT);
    assert_string_equal(e.msg, "a is in split test already; an image belongs "
                        "to one split");
    ch_source_release(&s);
}

/* As large as it takes for every part to be mapped, and moved. */
static void a_list_in_a_spill_is_the_same_list(void **state)
{
    enum { N = 30000 };
    struct ch_source s = { 0 };
    struct ch_err e = CH_ERR_INIT;
    char file[64];
    size_t index;

    (void)state;
    if (ch_spill_open(&s.spill, scratch, &e))
        fail_msg("%s", e.msg);
    for (int i = 0; i < N; i++) {
        snprintf(file, sizeof file, "folder/%d.jpg", i);
        assert_int_equal(add(&s, file, CH_SPLIT_TRAIN), i);
        for (int c = 0; c <= i % 7; c++)
            assert_int_equal(ch_source_caption(&s, (size_t)i, file + c, 6,
                                               &e), 0);
        if (i % 2)
            assert_int_equal(ch_source_skip(&s, file, "odd", &e), 0);
    }
    for (int i = 0; i < N; i++) {
        snprintf(file, sizeof file, "folder/%d.jpg", i);
        assert_int_equal(ch_source_find(&s, file, strlen(file), &index), 1);
        assert_int_equal(index, i);
        assert_string_equal(s.image[i].file, file);
        assert_int_equal(s.image[i].caption_count, i % 7 + 1);
        for (int c = 0; c <= i % 7; c++)
            assert_memory_equal(s.image[i].caption[c], file + c, 6);
        if (i % 2)
            assert_string_equal(s.skip[i / 2].what, file);
    }
    ch_source_release(&s);
}

static void release_leaves_an_empty_list(void **state)
{
    struct ch_source s = { 0 };

    (void)state;
    add(&s, "a.jpg", CH_SPLIT_TRAIN);
    ch_source_release(&s);
    assert_int_equal(s.image_count, 0);
    assert_int_equal(add(&s, "b.jpg", CH_SPLIT_TRAIN), 0);
    ch_source_release(&s);
    ch_source_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_image_is_made_once),
        cmocka_unit_test(many_images_are_found_in_their_order),
        cmocka_unit_test(nothing_is_found_in_an_empty_list),
        cmocka_unit_test(captions_are_kept_as_written),
        cmocka_unit_test(what_is_skipped_has_a_reason),
        cmocka_unit_test(texts_of_any_length_are_kept),
        cmocka_unit_test(an_image_is_placed_as_the_rule_says),
        cmocka_unit_test(a_list_in_a_spill_is_the_same_list),
        cmocka_unit_test(release_leaves_an_empty_list),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
