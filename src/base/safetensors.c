/* safetensors.c - reading and checking a file of named tensors
 *
 * Everything in the header is checked before a pointer is handed out: types,
 * shapes, sizes, that the tensors lie one after another without gaps or
 * overlaps, and both checksums.
 */
#include "base/safetensors.h"

#include "base/arena.h"
#include "base/hash.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_LIMIT 100000000u    /* the limit of the original library */
#define CHECKSUM "chorus.checksum"
#define META_SUM "chorus.metadata"

struct ch_safetensors {
    struct ch_map map;             /* empty when parsed from memory */
    struct ch_json *header;
    struct ch_tensor *tensor;
    size_t tensor_count;
};

static const struct {
    const char *name;
    size_t bytes;
} dtypes[] = { [CH_F32] = { "F32", 4 }, [CH_F64] = { "F64", 8 },
               [CH_I64] = { "I64", 8 }, [CH_U8] = { "U8", 1 } };
#define DTYPE_COUNT (sizeof dtypes / sizeof dtypes[0])

static int bad(struct ch_err *e, const char *path, const char *tensor,
               const char *what)
{
    return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                      "tensor \"%s\": %s", tensor, what);
}

static int read_shape(struct ch_tensor *t, const struct ch_json *shape,
                      const char *path, struct ch_err *e)
{
    size_t count = 1;

    t->rank = ch_json_count(shape);
    if (!ch_json_is_array(shape) || t->rank > 4)
        return bad(e, path, t->name, "expected a shape of 0 to 4 sizes");
    for (size_t i = 0; i < t->rank; i++) {
        int64_t size = ch_json_int(ch_json_at(shape, i), -1);
        if (size < 0 || !ch_mul_ok(count, (size_t)size, &count))
            return bad(e, path, t->name, "its shape is no list of sizes");
        t->shape[i] = (size_t)size;
    }
    if (!ch_mul_ok(count, dtypes[t->dtype].bytes, &t->bytes))
        return bad(e, path, t->name, "its shape does not fit in memory");
    return 0;
}

/* One entry of the header. */
static int read_tensor(struct ch_tensor *t, const char *name,
                       const struct ch_json *v, const unsigned char *data,
                       size_t data_bytes, const char *path, struct ch_err *e)
{
    const char *dtype = ch_json_text(ch_json_get(v, "dtype"), "");
    const struct ch_json *offsets = ch_json_get(v, "data_offsets");
    int64_t begin = ch_json_int(ch_json_at(offsets, 0), -1);
    int64_t end = ch_json_int(ch_json_at(offsets, 1), -1);
    size_t d = 0;
    int rc;

    t->name = name;
    while (d < DTYPE_COUNT && strcmp(dtypes[d].name, dtype) != 0)
        d++;
    if (d == DTYPE_COUNT)
        return bad(e, path, name, "its dtype is not F32, F64, I64 or U8");
    t->dtype = (enum ch_dtype)d;
    rc = read_shape(t, ch_json_get(v, "shape"), path, e);
    if (rc)
        return rc;
    if (ch_json_count(offsets) != 2 || begin < 0 || end < begin ||
        (uint64_t)end > data_bytes)
        return bad(e, path, name, "its data_offsets lie outside the file");
    if ((uint64_t)(end - begin) != t->bytes)
        return bad(e, path, name, "its shape does not fit its data_offsets");
    t->data = data + begin;
    return 0;
}

static int by_place(const void *a, const void *b)
{
    const struct ch_tensor *x = a, *y = b;

    if (x->data != y->data)
        return x->data < y->data ? -1 : 1;
    return (x->bytes > y->bytes) - (x->bytes < y->bytes);
}

/* before: bytes of the file in front of the tensors. */
static int check_gaps(const struct ch_safetensors *s,
                      const unsigned char *data, size_t data_bytes,
                      size_t before, const char *path, struct ch_err *e)
{
    const unsigned char *at = data;

    for (size_t i = 0; i < s->tensor_count; i++) {
        if ((const unsigned char *)s->tensor[i].data != at)
            return bad(e, path, s->tensor[i].name,
                       "there is a gap or an overlap before it");
        at += s->tensor[i].bytes;
    }
    if (at != data + data_bytes)
        return ch_fail_at(e, CH_EFORMAT, path,
                          before + (uint64_t)(at - data),
                          "%zu bytes behind the last tensor, expected none",
                          (size_t)(data + data_bytes - at));
    return 0;
}

