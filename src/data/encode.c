/* encode.c - photos in shards become features in the same shards
 *
 * Workers decode and run the network, each with an encoder of its own; this
 * thread hands out jobs and stores results in the order of the records, so a
 * shard's bytes do not depend on the number of workers.
 */
#include "chorus/encode.h"

#include "base/arena.h"
#include "base/file.h"
#include "base/json.h"
#include "base/pool.h"
#include "chorus/log.h"
#include "data/crop.h"
#include "data/encoder.h"
#include "data/picture.h"
#include "data/shard.h"
#include "data/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMMIT_EVERY 256      /* records that a kill can cost */
#define JOBS_PER_WORKER 4     /* in flight: hides a slow picture */

struct job {
    uint32_t index;            /* of the record in its shard */
    char path[4096];
    struct ch_box box;         /* of the photo */
    float *pooled, *grid;
    int is_done, rc;
    struct ch_err err;
};

struct work {
    const struct ch_encode_options *o;
    struct ch_encode_result *result;
    struct ch_manifest manifest;
    struct ch_encoder_spec spec;
    struct ch_buffer identity;     /* the spec's JSON */
    size_t workers, jobs;
    struct ch_encoder *encoder;    /* of a lane per worker */
    struct job *job;               /* a ring of `jobs` */
    struct ch_queue *todo, *done;
    struct ch_pool *pool;
    struct ch_progress progress;
    struct ch_buffer record;
    struct ch_caption_record captions;     /* of the record being sent */
};

void ch_encode_defaults(struct ch_encode_options *o)
{
    *o = (struct ch_encode_options){ .dtype = CH_FEATURE_F16, .size = 1,
                                     .max_pixels = CH_PICTURE_MAX_PIXELS };
}

/* ------------------------------------------------------------- workers */

static int encode_one(const struct work *w, size_t lane, float *plane,
                      struct job *job)
{
    struct ch_image image;
    /* A region may be a small part of its photo: all pixels are needed. */
    size_t need = job->box.width ? 0 : ch_image_need(&w->spec.rule);
    int rc = ch_picture_read(&image, job->path, need, w->o->max_pixels,
                             &job->err);

    if (rc)
        return rc;
    rc = ch_crop_cut(&image, &job->box, job->path, &job->err);
    if (!rc)
        rc = ch_image_input(&image, &w->spec.rule, plane, &job->err);
    ch_image_release(&image);
    if (!rc)
        rc = ch_encoder_run(w->encoder, lane, plane, job->pooled, job->grid,
                            &job->err);
    return rc;
}

static int work_on(void *context, size_t index, struct ch_err *e)
{
    struct work *w = context;
    size_t size = w->spec.rule.size;
    float *plane = ch_block_get(3 * size * size *
                                ch_image_view_count(&w->spec.rule),
                                sizeof *plane);
    void *item;

    while (ch_queue_take(w->todo, &item)) {
        struct job *job = item;
        job->rc = plane ? encode_one(w, index, plane, job)
                        : ch_fail(&job->err, CH_ENOMEM,
                                  "cannot hold a picture");
        ch_queue_put(w->done, job);
    }
    ch_block_release(plane);
    (void)e;      /* errors travel with their jobs */
    return 0;
}

static int start_workers(struct work *w, struct ch_err *e)
{
    size_t cores = ch_pool_cores();
    size_t floats;
    int rc;

    w->workers = w->o->threads ? (size_t)w->o->threads : cores;
    w->jobs = JOBS_PER_WORKER * w->workers;
    w->job = calloc(w->jobs, sizeof *w->job);
    if (!w->job)
        return ch_fail(e, CH_ENOMEM, "cannot hold %zu workers", w->workers);
    rc = ch_encoder_open(&w->encoder, &w->spec,
                         w->o->precision ? "bf16" : "f32", w->workers, e);
    if (rc)
        return rc;
    w->result->feature_count = ch_encoder_feature_count(w->encoder);
    w->result->grid_rows =
        w->o->grid ? ch_encoder_grid_rows(w->encoder) : 0;
    floats = (size_t)w->result->feature_count;
    for (size_t i = 0; i < w->jobs && !rc; i++) {
        w->job[i].pooled = ch_block_get(floats, sizeof(float));
        if (w->result->grid_rows)
            w->job[i].grid = ch_block_get(
                floats * (size_t)w->result->grid_rows, sizeof(float));
        if (!w->job[i].pooled || (w->result->grid_rows && !w->job[i].grid))
            rc = ch_fail(e, CH_ENOMEM, "cannot hold features");
    }
    if (!rc) rc = ch_queue_open(&w->todo, w->jobs, e);
    if (!rc) rc = ch_queue_open(&w->done, w->jobs, e);
    if (!rc) rc = ch_pool_start(&w->pool, w->workers, work_on, w, e);
    return rc;
}

static void stop_workers(struct work *w)
{
    if (w->todo)
        ch_queue_end(w->todo);
    ch_pool_finish(w->pool, NULL);
    ch_queue_close(w->todo);
    ch_queue_close(w->done);
    ch_encoder_close(w->encoder);
    for (size_t i = 0; w->job && i < w->jobs; i++) {
        ch_block_release(w->job[i].pooled);
        ch_block_release(w->job[i].grid);
    }
    free(w->job);
}

