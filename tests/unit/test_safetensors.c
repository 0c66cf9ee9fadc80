/* test_safetensors.c - tensors survive their file; damaged ones are refused */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/safetensors.h"
#include "scratch.h"

static const float floats[6] = { 0, 1, -2, 0.5f, 1e30f, -0.0f };
static const double doubles[2] = { 3, -4 };
static const int64_t numbers[1] = { INT64_MIN };
static const unsigned char marks[3] = { 1, 2, 255 };

/* An odd run of bytes stands first, so that order and alignment show. */
static void write_sample(const char *path)
{
    struct ch_safetensors_writer *w = calloc(1, sizeof *w);
    struct ch_err e = CH_ERR_INIT;

    assert_non_null(w);
    ch_safetensors_add(w, (struct ch_tensor) {
        .name = "u8", .dtype = CH_U8, .rank = 1, .shape = { 3 },
        .data = marks });
    ch_safetensors_add(w, (struct ch_tensor) {
        .name = "f32", .dtype = CH_F32, .rank = 2, .shape = { 2, 3 },
        .data = floats });
    ch_safetensors_add(w, (struct ch_tensor) {
        .name = "f64", .dtype = CH_F64, .rank = 1, .shape = { 2 },
        .data = doubles });
    ch_safetensors_add(w, (struct ch_tensor) {
        .name = "i64", .dtype = CH_I64, .rank = 0, .data = numbers });
    ch_safetensors_add(w, (struct ch_tensor) {
        .name = "none", .dtype = CH_F32, .rank = 2, .shape = { 0, 7 },
        .data = floats });
    ch_safetensors_add_meta(w, "k", "a \"text\"\n\xc3\xa9");
    if (ch_safetensors_write(w, path, &e))
        fail_msg("%s", e.msg);
    free(w);
}

static struct ch_safetensors *open_sample(void)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_safetensors *s;

    write_sample(scratch_path("s.safetensors"));
    if (ch_safetensors_open(&s, scratch_path("s.safetensors"), &e))
        fail_msg("%s", e.msg);
    return s;
}

static void check_tensor(const struct ch_safetensors *s, const char *name,
                         enum ch_dtype dtype, const void *data, size_t bytes)
{
    const struct ch_tensor *t = ch_safetensors_get(s, name);

    assert_non_null(t);
    assert_int_equal(t->dtype, dtype);
    assert_int_equal(t->bytes, bytes);
    assert_memory_equal(t->data, data, bytes);
}

static void tensors_survive_their_file(void **state)
{
    struct ch_safetensors *s = open_sample();

    (void)state;
    assert_int_equal(ch_safetensors_count(s), 5);
    check_tensor(s, "u8", CH_U8, marks, 3);
    check_tensor(s, "f32", CH_F32, floats, sizeof floats);
    check_tensor(s, "f64", CH_F64, doubles, sizeof doubles);
    check_tensor(s, "i64", CH_I64, numbers, sizeof numbers);
    check_tensor(s, "none", CH_F32, floats, 0);
    assert_null(ch_safetensors_get(s, "other"));
    assert_null(ch_safetensors_at(s, 5));
    ch_safetensors_close(s);
}

static void shapes_survive_their_file(void **state)
{
    struct ch_safetensors *s = open_sample();
    const struct ch_tensor *t = ch_safetensors_get(s, "f32");

    (void)state;
    assert_int_equal(t->rank, 2);
    assert_int_equal(t->shape[0], 2);
    assert_int_equal(t->shape[1], 3);
    assert_int_equal(ch_safetensors_get(s, "i64")->rank, 0);
    ch_safetensors_close(s);
}

static void metadata_survives_its_file(void **state)
{
    struct ch_safetensors *s = open_sample();

    (void)state;
    assert_string_equal(ch_safetensors_meta(s, "k"),
                        "a \"text\"\n\xc3\xa9");
    assert_null(ch_safetensors_meta(s, "other"));
    ch_safetensors_close(s);
}

