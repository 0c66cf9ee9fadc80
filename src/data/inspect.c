/* inspect.c - what a folder of shards holds, record by record */
#include "chorus/inspect.h"

#include "base/file.h"
#include "base/json.h"
#include "data/shard.h"
#include "data/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const dtype_name[] = { "f32", "f16", "bf16" };

struct work {
    const struct ch_inspect_options *o;
    ch_inspect_fn show;
    void *context;
    struct ch_manifest manifest;
    struct ch_vocab *vocab;
    struct ch_store *store;
    uint64_t met, shown;
    struct ch_caption_record record;
    struct ch_buffer text;         /* of the record being shown */
    const char *raw[CH_RECORD_MAX_CAPTIONS], *words[CH_RECORD_MAX_CAPTIONS];
    char photo[4096];
    float *value;
    size_t value_room;
};

/* 1 and the value, 0 when there is none; negative. */
static int get(struct work *w, char kind, uint32_t index, const void **value,
               size_t *n, struct ch_err *e)
{
    unsigned char key[CH_SHARD_KEY_BYTES];

    ch_shard_key(kind, index, key);
    return ch_store_get(w->store, key, sizeof key, value, n, e);
}

/* Texts with a NUL behind each, and where they begin: pointers are set when
 * the buffer moves no more. */
static int read_texts(struct work *w, struct ch_inspect_record *r,
                      const char **key, struct ch_err *e)
{
    size_t at[2 * CH_RECORD_MAX_CAPTIONS], count = 0;

    ch_buffer_reset(&w->text);
    ch_buffer_put(&w->text, w->record.key, w->record.key_bytes);
    ch_buffer_put(&w->text, "", 1);
    for (size_t c = 0; c < w->record.caption_count; c++) {
        const struct ch_caption *from = &w->record.caption[c];
        int32_t id[CH_RECORD_MAX_WORDS + 2];

        at[count++] = w->text.size;
        ch_buffer_put(&w->text, from->raw, from->raw_bytes);
        ch_buffer_put(&w->text, "", 1);
        at[count++] = w->text.size;
        for (size_t i = 0; i < from->id_count; i++)
            id[i] = ch_caption_id(from, i);
        ch_vocab_decode(w->vocab, id, from->id_count, &w->text);
        ch_buffer_put(&w->text, "", 1);
    }
    if (w->text.failed)
        return ch_fail(e, CH_ENOMEM, "cannot hold a record");
    *key = w->text.at;
    for (size_t c = 0; c < w->record.caption_count; c++) {
        w->raw[c] = w->text.at + at[2 * c];
        w->words[c] = w->text.at + at[2 * c + 1];
    }
    r->caption_count = w->record.caption_count;
    r->raw = w->raw;
    r->words = w->words;
    return 0;
}

static int read_values(struct work *w, const struct ch_inspect_feature *f,
                       const void *bytes, size_t n, const char *where,
                       struct ch_err *e)
{
    size_t need = (size_t)(f->rows * f->columns);

    if (need > w->value_room) {
        free(w->value);
        w->value = malloc(need * sizeof *w->value);
        w->value_room = w->value ? need : 0;
        if (!w->value)
            return ch_fail(e, CH_ENOMEM, "cannot hold features");
    }
    return ch_record_read_feature(bytes, n, where, 'f', (size_t)f->rows,
                                  (size_t)f->columns, w->value, e);
}

static int read_feature(struct work *w, char kind, uint32_t index,
                        const char *where, struct ch_inspect_feature *out,
                        struct ch_err *e)
{
    enum ch_feature_dtype dtype;
    const void *bytes;
    size_t n, rows, columns;
    int rc = get(w, kind, index, &bytes, &n, e);

    *out = (struct ch_inspect_feature){ 0 };
    if (rc <= 0)
        return rc;
    rc = ch_record_feature_shape(bytes, n, where, kind, &dtype, &rows,
                                 &columns, e);
    if (rc)
        return rc;
    *out = (struct ch_inspect_feature){ dtype_name[dtype], rows, columns };
    return kind == 'f' && w->o->values
               ? read_values(w, out, bytes, n, where, e)
               : 0;
}

static int read_skipped(struct work *w, uint32_t index, char *out, size_t size,
                        struct ch_err *e)
{
    const void *why;
    size_t n;
    int rc = get(w, 'x', index, &why, &n, e);

    if (rc > 0)
        snprintf(out, size, "%.*s", (int)(n < size ? n : size - 1),
                 (const char *)why);
    return rc;
}

static int show_record(struct work *w, struct ch_inspect_record *r,
                       const char *where, const char *folder,
                       struct ch_err *e)
{
    char why[1024];
    uint32_t index = (uint32_t)r->index;
    int rc = read_texts(w, r, &r->key, e);

    if (!rc)
        rc = ch_record_photo_path(&w->record, folder, w->photo,
                                  sizeof w->photo, e);
    if (!rc) rc = read_feature(w, 'f', index, where, &r->pooled, e);
    if (!rc) rc = read_feature(w, 'g', index, where, &r->grid, e);
    if (!rc) rc = read_skipped(w, index, why, sizeof why, e);
    if (rc < 0)
        return rc;
    r->skipped = rc > 0 ? why : NULL;
    r->photo = w->photo;
    r->image_id = w->record.image_id;
    r->is_region = w->record.box.width > 0;
    memcpy(r->box, &w->record.box, sizeof r->box);
    r->value = w->o->values && r->pooled.dtype ? w->value : NULL;
    w->shown++;
    return w->show(w->context, r, e);
}

