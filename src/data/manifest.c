/* manifest.c - manifest.json: what a folder of shards holds */
#include "data/shard.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT "chorus-shards"
#define VERSION 1
#define VOCAB_FILE "vocabulary.txt"
#define VOCAB_LIMIT ((size_t)256 << 20)

static int need_size(const struct ch_json *o, const char *name, size_t *out,
                     const char *path, struct ch_err *e)
{
    int64_t v;
    int rc = ch_json_need_int(o, name, 0, INT64_C(1) << 48, &v, path, e);

    if (!rc)
        *out = (size_t)v;
    return rc;
}

static int read_shard(struct ch_manifest_shard *shard, const struct ch_json *o,
                      const char *path, struct ch_err *e)
{
    const char *file;
    int rc = ch_json_need_text(o, "file", &file, path, e);

    if (rc)
        return rc;
    /* A shard lies in the folder itself: no path may lead out of it. */
    if (strchr(file, '/') || strlen(file) >= sizeof shard->file || !*file ||
        strcmp(file, ".") == 0 || strcmp(file, "..") == 0)
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "\"%.80s\" is no file name of a shard", file);
    strcpy(shard->file, file);
    rc = need_size(o, "records", &shard->records, path, e);
    if (!rc) rc = need_size(o, "captions", &shard->captions, path, e);
    if (!rc && shard->records > UINT32_MAX)
        rc = ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                        "%s: too many records", file);
    return rc;
}

static int read_split(struct ch_manifest_split *split,
                      const struct ch_json *o, const char *path,
                      struct ch_err *e)
{
    const struct ch_json *shards = ch_json_get(o, "shards");
    const char *folder = ch_json_text(ch_json_get(o, "folder"), "");
    size_t count = ch_json_count(shards), records = 0, captions = 0;
    int rc = need_size(o, "images", &split->images, path, e);

    if (strlen(folder) >= sizeof split->folder)
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "\"folder\" is too long");
    strcpy(split->folder, folder);
    if (!rc) rc = need_size(o, "captions", &split->captions, path, e);
    if (!rc) rc = need_size(o, "words", &split->words, path, e);
    if (rc)
        return rc;
    split->shard = calloc(count + 1, sizeof *split->shard);
    if (!split->shard)
        return ch_fail(e, CH_ENOMEM, "cannot hold %zu shards", count);
    split->shard_count = count;
    for (size_t i = 0; i < count && !rc; i++) {
        rc = read_shard(&split->shard[i], ch_json_at(shards, i), path, e);
        records += split->shard[i].records;
        captions += split->shard[i].captions;
    }
    if (!rc && captions != split->captions)
        rc = ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                        "its shards hold %zu captions, expected %zu", captions,
                        split->captions);
    if (!rc && records != split->images)
        rc = ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                        "its shards hold %zu records, expected %zu", records,
                        split->images);
    return rc;
}

static int read_vocab(struct ch_manifest *m, const struct ch_json *o,
                      const char *path, struct ch_err *e)
{
    const char *hash;
    int rc = ch_json_need_text(o, "hash", &hash, path, e);

    if (!rc) rc = need_size(o, "size", &m->vocab_size, path, e);
    if (!rc && ch_hash_parse(hash, &m->vocab_hash) != 0)
        rc = ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                        "the vocabulary's hash is not 16 hexadecimal digits");
    return rc;
}

static int copy_text(char *to, size_t size, const struct ch_json *o,
                     const char *name, const char *path, struct ch_err *e)
{
    const char *text;
    int rc = ch_json_need_text(o, name, &text, path, e);

    if (!rc && strlen(text) >= size)
        rc = ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                        "\"%s\" is too long", name);
    if (!rc)
        strcpy(to, text);
    return rc;
}

static int read_features(struct ch_manifest_features *f,
                         const struct ch_json *o, const char *path,
                         struct ch_err *e)
{
    int rc = 0;

