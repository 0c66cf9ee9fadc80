/* service.c - photos in memory become captions, many at a time */
#include "serve/service.h"

#include "base/arena.h"
#include "base/file.h"
#include "base/pool.h"
#include "caption/form.h"
#include "caption/sight.h"
#include "data/picture.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct ch_service {
    struct ch_service_options o;
    struct ch_captioner *captioner;
    struct ch_encoder_spec spec;
    struct ch_encoder *encoder;
    float **views, **pooled;           /* [threads] */
    struct ch_queue *photos, *seen;    /* to the encoder, and from there */
    struct ch_pool *eyes, *mouth;
    atomic_size_t put, begun, said;    /* jobs so far */
    /* The mouth's own: a batch, and those of it with one beam. */
    struct ch_service_job **batch, **group;
    struct ch_caption_item *item;
    const struct ch_caption_item **items;
    float *feature;
};

/* ------------------------------------------------------------------ seeing */

static int see(struct ch_service *s, size_t lane, struct ch_service_job *job)
{
    struct ch_encoder *x = s->encoder;
    bool is_looking = ch_captioner_is_looking(s->captioner);
    struct ch_image image;
    int rc = ch_picture_decode(&image, job->photo, job->size,
                               ch_image_need(&s->spec.rule), s->o.max_pixels,
                               "the photo", &job->err);

    job->is_large = rc && image.width &&
                    image.height > s->o.max_pixels / image.width;
    if (!rc)
        rc = ch_image_input(&image, &s->spec.rule, s->views[lane], &job->err);
    ch_image_release(&image);
    if (rc)
        return rc;
    job->feature = ch_block_get(ch_captioner_floats(s->captioner),
                                sizeof *job->feature);
    if (!job->feature)
        return ch_fail(&job->err, CH_ENOMEM, "cannot hold a photo's features");
    return ch_encoder_run(x, lane, s->views[lane],
                          is_looking ? s->pooled[lane] : job->feature,
                          is_looking ? job->feature : NULL, &job->err);
}

static void finish(struct ch_service *s, struct ch_service_job *job)
{
    ch_block_release(job->feature);
    job->feature = NULL;
    atomic_fetch_add(&s->said, 1);
    job->done(job);
}

static int look(void *context, size_t lane, struct ch_err *e)
{
    struct ch_service *s = context;
    void *item;

    (void)e;      /* errors travel with their jobs */
    while (ch_queue_take(s->photos, &item)) {
        struct ch_service_job *job = item;

        atomic_fetch_add(&s->begun, 1);
        job->rc = see(s, lane, job);
        if (job->rc)
            finish(s, job);
        else
            ch_queue_put(s->seen, job);
    }
    return 0;
}

/* ------------------------------------------------------------------ saying */

static int say(void *context, const struct ch_caption_item *item,
               const struct ch_caption_result *r, struct ch_err *e)
{
    struct ch_service *s = context;
    struct ch_service_job *job = s->group[item->number];

    ch_form_json(job->sentence, r, job->n, &job->out);
    return job->out.failed ? ch_fail(e, CH_ENOMEM, "cannot hold a caption") : 0;
}

/* The jobs of a batch that ask for the beam of the first one; they leave it.
 * Returns how many are left. */
static size_t say_group(struct ch_service *s, size_t n)
{
    size_t floats = ch_captioner_floats(s->captioner), count = 0, left = 0;
    size_t beam = s->batch[0]->beam;
    struct ch_err e = CH_ERR_INIT;
    int rc;

    for (size_t i = 0; i < n; i++) {
        struct ch_service_job *job = s->batch[i];

        if (job->beam != beam) {
            s->batch[left++] = job;
            continue;
        }
        memcpy(s->feature + count * floats, job->feature,
               floats * sizeof *s->feature);
        s->group[count++] = job;
    }
    ch_search_narrow(s->captioner->search, beam, beam);
    rc = ch_captioner_say(s->captioner, s->feature, count, s->items, say, s,
                          &e);
    for (size_t i = 0; i < count; i++) {
        s->group[i]->rc = rc;
        s->group[i]->err = e;
        finish(s, s->group[i]);
    }
    return left;
}

/* Who waits for a batch is asked to wait only where others are on their way. */
static size_t gather(struct ch_service *s, void *first)
{
    double until = ch_clock_s() + s->o.wait_s;
    size_t n = 0;

    for (s->batch[n++] = first; n < s->o.batch;) {
        size_t near = atomic_load(&s->put) - atomic_load(&s->said);
        double left = near > n ? until - ch_clock_s() : 0;
        void *item;

        if (left > 0 ? !ch_queue_await(s->seen, left, &item)
                     : !ch_queue_try(s->seen, &item))
            break;
        s->batch[n++] = item;
    }
    ch_metrics_batch(s->o.metrics, n);
    return n;
}

static int speak(void *context, size_t index, struct ch_err *e)
{
    struct ch_service *s = context;
    void *first;

    (void)index;
    (void)e;      /* errors go to their jobs */
    while (ch_queue_take(s->seen, &first))
        for (size_t n = gather(s, first); n > 0;)
            n = say_group(s, n);
    return 0;
}

/* ---------------------------------------------------------------- the life */