static int check_sum(const struct ch_safetensors *s,
                     const unsigned char *data, size_t data_bytes,
                     const char *path, struct ch_err *e)
{
    const char *text = ch_safetensors_meta(s, CHECKSUM);
    uint64_t want, got;

    if (!text)
        return 0;      /* written by another library */
    got = ch_hash(data, data_bytes);
    if (ch_hash_parse(text, &want) != 0 || want != got)
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "checksum is %016" PRIx64 ", expected %s: the file "
                          "is damaged", got, text);
    return 0;
}

/* One entry of the metadata. */
struct entry {
    const char *name, *text;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->name,
                  ((const struct entry *)b)->name);
}

/* The sum of all metadata but itself: other libraries keep no order. */
static int sum_meta(struct entry *entry, size_t count, char out[17],
                    struct ch_err *e)
{
    struct ch_hasher *hasher;
    int rc = ch_hasher_open(&hasher, e);

    if (rc)
        return rc;
    qsort(entry, count, sizeof *entry, by_name);
    for (size_t i = 0; i < count; i++)
        if (strcmp(entry[i].name, META_SUM) != 0) {
            ch_hasher_add(hasher, entry[i].name, strlen(entry[i].name) + 1);
            ch_hasher_add(hasher, entry[i].text, strlen(entry[i].text) + 1);
        }
    ch_hash_hex(ch_hasher_close(hasher), out);
    return 0;
}

static int check_meta(const struct ch_safetensors *s, const char *path,
                      struct ch_err *e)
{
    const struct ch_json *meta = ch_json_get(s->header, "__metadata__"), *v;
    const char *want = ch_safetensors_meta(s, META_SUM);
    struct entry *entry;
    size_t count = 0;
    void *place = NULL;
    char got[17];
    int rc;

    if (!want)
        return 0;
    entry = malloc((ch_json_count(meta) + 1) * sizeof *entry);
    if (!entry)
        return ch_fail(e, CH_ENOMEM, "cannot hold the metadata of %s", path);
    for (; ch_json_next(meta, &place, &entry[count].name, &v); count++)
        entry[count].text = ch_json_text(v, "");
    rc = sum_meta(entry, count, got, e);
    if (!rc && strcmp(want, got) != 0)
        rc = ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET, "checksum of the "
                        "metadata is %s, expected %s: the file is damaged",
                        got, want);
    free(entry);
    return rc;
}

static int read_all(struct ch_safetensors *s, const unsigned char *data,
                    size_t data_bytes, size_t before, const char *path,
                    struct ch_err *e)
{
    size_t members = ch_json_count(s->header);
    const struct ch_json *v;
    const char *name;
    void *place = NULL;
    int rc = 0;

    if (!ch_json_is_object(s->header))
        return ch_fail_at(e, CH_EFORMAT, path, 8, "the header is no object");
    s->tensor = calloc(members + 1, sizeof *s->tensor);
    if (!s->tensor)
        return ch_fail(e, CH_ENOMEM, "cannot hold %zu tensors", members);
    rc = check_meta(s, path, e);
    while (!rc && ch_json_next(s->header, &place, &name, &v))
        if (strcmp(name, "__metadata__") != 0)
            rc = read_tensor(&s->tensor[s->tensor_count++], name, v, data,
                             data_bytes, path, e);
    if (rc)
        return rc;
    qsort(s->tensor, s->tensor_count, sizeof *s->tensor, by_place);
    rc = check_gaps(s, data, data_bytes, before, path, e);
    if (!rc) rc = check_sum(s, data, data_bytes, path, e);
    return rc;
}

