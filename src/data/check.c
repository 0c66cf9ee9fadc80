/* check.c - a data set looked over before the long run
 *
 * The same reading as prepare.c, with everything bad listed; then the photos,
 * each decoded as small as it can be without missing a shorter side, since
 * damage shows at any scale; then the files of equal size, compared by hash.
 */
#include "chorus/check.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/pool.h"
#include "base/spill.h"
#include "base/text.h"
#include "data/estimate.h"
#include "data/picture.h"
#include "data/prepare_keep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLE 64              /* photos that tell the time */

struct photo {
    size_t image;              /* the first that shows it, in the list */
    char *why;                 /* it cannot be used; NULL: it can */
    int64_t size;
    uint64_t hash;
    float seconds;             /* of decoding; 0: not decoded */
    bool is_small;
};

struct work {
    const struct ch_check_options *o;
    struct ch_check_result *r;
    struct ch_prepare_work keep;
    struct photo *photo;       /* in the spill of the list */
    size_t count, room, step, threads;
    size_t at, place;          /* of the sample: in the list, in what is used */
};

void ch_check_defaults(struct ch_check_options *o)
{
    *o = (struct ch_check_options){ .all = true, .min_side = 64,
                                    .feature_count = 2048, .grid_rows = 49 };
    ch_prepare_defaults(&o->input);
}

static int add_bad(struct ch_check_result *r, const char *what,
                   const char *reason, struct ch_err *e)
{
    size_t n = r->bad_count;
    struct ch_check_bad *grown = r->bad;

    /* Doubled whenever the count is a power of two. */
    if ((n & (n - 1)) == 0)
        grown = realloc(r->bad, (n ? 2 * n : 1) * sizeof *grown);
    if (!grown)
        return ch_fail(e, CH_ENOMEM, "cannot hold what is bad");
    r->bad = grown;
    grown[n] = (struct ch_check_bad){ strdup(what), strdup(reason) };
    r->bad_count++;
    return grown[n].what && grown[n].reason
               ? 0 : ch_fail(e, CH_ENOMEM, "cannot hold what is bad");
}

/* ------------------------------------------------------------- captions */

static int take_skips(struct work *w, struct ch_err *e)
{
    const struct ch_source *s = &w->keep.source;
    int rc = 0;

    for (size_t i = 0; i < s->skip_count && !rc; i++) {
        const char *reason = s->skip[i].reason;

        w->r->missing += strncmp(reason, CH_PREPARE_MISSING,
                                 strlen(CH_PREPARE_MISSING)) == 0;
        w->r->wordless += strcmp(reason, "the caption has no words") == 0;
        rc = add_bad(w->r, s->skip[i].what, reason, e);
    }
    return rc;
}

static int count_lengths(struct work *w, struct ch_err *e)
{
    struct ch_buffer *text = &w->keep.text;
    int rc = 0;

    for (size_t i = 0; i < w->keep.source.image_count; i++) {
        const struct ch_source_image *image = &w->keep.source.image[i];

        for (size_t c = 0; c < image->caption_count && !rc; c++) {
            size_t words = 1;

            ch_buffer_reset(text);
            rc = ch_text_normalise(image->caption[c],
                                   strlen(image->caption[c]), text, e);
            for (size_t k = 0; !rc && k < text->size; k++)
                words += text->at[k] == ' ';
            w->r->length[words < CH_CHECK_LENGTHS ? words
                                                  : CH_CHECK_LENGTHS - 1]++;
        }
        w->r->images += image->caption_count > 0;
        w->r->captions += image->caption_count;
    }
    return rc;
}

static int cover(struct work *w, struct ch_err *e)
{
    static const uint64_t size[CH_CHECK_COVERS] = { 1000, 5000, 10000, 0 };
    int rc = 0;

    for (size_t i = 0; i < CH_CHECK_COVERS && !rc; i++) {
        struct ch_vocab *v;
        uint64_t kept[2];

        rc = ch_vocab_build(w->keep.words, (size_t)size[i], 1, &v, kept, e);
        if (rc)
            break;
        w->r->cover_size[i] = size[i];
        w->r->cover[i] = kept[1] ? (double)kept[0] / (double)kept[1] : 0;
        w->r->words = kept[1];
        w->r->distinct = ch_vocab_size(v) - 4;     /* three marks, <unk> */
        ch_vocab_close(v);
    }
    return rc;
}

/* --------------------------------------------------------------- photos */

static int path_of(const struct work *w, size_t image, char *out, size_t size,
                   struct ch_err *e)
{
    const struct ch_source_image *i = &w->keep.source.image[image];
    const char *own = ch_prepare_source_images(&w->o->input, i->split);

