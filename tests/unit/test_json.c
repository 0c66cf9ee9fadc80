/* test_json.c - JSON is read strictly, and what is written reads back */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "scratch.h"

static struct ch_json *parse(const char *text)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_json *j;

    if (ch_json_parse(&j, text, strlen(text), "in.json", &e))
        fail_msg("%s", e.msg);
    return j;
}

static void members_have_their_types(void **state)
{
    struct ch_json *j = parse("{\"t\":\"x\",\"i\":-7,\"r\":1.5,\"b\":true,"
                              "\"a\":[1,2],\"o\":{\"k\":0},\"n\":null}");

    (void)state;
    assert_string_equal(ch_json_text(ch_json_get(j, "t"), ""), "x");
    assert_int_equal(ch_json_int(ch_json_get(j, "i"), 0), -7);
    assert_true(ch_json_real(ch_json_get(j, "r"), 0) == 1.5);
    assert_true(ch_json_real(ch_json_get(j, "i"), 0) == -7);
    assert_true(ch_json_bool(ch_json_get(j, "b"), false));
    assert_int_equal(ch_json_int(ch_json_at(ch_json_get(j, "a"), 1), 0), 2);
    assert_true(ch_json_is_array(ch_json_get(j, "a")));
    assert_true(ch_json_is_object(ch_json_get(j, "o")));
    assert_true(ch_json_is_text(ch_json_get(j, "t")));
    assert_true(ch_json_is_number(ch_json_get(j, "r")));
    assert_false(ch_json_is_number(ch_json_get(j, "n")));
    ch_json_close(j);
}

static void what_is_missing_gives_the_fallback(void **state)
{
    struct ch_json *j = parse("{\"t\":1,\"i\":1.5,\"b\":0}");

    (void)state;
    assert_null(ch_json_get(j, "none"));
    assert_null(ch_json_get(NULL, "none"));
    assert_null(ch_json_at(j, 0));
    assert_string_equal(ch_json_text(ch_json_get(j, "t"), "f"), "f");
    assert_int_equal(ch_json_int(ch_json_get(j, "i"), 9), 9);
    assert_true(ch_json_bool(ch_json_get(j, "b"), true));
    assert_true(ch_json_real(NULL, 2.5) == 2.5);
    assert_int_equal(ch_json_count(NULL), 0);
    ch_json_close(j);
}

static void a_mark_of_byte_order_is_skipped(void **state)
{
    struct ch_json *j = parse("\xef\xbb\xbf{\"t\":1}");
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    assert_int_equal(ch_json_int(ch_json_get(j, "t"), 0), 1);
    ch_json_close(j);
    assert_int_equal(ch_json_parse(&j, "\xef\xbb\xbf", 3, "in.json", &e),
                     CH_EFORMAT);
}

static void members_come_in_the_order_of_the_file(void **state)
{
    struct ch_json *j = parse("{\"z\":0,\"a\":1,\"m\":2}");
    static const char *const want[] = { "z", "a", "m" };
    const struct ch_json *v;
    const char *name;
    void *place = NULL;

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(ch_json_next(j, &place, &name, &v), 1);
        assert_string_equal(name, want[i]);
        assert_int_equal(ch_json_int(v, -1), i);
        assert_string_equal(ch_json_key(j, (size_t)i, &v), want[i]);
        assert_int_equal(ch_json_int(v, -1), i);
    }
    assert_int_equal(ch_json_next(j, &place, &name, &v), 0);
    assert_null(ch_json_key(j, 3, &v));
    ch_json_close(j);
}

