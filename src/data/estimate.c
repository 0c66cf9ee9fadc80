/* estimate.c - what encoding will take, from a sample
 *
 * The first photos fill the threads and are not timed.  After some seconds the
 * sample ends: the estimate is for a look before the long run.
 */
#include "data/estimate.h"

#include "base/file.h"
#include "data/feature.h"
#include "data/picture.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LONGEST 15             /* seconds */
#define LEAST 8                /* photos timed: fewer go round again */

/* Bytes that this process holds in memory. */
static uint64_t resident(void)
{
    FILE *f = fopen("/proc/self/statm", "re");
    unsigned long long pages = 0;

    if (f) {
        if (fscanf(f, "%*u %llu", &pages) != 1)
            pages = 0;
        fclose(f);
    }
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

struct run {
    const struct ch_estimate_options *o;
    struct ch_feature *f;
    size_t next;               /* photo to put in */
    size_t count;              /* of photos, once it is known; 0: not yet */
    size_t warm;               /* photos before the clock begins */
    size_t taken, good;
    double begun, last;        /* when the warm ones, and the last were done */
    int is_over;
};

/* The next photo of the sample, or of the first ones again: 1, or 0. */
static int choose(struct run *r, char *path, size_t size, struct ch_box *box,
                  struct ch_err *e)
{
    int rc = 0;

    if (!r->count) {
        rc = r->o->next(r->o->context, r->next, path, size, box, e);
        if (rc == 0)
            r->count = r->next;
    }
    if (rc == 0 && r->count && r->next < r->warm + LEAST)
        rc = r->o->next(r->o->context, r->next % r->count, path, size, box,
                        e);
    return rc;
}

static int put(struct run *r, struct ch_err *e)
{
    char path[4096];
    int rc = 1;

    while (!r->is_over && ch_feature_count(r->f) < ch_feature_room(r->f)) {
        struct ch_box box = { 0 };

        rc = choose(r, path, sizeof path, &box, e);
        if (rc < 0)
            return rc;
        r->is_over = rc == 0;
        if (rc == 0)
            break;
        r->next++;
        ch_feature_put(r->f, path, &box);
    }
    return 0;
}

/* Bad photos are told by whoever looks at all of them. */
static void take(struct run *r)
{
    struct ch_feature_result result;

    ch_feature_take(r->f, &result);
    r->taken++;
    r->last = ch_clock_s();
    if (r->taken <= r->warm)
        r->begun = r->last;
    else
        r->good += result.rc == 0;
    if (r->taken > r->warm && r->last - r->begun > LONGEST)
        r->is_over = 1;
}

static int run_all(struct run *r, struct ch_estimate *out, uint64_t before,
                   struct ch_err *e)
{
    int rc = put(r, e);

    while (!rc && ch_feature_count(r->f) > 0) {
        take(r);
        rc = put(r, e);
    }
    out->memory = resident() > before ? resident() - before : 0;
    out->sampled = r->good;
    if (r->good)
        out->image_s = (r->last - r->begun) / (double)r->good;
    return rc;
}

int ch_estimate_run(const struct ch_estimate_options *o,
                    struct ch_estimate *out, struct ch_err *e)
{
    struct ch_encoder_spec spec;
    struct run r = { .o = o };
    uint64_t before = resident();
    int rc = ch_encoder_spec_read(&spec, o->encoder, e);
    const struct ch_feature_options how = {
        .spec = &spec, .precision = o->precision, .threads = o->threads,
        .grid = true, .max_pixels = CH_PICTURE_MAX_PIXELS, .as_asked = true
    };

    memset(out, 0, sizeof *out);
    if (rc)
        return rc;
    rc = ch_feature_open(&r.f, &how, e);
    if (!rc) {
        const struct ch_encoder *c = ch_feature_encoder(r.f);

        snprintf(out->name, sizeof out->name, "%s", spec.name);
        out->feature_count = ch_encoder_feature_count(c);
        out->grid_rows = ch_encoder_grid_rows(c);
        out->grid_columns = ch_encoder_grid_columns(c);
        r.warm = o->threads;
        rc = run_all(&r, out, before, e);
    }
    ch_feature_close(r.f);
    return rc;
}
