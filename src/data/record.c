/* record.c - the bytes of one record, written and checked */
#include "data/record.h"

#include "base/arena.h"
#include "base/hash.h"
#include "kernel/kernel.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define CHECKSUM_BYTES 8

static void put_checksum(struct ch_buffer *out, size_t begun)
{
    if (!out->failed)
        ch_buffer_u64(out, ch_hash(out->at + begun, out->size - begun));
}

/* Lengths and bytes of a text. */
static void put_text(struct ch_buffer *out, const char *text)
{
    ch_buffer_u32(out, (uint32_t)strlen(text));
    ch_buffer_text(out, text);
}

void ch_record_write_captions(struct ch_buffer *out,
                              const struct ch_record_picture *of, size_t count,
                              const char *const *raw, const size_t *id_count,
                              const int32_t *ids)
{
    int is_plain = of->box.width == 0 &&
                   (!of->photo || strcmp(of->photo, of->key) == 0);
    const unsigned char head[2] = {
        'c', is_plain ? CH_RECORD_VERSION : CH_RECORD_VERSION_BOX };
    size_t begun = out->size;

    ch_buffer_put(out, head, sizeof head);
    ch_buffer_u16(out, (uint16_t)count);
    ch_buffer_u64(out, (uint64_t)of->image_id);
    put_text(out, of->key);
    if (!is_plain) {
        put_text(out, of->photo ? of->photo : of->key);
        ch_buffer_u32(out, of->box.x);
        ch_buffer_u32(out, of->box.y);
        ch_buffer_u32(out, of->box.width);
        ch_buffer_u32(out, of->box.height);
    }
    for (size_t i = 0; i < count; i++) {
        put_text(out, raw[i]);
        ch_buffer_u32(out, (uint32_t)id_count[i]);
        for (size_t k = 0; k < id_count[i]; k++)
            ch_buffer_u32(out, (uint32_t)*ids++);
    }
    put_checksum(out, begun);
}

/* The record without its checksum, verified; kind and version checked. */
static int open_record(const void *bytes, size_t n, const char *where,
                       char kind, uint8_t *version, struct ch_bytes *out,
                       struct ch_err *e)
{
    /* The newest version of this kind. */
    const int newest = kind == 'c' ? CH_RECORD_VERSION_BOX : CH_RECORD_VERSION;
    struct ch_bytes tail;
    uint64_t want, got;
    uint8_t found;

    if (n < CHECKSUM_BYTES + 4)
        return ch_fail_at(e, CH_EFORMAT, where, CH_NO_OFFSET,
                          "a record of %zu bytes is cut short", n);
    tail = ch_bytes_of((const char *)bytes + n - CHECKSUM_BYTES,
                       CHECKSUM_BYTES);
    want = ch_bytes_u64(&tail);
    got = ch_hash(bytes, n - CHECKSUM_BYTES);
    if (want != got)
        return ch_fail_at(e, CH_EFORMAT, where, CH_NO_OFFSET,
                          "checksum is %016" PRIx64 ", expected %016" PRIx64
                          ": the shard is damaged", got, want);
    *out = ch_bytes_of(bytes, n - CHECKSUM_BYTES);
    found = ch_bytes_u8(out);
    *version = ch_bytes_u8(out);
    if (found != (uint8_t)kind || *version < 1 || *version > newest)
        return ch_fail_at(e, CH_EFORMAT, where, CH_NO_OFFSET,
                          "kind %u version %u, expected kind %u version %s%d",
                          found, *version, (unsigned)(uint8_t)kind,
                          newest > 1 ? "1 to " : "", newest);
    return 0;
}

int ch_record_read_captions(const void *bytes, size_t n, const char *where,
                            struct ch_caption_record *out, struct ch_err *e)
{
    struct ch_bytes b;
    uint8_t version;
    int rc = open_record(bytes, n, where, 'c', &version, &b, e);

    if (rc)
        return rc;
    out->caption_count = ch_bytes_u16(&b);
    out->image_id = (int64_t)ch_bytes_u64(&b);
    out->key_bytes = ch_bytes_u32(&b);
    out->key = ch_bytes_run(&b, out->key_bytes);
    out->photo = out->key;
    out->photo_bytes = out->key_bytes;
    out->box = (struct ch_box){ 0 };
    if (version == CH_RECORD_VERSION_BOX) {
        out->photo_bytes = ch_bytes_u32(&b);
        out->photo = ch_bytes_run(&b, out->photo_bytes);
        out->box.x = ch_bytes_u32(&b);
        out->box.y = ch_bytes_u32(&b);
        out->box.width = ch_bytes_u32(&b);
        out->box.height = ch_bytes_u32(&b);
    }
    if (out->caption_count > CH_RECORD_MAX_CAPTIONS)
        return ch_fail_at(e, CH_EFORMAT, where, CH_NO_OFFSET,
                          "%zu captions, expected at most %d",
                          out->caption_count, CH_RECORD_MAX_CAPTIONS);
    for (size_t i = 0; i < out->caption_count; i++) {
        struct ch_caption *c = &out->caption[i];
        c->raw_bytes = ch_bytes_u32(&b);
        c->raw = ch_bytes_run(&b, c->raw_bytes);
        c->id_count = ch_bytes_u32(&b);
        if (c->id_count < 2 || c->id_count > CH_RECORD_MAX_WORDS + 2)
            b.bad = true;
        c->id = b.bad ? NULL : ch_bytes_run(&b, 4 * c->id_count);
        if (b.bad)
            break;
    }
    if (b.bad || ch_bytes_left(&b) != 0)
        return ch_fail_at(e, CH_EFORMAT, where, CH_NO_OFFSET,
                          "the captions do not fill their record");
    return 0;
}