int ch_safetensors_parse(struct ch_safetensors **out, const void *bytes,
                         size_t n, const char *path, struct ch_err *e)
{
    struct ch_bytes b = ch_bytes_of(bytes, n);
    uint64_t header_bytes = ch_bytes_u64(&b);
    struct ch_safetensors *s;
    const char *header;
    int rc;

    *out = NULL;
    if (b.bad || header_bytes > HEADER_LIMIT ||
        header_bytes > ch_bytes_left(&b))
        return ch_fail_at(e, CH_EFORMAT, path, 0,
                          "not a safetensors file, or cut short: its header "
                          "does not fit into %zu bytes", n);
    s = calloc(1, sizeof *s);
    if (!s)
        return ch_fail(e, CH_ENOMEM, "cannot hold a tensor file");
    header = ch_bytes_run(&b, (size_t)header_bytes);
    rc = ch_json_parse(&s->header, header, (size_t)header_bytes, path, e);
    if (!rc)
        rc = read_all(s, (const unsigned char *)bytes + b.used,
                      ch_bytes_left(&b), b.used, path, e);
    if (rc)
        ch_safetensors_close(s);
    else
        *out = s;
    return rc;
}

int ch_safetensors_open(struct ch_safetensors **out, const char *path,
                        struct ch_err *e)
{
    struct ch_map map;
    int rc;

    *out = NULL;
    rc = ch_map_open(&map, path, e);
    if (rc)
        return rc;
    rc = ch_safetensors_parse(out, map.at, map.size, path, e);
    if (rc)
        ch_map_close(&map);
    else
        (*out)->map = map;
    return rc;
}

void ch_safetensors_close(struct ch_safetensors *s)
{
    if (!s)
        return;
    ch_json_close(s->header);
    free(s->tensor);
    if (s->map.at)
        ch_map_close(&s->map);
    free(s);
}

const struct ch_tensor *ch_safetensors_get(const struct ch_safetensors *s,
                                           const char *name)
{
    for (size_t i = 0; i < s->tensor_count; i++)
        if (strcmp(s->tensor[i].name, name) == 0)
            return &s->tensor[i];
    return NULL;
}

size_t ch_safetensors_count(const struct ch_safetensors *s)
{
    return s->tensor_count;
}

const struct ch_tensor *ch_safetensors_at(const struct ch_safetensors *s,
                                          size_t i)
{
    return i < s->tensor_count ? &s->tensor[i] : NULL;
}

const char *ch_safetensors_meta(const struct ch_safetensors *s,
                                const char *name)
{
    const struct ch_json *meta = ch_json_get(s->header, "__metadata__");

    return ch_json_text(ch_json_get(meta, name), NULL);
}

/* ------------------------------------------------------------- writing */

void ch_safetensors_add(struct ch_safetensors_writer *w, struct ch_tensor t)
{
    size_t count = 1;

    assert(w->tensor_count < CH_SAFETENSORS_MAX);
    assert(t.rank <= 4);
    for (size_t i = 0; i < w->tensor_count; i++)
        assert(strcmp(w->tensor[i].name, t.name) != 0);
    for (size_t i = 0; i < t.rank; i++)
        count *= t.shape[i];
    t.bytes = count * dtypes[t.dtype].bytes;
    w->tensor[w->tensor_count++] = t;
}

void ch_safetensors_add_meta(struct ch_safetensors_writer *w,
                             const char *name, const char *text)
{
    assert(w->meta_count < CH_SAFETENSORS_META_MAX);
    w->meta[w->meta_count].name = name;
    w->meta[w->meta_count++].text = text;
}

/* The order of the file: larger elements first, so that each tensor starts on
 * a multiple of its element's size. */
static void sort_tensors(const struct ch_safetensors_writer *w,
                         const struct ch_tensor **sorted)
{
    for (size_t size = 8; size > 0; size /= 2)
        for (size_t i = 0; i < w->tensor_count; i++)
            if (dtypes[w->tensor[i].dtype].bytes == size)
                *sorted++ = &w->tensor[i];
}

