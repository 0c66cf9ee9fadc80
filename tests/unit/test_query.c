/* test_query.c - whatever is typed is words */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "use/query.h"

static void expect(const char *typed, bool any, const char *query)
{
    struct ch_buffer out = { 0 };
    struct ch_err e = CH_ERR_INIT;

    assert_int_equal(ch_query_put(typed, any, &out, &e), 0);
    assert_string_equal(out.at, query);
    ch_buffer_release(&out);
}

static void function_words_are_left_out(void **state)
{
    (void)state;
    expect("Dog on a Beach", false, "\"dog\" AND \"beach\"");
    expect("dog on a beach", true, "\"dog\" OR \"beach\"");
    expect("on the", false, "\"on\" AND \"the\"");
}

static void syntax_is_words(void **state)
{
    (void)state;
    expect("\"dog", false, "\"dog\"");
    expect("dog* ^cat", false, "\"dog\" AND \"cat\"");
    expect("caption:dog -cat", false,
           "\"caption\" AND \"dog\" AND \"cat\"");
    expect("dog NEAR(cat, 5)", false, "\"dog\" AND \"cat\" AND \"5\"");
    expect("({[dog]}) + 'x'; DROP TABLE photo--", false,
           "\"dog\" AND \"drop\" AND \"table\" AND \"photo\"");
}

static void what_has_no_words_is_refused(void **state)
{
    static const char *const bad[] = { "", " ", "\"\"", "***", "-", "\xff",
                                       "dog \xc3" };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct ch_buffer out = { 0 };
        struct ch_err e = CH_ERR_INIT;

        assert_int_equal(ch_query_put(bad[i], false, &out, &e), CH_EUSAGE);
        ch_buffer_release(&out);
    }
}

static void too_many_words_are_refused(void **state)
{
    struct ch_buffer typed = { 0 }, out = { 0 };
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    for (int i = 0; i <= CH_QUERY_WORDS; i++)
        ch_buffer_text(&typed, "cat ");
    assert_int_equal(ch_query_put(typed.at, false, &out, &e), CH_EUSAGE);
    assert_non_null(strstr(e.msg, "expected 1 to 64 words"));
    ch_buffer_release(&typed);
    ch_buffer_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(function_words_are_left_out),
        cmocka_unit_test(syntax_is_words),
        cmocka_unit_test(what_has_no_words_is_refused),
        cmocka_unit_test(too_many_words_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
