/* test_json_stream.c - large documents, value by value */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json_stream.h"
#include "scratch.h"

/* What is met, one word an item: member#number or member[ or member=. */
static int walk(struct ch_json_stream *s, struct ch_buffer *met,
                struct ch_err *e)
{
    struct ch_json_item item;
    int rc;

    while ((rc = ch_json_stream_next(s, &item, e)) > 0) {
        ch_buffer_text(met, met->size ? " " : "");
        ch_buffer_text(met, item.member);
        if (!item.value)
            ch_buffer_text(met, "[");
        else if (!item.number)
            ch_buffer_text(met, "=");
        else
            ch_buffer_format(met, "#%zu:%lld", item.number,
                             (long long)ch_json_int(item.value, -1));
    }
    return rc;
}

static int walk_text(const char *text, struct ch_buffer *met, struct ch_err *e)
{
    struct ch_json_stream *s;
    int rc = ch_json_stream_of(&s, text, strlen(text), "d.json", e);

    if (!rc)
        rc = walk(s, met, e);
    ch_json_stream_close(s);
    return rc;
}

static void expect(const char *text, const char *want)
{
    struct ch_buffer met = { 0 };
    struct ch_err e = CH_ERR_INIT;

    if (walk_text(text, &met, &e))
        fail_msg("%s: %s", text, e.msg);
    assert_string_equal(met.at ? met.at : "", want);
    ch_buffer_release(&met);
}

static void items_come_in_the_order_of_the_file(void **state)
{
    (void)state;
    expect(" [ 7 ,8\n, {\"a\":[1,2,\"]\"]} ] ", "[ #1:7 #2:8 #3:-1");
    expect("{\"info\":{\"x\":[1]},\"images\":[5,6],\"n\":3,\"none\":[]}",
           "info= images[ images#1:5 images#2:6 n= none[");
    expect("[]", "[");
    expect("{ }", "");
    expect("[\"a\\\"],\", -1]", "[ #1:-1 #2:-1");
}

static void a_byte_order_mark_is_no_part_of_the_text(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_buffer met = { 0 };

    (void)state;
    expect("\xef\xbb\xbf[7]", "[ #1:7");
    assert_int_equal(walk_text("\xef\xbb\xbf[7", &met, &e), CH_EFORMAT);
    assert_string_equal(e.msg, "d.json: byte 5: not JSON: line 1: the file "
                        "ends, expected a comma or ]");
    assert_int_equal(walk_text("\xef\xbb[7]", &met, &e), CH_EFORMAT);
    ch_buffer_release(&met);
}