    return ch_file_join(out, size, own ? own : w->o->input.images,
                        i->photo ? i->photo : i->file, e);
}

static int list_photos(struct work *w, struct ch_err *e)
{
    const struct ch_source *s = &w->keep.source;
    const char *last = NULL;

    w->room = (s->image_count + 1) * sizeof *w->photo;
    w->photo = ch_spill_resize(s->spill, NULL, 0, w->room);
    if (!w->photo)
        return ch_spill_fail(s->spill, "the photos", e);
    for (size_t i = 0; i < s->image_count; i++) {
        const struct ch_source_image *image = &s->image[i];
        const char *name = image->photo ? image->photo : image->file;
        char path[4096];
        int rc;

        /* Regions of a photo follow one another and share its name. */
        if (image->caption_count == 0 || name == last)
            continue;
        last = name;
        rc = path_of(w, i, path, sizeof path, e);
        if (rc)
            return rc;
        w->photo[w->count++] = (struct photo){ .image = i,
                                               .size = ch_file_size(path) };
    }
    return 0;
}

static void look_at(const struct work *w, struct photo *p)
{
    struct ch_err why = CH_ERR_INIT;
    struct ch_image image = { 0 };
    size_t need = (size_t)w->o->min_side;
    double begun = ch_clock_s();
    char path[4096];
    int rc = path_of(w, p->image, path, sizeof path, &why);

    if (!rc)
        rc = ch_picture_read(&image, path, need, CH_PICTURE_MAX_PIXELS, &why);
    if (rc)
        p->why = strdup(why.msg);
    else
        p->is_small = image.width < need || image.height < need;
    p->seconds = (float)(ch_clock_s() - begun);
    ch_image_release(&image);
}

static int look(void *context, size_t index, struct ch_err *e)
{
    struct work *w = context;

    (void)e;                   /* a bad photo is no failure */
    for (size_t i = index * w->step; i < w->count; i += w->threads * w->step)
        look_at(w, &w->photo[i]);
    return 0;
}

static int look_at_all(struct work *w, struct ch_err *e)
{
    struct ch_pool *pool;
    double seconds = 0;
    int rc;

    w->threads = w->o->threads ? (size_t)w->o->threads : ch_pool_cores();
    w->step = w->o->all || w->count <= SAMPLE ? 1 : w->count / SAMPLE;
    rc = ch_pool_start(&pool, w->threads, look, w, e);
    if (pool) {
        int last = ch_pool_finish(pool, rc ? NULL : e);
        if (!rc) rc = last;
    }
    for (size_t i = 0; i < w->count && !rc; i++) {
        const struct photo *p = &w->photo[i];
        char path[4096];

        w->r->decoded += p->seconds > 0;
        seconds += (double)p->seconds;
        w->r->corrupt += p->why != NULL;
        w->r->small += p->is_small;
        if (!p->why && !p->is_small)
            continue;
        rc = path_of(w, p->image, path, sizeof path, e);
        if (!rc)
            rc = add_bad(w->r, path, p->why ? p->why : "a side is shorter "
                         "than --min-side", e);
    }
    w->r->photos = w->count;
    w->r->cores = w->threads;
    w->r->decode_s = w->r->decoded ? seconds / (double)w->r->decoded : 0;
    return rc;
}

static int by_size(const void *a, const void *b)
{
    const struct photo *x = a, *y = b;

    if (x->size != y->size)
        return x->size < y->size ? -1 : 1;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return x->image < y->image ? -1 : x->image > y->image;
}

static int add_duplicate(struct work *w, const struct photo *p,
                         const struct photo *first, struct ch_err *e)
{
    char path[4096], same[4096], reason[4200];
    int rc = path_of(w, p->image, path, sizeof path, e);

    if (!rc) rc = path_of(w, first->image, same, sizeof same, e);
    if (rc)
        return rc;
    w->r->duplicate++;
    snprintf(reason, sizeof reason, "the same bytes as %s", same);
    return add_bad(w->r, path, reason, e);
}

/* Only files of equal size can be the same, so few need a hash. */
static int find_duplicates(struct work *w, struct ch_err *e)
{
    int rc = 0;

    qsort(w->photo, w->count, sizeof *w->photo, by_size);
    for (size_t i = 0; i < w->count && !rc; i++) {
        struct photo *p = &w->photo[i];
        int has_equal = (i > 0 && p[-1].size == p->size) ||
                        (i + 1 < w->count && p[1].size == p->size);
        char path[4096];

        if (!has_equal)
            continue;
        rc = path_of(w, p->image, path, sizeof path, e);
        if (!rc) rc = ch_hash_file(path, &p->hash, e);
    }
    qsort(w->photo, w->count, sizeof *w->photo, by_size);
    for (size_t i = 1; i < w->count && !rc; i++) {
        const struct photo *p = &w->photo[i];

        if (p[-1].size == p->size && p[-1].hash == p->hash && p->size > 0)
            rc = add_duplicate(w, p, &p[-1], e);
    }
    return rc;
}

