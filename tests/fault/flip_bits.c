/* flip_bits.c - one flipped bit, anywhere in a file, is never used silently
 *
 * FLIPS: places that are tried in each kind of file (100).
 *
 * Each time a file is read as training, going on or captioning reads it.
 * Either that fails, or what was read is what was there before: then the bit
 * lies where nobody looks (padding, pages that are not in use).  Anything else
 * is a failure of this test.  The places follow from the seed, not from the
 * clock.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "../unit/scratch.h"
#include "../unit/small_shards.h"
#include "base/file.h"
#include "base/hash.h"
#include "chorus/log.h"
#include "chorus/train.h"
#include "data/shard.h"
#include "train/checkpoint.h"

#define SHARD "train-00000-of-00002.lmdb"

static size_t places = 100;
static struct ch_err e;
static struct ch_caption_record record;

/* What was read, as bytes; fails as reading does. */
typedef int (*read_fn)(struct ch_buffer *out, const char *path,
                       struct ch_err *err);

static void put_record(struct ch_buffer *b, const struct ch_caption_record *r)
{
    ch_buffer_put(b, r->key, r->key_bytes);
    ch_buffer_put(b, r->photo, r->photo_bytes);
    ch_buffer_put(b, &r->box, sizeof r->box);
    ch_buffer_u64(b, (uint64_t)r->image_id);
    for (size_t c = 0; c < r->caption_count; c++) {
        ch_buffer_put(b, r->caption[c].raw, r->caption[c].raw_bytes);
        for (size_t k = 0; k < r->caption[c].id_count; k++)
            ch_buffer_u32(b, (uint32_t)ch_caption_id(&r->caption[c], k));
    }
}

/* Both splits, as a trainer opens them; path is one of their files.  Of the
 * manifest a trainer does not use the folder of the photos, which who opens one
 * misses, and what merge and verify hold against the records. */
static int read_sets(struct ch_buffer *b, const char *path,
                     struct ch_err *err)
{
    struct ch_set *set[2] = { NULL, NULL };
    struct ch_vocab *vocab = NULL;
    char folder[1024];
    int rc = 0;

    snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path),
             path);
    for (int s = 0; s < 2 && !rc; s++)
        rc = ch_set_open(&set[s], folder, s ? CH_SPLIT_VAL : CH_SPLIT_TRAIN, 1,
                         err);
    if (!rc && (strcmp(ch_set_encoder(set[0]), ch_set_encoder(set[1])) ||
                ch_set_feature_count(set[0]) != ch_set_feature_count(set[1])))
        rc = ch_fail(err, CH_EFORMAT, "encoded by different encoders");
    if (!rc) rc = ch_manifest_vocab(ch_set_manifest(set[0]), &vocab, err);
    for (int s = 0; s < 2 && !rc; s++)
        for (size_t i = 0; i < ch_set_count(set[s]) && !rc; i++) {
            float value[SMALL_FEATURES], grid[SMALL_PLACES * SMALL_WIDTH];

            rc = ch_set_captions(set[s], i, &record, err);
            if (!rc) put_record(b, &record);
            if (!rc) rc = ch_set_feature(set[s], i, value, err);
            if (!rc) rc = ch_set_grid(set[s], i, grid, err);
            ch_buffer_put(b, value, sizeof value);
            ch_buffer_put(b, grid, sizeof grid);
        }
    if (!rc) {
        ch_buffer_text(b, ch_set_encoder(set[0]));
        for (size_t w = 0; w < ch_vocab_size(vocab); w++)
            ch_buffer_text(b, ch_vocab_word(vocab, (int32_t)w));
    }
    ch_vocab_close(vocab);
    ch_set_close(set[0]);
    ch_set_close(set[1]);
    return rc;
}

static int take_file(struct ch_buffer *b, const char *path)
{
    char *bytes;
    size_t n;
    int rc = ch_file_read(path, 1 << 24, &bytes, &n, &e);

    if (!rc) {
        ch_buffer_put(b, bytes, n);
        free(bytes);
    }
    return rc;
}

/* A checkpoint is what would be written of it. */
static int read_checkpoint(struct ch_buffer *b, const char *path,
                           struct ch_err *err)
{
    struct ch_checkpoint *c = malloc(sizeof *c);
    int rc;

    assert_non_null(c);
    rc = ch_checkpoint_read(c, path, err);
    if (!rc) {
        if (ch_checkpoint_write(c, scratch_path("written"), &e) ||
            take_file(b, scratch_path("written")))
            fail_msg("%s", e.msg);
        ch_checkpoint_release(c);
    }
    free(c);
    return rc;
}

