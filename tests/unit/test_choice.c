/* test_choice.c - names joined by |, and which of them is meant */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/choice.h"

#define MODES "first|every|state"

static void a_name_has_the_index_of_its_place(void **state)
{
    (void)state;
    assert_int_equal(ch_choice_find(MODES, "first"), 0);
    assert_int_equal(ch_choice_find(MODES, "every"), 1);
    assert_int_equal(ch_choice_find(MODES, "state"), 2);
    assert_int_equal(ch_choice_find("alone", "alone"), 0);
}

static void parts_of_names_are_no_names(void **state)
{
    (void)state;
    assert_int_equal(ch_choice_find(MODES, "firs"), -1);
    assert_int_equal(ch_choice_find(MODES, "every|state"), -1);
    assert_int_equal(ch_choice_find(MODES, "states"), -1);
    assert_int_equal(ch_choice_find(MODES, ""), -1);
}

static void an_index_has_its_name_and_others_none(void **state)
{
    char name[CH_CHOICE_BYTES];

    (void)state;
    assert_string_equal(ch_choice_name(MODES, 0, name), "first");
    assert_string_equal(ch_choice_name(MODES, 2, name), "state");
    assert_string_equal(ch_choice_name(MODES, 3, name), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_has_the_index_of_its_place),
        cmocka_unit_test(parts_of_names_are_no_names),
        cmocka_unit_test(an_index_has_its_name_and_others_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
