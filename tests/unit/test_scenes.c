/* test_scenes.c - synthetic scenes: the same again, true, and varied */
#include "../../data-prep/scenes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SCENES = 600 };

static void release(struct ch_buffer caption[SCENE_CAPTIONS])
{
    for (size_t i = 0; i < SCENE_CAPTIONS; i++)
        ch_buffer_release(&caption[i]);
}

static struct scene_canvas *paint(uint64_t seed, uint32_t number)
{
    struct scene_canvas *c = calloc(1, sizeof *c);
    struct scene s;

    assert_non_null(c);
    ch_scenes_plan_make(&s, seed, number);
    ch_scenes_paint_scene(&s, seed, number, c);
    return c;
}

static void a_scene_is_painted_the_same_again(void **state)
{
    struct scene_canvas *a = paint(7, 3), *b = paint(7, 3);

    (void)state;
    assert_memory_equal(a, b, sizeof *a);
    free(a);
    free(b);
}

static void another_seed_paints_another_scene(void **state)
{
    struct scene_canvas *a = paint(7, 3), *b = paint(8, 3);

    (void)state;
    assert_int_not_equal(memcmp(a, b, sizeof *a), 0);
    free(a);
    free(b);
}

static void the_five_captions_of_a_scene_differ(void **state)
{
    (void)state;
    for (uint32_t n = 0; n < SCENES; n++) {
        struct ch_buffer caption[SCENE_CAPTIONS] = { 0 };
        struct scene s;

        ch_scenes_plan_make(&s, 1, n);
        ch_scenes_words_captions(&s, 1, n, caption);
        for (size_t i = 0; i < SCENE_CAPTIONS; i++)
            for (size_t j = 0; j < i; j++)
                assert_string_not_equal(caption[i].at, caption[j].at);
        release(caption);
    }
}

static void a_caption_is_one_clean_sentence(void **state)
{
    (void)state;
    for (uint32_t n = 0; n < SCENES; n++) {
        struct ch_buffer caption[SCENE_CAPTIONS] = { 0 };
        struct scene s;

        ch_scenes_plan_make(&s, 1, n);
        ch_scenes_words_captions(&s, 1, n, caption);
        for (size_t i = 0; i < SCENE_CAPTIONS; i++) {
            const char *text = caption[i].at;

            assert_in_range(text[0], 'A', 'Z');
            assert_int_equal(text[caption[i].size - 1], '.');
            assert_null(strchr(text, '%'));
            assert_null(strchr(text, '\t'));
            assert_null(strstr(text, "  "));
            assert_null(strstr(text, " a o"));   /* an orange ball */
        }
        release(caption);
    }
}

static void boats_are_only_at_sea(void **state)
{
    (void)state;
    for (uint32_t n = 0; n < SCENES; n++) {
        struct scene s;

        ch_scenes_plan_make(&s, 1, n);
        if (s.a.kind == SCENE_BOAT
            || (s.b.count && s.b.kind == SCENE_BOAT))
            assert_int_equal(s.setting, SCENE_SEA);
    }
}

static void every_kind_setting_and_relation_occurs(void **state)
{
    unsigned kinds = 0, settings = 0, relations = 0;

    (void)state;
    for (uint32_t n = 0; n < SCENES; n++) {
        struct scene s;

        ch_scenes_plan_make(&s, 1, n);
        kinds |= 1u << s.a.kind;
        settings |= 1u << s.setting;
        relations |= 1u << s.relation;
    }
    assert_int_equal(kinds, (1u << SCENE_KIND_COUNT) - 1);
    assert_int_equal(settings, (1u << SCENE_SETTINGS) - 1);
    assert_int_equal(relations, (1u << (SCENE_ABOVE + 1)) - 1);
}

static void a_large_thing_is_seen_where_it_was_not(void **state)
{
    struct scene s = { .setting = SCENE_MEADOW,
                       .a = { SCENE_BALL, SCENE_RED, SCENE_LARGE, 1 } };
    struct scene_canvas *c = calloc(1, sizeof *c);
    size_t red = 0;

    (void)state;
    assert_non_null(c);
    ch_scenes_paint_scene(&s, 1, 1, c);
    for (size_t y = 0; y < SCENE_HEIGHT; y++)
        for (size_t x = 0; x < SCENE_WIDTH; x++)
            red += c->pixel[y][x].r > 0.5f && c->pixel[y][x].g < 0.3f;
    /* A ball 57 pixels wide has 2,550; its dark edge and highlight do not
     * count as red. */
    assert_in_range(red, 1000, 2600);
    free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_scene_is_painted_the_same_again),
        cmocka_unit_test(another_seed_paints_another_scene),
        cmocka_unit_test(the_five_captions_of_a_scene_differ),
        cmocka_unit_test(a_caption_is_one_clean_sentence),
        cmocka_unit_test(boats_are_only_at_sea),
        cmocka_unit_test(every_kind_setting_and_relation_occurs),
        cmocka_unit_test(a_large_thing_is_seen_where_it_was_not),
    };

    return cmocka_run_group_tests_name("scenes", tests, NULL, NULL);
}