static void each_tensor_is_aligned_to_its_element(void **state)
{
    static const size_t size[] = { [CH_F32] = 4, [CH_F64] = 8, [CH_I64] = 8,
                                   [CH_U8] = 1 };
    struct ch_safetensors *s = open_sample();

    (void)state;
    for (size_t i = 0; i < ch_safetensors_count(s); i++) {
        const struct ch_tensor *t = ch_safetensors_at(s, i);
        assert_int_equal((uintptr_t)t->data % size[t->dtype], 0);
    }
    /* The map starts a page, so the first tensor starts a cache line. */
    assert_int_equal((uintptr_t)ch_safetensors_at(s, 0)->data % 64, 0);
    ch_safetensors_close(s);
}

static void the_same_input_gives_the_same_bytes(void **state)
{
    char *a, *b;
    size_t n, m;

    (void)state;
    write_sample(scratch_path("a"));
    write_sample(scratch_path("b"));
    assert_int_equal(ch_file_read(scratch_path("a"), 1 << 20, &a, &n, NULL),
                     0);
    assert_int_equal(ch_file_read(scratch_path("b"), 1 << 20, &b, &m, NULL),
                     0);
    assert_int_equal(n, m);
    assert_memory_equal(a, b, n);
    free(a);
    free(b);
}

static void every_cut_of_a_file_is_refused(void **state)
{
    char *bytes;
    size_t n;

    (void)state;
    write_sample(scratch_path("s"));
    assert_int_equal(ch_file_read(scratch_path("s"), 1 << 20, &bytes, &n,
                                  NULL), 0);
    for (size_t cut = 0; cut < n; cut++) {
        struct ch_safetensors *s;
        char *copy = malloc(cut + 1);   /* a sanitizer sees a read too far */

        assert_non_null(copy);
        memcpy(copy, bytes, cut);
        assert_int_equal(ch_safetensors_parse(&s, copy, cut, "s", NULL),
                         CH_EFORMAT);
        assert_null(s);
        free(copy);
    }
    free(bytes);
}

static void a_changed_tensor_breaks_the_checksum(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_safetensors *s;
    char *bytes, want[256];
    uint64_t header, got;
    size_t n;
    const char *sum;

    (void)state;
    write_sample(scratch_path("s"));
    assert_int_equal(ch_file_read(scratch_path("s"), 1 << 20, &bytes, &n,
                                  NULL), 0);
    memcpy(&header, bytes, sizeof header);
    sum = strstr(bytes + 8, "\"chorus.checksum\":\"");
    assert_non_null(sum);
    bytes[n - 1] ^= 1;
    got = ch_hash(bytes + 8 + header, n - 8 - (size_t)header);
    snprintf(want, sizeof want, "s: checksum is %016" PRIx64 ", expected "
             "%.16s: the file is damaged", got, sum + 19);
    assert_int_equal(ch_safetensors_parse(&s, bytes, n, "s", &e), CH_EFORMAT);
    assert_string_equal(e.msg, want);
    free(bytes);
}

/* Refused, or the metadata is what was written. */
static void check_flipped(char *bytes, size_t n, size_t at, int bit)
{
    struct ch_safetensors *s;
    const char *k;

    bytes[at] ^= (char)(1 << bit);
    if (!ch_safetensors_parse(&s, bytes, n, "s", NULL)) {
        k = ch_safetensors_meta(s, "k");
        if (!k || strcmp(k, "a \"text\"\n\xc3\xa9"))
            fail_msg("bit %d of byte %zu: metadata is %s", bit, at,
                     k ? k : "gone");
        ch_safetensors_close(s);
    }
    bytes[at] ^= (char)(1 << bit);
}

static void no_flipped_bit_changes_the_metadata(void **state)
{
    uint64_t header;
    char *bytes;
    size_t n;

    (void)state;
    write_sample(scratch_path("s"));
    assert_int_equal(ch_file_read(scratch_path("s"), 1 << 20, &bytes, &n,
                                  NULL), 0);
    memcpy(&header, bytes, sizeof header);
    for (size_t at = 0; at < 8 + header; at++)
        for (int bit = 0; bit < 8; bit++)
            check_flipped(bytes, n, at, bit);
    free(bytes);
}

/* Header and `data` bytes of zeros, as another library would write them. */
static int parse_header(const char *header, size_t data,
                        struct ch_safetensors **s, struct ch_err *e)
{
    static struct ch_buffer b;       /* lives as long as *s */
    static const char zeros[256];