    if (!o)
        return 0;
    snprintf(f->dtype, sizeof f->dtype, "%s",
             ch_json_text(ch_json_get(o, "dtype"), ""));
    rc = need_size(o, "images", &f->images, path, e);
    if (!rc) rc = need_size(o, "columns", &f->columns, path, e);
    if (!rc) rc = need_size(o, "grid_rows", &f->grid_rows, path, e);
    if (!rc) rc = need_size(o, "grid_columns", &f->grid_columns, path, e);
    f->rms_error = ch_json_real(ch_json_get(o, "rms_error"), 0);
    f->largest_error = ch_json_real(ch_json_get(o, "largest_error"), 0);
    return rc;
}

static int read_document(struct ch_manifest *m, const struct ch_json *doc,
                         const char *path, struct ch_err *e)
{
    const struct ch_json *read = ch_json_get(doc, "read");
    const struct ch_json *splits = ch_json_get(doc, "splits");
    const struct ch_json *by_hash = ch_json_get(doc, "split_by_hash");
    size_t images, captions, skipped;
    int64_t max_words = 0;
    int rc;

    if (strcmp(ch_json_text(ch_json_get(doc, "format"), ""), FORMAT) != 0)
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "no manifest of shards: \"format\" is not \""
                          FORMAT "\"");
    if (ch_json_int(ch_json_get(doc, "version"), 0) != VERSION)
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "version %lld, expected %d; make the shards again",
                          (long long)ch_json_int(ch_json_get(doc, "version"),
                                                 0), VERSION);
    rc = copy_text(m->text_rule, sizeof m->text_rule, doc, "text_rule", path,
                   e);
    if (!rc)
        rc = copy_text(m->images, sizeof m->images, doc, "images", path, e);
    if (!rc) rc = read_vocab(m, ch_json_get(doc, "vocabulary"), path, e);
    if (!rc)
        rc = ch_json_need_int(doc, "max_words", 1, CH_RECORD_MAX_WORDS,
                              &max_words, path, e);
    if (!rc) rc = need_size(read, "images", &images, path, e);
    if (!rc) rc = need_size(read, "captions", &captions, path, e);
    if (!rc) rc = need_size(doc, "skipped", &skipped, path, e);
    if (rc)
        return rc;
    m->val_part = ch_json_real(ch_json_get(by_hash, "val_part"), 0);
    m->test_part = ch_json_real(ch_json_get(by_hash, "test_part"), 0);
    rc = read_features(&m->features, ch_json_get(doc, "features"), path, e);
    m->images_read = images;
    m->captions_read = captions;
    m->skipped = skipped;
    m->max_words = (size_t)max_words;
    for (int i = 0; i < CH_SPLIT_COUNT && !rc; i++) {
        const struct ch_json *o = ch_json_get(splits, ch_split_name[i]);
        if (o)
            rc = read_split(&m->split[i], o, path, e);
    }
    return rc;
}

int ch_manifest_read(struct ch_manifest *m, const char *folder,
                     struct ch_err *e)
{
    struct ch_json *doc = NULL;
    char path[4096];
    int rc = ch_file_join(path, sizeof path, folder, "manifest.json", e);

    memset(m, 0, sizeof *m);
    if (rc)
        return rc;
    if (!ch_file_exists(path))
        return ch_fail_at(e, CH_EUSAGE, folder, CH_NO_OFFSET,
                          "no shards here: manifest.json is missing; make "
                          "them with chorus shard");
    strcpy(m->folder, folder);
    rc = ch_json_load(&doc, path, e);
    if (!rc) rc = read_document(m, doc, path, e);
    ch_json_close(doc);
    if (rc)
        ch_manifest_release(m);
    return rc;
}

void ch_manifest_release(struct ch_manifest *m)
{
    for (int i = 0; i < CH_SPLIT_COUNT; i++)
        free(m->split[i].shard);
    memset(m, 0, sizeof *m);
}

static void put_text(struct ch_json_writer *w, const char *name,
                     const char *text)
{
    ch_json_put_text(w, name, text, strlen(text));
}