/* -------------------------------------------------------------- the encoder */

/* Every k-th image that can be used, at most SAMPLE of them; they are asked for
 * in order, from the first again and again. */
static int sample(void *context, size_t i, char *path, size_t size,
                  struct ch_box *box, struct ch_err *e)
{
    struct work *w = context;
    const struct ch_source *s = &w->keep.source;
    size_t step = (w->r->images + SAMPLE - 1) / SAMPLE;

    if (i == 0)
        w->at = w->place = 0;
    for (; w->at < s->image_count; w->at++) {
        const struct ch_source_image *image = &s->image[w->at];
        int rc;

        if (image->caption_count == 0 || w->place++ % step != 0)
            continue;
        *box = image->box;
        rc = path_of(w, w->at++, path, size, e);
        return rc ? rc : 1;
    }
    return 0;
}

static int ask_encoder(struct work *w, struct ch_err *e)
{
    const struct ch_check_options *o = w->o;
    const struct ch_estimate_options ask = {
        .encoder = o->encoder, .precision = o->precision ? "bf16" : "f32",
        .threads = w->threads, .next = sample, .context = w
    };
    struct ch_estimate found;
    struct ch_check_result *r = w->r;
    int rc;

    r->grid_columns = r->feature_count;
    if (!o->encoder)
        return 0;
    rc = ch_estimate_run(&ask, &found, e);
    if (rc)
        return rc;
    snprintf(r->encoder.name, sizeof r->encoder.name, "%s", found.name);
    r->feature_count = found.feature_count;
    r->grid_rows = found.grid_rows;
    r->grid_columns = found.grid_columns;
    r->encoder.sampled = found.sampled;
    r->encoder.image_s = found.image_s;
    r->encoder.memory = found.memory;
    return 0;
}

/* Where temporary files lie; without one the list is held in memory. */
static void open_spill(struct work *w)
{
    const char *folder = getenv("TMPDIR");
    struct ch_err ignored = CH_ERR_INIT;

    (void)ch_spill_open(&w->keep.source.spill,
                        folder && *folder ? folder : "/var/tmp", &ignored);
}

int ch_check_run(const struct ch_check_options *o, struct ch_check_result *r,
                 struct ch_err *e)
{
    struct ch_prepare_options input = o->input;
    struct work *w = calloc(1, sizeof *w);
    int rc;

    memset(r, 0, sizeof *r);
    if (!w)
        return ch_fail(e, CH_ENOMEM, "cannot hold the annotations");
    input.skip_bad = true;
    w->o = o;
    w->r = r;
    w->keep.o = &input;
    r->feature_count = o->feature_count;
    r->grid_rows = o->grid_rows;
    rc = ch_prepare_source_check(&input, &w->keep.by, e);
    if (!rc && !input.images &&
        !(input.train_images && input.val_images && input.test_images))
        rc = ch_fail(e, CH_EUSAGE, "the folder of the photos is needed "
                     "(--images)");
    open_spill(w);
    if (!rc) rc = ch_prepare_keep_read(&w->keep, e);
    if (!rc) {
        r->images_read = w->keep.manifest.images_read;
        r->captions_read = w->keep.manifest.captions_read;
        rc = take_skips(w, e);
    }
    if (!rc) rc = count_lengths(w, e);
    if (!rc) rc = cover(w, e);
    if (!rc) rc = list_photos(w, e);
    if (!rc) rc = look_at_all(w, e);
    if (!rc) rc = ask_encoder(w, e);
    if (!rc) rc = find_duplicates(w, e);
    for (size_t i = 0; i < w->count; i++)
        free(w->photo[i].why);
    ch_spill_resize(w->keep.source.spill, w->photo, w->room, 0);
    ch_prepare_keep_release(&w->keep);
    free(w);
    if (rc)
        ch_check_release(r);
    return rc;
}

void ch_check_release(struct ch_check_result *r)
{
    for (size_t i = 0; i < r->bad_count; i++) {
        free(r->bad[i].what);
        free(r->bad[i].reason);
    }
    free(r->bad);
    memset(r, 0, sizeof *r);
}