    ch_buffer_release(&b);
    b = (struct ch_buffer){ 0 };
    ch_buffer_u64(&b, strlen(header));
    ch_buffer_text(&b, header);
    ch_buffer_put(&b, zeros, data);
    return ch_safetensors_parse(s, b.at, b.size, "f", e);
}

static void metadata_in_another_order_is_the_same(void **state)
{
    static const char *const order[] = {
        "{\"__metadata__\":{\"a\":\"1\",\"b\":\"2\","
        "\"chorus.metadata\":\"%s\"}}",
        "{\"__metadata__\":{\"chorus.metadata\":\"%s\",\"b\":\"2\","
        "\"a\":\"1\"}}"
    };
    char sum[17], header[128];
    struct ch_safetensors *s;

    (void)state;
    ch_hash_hex(ch_hash("a\0001\0b\0002", 8), sum);
    for (size_t i = 0; i < 2; i++) {
        snprintf(header, sizeof header, order[i], sum);
        assert_int_equal(parse_header(header, 0, &s, NULL), 0);
        ch_safetensors_close(s);
    }
}

static void a_file_without_checksum_is_taken(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_safetensors *s;

    (void)state;
    if (parse_header("{\"b\":{\"dtype\":\"F32\",\"shape\":[2],"
                     "\"data_offsets\":[4,12]},\"a\":{\"dtype\":\"F32\","
                     "\"shape\":[],\"data_offsets\":[0,4]}}   ", 12, &s, &e))
        fail_msg("%s", e.msg);
    assert_int_equal(ch_safetensors_count(s), 2);
    ch_safetensors_close(s);
}

static void a_file_without_tensors_is_taken(void **state)
{
    struct ch_safetensors *s;

    (void)state;
    assert_int_equal(parse_header("{}", 0, &s, NULL), 0);
    assert_int_equal(ch_safetensors_count(s), 0);
    ch_safetensors_close(s);
}

#define T(dtype, shape, offsets) \
    "{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"
#define ONE(dtype, shape, offsets) "{\"a\":" T(dtype, shape, offsets) "}"
#define TWO(first, second) "{\"a\":" T("U8", "[4]", first) \
                           ",\"b\":" T("U8", "[4]", second) "}"

