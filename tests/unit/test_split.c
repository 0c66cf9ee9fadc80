/* test_split.c - which split an image belongs to */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/file.h"
#include "read_source.h"
#include "scratch.h"

static void names_are_those_of_three_splits(void **state)
{
    enum ch_split split;

    (void)state;
    for (int i = 0; i < CH_SPLIT_COUNT; i++) {
        assert_int_equal(ch_split_find(ch_split_name[i], &split), 1);
        assert_int_equal(split, i);
    }
    assert_int_equal(ch_split_find("dev", &split), 0);
}

static enum ch_split of(const struct ch_split_rule *r, const char *name)
{
    enum ch_split split = CH_SPLIT_COUNT;

    assert_int_equal(ch_split_of(r, name, strlen(name), CH_SPLIT_VAL, &split),
                     1);
    return split;
}

static void fixed_and_given_splits_are_what_they_say(void **state)
{
    (void)state;
    assert_int_equal(of(&ch_split_all[CH_SPLIT_TEST], "a"), CH_SPLIT_TEST);
    assert_int_equal(of(&by_given, "a"), CH_SPLIT_VAL);
}

/* Sets that people have made must never be divided in another way. */
static void a_hash_gives_the_same_split_for_ever(void **state)
{
    static const struct ch_split_rule r = { .by = CH_SPLIT_HASH,
                                            .val_part = 0.3,
                                            .test_part = 0.3 };
    static const struct {
        const char *name;
        enum ch_split split;
    } want[] = {
        { "a.jpg", CH_SPLIT_TEST }, { "b.jpg", CH_SPLIT_VAL },
        { "c.jpg", CH_SPLIT_VAL },
        { "photos/d.jpg", CH_SPLIT_TRAIN }, { "", CH_SPLIT_TEST },
    };

    (void)state;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        assert_int_equal(of(&r, want[i].name), want[i].split);
}

static void a_hash_gives_about_the_parts_asked_for(void **state)
{
    static const struct ch_split_rule r = { .by = CH_SPLIT_HASH,
                                            .val_part = 0.05,
                                            .test_part = 0.1 };
    size_t count[CH_SPLIT_COUNT] = { 0 };
    char name[32];

    (void)state;
    for (int i = 0; i < 20000; i++) {
        snprintf(name, sizeof name, "%d.jpg", i);
        count[of(&r, name)]++;
    }
    /* Five standard deviations of the binomial distribution. */
    assert_true(count[CH_SPLIT_VAL] > 1000 - 155 &&
                count[CH_SPLIT_VAL] < 1000 + 155);
    assert_true(count[CH_SPLIT_TEST] > 2000 - 213 &&
                count[CH_SPLIT_TEST] < 2000 + 213);
}

static void a_larger_part_keeps_what_a_smaller_one_had(void **state)
{
    struct ch_split_rule small = { .by = CH_SPLIT_HASH, .test_part = 0.05 };
    struct ch_split_rule large = { .by = CH_SPLIT_HASH, .test_part = 0.2 };
    char name[32];

    (void)state;
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "%d.jpg", i);
        if (of(&small, name) == CH_SPLIT_TEST)
            assert_int_equal(of(&large, name), CH_SPLIT_TEST);
    }
}

static void lists_may_lack_the_endings_of_their_names(void **state)
{
    struct ch_split_rule r;
    char path[2][1024];
    const char *list[CH_SPLIT_COUNT] = { path[0], path[1], NULL };
    enum ch_split split;

    (void)state;
    strcpy(path[0], scratch_path("train"));
    strcpy(path[1], scratch_path("val"));
    assert_int_equal(ch_file_write(path[0], "1\n2.jpg\n", 8, NULL), 0);
    assert_int_equal(ch_file_write(path[1], "3.x\n", 4, NULL), 0);
    assert_int_equal(ch_split_lists_open(&r, list, NULL), 0);
    assert_int_equal(of(&r, "1.jpg"), CH_SPLIT_TRAIN);
    assert_int_equal(of(&r, "2.jpg"), CH_SPLIT_TRAIN);
    assert_int_equal(of(&r, "3.x.jpg"), CH_SPLIT_VAL);
    assert_int_equal(ch_split_of(&r, "2.png", 5, CH_SPLIT_VAL, &split), 0);
    assert_int_equal(ch_split_of(&r, "2", 1, CH_SPLIT_VAL, &split), 0);
    ch_split_lists_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_those_of_three_splits),
        cmocka_unit_test(fixed_and_given_splits_are_what_they_say),
        cmocka_unit_test(a_hash_gives_the_same_split_for_ever),
        cmocka_unit_test(a_hash_gives_about_the_parts_asked_for),
        cmocka_unit_test(a_larger_part_keeps_what_a_smaller_one_had),
        cmocka_unit_test(lists_may_lack_the_endings_of_their_names),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