static void bad_json_is_told_with_line_and_byte(void **state)
{
    static const struct {
        const char *text, *msg;
    } bad[] = {
        { "", "in.json: byte 0: not JSON: line 1: unexpected token near end of "
              "file" },
        { "{\"a\": [1, 2", "in.json: byte 11: not JSON: line 1: ']' expected "
                           "near end of file" },
        { "{\n\"a\": 1,\n}", "in.json: byte 11: not JSON: line 3: string or "
                             "'}' expected near '}'" },
        { "{\"a\":1,\"a\":2}", "in.json: byte 10: not JSON: line 1: duplicate "
                               "object key near '\"a\"'" },
        { "{} {}", "in.json: byte 4: not JSON: line 1: end of file expected "
                   "near '{'" },
        { "[\"\xff\"]", "in.json: byte 2: not JSON: line 1: unable to decode "
                        "byte 0xff near '\"'" },
        { "[\"a\\u0000b\"]", "in.json: byte 11: not JSON: line 1: \\u0000 is "
                             "not allowed without JSON_ALLOW_NUL near "
                             "'\"a\\u0000b\"'" },
        { "[01]", "in.json: byte 2: not JSON: line 1: invalid token near "
                  "'0'" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct ch_err e = CH_ERR_INIT;
        struct ch_json *j;

        assert_int_equal(ch_json_parse(&j, bad[i].text, strlen(bad[i].text),
                                       "in.json", &e), CH_EFORMAT);
        assert_null(j);
        assert_string_equal(e.msg, bad[i].msg);
    }
}

/* What stands behind it would be left out without a word. */
static void a_byte_of_zero_is_no_end(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_json *j;

    (void)state;
    assert_int_equal(ch_json_parse(&j, "[1]\0[2]", 7, "in.json", &e),
                     CH_EFORMAT);
    assert_null(j);
    assert_string_equal(e.msg, "in.json: byte 3: not JSON: found a byte of "
                        "zero");
}

static void nesting_has_a_limit(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_json *j;
    char deep[100000];

    (void)state;
    memset(deep, '[', sizeof deep);
    assert_int_equal(ch_json_parse(&j, deep, sizeof deep, "x", &e),
                     CH_EFORMAT);
    assert_non_null(strstr(e.msg, "maximum parsing depth reached"));
}

static void a_file_that_is_not_there_is_an_io_error(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_json *j;

    (void)state;
    assert_int_equal(ch_json_load(&j, scratch_path("none.json"), &e), CH_EIO);
    assert_null(j);
    ch_json_close(j);
}

static void a_needed_number_has_a_range(void **state)
{
    struct ch_json *j = parse("{\"n\":11,\"t\":\"x\"}");
    struct ch_err e = CH_ERR_INIT;
    int64_t n = -1;

    (void)state;
    assert_int_equal(ch_json_need_int(j, "n", 0, 11, &n, "p", &e), 0);
    assert_int_equal(n, 11);
    assert_int_equal(ch_json_need_int(j, "n", 0, 10, &n, "p", &e),
                     CH_EFORMAT);
    assert_string_equal(e.msg, "p: \"n\" is 11, expected 0 to 10");
    assert_int_equal(ch_json_need_int(j, "t", 0, 10, &n, "p", &e),
                     CH_EFORMAT);
    assert_string_equal(e.msg, "p: \"t\" is missing or not a whole number");
    ch_json_close(j);
}

static void a_needed_text_is_text(void **state)
{
    struct ch_json *j = parse("{\"n\":11,\"t\":\"x\"}");
    struct ch_err e = CH_ERR_INIT;
    const char *t = NULL;

    (void)state;
    assert_int_equal(ch_json_need_text(j, "t", &t, "p", &e), 0);
    assert_string_equal(t, "x");
    assert_int_equal(ch_json_need_text(j, "n", &t, "p", &e), CH_EFORMAT);
    assert_string_equal(e.msg, "p: \"n\" is missing or not text");
    ch_json_close(j);
}

static void the_writer_keeps_the_commas(void **state)
{
    struct ch_buffer b = { 0 };
    struct ch_json_writer w;

    (void)state;
    ch_json_writer_init(&w, &b);
    ch_json_begin(&w, NULL, '{');
    ch_json_begin(&w, "a", '[');
    ch_json_put_int(&w, NULL, INT64_MIN);
    ch_json_put_bool(&w, NULL, true);
    ch_json_begin(&w, NULL, '{');
    ch_json_end(&w);
    ch_json_end(&w);
    ch_json_put_real(&w, "r", 0.5);
    ch_json_put_text(&w, "t", "x", 1);
    ch_json_end(&w);
    assert_string_equal(b.at, "{\"a\":[-9223372036854775808,true,{}],"
                              "\"r\":0.5,\"t\":\"x\"}");
    ch_buffer_release(&b);
}

static void text_is_escaped(void **state)
{
    struct ch_buffer b = { 0 };
    struct ch_json_writer w;

    (void)state;
    ch_json_writer_init(&w, &b);
    ch_json_put_text(&w, NULL, "\"\\/\n\t\0\x7f\xc3\xa9", 9);
    assert_string_equal(b.at, "\"\\\"\\\\/\\n\\u0009\\u0000\\u007f"
                              "\xc3\xa9\"");
    ch_buffer_release(&b);
}

static void bytes_that_are_not_utf_8_are_written_as_replacements(void **state)
{
    struct ch_buffer b = { 0 };
    struct ch_json_writer w;

    (void)state;
    ch_json_writer_init(&w, &b);
    ch_json_put_text(&w, NULL, "a\xff\xfe" "b\xc3", 5);
    assert_string_equal(b.at, "\"a\xef\xbf\xbd\xef\xbf\xbd" "b\xef\xbf\xbd\"");
    ch_buffer_release(&b);
}

static void reals_read_back_the_same(void **state)
{
    static const double v[] = { 0.1, -1e-308, 1.7976931348623157e308, 3, -0.0,
                                5e-324 };

    (void)state;
    for (size_t i = 0; i < sizeof v / sizeof v[0]; i++) {
        struct ch_buffer b = { 0 };
        struct ch_json_writer w;
        struct ch_json *j;

        ch_json_writer_init(&w, &b);
        ch_json_begin(&w, NULL, '[');
        ch_json_put_real(&w, NULL, v[i]);
        ch_json_end(&w);
        j = parse(b.at);
        assert_true(ch_json_real(ch_json_at(j, 0), 99) == v[i]);
        ch_json_close(j);
        ch_buffer_release(&b);
    }
}

static void what_is_no_number_is_null(void **state)
{
    struct ch_buffer b = { 0 };
    struct ch_json_writer w;

    (void)state;
    ch_json_writer_init(&w, &b);
    ch_json_begin(&w, NULL, '[');
    ch_json_put_real(&w, NULL, (double)NAN);
    ch_json_put_real(&w, NULL, (double)INFINITY);
    ch_json_end(&w);
    assert_string_equal(b.at, "[null,null]");
    ch_buffer_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_have_their_types),
        cmocka_unit_test(what_is_missing_gives_the_fallback),
        cmocka_unit_test(a_mark_of_byte_order_is_skipped),
        cmocka_unit_test(members_come_in_the_order_of_the_file),
        cmocka_unit_test(bad_json_is_told_with_line_and_byte),
        cmocka_unit_test(a_byte_of_zero_is_no_end),
        cmocka_unit_test(nesting_has_a_limit),
        cmocka_unit_test(a_file_that_is_not_there_is_an_io_error),
        cmocka_unit_test(a_needed_number_has_a_range),
        cmocka_unit_test(a_needed_text_is_text),
        cmocka_unit_test(the_writer_keeps_the_commas),
        cmocka_unit_test(text_is_escaped),
        cmocka_unit_test(bytes_that_are_not_utf_8_are_written_as_replacements),
        cmocka_unit_test(reals_read_back_the_same),
        cmocka_unit_test(what_is_no_number_is_null),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
