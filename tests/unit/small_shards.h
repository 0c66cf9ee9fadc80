/* small_shards.h - shards small enough to train on in a moment
 *
 * 13 training and 5 validation images, an odd number on purpose; one image
 * with a single caption, one with 20; captions of 1 to 14 words.  Features are
 * random but for the last, which never varies.  No picture is decoded.
 */
#ifndef TESTS_UNIT_SMALL_SHARDS_H
#define TESTS_UNIT_SMALL_SHARDS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/rng.h"
#include "chorus/prepare.h"
#include "data/shard.h"
#include "data/store.h"

enum { SMALL_TRAIN = 13, SMALL_VAL = 5, SMALL_FEATURES = 12,
       SMALL_PLACES = 5, SMALL_WIDTH = 10 };

#define SMALL_ENCODER                                                          \
    "{\"format\":\"chorus-encoder\",\"version\":1,\"name\":\"none\","          \
    "\"network\":\"none.onnx\",\"hash\":\"00000000000000ab\","                 \
    "\"input\":{\"size\":8,\"resize\":\"squash\",\"shorter\":0,"               \
    "\"channels\":\"rgb\",\"mean\":[0,0,0],\"std\":[1,1,1]},"                  \
    "\"pooled\":\"features\",\"file\":\"none.json\","                          \
    "\"precision\":\"f32\"}"

static inline struct ch_rng small_rng(uint32_t example, uint32_t position)
{
    struct ch_rng r;

    ch_rng_init(&r, (struct ch_rng_place) {
        .seed = 7, .purpose = CH_RNG_TEST, .example = example,
        .position = position
    });
    return r;
}

static inline FILE *small_open(const char *dir, const char *name)
{
    char path[1024];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    f = fopen(path, "w");
    if (!f)
        perror(path);
    return f;
}

static inline int small_captions(const char *dir, const char *name,
                                 size_t first, size_t count)
{
    FILE *f = small_open(dir, name);

    if (!f)
        return -1;
    for (size_t i = first; i < first + count; i++) {
        size_t captions = i == 1 ? 1 : i == 2 ? 20 : 1 + i % 5;
        struct ch_rng r = small_rng((uint32_t)i, 0);
        char image[32];
        FILE *picture;

        snprintf(image, sizeof image, "%03zu.jpg", i);
        picture = small_open(dir, image);
        if (!picture || fputs("no picture", picture) < 0 || fclose(picture))
            return -1;
        for (size_t c = 0; c < captions; c++) {
            size_t words = 1 + ch_rng_below(&r, 14);

            fprintf(f, "%s\t", image);
            for (size_t w = 0; w < words; w++)
                fprintf(f, "w%c ", (char)('a' + ch_rng_below(&r, 20)));
            fprintf(f, "\n");
        }
    }
    return fclose(f);
}

/* The grid of one image.  The last value of its last place is `last`, unless
 * that is 0. */
static inline int small_grid(struct ch_store *store, uint32_t index,
                             struct ch_rng *r, float last, struct ch_err *e)
{
    float value[SMALL_PLACES * SMALL_WIDTH];
    unsigned char key[CH_SHARD_KEY_BYTES];
    struct ch_buffer b = { 0 };
    int rc;

    for (size_t i = 0; i < SMALL_PLACES * SMALL_WIDTH; i++)
        value[i] = (float)(3 + 2 * ch_rng_normal(r));
    if (last != 0)
        value[SMALL_PLACES * SMALL_WIDTH - 1] = last;
    ch_record_write_feature(&b, 'g', CH_FEATURE_F16, SMALL_PLACES,
                            SMALL_WIDTH, value);
    ch_shard_key('g', index, key);
    rc = ch_store_put(store, key, sizeof key, b.at, b.size, e);
    ch_buffer_release(&b);
    return rc;
}

static inline int small_features(const char *shards,
                                 const struct ch_manifest_shard *s,
                                 uint32_t first, bool is_grid, float last,
                                 struct ch_err *e)
{
    struct ch_buffer b = { 0 };
    struct ch_store *store;
    char path[2048];
    int rc;

    snprintf(path, sizeof path, "%s/%s", shards, s->file);
    rc = ch_store_open_write(&store, path, e);
    for (uint32_t i = 0; !rc && i < s->records; i++) {
        struct ch_rng r = small_rng(first + i, 1);
        float value[SMALL_FEATURES];
        unsigned char key[CH_SHARD_KEY_BYTES];

        for (size_t f = 0; f < SMALL_FEATURES - 1; f++)
            value[f] = (float)(3 + 2 * ch_rng_normal(&r));
        value[SMALL_FEATURES - 1] = 0.25f;
        ch_buffer_reset(&b);
        ch_record_write_feature(&b, 'f', CH_FEATURE_F32, 1, SMALL_FEATURES,
                                value);
        ch_shard_key('f', i, key);
        rc = ch_store_put(store, key, sizeof key, b.at, b.size, e);
        if (!rc && is_grid) rc = small_grid(store, i, &r, last, e);
    }
    if (!rc) rc = ch_store_put(store, "encoder", 7, SMALL_ENCODER,
                               strlen(SMALL_ENCODER), e);
    if (!rc) rc = ch_store_commit(store, e);
    ch_store_close(store);
    ch_buffer_release(&b);
    return rc;
}

/* Features into all shards of DIR/shards, with or without grids. */
static inline int small_encode_all(const char *dir, bool is_grid, float last,
                                   struct ch_err *e)
{
    struct ch_manifest m = { 0 };
    char shards[1024];
    uint32_t first = 0;
    int rc;

    snprintf(shards, sizeof shards, "%s/shards", dir);
    rc = ch_manifest_read(&m, shards, e);
    for (size_t i = 0; !rc && i <= CH_SPLIT_VAL; i++)
        for (size_t s = 0; !rc && s < m.split[i].shard_count; s++) {
            rc = small_features(shards, &m.split[i].shard[s], first,
                                is_grid, last, e);
            first += (uint32_t)m.split[i].shard[s].records;
        }
    ch_manifest_release(&m);
    return rc;
}

static inline int small_encode(const char *dir, struct ch_err *e)
{
    return small_encode_all(dir, false, 0, e);
}

/* The same features, and grids, for decoders that look. */
static inline int small_grids(const char *dir, struct ch_err *e)
{
    return small_encode_all(dir, true, 0, e);
}

/* DIR/shards, from files in DIR, which is there.  2 shards a split. */
static inline int small_shards(const char *dir, struct ch_err *e)
{
    struct ch_prepare_options o;
    struct ch_prepare_result result;
    char train[1024], val[1024], shards[1024];
    int rc;

    snprintf(train, sizeof train, "%s/train.tsv", dir);
    snprintf(val, sizeof val, "%s/val.tsv", dir);
    snprintf(shards, sizeof shards, "%s/shards", dir);
    if (small_captions(dir, "train.tsv", 0, SMALL_TRAIN) ||
        small_captions(dir, "val.tsv", SMALL_TRAIN, SMALL_VAL))
        return ch_fail(e, CH_EIO, "cannot write captions in %s", dir);
    ch_prepare_defaults(&o);
    o.format = CH_ANNOTATIONS_TSV;
    o.train = train;
    o.val = val;
    o.images = dir;
    o.out = shards;
    o.shards = 2;
    o.min_count = 1;
    rc = ch_prepare_run(&o, &result, e);
    return rc ? rc : small_encode(dir, e);
}

#endif
