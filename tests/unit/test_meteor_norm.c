/* test_meteor_norm.c - METEOR's normaliser, rule by rule */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "score/meteor_norm.h"
#include "tiny_meteor.h"

struct pair {
    const char *in, *out;
};

static void check(const struct pair *pair, size_t count)
{
    struct ch_meteor_data *d = tiny_meteor_open();
    struct ch_buffer b = { 0 };
    struct ch_err e = CH_ERR_INIT;
    struct ch_meteor_norm *m;

    assert_int_equal(ch_meteor_norm_open(&m, d, &e), 0);
    for (size_t i = 0; i < count; i++) {
        ch_buffer_reset(&b);
        assert_int_equal(ch_meteor_norm_text(m, pair[i].in,
                                             strlen(pair[i].in), &b, &e), 0);
        assert_string_equal(b.at, pair[i].out);
    }
    ch_buffer_release(&b);
    ch_meteor_norm_close(m);
    tiny_meteor_close(d);
}

#define CHECK(pairs) check(pairs, sizeof(pairs) / sizeof (pairs)[0])

static void plain_captions_stay(void **state)
{
    static const struct pair pairs[] = {
        { "a man on 2 horses", "a man on 2 horses" },
        { "  a   man ", "a man" }, { "", "" }, { " ", "" },
    };

    (void)state;
    CHECK(pairs);
}

static void marks_become_words(void **state)
{
    static const struct pair pairs[] = {
        { "what?now", "what ? now" }, { "a&b", "a & b" },
        { "5%", "5 %" }, { "(x)", "( x )" },
        { "\xe2\x80\x9cx\xe2\x80\x9d", "\" x \"" },
        { "x\xf0\x9f\x98\x80y", "x \xf0\x9f\x98\x80 y" },
    };

    (void)state;
    CHECK(pairs);
}

static void commas_stay_between_digits(void **state)
{
    static const struct pair pairs[] = {
        { "1,000 x", "1,000 x" }, { "a,b", "a , b" }, { "1,b", "1 , b" },
        { "a,1", "a , 1" }, { "a,,b", "a , ,b" },
    };

    (void)state;
    CHECK(pairs);
}

static void hits_of_one_pass_do_not_overlap(void **state)
{
    static const struct pair pairs[] = {
        { "well-known", "well known" }, { "a-b-c", "a b-c" },
        { "ab-cd-ef", "ab cd ef" }, { "a - b", "a - b" },
        { "a--b", "a b" }, { "a --- b", "a -- b" },
        { "a\xe2\x80\x93" "b", "a - b" },
    };

    (void)state;
    CHECK(pairs);
}

static void apostrophes_go_with_what_follows(void **state)
{
    static const struct pair pairs[] = {
        { "dog's", "dog 's" }, { "1990's", "1990 's" },
        { "the dogs' tail", "the dogs ' tail" }, { "''x''", "\" x \"" },
        { "dog\xe2\x80\x99s", "dog 's" }, { "1'x", "1'x" },
    };

    (void)state;
    CHECK(pairs);
}

static void what_was_split_is_split_again(void **state)
{
    static const struct pair pairs[] = {
        { "dog 's", "dog ' s" }, { "is n't", "is n 't" },
        { "1990 's", "1990 ' s" },
    };

    (void)state;
    CHECK(pairs);
}

static void full_stops_are_split_off_unless_known(void **state)
{
    static const struct pair pairs[] = {
        { "the end.", "the end ." }, { "u.s.", "us" },
        { "Mr. Smith", "mr. smith" },
        { "the end. but", "the end. but" }, { "the end. But", "the end . but" },
        { "i.e. X", "ie x" }, { "pp. 5", "pp. 5" }, { "pp. X", "pp . x" },
        { "mr. X", "mr . x" }, { "wait...", "wait ..." }, { ".", "." },
        { "1.5.", "1.5 ." }, { "a..b", "a .. b" },
    };

    (void)state;
    CHECK(pairs);
}

static void wide_spaces_are_spaces(void **state)
{
    static const struct pair pairs[] = {
        { "1\xc2\xa0" "1/2", "1 1 / 2" },
        { "a\xe3\x80\x80\xe2\x80\x83" "b", "a b" },
        { "a\tb\nc", "a b c" }, { "\x01 a", "a" },
    };

    (void)state;
    CHECK(pairs);
}

static void all_is_lower_case(void **state)
{
    static const struct pair pairs[] = {
        { "A DOG", "a dog" }, { "\xc3\x84pfel", "\xc3\xa4pfel" },
        { "\xc4\xb0", "i\xcc\x87" },
    };

    (void)state;
    CHECK(pairs);
}

static void a_byte_that_is_no_character_is_replaced(void **state)
{
    static const struct pair pairs[] = { { "a\xff" "b", "a \xef\xbf\xbd b" } };

    (void)state;
    CHECK(pairs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_captions_stay),
        cmocka_unit_test(marks_become_words),
        cmocka_unit_test(commas_stay_between_digits),
        cmocka_unit_test(hits_of_one_pass_do_not_overlap),
        cmocka_unit_test(apostrophes_go_with_what_follows),
        cmocka_unit_test(what_was_split_is_split_again),
        cmocka_unit_test(full_stops_are_split_off_unless_known),
        cmocka_unit_test(wide_spaces_are_spaces),
        cmocka_unit_test(all_is_lower_case),
        cmocka_unit_test(a_byte_that_is_no_character_is_replaced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