int ch_record_photo_path(const struct ch_caption_record *r, const char *folder,
                         char *out, size_t size, struct ch_err *e)
{
    int is_absolute = r->photo_bytes > 0 && r->photo[0] == '/';
    int n = snprintf(out, size, "%s%s%.*s", is_absolute ? "" : folder,
                     is_absolute ? "" : "/", (int)r->photo_bytes, r->photo);

    if (n < 0 || (size_t)n >= size)
        return ch_fail(e, CH_EFORMAT, "the photo's path is too long");
    return 0;
}

int32_t ch_caption_id(const struct ch_caption *c, size_t i)
{
    struct ch_bytes b = ch_bytes_of((const char *)c->id + 4 * i, 4);

    return (int32_t)ch_bytes_u32(&b);
}

static size_t value_bytes(enum ch_feature_dtype dtype)
{
    return dtype == CH_FEATURE_F32 ? 4 : 2;
}

void ch_record_write_feature(struct ch_buffer *out, char kind,
                             enum ch_feature_dtype dtype, size_t rows,
                             size_t columns, const float *value)
{
    const unsigned char head[4] = { (unsigned char)kind, CH_RECORD_VERSION,
                                    (unsigned char)dtype, 0 };
    size_t begun = out->size;
    uint32_t bits;

    ch_buffer_put(out, head, sizeof head);
    ch_buffer_u32(out, (uint32_t)rows);
    ch_buffer_u32(out, (uint32_t)columns);
    for (size_t i = 0; i < rows * columns; i++) {
        if (dtype == CH_FEATURE_F16) {
            ch_buffer_u16(out, ch_half_to_f16(value[i]));
        } else if (dtype == CH_FEATURE_BF16) {
            ch_buffer_u16(out, ch_half_to_bf16(value[i]));
        } else {
            memcpy(&bits, &value[i], sizeof bits);
            ch_buffer_u32(out, bits);
        }
    }
    put_checksum(out, begun);
}

/* Header of a feature record; what is left in b are exactly its values. */
static int open_feature(const void *bytes, size_t n, const char *where,
                        char kind, enum ch_feature_dtype *dtype, size_t *rows,
                        size_t *columns, struct ch_bytes *b, struct ch_err *e)
{
    size_t count;
    uint8_t type, version;
    int rc = open_record(bytes, n, where, kind, &version, b, e);

    if (rc)
        return rc;
    type = ch_bytes_u8(b);
    (void)ch_bytes_u8(b);      /* zero, kept for later */
    *rows = ch_bytes_u32(b);
    *columns = ch_bytes_u32(b);
    *dtype = (enum ch_feature_dtype)type;
    if (b->bad || type > CH_FEATURE_BF16 || !ch_mul_ok(*rows, *columns, &count)
        || !ch_mul_ok(count, value_bytes(*dtype), &count)
        || count != ch_bytes_left(b))
        return ch_fail_at(e, CH_EFORMAT, where, CH_NO_OFFSET,
                          "a feature record whose size does not fit its "
                          "shape");
    return 0;
}

int ch_record_feature_shape(const void *bytes, size_t n, const char *where,
                            char kind, enum ch_feature_dtype *dtype,
                            size_t *rows, size_t *columns, struct ch_err *e)
{
    struct ch_bytes b;

    return open_feature(bytes, n, where, kind, dtype, rows, columns, &b, e);
}

int ch_record_read_feature(const void *bytes, size_t n, const char *where,
                           char kind, size_t rows, size_t columns,
                           float *value, struct ch_err *e)
{
    enum ch_feature_dtype dtype;
    size_t r, c;
    struct ch_bytes b;
    int rc = open_feature(bytes, n, where, kind, &dtype, &r, &c, &b, e);

    if (rc)
        return rc;
    if (r != rows || c != columns)
        return ch_fail_at(e, CH_EFORMAT, where, CH_NO_OFFSET,
                          "features of %zu x %zu, expected %zu x %zu", r, c,
                          rows, columns);
    if (dtype == CH_FEATURE_F16) {
        ch_kernel_get()->widen_f16(rows * columns,
                                   ch_bytes_run(&b, 2 * rows * columns),
                                   value);
        return 0;
    }
    for (size_t i = 0; i < rows * columns; i++) {
        if (dtype == CH_FEATURE_BF16) {
            value[i] = ch_half_from_bf16(ch_bytes_u16(&b));
        } else {
            uint32_t bits = ch_bytes_u32(&b);
            memcpy(&value[i], &bits, sizeof bits);
        }
    }
    return 0;
}
