/* test_urlform.c - bodies of forms, also hostile ones */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "rate/urlform.h"

static void fields_are_decoded(void **state)
{
    static const char body[] = "task=12&q0=5&words=a+b%26c%3Dd%C3%A9&empty=&x";
    struct ch_urlform f;

    (void)state;
    assert_int_equal(ch_urlform_parse(&f, body, sizeof body - 1, NULL), 0);
    assert_int_equal(f.count, 5);
    assert_int_equal(ch_urlform_number(&f, "task", 100), 12);
    assert_string_equal(ch_urlform_get(&f, "words"), "a b&c=d\xc3\xa9");
    assert_string_equal(ch_urlform_get(&f, "empty"), "");
    assert_string_equal(ch_urlform_get(&f, "x"), "");
    assert_null(ch_urlform_get(&f, "nothing"));
}

static void numbers_are_digits_within_the_limit(void **state)
{
    static const char body[] = "a=7&b=-7&c=7x&d=&e=0x7&f=8&g=+7"
                               "&h=99999999999999999999";
    static const char name[] = "abcdefgh";
    struct ch_urlform f;

    (void)state;
    assert_int_equal(ch_urlform_parse(&f, body, sizeof body - 1, NULL), 0);
    for (size_t i = 0; i < sizeof name - 1; i++) {
        const char one[] = { name[i], '\0' };

        assert_int_equal(ch_urlform_number(&f, one, 7), i == 0 ? 7 : -1);
    }
    assert_int_equal(ch_urlform_number(&f, "nothing", 7), -1);
}

static void an_empty_body_has_no_fields(void **state)
{
    struct ch_urlform f;

    (void)state;
    assert_int_equal(ch_urlform_parse(&f, "", 0, NULL), 0);
    assert_int_equal(f.count, 0);
    assert_int_equal(ch_urlform_parse(&f, "&&&", 3, NULL), 0);
    assert_int_equal(f.count, 0);
}

static void damaged_bodies_are_refused(void **state)
{
    static const char *const bad[] = {
        "a=%", "a=%4", "a=%zz", "a=%00", "%00=a", "a=%c3", "a=%ff", "a=\xff",
        "a&b&c&d&e&f&g&h&i&j&k&l&m&n&o&p&q",
    };
    struct ch_urlform f;
    struct ch_err e;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        e = (struct ch_err) CH_ERR_INIT;
        if (ch_urlform_parse(&f, bad[i], strlen(bad[i]), &e) != CH_EFORMAT)
            fail_msg("%s was taken", bad[i]);
    }
    assert_int_equal(ch_urlform_parse(&f, "a=\0b", 4, &e), CH_EFORMAT);
}

static void a_full_body_fits_and_a_larger_one_is_refused(void **state)
{
    static char body[CH_URLFORM_BYTES + 1];
    struct ch_urlform f;
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    memset(body, 'x', sizeof body);
    for (size_t i = 1; i < CH_URLFORM_FIELDS; i++)
        body[i * 200] = '&';
    assert_int_equal(ch_urlform_parse(&f, body, CH_URLFORM_BYTES, &e), 0);
    assert_int_equal(f.count, CH_URLFORM_FIELDS);
    assert_int_equal(strlen(f.field[0].name), 200);
    assert_int_equal(ch_urlform_parse(&f, body, CH_URLFORM_BYTES + 1, &e),
                     CH_EFORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_decoded),
        cmocka_unit_test(numbers_are_digits_within_the_limit),
        cmocka_unit_test(an_empty_body_has_no_fields),
        cmocka_unit_test(damaged_bodies_are_refused),
        cmocka_unit_test(a_full_body_fits_and_a_larger_one_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