static int put_meta(const struct ch_safetensors_writer *w,
                    const char *checksum, struct ch_json_writer *j,
                    struct ch_err *e)
{
    struct entry entry[CH_SAFETENSORS_META_MAX + 1];
    size_t n = w->meta_count;
    char sum[17];
    int rc;

    ch_json_begin(j, "__metadata__", '{');
    for (size_t i = 0; i < n; i++) {
        ch_json_put_text(j, w->meta[i].name, w->meta[i].text,
                         strlen(w->meta[i].text));
        entry[i] = (struct entry){ w->meta[i].name, w->meta[i].text };
    }
    ch_json_put_text(j, CHECKSUM, checksum, strlen(checksum));
    entry[n] = (struct entry){ CHECKSUM, checksum };
    rc = sum_meta(entry, n + 1, sum, e);
    if (!rc)
        ch_json_put_text(j, META_SUM, sum, strlen(sum));
    ch_json_end(j);
    return rc;
}

static int put_header(const struct ch_safetensors_writer *w,
                      const struct ch_tensor *const *sorted,
                      const char *checksum, struct ch_buffer *out,
                      struct ch_err *e)
{
    struct ch_json_writer j;
    size_t begin = 0;
    int rc;

    ch_json_writer_init(&j, out);
    ch_json_begin(&j, NULL, '{');
    rc = put_meta(w, checksum, &j, e);
    if (rc)
        return rc;
    for (size_t i = 0; i < w->tensor_count; i++) {
        const struct ch_tensor *t = sorted[i];
        ch_json_begin(&j, t->name, '{');
        ch_json_put_text(&j, "dtype", dtypes[t->dtype].name,
                         strlen(dtypes[t->dtype].name));
        ch_json_begin(&j, "shape", '[');
        for (size_t k = 0; k < t->rank; k++)
            ch_json_put_int(&j, NULL, (int64_t)t->shape[k]);
        ch_json_end(&j);
        ch_json_begin(&j, "data_offsets", '[');
        ch_json_put_int(&j, NULL, (int64_t)begin);
        ch_json_put_int(&j, NULL, (int64_t)(begin + t->bytes));
        ch_json_end(&j);
        ch_json_end(&j);
        begin += t->bytes;
    }
    ch_json_end(&j);
    /* Mapped tensors start on a cache line. */
    while (!out->failed && (8 + out->size) % 64 != 0)
        ch_buffer_put(out, " ", 1);
    return out->failed ? ch_fail(e, CH_ENOMEM, "cannot hold the header") : 0;
}

int ch_safetensors_write(const struct ch_safetensors_writer *w,
                         const char *path, struct ch_err *e)
{
    struct ch_buffer header = { 0 }, lead = { 0 };
    struct ch_writer file = { 0 };
    struct ch_hasher *hasher = NULL;
    const struct ch_tensor *sorted[CH_SAFETENSORS_MAX];
    char checksum[17];
    int rc = ch_hasher_open(&hasher, e);

    if (rc)
        return rc;
    sort_tensors(w, sorted);
    for (size_t i = 0; i < w->tensor_count; i++)
        ch_hasher_add(hasher, sorted[i]->data, sorted[i]->bytes);
    ch_hash_hex(ch_hasher_close(hasher), checksum);
    rc = put_header(w, sorted, checksum, &header, e);
    ch_buffer_u64(&lead, header.size);
    if (!rc && lead.failed)
        rc = ch_fail(e, CH_ENOMEM, "cannot hold the header of %s", path);
    if (!rc) rc = ch_writer_open(&file, path, e);
    file.moved = w->moved;
    file.context = w->context;
    if (!rc) rc = ch_writer_put(&file, lead.at, lead.size, e);
    if (!rc) rc = ch_writer_put(&file, header.at, header.size, e);
    for (size_t i = 0; i < w->tensor_count && !rc; i++)
        rc = ch_writer_put(&file, sorted[i]->data, sorted[i]->bytes, e);
    if (!rc && w->before_end)
        rc = w->before_end(w->context, e);
    if (!rc) rc = ch_writer_finish(&file, e);
    ch_writer_close(&file);
    ch_buffer_release(&header);
    ch_buffer_release(&lead);
    return rc;
}
