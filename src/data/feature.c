/* feature.c - photos become features, several at a time, in order
 *
 * Jobs lie in a ring.  A job goes through three queues: to a thread that
 * decodes, to one that runs the network, and back.  Queues are as deep as the
 * ring, so nobody waits to put a job into one.
 */
#include "data/feature.h"

#include "base/arena.h"
#include "base/pool.h"
#include "data/crop.h"
#include "data/picture.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One in the network, one being decoded, two on their way. */
#define JOBS_PER_THREAD 4

struct job {
    char path[4096];
    struct ch_box box;
    float *views, *pooled, *grid;
    int is_done, rc;
    struct ch_err err;
};

struct ch_feature {
    struct ch_feature_options o;
    struct ch_encoder_spec spec;
    struct ch_encoder *encoder;
    size_t threads, jobs;
    struct job *job;
    size_t put, taken;         /* so far; job number % jobs is its place */
    struct ch_queue *photos, *views, *done;
    struct ch_pool *pool;
};

static int decode(const struct ch_feature *f, struct job *job)
{
    struct ch_image image;
    /* A region may be a small part of its photo: all pixels are needed. */
    size_t need = job->box.width ? 0 : ch_image_need(&f->spec.rule);
    int rc = ch_picture_read(&image, job->path, need, f->o.max_pixels,
                             &job->err);

    if (!rc) rc = ch_crop_cut(&image, &job->box, job->path, &job->err);
    if (!rc)
        rc = ch_image_input(&image, &f->spec.rule, job->views, &job->err);
    ch_image_release(&image);
    return rc;
}

/* The first `threads` threads run the network, each on a lane of its own; the
 * others decode. */
static int work_on(void *context, size_t index, struct ch_err *e)
{
    struct ch_feature *f = context;
    int is_lane = index < f->threads;
    void *item;

    (void)e;      /* errors travel with their jobs */
    while (ch_queue_take(is_lane ? f->views : f->photos, &item)) {
        struct job *job = item;
        if (!is_lane)
            job->rc = decode(f, job);
        else if (!job->rc)
            job->rc = ch_encoder_run(f->encoder, index, job->views,
                                     job->pooled, job->grid, &job->err);
        ch_queue_put(is_lane ? f->done : f->views, job);
    }
    return 0;
}

static int make_jobs(struct ch_feature *f, struct ch_err *e)
{
    size_t view = 3 * f->spec.rule.size * f->spec.rule.size;
    size_t grid = f->o.grid ? ch_encoder_grid_rows(f->encoder) *
                                  ch_encoder_grid_columns(f->encoder) : 0;

    f->jobs = JOBS_PER_THREAD * f->threads;
    f->job = calloc(f->jobs, sizeof *f->job);
    for (size_t i = 0; f->job && i < f->jobs; i++) {
        struct job *job = &f->job[i];
        job->views = ch_block_get(view * ch_image_view_count(&f->spec.rule),
                                  sizeof(float));
        job->pooled = ch_block_get(ch_encoder_feature_count(f->encoder),
                                   sizeof(float));
        if (grid)
            job->grid = ch_block_get(grid, sizeof(float));
        if (!job->views || !job->pooled || (grid && !job->grid))
            return ch_fail(e, CH_ENOMEM, "cannot hold the features of %zu "
                           "photos", f->jobs);
    }
    return f->job ? 0 : ch_fail(e, CH_ENOMEM, "cannot hold %zu photos",
                                f->jobs);
}

/* Features of f32 would pass for those of another machine, and are not them. */
static int check_precision(const struct ch_feature *f, struct ch_err *e)
{
    const char *found = ch_encoder_precision(f->encoder);

    if (!strcmp(f->o.precision, found))
        return 0;
    return ch_fail(e, CH_EUSAGE, "this processor cannot compute in %s: that "
                   "takes AVX-512 or AMX; choose --precision %s",
                   f->o.precision, found);
}

int ch_feature_open(struct ch_feature **out,
                    const struct ch_feature_options *o, struct ch_err *e)
{
    struct ch_feature *f = calloc(1, sizeof *f);
    int rc;

    *out = NULL;
    if (!f)
        return ch_fail(e, CH_ENOMEM, "cannot hold photos");
    f->o = *o;
    f->spec = *o->spec;
    if (!o->grid)
        f->spec.grid[0] = '\0';
    f->threads = o->threads ? o->threads : ch_pool_cores();
    rc = ch_encoder_open(&f->encoder, &f->spec, o->precision, f->threads, e);
    if (!rc && o->as_asked) rc = check_precision(f, e);
    if (!rc) rc = make_jobs(f, e);
    if (!rc) rc = ch_queue_open(&f->photos, f->jobs, e);
    if (!rc) rc = ch_queue_open(&f->views, f->jobs, e);
    if (!rc) rc = ch_queue_open(&f->done, f->jobs, e);
    if (!rc) rc = ch_pool_start(&f->pool, 2 * f->threads, work_on, f, e);
    if (rc)
        ch_feature_close(f);
    else
        *out = f;
    return rc;
}

void ch_feature_close(struct ch_feature *f)
{
    struct ch_feature_result rest;

    if (!f)
        return;
    while (ch_feature_count(f) > 0)
        ch_feature_take(f, &rest);
    if (f->photos)
        ch_queue_end(f->photos);
    if (f->views)
        ch_queue_end(f->views);
    ch_pool_finish(f->pool, NULL);
    ch_queue_close(f->photos);
    ch_queue_close(f->views);
    ch_queue_close(f->done);
    for (size_t i = 0; f->job && i < f->jobs; i++) {
        ch_block_release(f->job[i].views);
        ch_block_release(f->job[i].pooled);
        ch_block_release(f->job[i].grid);
    }
    free(f->job);
    ch_encoder_close(f->encoder);
    free(f);
}

const struct ch_encoder *ch_feature_encoder(const struct ch_feature *f)
{
    return f->encoder;
}

size_t ch_feature_room(const struct ch_feature *f)
{
    return f->jobs - ch_feature_count(f);
}

size_t ch_feature_count(const struct ch_feature *f)
{
    return f->put - f->taken;
}

void ch_feature_put(struct ch_feature *f, const char *path,
                    const struct ch_box *box)
{
    struct job *job = &f->job[f->put % f->jobs];

    assert(ch_feature_room(f) > 0);
    job->err = (struct ch_err)CH_ERR_INIT;
    job->rc = job->is_done = 0;
    memset(&job->box, 0, sizeof job->box);
    if (box)
        job->box = *box;
    f->put++;
    if (snprintf(job->path, sizeof job->path, "%s", path) <
        (int)sizeof job->path) {
        ch_queue_put(f->photos, job);
        return;
    }
    job->rc = ch_fail(&job->err, CH_EFORMAT, "the path %.40s... is too long",
                      path);
    job->is_done = 1;
}

void ch_feature_take(struct ch_feature *f, struct ch_feature_result *out)
{
    struct job *job = &f->job[f->taken % f->jobs];
    void *item;

    assert(ch_feature_count(f) > 0);
    while (!job->is_done && ch_queue_take(f->done, &item))
        ((struct job *)item)->is_done = 1;
    f->taken++;
    *out = (struct ch_feature_result){ .rc = job->rc, .err = job->err,
                                       .pooled = job->pooled,
                                       .grid = job->grid };
}
