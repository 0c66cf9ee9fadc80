/* piece.c - features of some records of one shard, written and read */
#include "data/piece.h"

#include <string.h>

#define MAGIC "CHPIECE1"
#define HEAD_BYTES 24
#define HASH_BYTES 8

static int put(struct ch_piece_writer *w, const struct ch_buffer *b,
               struct ch_err *e)
{
    if (b->failed)
        return ch_fail(e, CH_ENOMEM, "cannot hold a record");
    ch_hasher_add(w->hasher, b->at, b->size);
    return ch_writer_put(&w->file, b->at, b->size, e);
}

static void put_real(struct ch_buffer *b, double v)
{
    uint64_t bits;

    memcpy(&bits, &v, sizeof bits);
    ch_buffer_u64(b, bits);
}

static double real(struct ch_bytes *b)
{
    uint64_t bits = ch_bytes_u64(b);
    double v;

    memcpy(&v, &bits, sizeof v);
    return v;
}

int ch_piece_begin(struct ch_piece_writer *w, const char *path,
                   const struct ch_piece_id *id, struct ch_err *e)
{
    struct ch_buffer b = { 0 };
    int rc;

    memset(w, 0, sizeof *w);
    rc = ch_hasher_open(&w->hasher, e);
    if (!rc) rc = ch_writer_open(&w->file, path, e);
    ch_buffer_text(&b, MAGIC);
    ch_buffer_u64(&b, id->identity);
    ch_buffer_u32(&b, id->first);
    ch_buffer_u32(&b, id->count);
    if (!rc) rc = put(w, &b, e);
    ch_buffer_release(&b);
    if (rc)
        ch_piece_drop(w);
    return rc;
}

int ch_piece_add(struct ch_piece_writer *w, const struct ch_piece_record *r,
                 struct ch_err *e)
{
    struct ch_buffer b = { 0 };
    int rc = 0;

    for (size_t i = 0; i < 3 && !rc; i++) {
        const struct ch_buffer value = {
            .at = (char *)(uintptr_t)r->value[i].at, .size = r->value[i].n };
        ch_buffer_reset(&b);
        ch_buffer_u32(&b, (uint32_t)value.size);
        rc = put(w, &b, e);
        if (!rc && value.size)
            rc = put(w, &value, e);
    }
    ch_buffer_reset(&b);
    put_real(&b, r->error.error2);
    put_real(&b, r->error.value2);
    put_real(&b, r->error.largest);
    if (!rc) rc = put(w, &b, e);
    ch_buffer_release(&b);
    return rc;
}

int ch_piece_finish(struct ch_piece_writer *w, struct ch_err *e)
{
    struct ch_buffer b = { 0 };
    uint64_t hash = ch_hasher_close(w->hasher);
    int rc;

    w->hasher = NULL;
    ch_buffer_u64(&b, hash);
    rc = b.failed ? ch_fail(e, CH_ENOMEM, "cannot hold a record")
                  : ch_writer_put(&w->file, b.at, b.size, e);
    if (!rc) rc = ch_writer_finish(&w->file, e);
    ch_buffer_release(&b);
    if (rc)
        ch_piece_drop(w);
    return rc;
}

void ch_piece_drop(struct ch_piece_writer *w)
{
    if (w->hasher)
        (void)ch_hasher_close(w->hasher);      /* its hash is of no use */
    w->hasher = NULL;
    ch_writer_close(&w->file);
}

int ch_piece_open(struct ch_piece *p, const char *path,
                  const struct ch_piece_id *id, struct ch_err *e)
{
    struct ch_bytes tail;
    const char *magic;
    size_t n;
    int rc;

    memset(p, 0, sizeof *p);
    if (!ch_file_exists(path))
        return 0;
    rc = ch_map_open(&p->map, path, e);
    if (rc)
        return rc;
    n = p->map.size;
    if (n < HEAD_BYTES + HASH_BYTES) {
        ch_piece_close(p);
        return 0;
    }
    tail = ch_bytes_of(p->map.at + n - HASH_BYTES, HASH_BYTES);
    p->rest = ch_bytes_of(p->map.at, n - HASH_BYTES);
    magic = ch_bytes_run(&p->rest, 8);
    if (memcmp(magic, MAGIC, 8) != 0 ||
        ch_bytes_u64(&p->rest) != id->identity ||
        ch_bytes_u32(&p->rest) != id->first ||
        ch_bytes_u32(&p->rest) != id->count ||
        ch_bytes_u64(&tail) != ch_hash(p->map.at, n - HASH_BYTES)) {
        ch_piece_close(p);
        return 0;
    }
    p->left = id->count;
    return 1;
}

int ch_piece_next(struct ch_piece *p, struct ch_piece_record *out)
{
    if (p->left == 0)
        return 0;
    p->left--;
    for (size_t i = 0; i < 3; i++) {
        out->value[i].n = ch_bytes_u32(&p->rest);
        out->value[i].at = ch_bytes_run(&p->rest, out->value[i].n);
    }
    out->error.error2 = real(&p->rest);
    out->error.value2 = real(&p->rest);
    out->error.largest = real(&p->rest);
    return p->rest.bad ? 0 : 1;
}

void ch_piece_close(struct ch_piece *p)
{
    ch_map_close(&p->map);
    memset(p, 0, sizeof *p);
}