/* -------------------------------------------------------------- shards */

static int has(struct ch_store *store, char kind, uint32_t index,
               struct ch_err *e)
{
    unsigned char key[CH_SHARD_KEY_BYTES];
    const void *value;
    size_t n;

    ch_shard_key(kind, index, key);
    return ch_store_get(store, key, sizeof key, &value, &n, e);
}

/* Nothing is left to do for this record. */
static int is_finished(const struct work *w, struct ch_store *store,
                       uint32_t index, struct ch_err *e)
{
    int found = has(store, 'f', index, e);

    if (found > 0 && w->o->grid)
        found = has(store, 'g', index, e);
    return found != 0 ? found : has(store, 'x', index, e);
}

static int drop_features(struct ch_store *store, size_t records,
                         struct ch_err *e)
{
    int rc = 0;

    for (uint32_t i = 0; i < records && !rc; i++)
        for (const char *kind = "fgx"; *kind && !rc; kind++) {
            unsigned char key[CH_SHARD_KEY_BYTES];
            ch_shard_key(*kind, i, key);
            rc = ch_store_drop(store, key, sizeof key, e);
        }
    return rc;
}

/* The shard's features are this encoder's, or there are none. */
static int claim(struct work *w, struct ch_store *store,
                 const struct ch_manifest_shard *shard, struct ch_err *e)
{
    const char *key = CH_SHARD_ENCODER_KEY;
    const void *value;
    size_t n;
    int found = ch_store_get(store, key, strlen(key), &value, &n, e);
    int rc = 0;

    if (found < 0)
        return found;
    if (found && n == w->identity.size && !memcmp(value, w->identity.at, n))
        return 0;
    if (found && !w->o->again)
        return ch_fail_at(e, CH_EUSAGE, shard->file, CH_NO_OFFSET,
                          "has features of another encoder or precision; "
                          "pass --again to replace them");
    if (found) rc = drop_features(store, shard->records, e);
    if (!rc)
        rc = ch_store_put(store, key, strlen(key), w->identity.at,
                          w->identity.size, e);
    if (!rc) rc = ch_store_commit(store, e);
    return rc;
}

static int image_path(struct work *w, struct ch_store *store,
                      const struct ch_manifest_split *split,
                      const struct ch_manifest_shard *shard, struct job *job,
                      struct ch_err *e)
{
    unsigned char key[CH_SHARD_KEY_BYTES];
    const void *value;
    char where[128];
    size_t n;
    int rc;

    snprintf(where, sizeof where, "%s record %" PRIu32, shard->file,
             job->index);
    ch_shard_key('c', job->index, key);
    rc = ch_store_get(store, key, sizeof key, &value, &n, e);
    if (rc == 0)
        return ch_fail_at(e, CH_EFORMAT, where, CH_NO_OFFSET, "is missing");
    if (rc > 0) rc = ch_record_read_captions(value, n, where, &w->captions, e);
    if (rc)
        return rc;
    job->box = w->captions.box;
    rc = ch_record_photo_path(&w->captions, split->folder[0]
                                                ? split->folder
                                                : w->manifest.images,
                              job->path, sizeof job->path, e);
    return rc ? ch_err_wrap(e, "%s", where) : 0;
}

static int put(struct work *w, struct ch_store *store, char kind,
               uint32_t index, struct ch_err *e)
{
    unsigned char key[CH_SHARD_KEY_BYTES];

    if (w->record.failed)
        return ch_fail(e, CH_ENOMEM, "cannot hold a record");
    ch_shard_key(kind, index, key);
    return ch_store_put(store, key, sizeof key, w->record.at, w->record.size,
                        e);
}

static int store_result(struct work *w, struct ch_store *store,
                        const struct job *job, struct ch_err *e)
{
    enum ch_feature_dtype dtype = (enum ch_feature_dtype)w->o->dtype;
    size_t F = (size_t)w->result->feature_count;
    int rc;

    ch_buffer_reset(&w->record);
    if (job->rc) {
        int is_photo = job->rc == CH_EFORMAT || job->rc == CH_EIO;
        if (!is_photo || !w->o->skip_bad) {
            *e = job->err;
            return job->rc;
        }
        ch_log(CH_LOG_WARN, "%s", job->err.msg);
        ch_buffer_text(&w->record, job->err.msg);
        w->result->skipped++;
        return put(w, store, 'x', job->index, e);
    }
    ch_record_write_feature(&w->record, 'f', dtype, 1, F, job->pooled);
    rc = put(w, store, 'f', job->index, e);
    if (!rc && job->grid) {
        ch_buffer_reset(&w->record);
        ch_record_write_feature(&w->record, 'g', dtype,
                                (size_t)w->result->grid_rows, F, job->grid);
        rc = put(w, store, 'g', job->index, e);
    }
    w->result->encoded += !rc;
    return rc;
}

