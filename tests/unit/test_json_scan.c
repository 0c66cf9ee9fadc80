/* test_json_scan.c - JSON read once, in order, where it lies */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/json_scan.h"

/* A copy that may be changed, in a block of exactly its size. */
struct input {
    char *bytes;
    struct ch_json_scan scan;
};

static struct input open_input(const char *text)
{
    struct input in = { .bytes = strdup(text) };

    assert_non_null(in.bytes);
    ch_json_scan_init(&in.scan, in.bytes, strlen(text), "x.json");
    return in;
}

static void assert_accepts(const char *text)
{
    struct input in = open_input(text);
    struct ch_err e = CH_ERR_INIT;
    int rc = ch_json_scan_skip(&in.scan, &e);

    if (!rc) rc = ch_json_scan_end(&in.scan, &e);
    if (rc)
        fail_msg("%s: %s", text, e.msg);
    free(in.bytes);
}

static void assert_refuses(const char *text, const char *message)
{
    struct input in = open_input(text);
    struct ch_err e = CH_ERR_INIT;
    int rc = ch_json_scan_skip(&in.scan, &e);

    if (!rc) rc = ch_json_scan_end(&in.scan, &e);
    if (!rc)
        fail_msg("accepted: %s", text);
    assert_int_equal(rc, CH_EFORMAT);
    assert_string_equal(e.msg, message);
    free(in.bytes);
}

static void every_kind_of_value_is_read_over(void **state)
{
    (void)state;
    assert_accepts("{}");
    assert_accepts(" [ ] ");
    assert_accepts("[true,false,null,0,-1,1.5,2e3,-0.1E-2,\"x\",{\"a\":[1]}]");
    assert_accepts("{\"a\":{\"b\":[]},\"c\":1}");
    assert_accepts("\"\\u00e9\\ud83d\\ude00\\n\\\"\\/\"");
    assert_accepts("\"\xc3\xa9\"");
}

static void what_is_no_json_is_refused(void **state)
{
    static const struct { const char *text, *message; } bad[] = {
        { "", "x.json: byte 0: not JSON: expected a value" },
        { "{", "x.json: byte 1: not JSON: expected a name in quotes" },
        { "[1,]", "x.json: byte 3: not JSON: expected a value" },
        { "[,1]", "x.json: byte 1: not JSON: expected a value" },
        { "[1 2]", "x.json: byte 3: not JSON: expected , or ]" },
        { "{\"a\":1,}", "x.json: byte 7: not JSON: expected a name in quotes" },
        { "{\"a\" 1}", "x.json: byte 5: not JSON: expected :" },
        { "{a:1}", "x.json: byte 1: not JSON: expected a name in quotes" },
        { "[1}", "x.json: byte 2: not JSON: expected , or ]" },
        { "01", "x.json: byte 0: not JSON: expected a value" },
        { "-", "x.json: byte 0: not JSON: expected a value" },
        { "1.", "x.json: byte 2: not JSON: expected digits" },
        { "1e", "x.json: byte 2: not JSON: expected digits" },
        { "+1", "x.json: byte 0: not JSON: expected a value" },
        { "tru", "x.json: byte 0: not JSON: expected a value" },
        { "1 1", "x.json: byte 2: not JSON: expected the end" },
        { "\"a", "x.json: byte 2: not JSON: expected the end of a text" },
        { "\"a\nb\"",
          "x.json: byte 2: not JSON: expected no control character" },
        { "\"\\x\"",
          "x.json: byte 2: not JSON: expected an escape that JSON knows" },
        { "\"\\u12g4\"", "x.json: byte 2: not JSON: expected four digits of a "
          "character other than zero" },
        { "\"\\u0000\"", "x.json: byte 2: not JSON: expected four digits of a "
          "character other than zero" },
        { "\"\\ud800\"", "x.json: byte 7: not JSON: expected a whole "
          "character, found half of one" },
        { "\"\\ud800\\u0041\"", "x.json: byte 7: not JSON: expected the second "
          "half of a character" },
        { "\"\xff\"", "x.json: byte 1: not JSON: expected UTF-8" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_refuses(bad[i].text, bad[i].message);
}

static void brackets_go_as_deep_as_the_limit(void **state)
{
    size_t n = CH_JSON_SCAN_DEPTH;
    char *text = calloc(2 * n + 3, 1);

    (void)state;
    assert_non_null(text);
    memset(text, '[', n);
    memset(text + n, ']', n);
    assert_accepts(text);
    memset(text, '[', n + 1);
    memset(text + n + 1, ']', n + 1);
    assert_refuses(text, "x.json: byte 2048: not JSON: expected no more "
                   "brackets inside each other");
    free(text);
}

static void members_come_in_their_order(void **state)
{
    struct input in = open_input("{\"id\": 7, \"skip\": [{}, 2], "
                                 "\"text\": \"a\\tb \\u00e9\"}");
    struct ch_json_scan *s = &in.scan;
    struct ch_err e = CH_ERR_INIT;
    const char *key, *text;
    int64_t id;

    (void)state;
    assert_int_equal(ch_json_scan_peek(s), '{');
    assert_int_equal(ch_json_scan_enter(s, '{', &e), 0);
    assert_int_equal(ch_json_scan_next(s, &key, &e), 1);
    assert_string_equal(key, "id");
    assert_int_equal(ch_json_scan_int(s, &id, &e), 0);
    assert_int_equal(id, 7);
    assert_int_equal(ch_json_scan_next(s, &key, &e), 1);
    assert_string_equal(key, "skip");
    assert_int_equal(ch_json_scan_skip(s, &e), 0);
    assert_int_equal(ch_json_scan_next(s, &key, &e), 1);
    assert_string_equal(key, "text");
    assert_int_equal(ch_json_scan_text(s, &text, &e), 0);
    assert_string_equal(text, "a\tb \xc3\xa9");
    assert_int_equal(ch_json_scan_next(s, &key, &e), 0);
    assert_int_equal(ch_json_scan_end(s, &e), 0);
    free(in.bytes);
}

static void numbers_are_whole_and_fit(void **state)
{
    static const char *const bad[] = { "1.0", "1e2", "9223372036854775808",
                                       "\"1\"", "x", "-" };
    struct input in = open_input("-9223372036854775808");
    struct ch_err e = CH_ERR_INIT;
    int64_t v;

    (void)state;
    assert_int_equal(ch_json_scan_int(&in.scan, &v, &e), 0);
    assert_true(v == INT64_MIN);
    free(in.bytes);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        in = open_input(bad[i]);
        assert_int_equal(ch_json_scan_int(&in.scan, &v, &e), CH_EFORMAT);
        free(in.bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_value_is_read_over),
        cmocka_unit_test(what_is_no_json_is_refused),
        cmocka_unit_test(brackets_go_as_deep_as_the_limit),
        cmocka_unit_test(members_come_in_their_order),
        cmocka_unit_test(numbers_are_whole_and_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
