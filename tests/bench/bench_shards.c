/* bench_shards.c - encoded shards like those of a real data set, in seconds
 *
 *     bench_shards DIR IMAGES [grids]
 *
 * Makes DIR/shards: IMAGES training images, and a few to validate, of 5
 * captions each, with 2,048 random features, and grids of 49 x 2,048 when asked
 * for.  Captions are as long as COCO's, and of about 10,000 words, few of them
 * frequent: the lengths and the law of words of PyTorch's side of train.sh.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "chorus/prepare.h"
#include "data/shard.h"
#include "data/store.h"

enum { CAPTIONS = 5, WORDS = 9996, F = 2048, L = 49, VAL = 4 };

/* Part of captions with so many words, start and end included. */
static const double length_part[] = {
    0, 0, 0, 0, 0, 0, 0, 0, .02, .06, .22, .25, .18, .11, .065, .038, .022,
    .014, .009, .006, .006
};

static const char encoder[] =
    "{\"format\":\"chorus-encoder\",\"version\":1,\"name\":\"none\","
    "\"network\":\"none.onnx\",\"hash\":\"00000000000000ab\","
    "\"input\":{\"size\":8,\"resize\":\"squash\",\"shorter\":0,"
    "\"channels\":\"rgb\",\"mean\":[0,0,0],\"std\":[1,1,1]},"
    "\"pooled\":\"features\",\"path\":\"/none.json\",\"precision\":\"f32\"}";

static struct ch_rng rng_of(size_t image, uint32_t position)
{
    struct ch_rng r;

    ch_rng_init(&r, (struct ch_rng_place) {
        .seed = 1, .purpose = CH_RNG_TEST, .example = (uint32_t)image,
        .position = position
    });
    return r;
}

static size_t draw_length(struct ch_rng *r)
{
    size_t most = sizeof length_part / sizeof *length_part - 1, n = 0;
    double u = ch_rng_unit(r);

    while (n < most && u >= length_part[n])
        u -= length_part[n++];
    return n;
}

/* A caption of its words alone.  The first three take turns, so that all words
 * are used; the others are drawn, mostly the frequent ones. */
static void put_caption(FILE *f, struct ch_rng *r, size_t number)
{
    size_t words = draw_length(r) - 2;

    for (size_t w = 0; w < words; w++) {
        double u = ch_rng_unit(r);
        size_t id = w < 3 ? WORDS - 1 - (3 * number + w) % WORDS
                          : (size_t)(u * u * u * WORDS);

        fprintf(f, " w%zu", id);
    }
    fputc('\n', f);
}

static int put_captions(const char *path, const char *dir, size_t first,
                        size_t end, struct ch_err *e)
{
    FILE *f = fopen(path, "w");

    if (!f)
        return ch_fail_errno(e, path, "cannot be written");
    for (size_t i = first; i < end; i++) {
        struct ch_rng r = rng_of(i, 0);
        char picture[1024];
        FILE *empty;

        snprintf(picture, sizeof picture, "%s/%zu.jpg", dir, i);
        empty = fopen(picture, "w");
        if (!empty || fputs("no picture", empty) < 0 || fclose(empty))
            return ch_fail_errno(e, picture, "cannot be written");
        for (size_t c = 0; c < CAPTIONS; c++) {
            fprintf(f, "%zu.jpg\t", i);
            put_caption(f, &r, i * CAPTIONS + c);
        }
    }
    return fclose(f) ? ch_fail_errno(e, path, "cannot be written") : 0;
}

/* Random, at least 0, as what leaves a network is. */
static int put_values(struct ch_store *store, char kind, size_t rows,
                      uint32_t index, struct ch_rng *r, struct ch_err *e)
{
    static float value[L * F];
    unsigned char key[CH_SHARD_KEY_BYTES];
    struct ch_buffer b = { 0 };
    int rc;

    for (size_t i = 0; i < rows * F; i++)
        value[i] = (float)(2 * ch_rng_unit(r) - 1);
    for (size_t i = 0; i < rows * F; i++)
        value[i] = value[i] > 0 ? value[i] : 0;
    ch_record_write_feature(&b, kind, rows > 1 ? CH_FEATURE_F16
                                               : CH_FEATURE_F32, rows, F,
                            value);
    ch_shard_key(kind, index, key);
    rc = ch_store_put(store, key, sizeof key, b.at, b.size, e);
    ch_buffer_release(&b);
    return rc;
}

static int encode(const char *shards, const struct ch_manifest_shard *s,
                  bool has_grid, struct ch_err *e)
{
    struct ch_store *store;
    char path[2048];
    int rc;

    snprintf(path, sizeof path, "%s/%s", shards, s->file);
    rc = ch_store_open_write(&store, path, e);
    for (uint32_t i = 0; !rc && i < s->records; i++) {
        struct ch_rng r = rng_of(i, 1);

        rc = put_values(store, 'f', 1, i, &r, e);
        if (!rc && has_grid) rc = put_values(store, 'g', L, i, &r, e);
    }
    if (!rc) rc = ch_store_put(store, "encoder", 7, encoder, strlen(encoder),
                               e);
    if (!rc) rc = ch_store_commit(store, e);
    ch_store_close(store);
    return rc;
}

static int make(const char *dir, size_t images, bool has_grid,
                struct ch_err *e)
{
    struct ch_prepare_options o;
    struct ch_prepare_result result;
    struct ch_manifest m = { 0 };
    char train[1024], val[1024], shards[1024];
    int rc;

    snprintf(train, sizeof train, "%s/train.tsv", dir);
    snprintf(val, sizeof val, "%s/val.tsv", dir);
    snprintf(shards, sizeof shards, "%s/shards", dir);
    ch_prepare_defaults(&o);
    o.format = CH_ANNOTATIONS_TSV;
    o.train = train;
    o.val = val;
    o.images = dir;
    o.out = shards;
    o.shards = 1;
    o.min_count = 1;
    rc = put_captions(train, dir, 0, images, e);
    if (!rc) rc = put_captions(val, dir, images, images + VAL, e);
    if (!rc) rc = ch_prepare_run(&o, &result, e);
    if (!rc) rc = ch_manifest_read(&m, shards, e);
    for (size_t i = 0; !rc && i <= CH_SPLIT_VAL; i++)
        rc = encode(shards, &m.split[i].shard[0], has_grid, e);
    ch_manifest_release(&m);
    if (!rc)
        printf("%zu images, %llu captions, %llu words in the vocabulary\n",
               images, (unsigned long long)result.split[0].captions,
               (unsigned long long)result.vocabulary);
    return rc;
}

int main(int argc, char **argv)
{
    struct ch_err e = CH_ERR_INIT;
    size_t images = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;

    if (images < 1 || argc > 4) {
        printf("usage: bench_shards DIR IMAGES [grids]; train.sh calls it\n");
        return argc == 1 ? 0 : 2;      /* make bench gives no arguments */
    }
    if (make(argv[1], images, argc > 3, &e)) {
        fprintf(stderr, "bench_shards: %s\n", e.msg);
        return 1;
    }
    return 0;
}