static int open_model(struct ch_service *s, struct ch_err *e)
{
    struct ch_caption_options o;
    const char *precision;
    int rc;

    ch_caption_defaults(&o);
    o.model = s->o.model;
    o.encoder = s->o.encoder;
    o.batch = s->o.batch;
    o.decode.beam = o.decode.n_best = s->o.beam;
    rc = ch_captioner_open(&s->captioner, &o, e);
    if (!rc) rc = ch_sight_find(s->captioner, &s->spec, &precision, e);
    if (!rc)
        rc = ch_encoder_open(&s->encoder, &s->spec, precision, s->o.threads,
                             e);
    return rc ? rc : ch_sight_check(s->captioner, &s->spec, s->encoder, e);
}

static int open_room(struct ch_service *s, struct ch_err *e)
{
    size_t view = 3 * s->spec.rule.size * s->spec.rule.size *
                  ch_image_view_count(&s->spec.rule);
    static char no_name[] = "";      /* names matter to sampling alone */
    size_t n = s->o.batch;
    bool is_well;

    s->views = calloc(s->o.threads, sizeof *s->views);
    s->pooled = calloc(s->o.threads, sizeof *s->pooled);
    s->batch = calloc(n, sizeof *s->batch);
    s->group = calloc(n, sizeof *s->group);
    s->item = calloc(n, sizeof *s->item);
    s->items = calloc(n, sizeof *s->items);
    s->feature = ch_block_get(n * ch_captioner_floats(s->captioner),
                              sizeof *s->feature);
    is_well = s->views && s->pooled && s->batch && s->group && s->item &&
              s->items && s->feature;
    for (size_t i = 0; i < s->o.threads && is_well; i++) {
        s->views[i] = ch_block_get(view, sizeof **s->views);
        s->pooled[i] = ch_block_get(ch_encoder_feature_count(s->encoder),
                                    sizeof **s->pooled);
        is_well = s->views[i] && s->pooled[i];
    }
    for (size_t i = 0; i < n && is_well; i++) {
        s->item[i] = (struct ch_caption_item){ .number = i, .image_id = -1,
                                               .key = no_name };
        s->items[i] = &s->item[i];
    }
    return is_well ? 0 : ch_fail(e, CH_ENOMEM, "cannot hold a batch of %zu "
                                 "photos", n);
}

/* What encoder and search set up at their first photo is no part of
 * somebody's answer. */
static int warm_eye(void *context, size_t lane, struct ch_err *e)
{
    struct ch_service *s = context;
    float *grid = ch_block_get(ch_captioner_floats(s->captioner),
                               sizeof *grid);
    int rc;

    if (!grid)
        return ch_fail(e, CH_ENOMEM, "cannot hold a photo's features");
    rc = ch_encoder_run(s->encoder, lane, s->views[lane], s->pooled[lane],
                        ch_captioner_is_looking(s->captioner) ? grid : NULL,
                        e);
    ch_block_release(grid);
    return rc;
}

static int hush(void *context, const struct ch_caption_item *item,
                const struct ch_caption_result *r, struct ch_err *e)
{
    (void)context, (void)item, (void)r, (void)e;
    return 0;
}

static int warm_up(struct ch_service *s, struct ch_err *e)
{
    struct ch_pool *eyes;
    int rc = ch_pool_start(&eyes, s->o.threads, warm_eye, s, e);
    int own = ch_pool_finish(eyes, rc ? NULL : e);

    rc = rc ? rc : own;
    return rc ? rc : ch_captioner_say(s->captioner, s->feature, 1, s->items,
                                      hush, NULL, e);
}

int ch_service_open(struct ch_service **out,
                    const struct ch_service_options *o, struct ch_err *e)
{
    struct ch_service *s = calloc(1, sizeof *s);
    int rc;

    *out = NULL;
    if (!s)
        return ch_fail(e, CH_ENOMEM, "no memory for the server");
    s->o = *o;
    if (!s->o.threads)
        s->o.threads = ch_pool_cores();
    rc = open_model(s, e);
    if (!rc) rc = open_room(s, e);
    if (!rc) rc = warm_up(s, e);
    if (!rc) rc = ch_queue_open(&s->photos, o->queue, e);
    if (!rc) rc = ch_queue_open(&s->seen, o->batch, e);
    if (!rc) rc = ch_pool_start(&s->eyes, s->o.threads, look, s, e);
    if (!rc) rc = ch_pool_start(&s->mouth, 1, speak, s, e);
    if (rc)
        ch_service_close(s);
    else
        *out = s;
    return rc;
}

void ch_service_close(struct ch_service *s)
{
    if (!s)
        return;
    if (s->photos)
        ch_queue_end(s->photos);
    ch_pool_finish(s->eyes, NULL);
    if (s->seen)
        ch_queue_end(s->seen);
    ch_pool_finish(s->mouth, NULL);
    ch_queue_close(s->photos);
    ch_queue_close(s->seen);
    for (size_t i = 0; i < s->o.threads; i++) {
        if (s->views)
            ch_block_release(s->views[i]);
        if (s->pooled)
            ch_block_release(s->pooled[i]);
    }
    free(s->views);
    free(s->pooled);
    free(s->batch);
    free(s->group);
    free(s->item);
    free(s->items);
    ch_block_release(s->feature);
    ch_encoder_close(s->encoder);
    ch_captioner_close(s->captioner);
    free(s);
}

int ch_service_put(struct ch_service *s, struct ch_service_job *job)
{
    /* Before, so that nobody sees a job that was begun and not put. */
    atomic_fetch_add(&s->put, 1);
    if (ch_queue_offer(s->photos, job))
        return 1;
    atomic_fetch_sub(&s->put, 1);
    return 0;
}

size_t ch_service_waiting(const struct ch_service *s)
{
    size_t begun = atomic_load(&s->begun);

    return atomic_load(&s->put) - begun;
}
