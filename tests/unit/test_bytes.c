/* test_bytes.c - nothing is read past the end, and buffers grow */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/bytes.h"

static void numbers_are_little_endian(void **state)
{
    static const unsigned char at[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
                                        13, 14, 0xff };
    struct ch_bytes b = ch_bytes_of(at, sizeof at);

    (void)state;
    assert_int_equal(ch_bytes_u16(&b), 0x0201);
    assert_int_equal(ch_bytes_u32(&b), 0x06050403);
    assert_true(ch_bytes_u64(&b) == UINT64_C(0x0e0d0c0b0a090807));
    assert_int_equal(ch_bytes_u8(&b), 0xff);
    assert_int_equal(ch_bytes_left(&b), 0);
    assert_false(b.bad);
}

static void a_number_past_the_end_is_zero_and_bad(void **state)
{
    struct ch_bytes b = ch_bytes_of("abc", 3);

    (void)state;
    assert_int_equal(ch_bytes_u32(&b), 0);
    assert_true(b.bad);
}

static void after_a_bad_read_everything_is_zero(void **state)
{
    struct ch_bytes b = ch_bytes_of("abc", 3);
    const char *line;
    size_t n;

    (void)state;
    ch_bytes_u32(&b);
    assert_int_equal(ch_bytes_u8(&b), 0);
    assert_null(ch_bytes_run(&b, 1));
    assert_int_equal(ch_bytes_left(&b), 0);
    assert_int_equal(ch_bytes_line(&b, &line, &n), 0);
}

static void a_run_longer_than_memory_is_bad(void **state)
{
    struct ch_bytes b = ch_bytes_of("abc", 3);

    (void)state;
    ch_bytes_u8(&b);
    assert_null(ch_bytes_run(&b, SIZE_MAX));
    assert_true(b.bad);
}

static void an_empty_run_at_the_end_is_good(void **state)
{
    struct ch_bytes b = ch_bytes_of(NULL, 0);

    (void)state;
    assert_non_null(ch_bytes_run(&b, 0));
    assert_false(b.bad);
}

static void lines_end_with_lf_crlf_or_the_end(void **state)
{
    static const char *const expected[] = { "a", "b\rc", "", "d" };
    static const char text[] = "a\nb\rc\r\n\nd";
    struct ch_bytes b = ch_bytes_of(text, strlen(text));
    const char *line;
    size_t n;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(ch_bytes_line(&b, &line, &n), 1);
        assert_int_equal(n, strlen(expected[i]));
        assert_memory_equal(line, expected[i], n);
    }
    assert_int_equal(ch_bytes_line(&b, &line, &n), 0);
}

static void a_last_lf_starts_no_line(void **state)
{
    struct ch_bytes b = ch_bytes_of("a\n", 2);
    const char *line;
    size_t n;

    (void)state;
    assert_int_equal(ch_bytes_line(&b, &line, &n), 1);
    assert_int_equal(ch_bytes_line(&b, &line, &n), 0);
}

static void a_buffer_gives_back_what_was_put(void **state)
{
    struct ch_buffer b = { 0 };
    struct ch_bytes r;

    (void)state;
    ch_buffer_u16(&b, 0x1234);
    ch_buffer_u32(&b, 0x12345678);
    ch_buffer_u64(&b, UINT64_C(0x123456789abcdef0));
    ch_buffer_put(&b, "a\0b", 3);
    r = ch_bytes_of(b.at, b.size);
    assert_int_equal(ch_bytes_u16(&r), 0x1234);
    assert_int_equal(ch_bytes_u32(&r), 0x12345678);
    assert_true(ch_bytes_u64(&r) == UINT64_C(0x123456789abcdef0));
    assert_memory_equal(ch_bytes_run(&r, 3), "a\0b", 3);
    ch_buffer_release(&b);
}

static void a_growing_buffer_always_ends_with_nul(void **state)
{
    struct ch_buffer b = { 0 };

    (void)state;
    for (size_t i = 0; i < 1000; i++) {
        ch_buffer_text(&b, "abc");
        assert_int_equal(b.size, 3 * (i + 1));
        assert_int_equal(b.at[b.size], 0);
        assert_memory_equal(b.at + 3 * i, "abc", 3);
    }
    ch_buffer_release(&b);
}

static void format_appends_at_every_length(void **state)
{
    struct ch_buffer b = { 0 };
    char word[200];

    (void)state;
    for (int n = 0; n < 199; n++) {
        memset(word, 'x', (size_t)n);
        word[n] = '\0';
        ch_buffer_reset(&b);
        ch_buffer_format(&b, "%s%d", word, 7);
        assert_int_equal(b.size, n + 1);
        assert_int_equal(b.at[n], '7');
    }
    ch_buffer_release(&b);
}

static void putting_nothing_makes_an_empty_text(void **state)
{
    struct ch_buffer b = { 0 };

    (void)state;
    ch_buffer_text(&b, "");
    assert_string_equal(b.at, "");
    ch_buffer_release(&b);
}

static void more_than_memory_fails_and_stays_failed(void **state)
{
    struct ch_buffer b = { 0 };

    (void)state;
    ch_buffer_text(&b, "ab");
    ch_buffer_put(&b, "x", SIZE_MAX - 1);
    assert_true(b.failed);
    ch_buffer_text(&b, "c");
    assert_string_equal(b.at, "ab");
    ch_buffer_reset(&b);
    assert_false(b.failed);
    ch_buffer_release(&b);
}

static void a_byte_order_mark_in_front_is_stepped_over(void **state)
{
    struct ch_bytes b = ch_bytes_of("\xef\xbb\xbfx", 4);

    (void)state;
    ch_bytes_skip_mark(&b);
    assert_int_equal(ch_bytes_u8(&b), 'x');
    b = ch_bytes_of("\xef\xbb", 2);
    ch_bytes_skip_mark(&b);
    assert_int_equal(ch_bytes_left(&b), 2);
    assert_false(b.bad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_byte_order_mark_in_front_is_stepped_over),
        cmocka_unit_test(numbers_are_little_endian),
        cmocka_unit_test(a_number_past_the_end_is_zero_and_bad),
        cmocka_unit_test(after_a_bad_read_everything_is_zero),
        cmocka_unit_test(a_run_longer_than_memory_is_bad),
        cmocka_unit_test(an_empty_run_at_the_end_is_good),
        cmocka_unit_test(lines_end_with_lf_crlf_or_the_end),
        cmocka_unit_test(a_last_lf_starts_no_line),
        cmocka_unit_test(a_buffer_gives_back_what_was_put),
        cmocka_unit_test(a_growing_buffer_always_ends_with_nul),
        cmocka_unit_test(format_appends_at_every_length),
        cmocka_unit_test(putting_nothing_makes_an_empty_text),
        cmocka_unit_test(more_than_memory_fails_and_stays_failed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
