/* test_noun.c - nouns of captions, and plurals */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "use/noun.h"

static void nouns_of_captions(void **state)
{
    static const struct {
        const char *caption, *nouns;
    } c[] = {
        { "a brown dog runs on the beach", "dog beach" },
        { "two men are playing soccer in a field", "man soccer field" },
        { "children ride bikes near parked cars", "child bike car" },
        { "a little girl takes a ride on a swing", "girl ride swing" },
        { "the boys ride down a slide", "boy slide" },
        { "a smiling woman holds a red umbrella", "woman umbrella" },
        { "a plate of food with broccoli and potatoes on a table",
          "plate food broccoli potato table" },
        { "a dog and another dog", "dog" },
        { "people standing around a very large building",
          "person building" },
        { "a man wearing glasses looks at a bus", "man glasses bus" },
        { "he is jumping over it", "" },
        { "people wear hats and pose as a band goes by", "person hat band" },
        { "3 cats", "cat" },
        { "un chien brun", "un chien brun" },
        { "", "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        struct ch_buffer out = { 0 };

        ch_noun_put(c[i].caption, &out);
        assert_false(out.failed);
        assert_string_equal(out.at, c[i].nouns);
        ch_buffer_release(&out);
    }
}

static void plurals_become_singular(void **state)
{
    static const char *const c[][2] = {
        { "dogs", "dog" }, { "boxes", "box" }, { "benches", "bench" },
        { "berries", "berry" }, { "women", "woman" }, { "glass", "glass" },
        { "bus", "bus" }, { "buses", "bus" }, { "tennis", "tennis" },
        { "horses", "horse" }, { "dresses", "dress" }, { "shoes", "shoe" },
        { "knives", "knife" }, { "gas", "gas" }, { "ties", "tie" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        char out[CH_NOUN_BYTES];

        assert_int_equal(ch_noun_singular(c[i][0], strlen(c[i][0]), out),
                         strlen(c[i][1]));
        assert_string_equal(out, c[i][1]);
    }
}

static void too_long_words_are_no_nouns(void **state)
{
    struct ch_buffer out = { 0 };
    char caption[200];

    (void)state;
    memset(caption, 's', sizeof caption);
    strcpy(caption + CH_NOUN_BYTES, " cat");
    ch_noun_put(caption, &out);
    assert_string_equal(out.at, "cat");
    ch_buffer_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nouns_of_captions),
        cmocka_unit_test(plurals_become_singular),
        cmocka_unit_test(too_long_words_are_no_nouns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