static void bad_documents_are_told(void **state)
{
    static const struct {
        const char *text, *msg;
    } bad[] = {
        { "", "d.json: byte 0: not JSON: line 1: the file ends, expected { or "
              "[" },
        { "7", "d.json: byte 0: not JSON: line 1: found '7', expected { or [" },
        { "\xff", "d.json: byte 0: not JSON: line 1: found byte 0xff, "
                  "expected { or [" },
        { "[1", "d.json: byte 2: not JSON: line 1: the file ends, expected a "
                "comma or ]" },
        { "[1 2]", "d.json: byte 3: not JSON: line 1: found '2', expected a "
                   "comma or ]" },
        { "[1,\n2,,3]", "d.json: byte 6: not JSON: line 2: found ',', "
                        "expected a value" },
        { "[1,]", "d.json: byte 3: not JSON: line 1: found ']', expected a "
                  "value" },
        { "[1}", "d.json: byte 2: not JSON: line 1: found '}', expected a "
                 "comma or ]" },
        { "[[1,2]", "d.json: byte 6: not JSON: line 1: the file ends, "
                    "expected a comma or ]" },
        { "[\n{\"a\":1", "d.json: byte 8: not JSON: line 2: '}' expected near "
                         "end of file" },
        { "[1]x", "d.json: byte 3: not JSON: line 1: found 'x', expected the "
                  "end of the file" },
        { "{1:2}", "d.json: byte 1: not JSON: line 1: found '1', expected a "
                   "name in quotes" },
        { "{\"a\" 2}", "d.json: byte 5: not JSON: line 1: found '2', expected "
                       "a colon" },
        { "{\"a\":[1] \"b\":2}", "d.json: byte 9: not JSON: line 1: found "
                                 "'\"', expected a comma or }" },
        { "{\"a\":1,\"a\":2}", "d.json: byte 10: not JSON: line 1: \"a\" "
                               "stands twice" },
        { "[{\"a\":1,\"a\":2}]", "d.json: byte 11: not JSON: line 1: "
                                 "duplicate object key near '\"a\"'" },
        { "[\"\\u0000\"]", NULL },
        { "[\"caf\xe9\"]", NULL },
        { "[tru]", NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct ch_buffer met = { 0 };
        struct ch_err e = CH_ERR_INIT;

        assert_int_equal(walk_text(bad[i].text, &met, &e), CH_EFORMAT);
        if (bad[i].msg)
            assert_string_equal(e.msg, bad[i].msg);
        assert_memory_equal(e.msg, "d.json: byte ", 13);
        ch_buffer_release(&met);
    }
}

static void every_cut_document_is_told(void **state)
{
    static const char whole[] = "{\"a\":{\"x\":\"\\\"\"},\"b\":[1,{\"y\":[]},"
                                "\"t\"],\"c\":[]}";

    (void)state;
    for (size_t n = 0; n + 1 < sizeof whole; n++) {
        struct ch_buffer met = { 0 };
        char *text = strndup(whole, n);

        assert_int_equal(walk_text(text, &met, NULL), CH_EFORMAT);
        ch_buffer_release(&met);
        free(text);
    }
}

/* Longer than the reader's block, so values lie across its borders. */
static void a_file_is_read_as_its_bytes_are_and_once_more(void **state)
{
    const char *path = scratch_path("long.json");
    struct ch_buffer text = { 0 }, met[3] = { { 0 } };
    struct ch_json_stream *s;
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    ch_buffer_text(&text, "{\"list\":[0");
    for (int i = 1; i < 30000; i++)
        ch_buffer_format(&text, i % 7 ? ",%d" : ",\n{\"n\":\"%d]\"}", i);
    ch_buffer_text(&text, "]}");
    assert_int_equal(ch_file_write(path, text.at, text.size, &e), 0);
    assert_int_equal(walk_text(text.at, &met[0], &e), 0);
    assert_int_equal(ch_json_stream_open(&s, path, &e), 0);
    assert_string_equal(ch_json_stream_path(s), path);
    for (int turn = 1; turn < 3; turn++) {
        assert_int_equal(walk(s, &met[turn], &e), 0);
        assert_int_equal(met[turn].size, met[0].size);
        assert_memory_equal(met[turn].at, met[0].at, met[0].size);
        assert_int_equal(ch_json_stream_rewind(s, &e), 0);
        ch_buffer_release(&met[turn]);
    }
    ch_json_stream_close(s);
    ch_buffer_release(&met[0]);
    ch_buffer_release(&text);
}

static void a_value_beyond_the_limit_is_told(void **state)
{
    char *text = malloc(CH_JSON_STREAM_LIMIT + 8);
    struct ch_json_stream *s;
    struct ch_json_item item;
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    assert_non_null(text);
    memset(text, 'a', CH_JSON_STREAM_LIMIT + 8);
    memcpy(text, "[\"", 2);
    assert_int_equal(ch_json_stream_of(&s, text, CH_JSON_STREAM_LIMIT + 8,
                                       "d.json", &e), 0);
    assert_int_equal(ch_json_stream_next(s, &item, &e), 1);
    assert_int_equal(ch_json_stream_next(s, &item, &e), CH_EFORMAT);
    assert_string_equal(e.msg, "d.json: byte 1: a value of more than 67108863 "
                        "bytes, or one that does not end");
    ch_json_stream_close(s);
    free(text);
}

static void a_missing_file_and_a_folder_are_told(void **state)
{
    struct ch_json_stream *s;
    struct ch_json_item item;
    struct ch_err e = CH_ERR_INIT;
    char want[1200];

    (void)state;
    snprintf(want, sizeof want, "%s/none: cannot open: No such file or "
             "directory", scratch);
    assert_int_equal(ch_json_stream_open(&s, scratch_path("none"), &e), CH_EIO);
    assert_null(s);
    assert_string_equal(e.msg, want);
    snprintf(want, sizeof want, "%s: cannot read: Is a directory", scratch);
    assert_int_equal(ch_json_stream_open(&s, scratch, &e), 0);
    assert_int_equal(ch_json_stream_next(s, &item, &e), CH_EIO);
    assert_string_equal(e.msg, want);
    ch_json_stream_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_come_in_the_order_of_the_file),
        cmocka_unit_test(a_byte_order_mark_is_no_part_of_the_text),
        cmocka_unit_test(bad_documents_are_told),
        cmocka_unit_test(every_cut_document_is_told),
        cmocka_unit_test(a_file_is_read_as_its_bytes_are_and_once_more),
        cmocka_unit_test(a_value_beyond_the_limit_is_told),
        cmocka_unit_test(a_missing_file_and_a_folder_are_told),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