static void headers_that_do_not_fit_are_refused(void **state)
{
    static const struct {
        const char *header;
        size_t data;
        const char *msg;
    } bad[] = {
        { "[]", 0, "f: byte 8: the header is no object" },
        { "{\"a\":7}", 0,
          "f: tensor \"a\": its dtype is not F32, F64, I64 or U8" },
        { ONE("F8", "[4]", "[0,4]"), 4,
          "f: tensor \"a\": its dtype is not F32, F64, I64 or U8" },
        { ONE("U8", "4", "[0,4]"), 4,
          "f: tensor \"a\": expected a shape of 0 to 4 sizes" },
        { ONE("U8", "[1,1,1,1,4]", "[0,4]"), 4,
          "f: tensor \"a\": expected a shape of 0 to 4 sizes" },
        { ONE("U8", "[-4]", "[0,4]"), 4,
          "f: tensor \"a\": its shape is no list of sizes" },
        { ONE("U8", "[4.0]", "[0,4]"), 4,
          "f: tensor \"a\": its shape is no list of sizes" },
        { ONE("U8", "[4294967296,4294967296]", "[0,0]"), 0,
          "f: tensor \"a\": its shape is no list of sizes" },
        { ONE("F64", "[4611686018427387904]", "[0,0]"), 0,
          "f: tensor \"a\": its shape does not fit in memory" },
        { ONE("F32", "[2]", "[0,4]"), 4,
          "f: tensor \"a\": its shape does not fit its data_offsets" },
        { ONE("U8", "[4]", "[0]"), 4,
          "f: tensor \"a\": its data_offsets lie outside the file" },
        { ONE("U8", "[4]", "[0,4,4]"), 4,
          "f: tensor \"a\": its data_offsets lie outside the file" },
        { ONE("U8", "[4]", "[4,0]"), 4,
          "f: tensor \"a\": its data_offsets lie outside the file" },
        { ONE("U8", "[4]", "[-1,3]"), 4,
          "f: tensor \"a\": its data_offsets lie outside the file" },
        { ONE("U8", "[5]", "[0,5]"), 4,
          "f: tensor \"a\": its data_offsets lie outside the file" },
        { ONE("U8", "[4]", "[1,5]"), 5,
          "f: tensor \"a\": there is a gap or an overlap before it" },
        { TWO("[0,4]", "[5,9]"), 9,
          "f: tensor \"b\": there is a gap or an overlap before it" },
        { TWO("[0,4]", "[3,7]"), 7,
          "f: tensor \"b\": there is a gap or an overlap before it" },
        { TWO("[0,4]", "[0,4]"), 4,
          "f: tensor \"b\": there is a gap or an overlap before it" },
        { "{}", 3, "f: byte 10: 3 bytes behind the last tensor, expected "
                   "none" },
        { "{\"__metadata__\":{\"k\":\"v\","
          "\"chorus.metadata\":\"0\"}}", 0,
          "f: checksum of the metadata is 41eb748bfb4d9cd1, expected 0: the "
          "file is damaged" },
        { "{\"__metadata__\":{\"chorus.checksum\":\"0\"}}", 0,
          "f: checksum is 2d06800538d394c2, expected 0: the file is damaged" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct ch_err e = CH_ERR_INIT;
        struct ch_safetensors *s;

        assert_int_equal(parse_header(bad[i].header, bad[i].data, &s, &e),
                         CH_EFORMAT);
        assert_null(s);
        assert_string_equal(e.msg, bad[i].msg);
    }
}

static void a_name_that_stands_twice_is_refused(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_safetensors *s;

    (void)state;
    assert_int_equal(parse_header("{\"a\":" T("U8", "[1]", "[0,1]") ",\"a\":"
                                  T("U8", "[1]", "[1,2]") "}", 2, &s, &e),
                     CH_EFORMAT);
    assert_non_null(strstr(e.msg, "duplicate object key near '\"a\"'"));
}

static void a_header_longer_than_allowed_is_refused(void **state)
{
    static const uint64_t length[] = { 1, 100000001, UINT64_MAX };
    char bytes[8];

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct ch_err e = CH_ERR_INIT;
        struct ch_safetensors *s;

        memcpy(bytes, &length[i], sizeof bytes);
        assert_int_equal(ch_safetensors_parse(&s, bytes, sizeof bytes, "f",
                                              &e), CH_EFORMAT);
        assert_string_equal(e.msg, "f: byte 0: not a safetensors file, or cut "
                            "short: its header does not fit into 8 bytes");
    }
}

static void a_missing_or_empty_file_is_told(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_safetensors *s;

    (void)state;
    assert_int_equal(ch_safetensors_open(&s, scratch_path("no"), &e), CH_EIO);
    assert_int_equal(ch_file_write(scratch_path("empty"), "", 0, &e), 0);
    assert_int_equal(ch_safetensors_open(&s, scratch_path("empty"), &e),
                     CH_EFORMAT);
    assert_null(s);
    ch_safetensors_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tensors_survive_their_file),
        cmocka_unit_test(shapes_survive_their_file),
        cmocka_unit_test(metadata_survives_its_file),
        cmocka_unit_test(each_tensor_is_aligned_to_its_element),
        cmocka_unit_test(the_same_input_gives_the_same_bytes),
        cmocka_unit_test(every_cut_of_a_file_is_refused),
        cmocka_unit_test(a_changed_tensor_breaks_the_checksum),
        cmocka_unit_test(no_flipped_bit_changes_the_metadata),
        cmocka_unit_test(metadata_in_another_order_is_the_same),
        cmocka_unit_test(a_file_without_checksum_is_taken),
        cmocka_unit_test(a_file_without_tensors_is_taken),
        cmocka_unit_test(headers_that_do_not_fit_are_refused),
        cmocka_unit_test(a_name_that_stands_twice_is_refused),
        cmocka_unit_test(a_header_longer_than_allowed_is_refused),
        cmocka_unit_test(a_missing_or_empty_file_is_told),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