static int is_wanted(struct work *w)
{
    const char *key = w->o->key;

    if (key && (strlen(key) != w->record.key_bytes ||
                memcmp(key, w->record.key, w->record.key_bytes) != 0))
        return 0;
    return w->met++ >= w->o->first;
}

static int is_enough(const struct work *w)
{
    return w->o->limit && w->shown >= w->o->limit;
}

static int show_shard(struct work *w, enum ch_split s,
                      const struct ch_manifest_shard *shard, struct ch_err *e)
{
    const struct ch_manifest_split *split = &w->manifest.split[s];
    const char *folder = split->folder[0] ? split->folder : w->manifest.images;
    char path[4096], where[128];
    int rc = ch_file_join(path, sizeof path, w->manifest.folder, shard->file,
                          e);

    if (!rc) rc = ch_store_open(&w->store, path, e);
    for (uint32_t i = 0; i < shard->records && !rc && !is_enough(w); i++) {
        struct ch_inspect_record r = { .split = ch_split_name[s],
                                       .shard = shard->file, .index = i };
        const void *bytes;
        size_t n;

        snprintf(where, sizeof where, "%s record %u", shard->file, i);
        rc = get(w, 'c', i, &bytes, &n, e);
        if (rc == 0)
            rc = ch_fail_at(e, CH_EFORMAT, where, CH_NO_OFFSET, "is missing");
        if (rc > 0)
            rc = ch_record_read_captions(bytes, n, where, &w->record, e);
        if (!rc && is_wanted(w))
            rc = show_record(w, &r, where, folder, e);
    }
    ch_store_close(w->store);
    w->store = NULL;
    return rc;
}

static int show_all(struct work *w, struct ch_err *e)
{
    const char *only = w->o->split;
    enum ch_split wanted = CH_SPLIT_TRAIN;
    int rc = 0;

    if (only && (!ch_split_find(only, &wanted) ||
                 w->manifest.split[wanted].images == 0))
        return ch_fail_at(e, CH_EUSAGE, w->o->shards, CH_NO_OFFSET,
                          "the shards have no split \"%s\"", only);
    for (int s = 0; s < CH_SPLIT_COUNT; s++) {
        const struct ch_manifest_split *split = &w->manifest.split[s];

        if (only && s != (int)wanted)
            continue;
        for (size_t i = 0; i < split->shard_count && !rc && !is_enough(w); i++)
            rc = show_shard(w, (enum ch_split)s, &split->shard[i], e);
    }
    if (!rc && w->o->key && !w->met)
        rc = ch_fail_at(e, CH_EUSAGE, w->o->shards, CH_NO_OFFSET,
                        "no record has the key %s", w->o->key);
    return rc;
}

int ch_inspect_run(const struct ch_inspect_options *o, ch_inspect_fn show,
                   void *context, struct ch_err *e)
{
    struct work *w = calloc(1, sizeof *w);
    int rc;

    if (!w)
        return ch_fail(e, CH_ENOMEM, "cannot hold a record");
    w->o = o;
    w->show = show;
    w->context = context;
    rc = ch_manifest_read(&w->manifest, o->shards, e);
    if (!rc) rc = ch_manifest_vocab(&w->manifest, &w->vocab, e);
    if (!rc) rc = show_all(w, e);
    ch_vocab_close(w->vocab);
    ch_manifest_release(&w->manifest);
    ch_buffer_release(&w->text);
    free(w->value);
    free(w);
    return rc;
}

static void put_text(struct ch_json_writer *w, const char *name,
                     const char *text)
{
    ch_json_put_text(w, name, text, strlen(text));
}

static void put_feature(struct ch_json_writer *w, const char *name,
                        const struct ch_inspect_feature *f)
{
    if (!f->dtype)
        return;
    ch_json_begin(w, name, '{');
    put_text(w, "dtype", f->dtype);
    ch_json_put_int(w, "rows", (int64_t)f->rows);
    ch_json_put_int(w, "columns", (int64_t)f->columns);
    ch_json_end(w);
}

char *ch_inspect_json(const struct ch_inspect_record *r)
{
    struct ch_buffer out = { 0 };
    struct ch_json_writer w;

    ch_json_writer_init(&w, &out);
    ch_json_begin(&w, NULL, '{');
    put_text(&w, "split", r->split);
    put_text(&w, "shard", r->shard);
    ch_json_put_int(&w, "index", (int64_t)r->index);
    put_text(&w, "key", r->key);
    put_text(&w, "photo", r->photo);
    if (r->image_id >= 0)
        ch_json_put_int(&w, "image_id", r->image_id);
    if (r->is_region) {
        ch_json_begin(&w, "box", '[');
        for (int i = 0; i < 4; i++)
            ch_json_put_int(&w, NULL, r->box[i]);
        ch_json_end(&w);
    }
    ch_json_begin(&w, "captions", '[');
    for (size_t c = 0; c < r->caption_count; c++) {
        ch_json_begin(&w, NULL, '{');
        put_text(&w, "raw", r->raw[c]);
        put_text(&w, "words", r->words[c]);
        ch_json_end(&w);
    }
    ch_json_end(&w);
    put_feature(&w, "pooled", &r->pooled);
    put_feature(&w, "grid", &r->grid);
    if (r->skipped)
        put_text(&w, "skipped", r->skipped);
    if (r->value) {
        ch_json_begin(&w, "values", '[');
        for (size_t i = 0; i < r->pooled.rows * r->pooled.columns; i++)
            ch_json_put_real(&w, NULL, (double)r->value[i]);
        ch_json_end(&w);
    }
    ch_json_end(&w);
    if (out.failed) {
        ch_buffer_release(&out);
        return NULL;
    }
    return out.at;
}
