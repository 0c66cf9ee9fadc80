/* run.c - photos in, captions out, in order and without waiting
 *
 * Three batches are on their way: one is encoded, one is searched by a thread
 * of its own, one comes from there and is written.  Every rank says of its
 * photos what is to be written, and rank 0 writes it, rank after rank.
 */
#include "caption/captioner.h"

#include "base/pool.h"
#include "caption/form.h"
#include "caption/maps.h"
#include "caption/supply.h"
#include "chorus/log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BATCHES 3

struct run {
    struct ch_captioner *c;
    const struct ch_caption_output *o;
    const struct ch_caption_share *share;
    struct ch_caption_counts *counts;
    struct ch_supply *supply;
    struct ch_caption_batch batch[BATCHES];
    struct ch_queue *todo, *done;      /* to the searching thread, and back */
    struct ch_pool *searcher;
    struct ch_form_file file;          /* rank 0 */
    struct ch_maps maps;
    struct ch_buffer mine, all;        /* what ranks tell each other */
    size_t *bytes;                     /* [size] */
    uint64_t *sizes;                   /* [size] */
    struct ch_progress progress;
    bool has_progress;
    bool is_held;                      /* what is bad of the first photo */
    int rc;                            /* of writing, until it is agreed on */
    struct ch_err err;
};

/* --------------------------------------------------------------- searching */

/* Where the captions of a batch go. */
struct saying {
    const struct run *r;
    struct ch_buffer *out;
};

static int say(void *context, const struct ch_caption_item *item,
               const struct ch_caption_result *result, struct ch_err *e)
{
    const struct saying *s = context;
    const struct ch_caption_output *o = s->r->o;

    ch_form_put((enum ch_caption_form)o->form, o->sentence, result, s->out);
    if (s->out->failed)
        return ch_fail(e, CH_ENOMEM, "cannot hold the captions of a batch");
    return o->maps ? ch_maps_write(&s->r->maps, item, result, e) : 0;
}

static int search(void *context, size_t index, struct ch_err *e)
{
    struct run *r = context;
    void *item;

    (void)index;
    (void)e;      /* errors travel with their batches */
    while (ch_queue_take(r->todo, &item)) {
        struct ch_caption_batch *b = item;
        struct saying s = { r, &b->out };

        if (!b->rc)
            b->rc = ch_captioner_say(r->c, b->feature, b->good_count, b->good,
                                     say, &s, &b->err);
        ch_queue_put(r->done, b);
    }
    return 0;
}

/* ----------------------------------------------------------------- writing */

/* u64 photos, u64 bad ones, u64 bytes, bytes, and what is wrong with each bad
 * one, ended by a zero. */
static void tell(struct run *r, const struct ch_caption_batch *b)
{
    ch_buffer_reset(&r->mine);
    ch_buffer_u64(&r->mine, b->count);
    ch_buffer_u64(&r->mine, b->count - b->good_count);
    ch_buffer_u64(&r->mine, b->out.size);
    ch_buffer_put(&r->mine, b->out.at, b->out.size);
    for (size_t i = 0; i < b->count; i++)
        if (b->item[i].why)
            ch_buffer_put(&r->mine, b->item[i].why,
                          strlen(b->item[i].why) + 1);
}

static void count_bad(struct run *r, const char *why)
{
    if (r->counts->bad++ == 0) {
        r->counts->first = (struct ch_err)CH_ERR_INIT;
        (void)ch_fail(&r->counts->first, CH_EFORMAT, "%s", why);
    }
}

static void warn(const struct run *r, const char *why)
{
    if (r->share->rank == 0)
        ch_log(CH_LOG_WARN, "%s", why);
}

/* What one rank told: all count it, rank 0 writes it. */
static void hear(struct run *r, const char *bytes, size_t n)
{
    struct ch_bytes in = ch_bytes_of(bytes, n);
    uint64_t photos = ch_bytes_u64(&in), bad = ch_bytes_u64(&in);
    size_t size = (size_t)ch_bytes_u64(&in);
    const char *out = ch_bytes_run(&in, size);

    r->counts->photos += photos;
    if (r->is_held && r->counts->photos > 1) {
        warn(r, r->counts->first.msg);
        r->is_held = false;
    }
    if (r->share->rank == 0 && !r->rc)
        r->rc = ch_form_write(&r->file, out, size, &r->err);
    for (uint64_t i = 0; i < bad; i++) {
        const char *why = bytes + in.used;

        (void)ch_bytes_run(&in, strlen(why) + 1);
        count_bad(r, why);
        /* Of the only photo the caller tells it; more may come yet. */
        if (r->counts->photos == 1)
            r->is_held = true;
        else
            warn(r, why);
    }
}

/* What all ranks tell, to all.  Collective. */
static int gather(struct run *r, struct ch_err *e)
{
    const struct ch_caption_share *share = r->share;
    size_t size = (size_t)share->size, total = 0;
    uint64_t mine = r->mine.size;
    char *at;
    int rc;

    for (size_t i = 0; i < size; i++)
        r->bytes[i] = sizeof mine;
    rc = share->gather(share->context, &mine, r->sizes, r->bytes, e);
    for (size_t i = 0; i < size && !rc; i++)
        total += r->bytes[i] = (size_t)r->sizes[i];
    at = !rc && total > r->all.room ? realloc(r->all.at, total) : r->all.at;
    if (at && total > r->all.room)
        r->all.room = total;
    if (at)
        r->all.at = at;
    else if (!rc)
        rc = ch_fail(e, CH_ENOMEM, "cannot hold %zu bytes of captions", total);
    rc = share->agree(share->context, rc, e);
    return rc ? rc : share->gather(share->context, r->mine.at, r->all.at,
                                   r->bytes, e);
}