static void put_split(struct ch_json_writer *w, const char *name,
                      const struct ch_manifest_split *split)
{
    ch_json_begin(w, name, '{');
    if (split->folder[0])
        put_text(w, "folder", split->folder);
    ch_json_put_int(w, "images", (int64_t)split->images);
    ch_json_put_int(w, "captions", (int64_t)split->captions);
    ch_json_put_int(w, "words", (int64_t)split->words);
    ch_json_begin(w, "shards", '[');
    for (size_t i = 0; i < split->shard_count; i++) {
        ch_json_begin(w, NULL, '{');
        put_text(w, "file", split->shard[i].file);
        ch_json_put_int(w, "records", (int64_t)split->shard[i].records);
        ch_json_put_int(w, "captions", (int64_t)split->shard[i].captions);
        ch_json_end(w);
    }
    ch_json_end(w);
    ch_json_end(w);
}

static void put_features(struct ch_json_writer *w,
                         const struct ch_manifest_features *f)
{
    ch_json_begin(w, "features", '{');
    put_text(w, "dtype", f->dtype);
    ch_json_put_int(w, "images", (int64_t)f->images);
    ch_json_put_int(w, "columns", (int64_t)f->columns);
    ch_json_put_int(w, "grid_rows", (int64_t)f->grid_rows);
    ch_json_put_int(w, "grid_columns", (int64_t)f->grid_columns);
    ch_json_put_real(w, "rms_error", f->rms_error);
    ch_json_put_real(w, "largest_error", f->largest_error);
    ch_json_end(w);
}

int ch_manifest_write(const struct ch_manifest *m, const char *folder,
                      struct ch_err *e)
{
    struct ch_buffer out = { 0 };
    struct ch_json_writer w;
    char path[4096], hex[17];
    int rc = ch_file_join(path, sizeof path, folder, "manifest.json", e);

    ch_hash_hex(m->vocab_hash, hex);
    ch_json_writer_init(&w, &out);
    ch_json_begin(&w, NULL, '{');
    put_text(&w, "format", FORMAT);
    ch_json_put_int(&w, "version", VERSION);
    put_text(&w, "text_rule", m->text_rule);
    put_text(&w, "images", m->images);
    ch_json_begin(&w, "vocabulary", '{');
    put_text(&w, "file", VOCAB_FILE);
    put_text(&w, "hash", hex);
    ch_json_put_int(&w, "size", (int64_t)m->vocab_size);
    ch_json_end(&w);
    ch_json_put_int(&w, "max_words", (int64_t)m->max_words);
    ch_json_begin(&w, "read", '{');
    ch_json_put_int(&w, "images", (int64_t)m->images_read);
    ch_json_put_int(&w, "captions", (int64_t)m->captions_read);
    ch_json_end(&w);
    ch_json_put_int(&w, "skipped", (int64_t)m->skipped);
    if (m->val_part > 0 || m->test_part > 0) {
        ch_json_begin(&w, "split_by_hash", '{');
        ch_json_put_real(&w, "val_part", m->val_part);
        ch_json_put_real(&w, "test_part", m->test_part);
        ch_json_end(&w);
    }
    if (m->features.images)
        put_features(&w, &m->features);
    ch_json_begin(&w, "splits", '{');
    for (int i = 0; i < CH_SPLIT_COUNT; i++)
        if (m->split[i].images)
            put_split(&w, ch_split_name[i], &m->split[i]);
    ch_json_end(&w);
    ch_json_end(&w);
    ch_buffer_put(&out, "\n", 1);
    if (!rc && out.failed)
        rc = ch_fail(e, CH_ENOMEM, "cannot hold the manifest");
    if (!rc) rc = ch_file_write(path, out.at, out.size, e);
    ch_buffer_release(&out);
    return rc;
}

int ch_manifest_vocab(const struct ch_manifest *m, struct ch_vocab **out,
                      struct ch_err *e)
{
    char path[4096 + 32], *text;
    size_t n;
    int rc;

    *out = NULL;
    snprintf(path, sizeof path, "%s/%s", m->folder, VOCAB_FILE);
    rc = ch_file_read(path, VOCAB_LIMIT, &text, &n, e);
    if (rc)
        return rc;
    rc = ch_vocab_parse(out, text, n, path, e);
    free(text);
    if (!rc && (ch_vocab_hash(*out) != m->vocab_hash ||
                ch_vocab_size(*out) != m->vocab_size)) {
        ch_vocab_close(*out);
        *out = NULL;
        rc = ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                        "not the vocabulary of these shards: its hash or size "
                        "differs from the manifest's");
    }
    return rc;
}
