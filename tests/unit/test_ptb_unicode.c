/* test_ptb_unicode.c - the characters that the tokeniser's rules mean */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/text.h"
#include "score/ptb_unicode.h"

static int is_in(const char *name, unsigned c)
{
    for (const struct ch_ptb_set *s = ch_ptb_unicode; s->name; s++)
        for (size_t i = 0; strcmp(s->name, name) == 0 && i < s->count; i++)
            if (c >= s->range[i].first && c <= s->range[i].last &&
                (c - s->range[i].first) % s->step == 0)
                return 1;
    return 0;
}

static void ranges_ascend_and_are_apart(void **state)
{
    (void)state;
    for (const struct ch_ptb_set *s = ch_ptb_unicode; s->name; s++)
        for (size_t i = 0; i < s->count; i++) {
            assert_true(s->range[i].first <= s->range[i].last);
            assert_int_equal(
                (s->range[i].last - s->range[i].first) % s->step, 0);
            if (i > 0)
                assert_true(s->range[i].first > s->range[i - 1].last);
        }
}

/* What was a letter then is one now, or a mark; digits are ten in a row. */
static void letters_and_digits_are_those_of_today(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 0x10000; c++) {
        if (is_in("letter", c) && !ch_text_is_word(c))
            fail_msg("U+%04X is no letter", c);
        if (is_in("digit", c) && !ch_text_is_word(c))
            fail_msg("U+%04X is no digit", c);
        if (is_in("letter", c) && is_in("digit", c))
            fail_msg("U+%04X is both", c);
    }
    for (const struct ch_ptb_set *s = ch_ptb_unicode; s->name; s++)
        for (size_t i = 0; strcmp(s->name, "digit") == 0 && i < s->count; i++)
            assert_int_equal((s->range[i].last - s->range[i].first + 1) % 10,
                             0);
}

static void what_came_later_is_nothing(void **state)
{
    static const unsigned later[] = { 0x037f, 0x0528, 0x08ad, 0x1c80, 0xa7ab,
                                      0xab30 };

    (void)state;
    for (size_t i = 0; i < sizeof later / sizeof *later; i++) {
        assert_true(ch_text_is_word(later[i]));
        assert_false(is_in("letter", later[i]));
    }
}

/* Title case is no capital; Roman numerals and letters in circles are. */
static void capitals_have_small_letters(void **state)
{
    static const unsigned title[] = { 0x01c5, 0x01f2, 0x1f88, 0x1ffc };

    (void)state;
    for (size_t i = 0; i < sizeof title / sizeof *title; i++)
        assert_false(is_in("capital", title[i]));
    assert_true(is_in("capital", 0x2160));
    assert_true(is_in("capital", 0x24b6));
    for (unsigned c = 0; c < 0x80; c++)
        assert_int_equal(is_in("capital", c), c >= 'A' && c <= 'Z');
    for (unsigned c = 0x80; c < 0x250; c++)
        if (is_in("capital", c) && ch_text_lower(c) == c)
            fail_msg("U+%04X has no small letter", c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_ascend_and_are_apart),
        cmocka_unit_test(letters_and_digits_are_those_of_today),
        cmocka_unit_test(what_came_later_is_nothing),
        cmocka_unit_test(capitals_have_small_letters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