/* The batch that comes from the search next, into the output.  Collective. */
static int finish(struct run *r, struct ch_err *e)
{
    const struct ch_caption_share *share = r->share;
    struct ch_caption_batch *b;
    size_t at = 0;
    void *item;
    int rc;

    if (!ch_queue_take(r->done, &item))
        return ch_fail(e, CH_EIO, "the searching thread is gone");
    b = item;
    tell(r, b);
    rc = r->rc ? r->rc : b->rc;
    if (rc)
        *e = r->rc ? r->err : b->err;
    else if (r->mine.failed)
        rc = ch_fail(e, CH_ENOMEM, "cannot hold the captions of a batch");
    if (share->size == 1) {
        if (!rc)
            hear(r, r->mine.at, r->mine.size);
    } else {
        rc = share->agree(share->context, rc, e);
        if (!rc) rc = gather(r, e);
        for (int i = 0; i < share->size && !rc; i++) {
            hear(r, r->all.at + at, r->bytes[i]);
            at += r->bytes[i];
        }
    }
    if (!rc && r->has_progress)
        ch_progress_update(&r->progress, r->counts->photos);
    return rc;
}

/* ----------------------------------------------------------------- running */

/* Round after round.  Collective: errors are those of all ranks. */
static int work(struct run *r, struct ch_err *e)
{
    uint64_t count = 0, ahead = 0;
    size_t k = 0;
    int rc = ch_supply_next(r->supply, &r->batch[0], &count, e);

    for (; !rc && count > 0; k++, count = ahead) {
        struct ch_caption_batch *b = &r->batch[k % BATCHES];
        struct ch_caption_batch *next = &r->batch[(k + 1) % BATCHES];

        rc = ch_supply_next(r->supply, next, &ahead, e);
        if (rc)
            break;
        /* A word about progress only where there is time to read it. */
        if (ahead > 0 && !r->has_progress) {
            ch_progress_start(&r->progress, "caption", "photos", 0,
                              ch_supply_total(r->supply));
            r->has_progress = true;
        }
        if (!b->rc)
            b->rc = ch_supply_fill(r->supply, b, next, &b->err);
        ch_queue_put(r->todo, b);
        if (k > 0)
            rc = finish(r, e);
    }
    if (!rc && k > 0)
        rc = finish(r, e);
    if (r->has_progress)
        ch_progress_finish(&r->progress);
    return rc;
}

/* Rank 0's last words.  Collective. */
static int end(struct run *r, struct ch_err *e)
{
    if (r->share->rank == 0 && !r->rc)
        r->rc = ch_form_finish(&r->file, &r->err);
    if (r->rc)
        *e = r->err;
    return r->share->agree(r->share->context, r->rc, e);
}

static int open_run(struct run *r, const struct ch_caption_input *in,
                    struct ch_err *e)
{
    size_t size = (size_t)r->share->size;
    int rc = 0;

    r->bytes = calloc(size, sizeof *r->bytes);
    r->sizes = calloc(size, sizeof *r->sizes);
    if (!r->bytes || !r->sizes)
        rc = ch_fail(e, CH_ENOMEM, "cannot hold %zu ranks", size);
    /* Before hours of work: can it be written? */
    if (!rc && r->share->rank == 0)
        rc = ch_form_open(&r->file, r->o, e);
    if (!rc && r->o->maps && !ch_captioner_is_looking(r->c))
        rc = ch_fail(e, CH_EUSAGE, "the model looks at whole photos; maps are "
                     "of decoders that look at a grid (sat, att2in, updown)");
    if (!rc && r->o->maps)
        rc = ch_maps_open(&r->maps, r->o->maps, e);
    if (!rc)
        rc = ch_supply_open(&r->supply, r->c, in,
                            r->o->form == CH_CAPTION_COCO, r->share, e);
    for (size_t i = 0; i < BATCHES && !rc; i++)
        rc = ch_caption_batch_init(&r->batch[i], (size_t)r->c->o.batch,
                                   ch_captioner_floats(r->c), e);
    if (!rc) rc = ch_queue_open(&r->todo, BATCHES, e);
    if (!rc) rc = ch_queue_open(&r->done, BATCHES, e);
    if (!rc) rc = ch_pool_start(&r->searcher, 1, search, r, e);
    return rc;
}

static void close_run(struct run *r)
{
    if (r->todo)
        ch_queue_end(r->todo);
    ch_pool_finish(r->searcher, NULL);
    ch_queue_close(r->todo);
    ch_queue_close(r->done);
    ch_supply_close(r->supply);
    for (size_t i = 0; i < BATCHES; i++)
        ch_caption_batch_release(&r->batch[i]);
    ch_form_close(&r->file);
    ch_buffer_release(&r->mine);
    ch_buffer_release(&r->all);
    free(r->bytes);
    free(r->sizes);
}

static int agree_alone(void *context, int rc, struct ch_err *e)
{
    (void)context;
    (void)e;
    return rc;
}

int ch_captioner_run(struct ch_captioner *c, const struct ch_caption_input *in,
                     const struct ch_caption_output *out,
                     const struct ch_caption_share *share,
                     struct ch_caption_counts *counts, struct ch_err *e)
{
    const struct ch_caption_share alone = { .size = 1, .agree = agree_alone };
    struct run r = { .c = c, .o = out, .share = share ? share : &alone,
                     .counts = counts, .err = CH_ERR_INIT };
    int rc;

    *counts = (struct ch_caption_counts){ .first = CH_ERR_INIT };
    rc = open_run(&r, in, e);
    rc = r.share->agree(r.share->context, rc, e);
    if (!rc) rc = work(&r, e);
    if (!rc) rc = end(&r, e);
    close_run(&r);
    return rc;
}
