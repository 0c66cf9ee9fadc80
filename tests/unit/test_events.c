/* test_events.c - the bytes that TensorBoard reads */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "scratch.h"
#include "train/events.h"

/* CRC32C bit by bit, as its polynomial is written. */
static uint32_t crc32c(const unsigned char *bytes, size_t n)
{
    uint32_t c = 0xffffffffu;

    for (size_t i = 0; i < n; i++) {
        c ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            c = c & 1 ? c >> 1 ^ 0x82f63b78u : c >> 1;
    }
    return ~c;
}

static uint32_t masked(const unsigned char *bytes, size_t n)
{
    uint32_t c = crc32c(bytes, n);

    return (c >> 15 | c << 17) + 0xa282ead8u;
}

static struct ch_events *open_events(uint64_t resumed_step)
{
    struct ch_events *v;

    assert_int_equal(ch_events_open(&v, scratch, resumed_step, NULL), 0);
    return v;
}

static const char *path_of(void)
{
    return scratch_path(CH_EVENTS_NAME);
}

/* Record `number` of the file: what is behind its time, which is checked; *n
 * bytes, freed by the caller.  NULL behind the last. */
static unsigned char *record(size_t number, size_t *n)
{
    unsigned char *found = NULL;
    struct ch_bytes b;
    char *text;
    size_t size;

    assert_int_equal(ch_file_read(path_of(), 1 << 20, &text, &size, NULL), 0);
    b = ch_bytes_of(text, size);
    for (size_t i = 0; ch_bytes_left(&b); i++) {
        const unsigned char *head = b.at + b.used, *data;
        size_t length = (size_t)ch_bytes_u64(&b);

        assert_int_equal(ch_bytes_u32(&b), masked(head, 8));
        data = ch_bytes_run(&b, length);
        assert_non_null(data);
        assert_int_equal(ch_bytes_u32(&b), masked(data, length));
        /* Field 1, eight bytes: seconds since 1970. */
        assert_int_equal(data[0], 0x09);
        if (i == number) {
            *n = length - 9;
            found = malloc(*n + 1);
            assert_non_null(found);
            memcpy(found, data + 9, *n);
        }
    }
    free(text);
    return found;
}

static void expect_record(size_t number, const char *bytes, size_t n)
{
    size_t found_n;
    unsigned char *found = record(number, &found_n);

    assert_non_null(found);
    assert_int_equal(found_n, n);
    assert_memory_equal(found, bytes, n);
    free(found);
}

#define EXPECT(number, bytes) expect_record(number, bytes, sizeof bytes - 1)

static void the_checksum_of_the_test_is_the_published_one(void **state)
{
    (void)state;
    assert_int_equal(crc32c((const unsigned char *)"123456789", 9),
                     0xe3069283u);
}

static void a_new_file_begins_with_its_version(void **state)
{
    (void)state;
    ch_events_close(open_events(0));
    EXPECT(0, "\x10\x00\x1a\x0d" "brain.Event:2");
}

static void values_are_messages_in_messages(void **state)
{
    const struct ch_events_value value[] = { { "a/b", 1 }, { "c", -2.5 } };
    struct ch_events *v = open_events(0);

    (void)state;
    assert_int_equal(ch_events_put(v, 300, value, 2, NULL), 0);
    ch_events_close(v);
    EXPECT(1, "\x10\xac\x02\x2a\x16"
              "\x0a\x0a\x0a\x03" "a/b\x15\x00\x00\x80\x3f"
              "\x0a\x08\x0a\x01" "c\x15\x00\x00\x20\xc0");
}

static void going_on_starts_a_session_behind_the_checkpoint(void **state)
{
    const struct ch_events_value value = { "a", 0 };
    struct ch_events *v = open_events(0);

    (void)state;
    assert_int_equal(ch_events_put(v, 5, &value, 1, NULL), 0);
    ch_events_close(v);
    ch_events_close(open_events(4));
    EXPECT(2, "\x10\x05\x3a\x02\x08\x01");
}

static void a_record_that_a_crash_cut_off_is_dropped(void **state)
{
    const struct ch_events_value value = { "a", 0 };
    struct ch_events *v = open_events(0);
    size_t n;

    (void)state;
    assert_int_equal(ch_events_put(v, 5, &value, 1, NULL), 0);
    ch_events_close(v);
    assert_int_equal(truncate(path_of(), ch_file_size(path_of()) - 3), 0);
    ch_events_close(open_events(4));
    EXPECT(1, "\x10\x05\x3a\x02\x08\x01");
    assert_null(record(2, &n));
}

static void a_run_without_the_file_gets_one(void **state)
{
    (void)state;
    remove(path_of());
    ch_events_close(open_events(4));
    EXPECT(0, "\x10\x00\x1a\x0d" "brain.Event:2");
}

static void a_folder_that_is_not_there_is_named(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_events *v;

    (void)state;
    assert_int_equal(ch_events_open(&v, "nowhere", 0, &e), CH_EIO);
    assert_null(v);
    assert_non_null(strstr(e.msg, "nowhere/" CH_EVENTS_NAME));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_checksum_of_the_test_is_the_published_one),
        cmocka_unit_test(a_new_file_begins_with_its_version),
        cmocka_unit_test(values_are_messages_in_messages),
        cmocka_unit_test(going_on_starts_a_session_behind_the_checkpoint),
        cmocka_unit_test(a_record_that_a_crash_cut_off_is_dropped),
        cmocka_unit_test(a_run_without_the_file_gets_one),
        cmocka_unit_test(a_folder_that_is_not_there_is_named),
    };

    return cmocka_run_group_tests_name("events", tests, scratch_make,
                                       scratch_remove);
}
