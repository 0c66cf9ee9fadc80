/* encode_photos.h - photos of one colour, in shards, to be encoded
 *
 * Include after <cmocka.h>.
 */
#ifndef TESTS_UNIT_ENCODE_PHOTOS_H
#define TESTS_UNIT_ENCODE_PHOTOS_H

#include "base/file.h"
#include "chorus/encode.h"
#include "chorus/log.h"
#include "chorus/prepare.h"
#include "data/image.h"
#include "data/shard.h"
#include "data/store.h"
#include "scratch.h"

enum { TRAIN = 9, VAL = 3, SHARDS = 2, BAD = 4 };

static char photos[600], shards[600];
static struct ch_err e;

/* Photo i is of one colour: 20 * i, 255 - 20 * i, 101, next to it. */
static inline void paint(int i, const char *path)
{
    unsigned char rgb[16 * 16 * 3];
    const struct ch_image image = { 16, 16, rgb };

    for (size_t p = 0; p < 16 * 16; p++) {
        rgb[3 * p] = (unsigned char)(20 * i);
        rgb[3 * p + 1] = (unsigned char)(255 - 20 * i);
        rgb[3 * p + 2] = (unsigned char)(100 + p % 3);
    }
    if (ch_jpeg_write(path, &image, 100, &e))
        fail_msg("%s", e.msg);
}

static inline const char *photo(int i)
{
    static char path[700];

    snprintf(path, sizeof path, "%s/%d.jpg", photos, i);
    return path;
}

static inline void write_captions(const char *path, int first, int count)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    for (int i = first; i < first + count; i++)
        fprintf(f, "%d.jpg\ta wall of colour\n", i);
    assert_int_equal(fclose(f), 0);
}

static inline int make_shards(void **state)
{
    struct ch_prepare_options o;
    struct ch_prepare_result result;

    if (scratch_make(state))
        return -1;
    e = (struct ch_err)CH_ERR_INIT;
    ch_log_setup("test", CH_LOG_ERROR, 0, 1);
    snprintf(photos, sizeof photos, "%s/photos", scratch);
    snprintf(shards, sizeof shards, "%s/shards", scratch);
    if (ch_file_folder(photos, &e))
        return -1;
    for (int i = 0; i < TRAIN + VAL; i++)
        paint(i, photo(i));
    ch_prepare_defaults(&o);
    o.format = CH_ANNOTATIONS_TSV;
    o.train = scratch_path("train.tsv");
    o.val = scratch_path("val.tsv");
    write_captions(o.train, 0, TRAIN);
    write_captions(o.val, TRAIN, VAL);
    o.images = photos;
    o.out = shards;
    o.shards = SHARDS;
    if (ch_prepare_run(&o, &result, &e))
        fail_msg("%s", e.msg);
    return 0;
}

static inline struct ch_encode_options options(void)
{
    struct ch_encode_options o;

    ch_encode_defaults(&o);
    o.shards = shards;
    o.encoder = "tests/fixture/tiny.json";
    o.dtype = CH_FEATURE_F32;
    o.threads = 2;
    o.piece = 2;
    return o;
}

static struct ch_encode_total total;

static inline int run(const struct ch_encode_options *o,
                      struct ch_encode_result *result)
{
    struct ch_encode *c;
    int rc = ch_encode_open(&c, o, &e);

    memset(result, 0, sizeof *result);
    if (!rc) rc = ch_encode_run(c, NULL, result, &e);
    if (!rc) rc = ch_encode_finish(c, &total, &e);
    ch_encode_close(c);
    return rc;
}

static inline struct ch_encode_result encode(const struct ch_encode_options *o)
{
    struct ch_encode_result result;

    if (run(o, &result))
        fail_msg("%s", e.msg);
    return result;
}

static inline void expect_refused(const struct ch_encode_options *o, int code,
                                  const char *words)
{
    struct ch_encode_result result;

    assert_int_equal(run(o, &result), code);
    if (!strstr(e.msg, words))
        fail_msg("%s", e.msg);
}

static inline void spoil(int i)
{
    FILE *f = fopen(photo(i), "r+");

    assert_non_null(f);
    assert_int_equal(ftruncate(fileno(f), 300), 0);
    fclose(f);
}

static inline struct ch_set *open_set(enum ch_split split)
{
    struct ch_set *s;

    if (ch_set_open(&s, shards, split, 1, &e))
        fail_msg("%s", e.msg);
    return s;
}

/* What is stored for a record of the first shard: number of bytes, copied. */
static inline size_t stored(const char *folder, char kind, uint32_t index,
                            void *out)
{
    struct ch_store *store;
    unsigned char key[CH_SHARD_KEY_BYTES];
    char path[1300];
    const void *value;
    size_t n = 0;

    snprintf(path, sizeof path, "%s/train-00000-of-0000%d.lmdb", folder,
             SHARDS);
    if (ch_store_open(&store, path, &e))
        fail_msg("%s", e.msg);
    ch_shard_key(kind, index, key);
    if (ch_store_get(store, key, sizeof key, &value, &n, &e) == 1)
        memcpy(out, value, n);
    ch_store_close(store);
    return n;
}

/* The number of the photo of a record of the first shard. */
static inline int photo_of(uint32_t index)
{
    struct ch_caption_record *r = calloc(1, sizeof *r);
    char bytes[1000];
    size_t n = stored(shards, 'c', index, bytes);
    int number;

    assert_non_null(r);
    assert_int_equal(ch_record_read_captions(bytes, n, "shard", r, &e), 0);
    number = atoi(r->key);
    free(r);
    return number;
}

#endif
