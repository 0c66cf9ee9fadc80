/* summary.c - what a shard says of its features */
#include "data/summary.h"

#include "base/json.h"
#include "data/store.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

int ch_summary_read(struct ch_summary *s, struct ch_store *store,
                    const char *path, struct ch_err *e)
{
    const char *key = CH_SHARD_FEATURES_KEY;
    struct ch_json *o;
    const void *value;
    size_t n;
    int rc = ch_store_get(store, key, strlen(key), &value, &n, e);

    memset(s, 0, sizeof *s);
    if (rc <= 0)
        return rc;
    rc = ch_json_parse(&o, value, n, path, e);
    if (rc)
        return rc;
    snprintf(s->dtype, sizeof s->dtype, "%s",
             ch_json_text(ch_json_get(o, "dtype"), ""));
    s->columns = (size_t)ch_json_int(ch_json_get(o, "columns"), 0);
    s->grid_rows = (size_t)ch_json_int(ch_json_get(o, "grid_rows"), 0);
    s->grid_columns = (size_t)ch_json_int(ch_json_get(o, "grid_columns"), 0);
    s->encoded = (uint64_t)ch_json_int(ch_json_get(o, "encoded"), 0);
    s->skipped = (uint64_t)ch_json_int(ch_json_get(o, "skipped"), 0);
    s->error2 = ch_json_real(ch_json_get(o, "error2"), 0);
    s->value2 = ch_json_real(ch_json_get(o, "value2"), 0);
    s->largest = ch_json_real(ch_json_get(o, "largest"), 0);
    ch_json_close(o);
    return 1;
}

int ch_summary_put(const struct ch_summary *s, struct ch_store *store,
                   struct ch_err *e)
{
    const char *key = CH_SHARD_FEATURES_KEY;
    struct ch_buffer b = { 0 };
    struct ch_json_writer w;
    int rc;

    ch_json_writer_init(&w, &b);
    ch_json_begin(&w, NULL, '{');
    ch_json_put_text(&w, "dtype", s->dtype, strlen(s->dtype));
    ch_json_put_int(&w, "columns", (int64_t)s->columns);
    ch_json_put_int(&w, "grid_rows", (int64_t)s->grid_rows);
    ch_json_put_int(&w, "grid_columns", (int64_t)s->grid_columns);
    ch_json_put_int(&w, "encoded", (int64_t)s->encoded);
    ch_json_put_int(&w, "skipped", (int64_t)s->skipped);
    ch_json_put_real(&w, "error2", s->error2);
    ch_json_put_real(&w, "value2", s->value2);
    ch_json_put_real(&w, "largest", s->largest);
    ch_json_end(&w);
    rc = b.failed ? ch_fail(e, CH_ENOMEM, "cannot hold a summary")
                  : ch_store_put(store, key, strlen(key), b.at, b.size, e);
    ch_buffer_release(&b);
    return rc;
}

void ch_summary_add(struct ch_summary *all, const struct ch_summary *one)
{
    /* A shard whose photos were all skipped knows no shape. */
    if (one->encoded) {
        memcpy(all->dtype, one->dtype, sizeof all->dtype);
        all->columns = one->columns;
        all->grid_rows = one->grid_rows;
        all->grid_columns = one->grid_columns;
    }
    all->encoded += one->encoded;
    all->skipped += one->skipped;
    all->error2 += one->error2;
    all->value2 += one->value2;
    all->largest = fmax(all->largest, one->largest);
}

void ch_summary_tell(const struct ch_summary *all,
                     struct ch_manifest_features *out)
{
    memset(out, 0, sizeof *out);
    memcpy(out->dtype, all->dtype, sizeof out->dtype);
    out->images = all->encoded;
    out->columns = all->columns;
    out->grid_rows = all->grid_rows;
    out->grid_columns = all->grid_columns;
    if (all->value2 > 0)
        out->rms_error = sqrt(all->error2 / all->value2);
    out->largest_error = all->largest;
}