/* Store what is finished, in order; wait for one job first. */
static int collect(struct work *w, struct ch_store *store, size_t *stored,
                   size_t sent, struct ch_err *e)
{
    void *item;
    int rc = 0;

    if (!ch_queue_take(w->done, &item))
        return ch_fail(e, CH_EIO, "the workers ended early");
    ((struct job *)item)->is_done = 1;
    while (*stored < sent && w->job[*stored % w->jobs].is_done) {
        struct job *job = &w->job[*stored % w->jobs];
        job->is_done = 0;
        (*stored)++;
        if (!rc) rc = store_result(w, store, job, e);
        if (!rc && *stored % COMMIT_EVERY == 0)
            rc = ch_store_commit(store, e);
        ch_progress_update(&w->progress, w->progress.done + 1);
    }
    return rc;
}

static int encode_records(struct work *w, struct ch_store *store,
                          const struct ch_manifest_split *split,
                          const struct ch_manifest_shard *shard,
                          struct ch_err *e)
{
    size_t sent = 0, stored = 0;
    int rc = 0;

    for (uint32_t i = 0; i < shard->records && !rc; i++) {
        struct job *job = &w->job[sent % w->jobs];
        int finished = is_finished(w, store, i, e);

        if (finished < 0)
            rc = finished;
        if (finished > 0)
            ch_progress_update(&w->progress, w->progress.done + 1);
        if (finished)
            continue;
        job->index = i;
        job->err = (struct ch_err)CH_ERR_INIT;
        rc = image_path(w, store, split, shard, job, e);
        if (rc)
            break;
        ch_queue_put(w->todo, job);
        sent++;
        while (sent - stored == w->jobs && !rc)
            rc = collect(w, store, &stored, sent, e);
    }
    /* Jobs in flight are waited for also after an error. */
    while (stored < sent) {
        struct ch_err later = CH_ERR_INIT;
        int last = collect(w, store, &stored, sent, rc ? &later : e);
        if (!rc) rc = last;
    }
    return rc;
}

static int encode_shard(struct work *w, const struct ch_manifest_split *split,
                        const struct ch_manifest_shard *shard,
                        struct ch_err *e)
{
    struct ch_store *store = NULL;
    char path[4096];
    int rc = ch_file_join(path, sizeof path, w->manifest.folder, shard->file,
                          e);

    if (!rc && !ch_file_exists(path))
        rc = ch_fail_at(e, CH_EIO, path, CH_NO_OFFSET,
                        "no such shard; make the shards again");
    if (!rc) rc = ch_store_open_write(&store, path, e);
    if (!rc) rc = claim(w, store, shard, e);
    if (!rc) rc = encode_records(w, store, split, shard, e);
    /* Also after an error: what is encoded is kept. */
    if (store) {
        struct ch_err later = CH_ERR_INIT;
        int last = ch_store_commit(store, rc ? &later : e);
        if (!rc) rc = last;
    }
    ch_store_close(store);
    return rc;
}

/* Calls visit for each of this rank's shards, over all splits. */
static int each_shard(struct work *w,
                      int (*visit)(struct work *w,
                                   const struct ch_manifest_split *split,
                                   const struct ch_manifest_shard *shard,
                                   struct ch_err *e),
                      struct ch_err *e)
{
    size_t number = 0;
    int rc = 0;

    for (int s = 0; s < CH_SPLIT_COUNT; s++) {
        const struct ch_manifest_split *split = &w->manifest.split[s];
        for (size_t i = 0; i < split->shard_count && !rc; i++)
            if ((int)(number++ % (size_t)w->o->size) == w->o->rank)
                rc = visit(w, split, &split->shard[i], e);
    }
    return rc;
}

static int count_records(struct work *w, const struct ch_manifest_split *split,
                         const struct ch_manifest_shard *shard,
                         struct ch_err *e)
{
    (void)split;
    (void)e;
    w->result->images += shard->records;
    return 0;
}

int ch_encode_run(const struct ch_encode_options *o,
                  struct ch_encode_result *result, struct ch_err *e)
{
    struct work w = { .o = o, .result = result };
    double begun = ch_clock_s();
    int rc;

    memset(result, 0, sizeof *result);
    rc = ch_encoder_spec_read(&w.spec, o->encoder, e);
    if (!rc && o->grid && !w.spec.grid[0])
        rc = ch_fail_at(e, CH_EUSAGE, o->encoder, CH_NO_OFFSET,
                        "names no grid output; leave out --grid");
    ch_encoder_spec_json(&w.spec, o->precision ? "bf16" : "f32", &w.identity);
    if (!rc) rc = ch_manifest_read(&w.manifest, o->shards, e);
    if (!rc) rc = each_shard(&w, count_records, e);
    if (!rc) rc = start_workers(&w, e);
    if (!rc) {
        ch_progress_start(&w.progress, "encode", "images", 0, result->images);
        rc = each_shard(&w, encode_shard, e);
        ch_progress_finish(&w.progress);
    }
    stop_workers(&w);
    ch_manifest_release(&w.manifest);
    ch_buffer_release(&w.identity);
    ch_buffer_release(&w.record);
    result->seconds = ch_clock_s() - begun;
    return rc;
}
