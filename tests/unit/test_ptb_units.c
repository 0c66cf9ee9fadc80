/* test_ptb_units.c - UTF-8 as UTF-16, mistakes as Java reads them */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "score/ptb_units.h"

#define BAD 0xfffd

static void bytes_become_units(void **state)
{
    static const struct {
        const char *text;
        uint16_t unit[6];          /* 0: the end */
    } list[] = {
        { "a\x7f", { 'a', 0x7f } },
        { "\xc2\x80\xdf\xbf", { 0x80, 0x7ff } },
        { "\xe0\xa0\x80\xef\xbf\xbf", { 0x800, 0xffff } },
        { "\xf0\x90\x80\x80", { 0xd800, 0xdc00 } },
        { "\xf4\x8f\xbf\xbf", { 0xdbff, 0xdfff } },
        /* Bytes that begin nothing: one each. */
        { "\x80\xbf\xc0\xc1\xf5\xff", { BAD, BAD, BAD, BAD, BAD, BAD } },
        /* Begun and not finished: one for all of it. */
        { "\xc3" "a", { BAD, 'a' } },
        { "\xe2\x80" "a", { BAD, 'a' } },
        { "\xf0\x9f\x98" "a", { BAD, 'a' } },
        { "\xf0\x9f\x98", { BAD } },
        /* Longer than need be, or too large: no beginning. */
        { "\xe0\x9f\x80", { BAD, BAD, BAD } },
        { "\xf0\x8f\x80", { BAD, BAD, BAD } },
        { "\xf4\x90\x80", { BAD, BAD, BAD } },
        /* A surrogate is one mistake. */
        { "\xed\xa0\x80" "a", { BAD, 'a' } },
        { "\xed\xbf\xbf", { BAD } },
    };

    (void)state;
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        uint16_t unit[8];
        size_t count = 0;
        size_t n = ch_ptb_units_read(list[i].text, strlen(list[i].text), unit);

        while (count < 6 && list[i].unit[count])
            count++;
        assert_int_equal(n, count);
        assert_memory_equal(unit, list[i].unit, n * sizeof *unit);
    }
}

static void a_nul_is_a_unit(void **state)
{
    uint16_t unit[3];

    (void)state;
    assert_int_equal(ch_ptb_units_read("a\0b", 3, unit), 3);
    assert_int_equal(unit[1], 0);
    assert_int_equal(ch_ptb_units_read("", 0, unit), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_become_units),
        cmocka_unit_test(a_nul_is_a_unit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