static int read_model(struct ch_buffer *b, const char *path,
                      struct ch_err *err)
{
    struct ch_model m;
    int rc = ch_model_read(&m, path, err);

    if (!rc) {
        if (ch_model_write(&m, scratch_path("written"), &e) ||
            take_file(b, scratch_path("written")))
            fail_msg("%s", e.msg);
        ch_model_release(&m);
    }
    return rc;
}

/* One bit of the file, at a place that the number of the try decides. */
static size_t flip(const char *path, const struct ch_buffer *whole,
                   size_t times)
{
    struct ch_rng r;
    size_t at;

    ch_rng_init(&r, (struct ch_rng_place) {
        .seed = 11, .purpose = CH_RNG_TEST, .example = (uint32_t)times
    });
    at = (size_t)ch_rng_below(&r, (uint32_t)(whole->size * 8));
    whole->at[at / 8] ^= (char)(1 << at % 8);
    if (ch_file_write(path, whole->at, whole->size, &e))
        fail_msg("%s", e.msg);
    whole->at[at / 8] ^= (char)(1 << at % 8);
    return at / 8;
}

static void flip_all(const char *what, const char *path, read_fn read)
{
    struct ch_buffer whole = { 0 }, good = { 0 }, now = { 0 };
    size_t told = 0, unused = 0, silent = 0;

    if (take_file(&whole, path) || read(&good, path, &e))
        fail_msg("%s", e.msg);
    for (size_t i = 0; i < places; i++) {
        struct ch_err why = CH_ERR_INIT;
        size_t at = flip(path, &whole, i);

        ch_buffer_reset(&now);
        if (read(&now, path, &why)) {
            told++;
            assert_true(*why.msg);
        } else if (now.size == good.size &&
                   !memcmp(now.at, good.at, good.size)) {
            unused++;
        } else {
            silent++;
            print_error("%s: try %zu, in byte %zu, is used silently\n", what,
                        i, at);
        }
    }
    print_message("%s: %zu flipped bits, %zu told, %zu unused, %zu used "
                  "silently\n", what, places, told, unused, silent);
    if (ch_file_write(path, whole.at, whole.size, &e))
        fail_msg("%s", e.msg);
    ch_buffer_release(&whole);
    ch_buffer_release(&good);
    ch_buffer_release(&now);
    assert_int_equal(silent, 0);
    assert_true(told > 0);
}

static void in_a_shard(void **state)
{
    (void)state;
    flip_all("shard", scratch_path("shards/" SHARD), read_sets);
}

static void in_a_vocabulary(void **state)
{
    (void)state;
    flip_all("vocabulary", scratch_path("shards/vocabulary.txt"), read_sets);
}

static void in_a_manifest(void **state)
{
    (void)state;
    flip_all("manifest", scratch_path("shards/manifest.json"), read_sets);
}

static void in_a_checkpoint(void **state)
{
    (void)state;
    flip_all("checkpoint", scratch_path("run/latest.safetensors"),
             read_checkpoint);
}

static void in_a_model(void **state)
{
    (void)state;
    flip_all("model", scratch_path("run/best.safetensors"), read_model);
}

/* Shards with grids, and a run of one epoch on them. */
static int make_all(void **state)
{
    struct ch_train_options o;
    struct ch_train_result result;
    struct ch_comm *comm = NULL;
    int rc;

    e = (struct ch_err) CH_ERR_INIT;
    if (scratch_make(state))
        return -1;
    ch_log_setup("flip_bits", CH_LOG_ERROR, 0, 1);
    rc = small_shards(scratch, &e);
    if (!rc) rc = small_grids(scratch, &e);
    ch_train_defaults(&o);
    o.shards = strdup(scratch_path("shards"));
    o.run = strdup(scratch_path("run"));
    o.embed = o.hidden = 8;
    o.epochs = 1;
    if (!rc) rc = ch_comm_open(&comm, &e);
    if (!rc) rc = ch_train_run(comm, &o, &result, &e);
    ch_comm_close(comm);
    free((char *)(uintptr_t)o.shards);
    free((char *)(uintptr_t)o.run);
    if (rc)
        print_error("%s\n", e.msg);
    return rc;
}

int main(void)
{
    const char *flips = getenv("FLIPS");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_a_shard),
        cmocka_unit_test(in_a_vocabulary),
        cmocka_unit_test(in_a_manifest),
        cmocka_unit_test(in_a_checkpoint),
        cmocka_unit_test(in_a_model),
    };

    if (flips)
        places = (size_t)strtoul(flips, NULL, 10);
    return cmocka_run_group_tests(tests, make_all, scratch_remove);
}
