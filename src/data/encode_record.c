/* encode_record.c - a photo's features become records of a shard */
#include "data/encode_record.h"

#include "chorus/log.h"
#include "kernel/kernel.h"

#include <math.h>
#include <string.h>

static float as_stored(enum ch_feature_dtype dtype, float v)
{
    if (dtype == CH_FEATURE_F16)
        return ch_half_from_f16(ch_half_to_f16(v));
    if (dtype == CH_FEATURE_BF16)
        return ch_half_from_bf16(ch_half_to_bf16(v));
    return v;
}

static int measure(enum ch_feature_dtype dtype, const float *value, size_t n,
                   struct ch_piece_error *error, struct ch_err *e)
{
    for (size_t i = 0; i < n; i++) {
        double v = (double)value[i];
        double d = fabs((double)as_stored(dtype, value[i]) - v);

        if (!isfinite(d))
            return ch_fail(e, CH_EUSAGE, "a feature is %g%s", v,
                           isfinite(v) ? ", more than the type holds; pass "
                           "--dtype f32" : ": the network is broken, or its "
                           "input is not as described");
        error->error2 += d * d;
        error->value2 += v * v;
        if (d > error->largest)
            error->largest = d;
    }
    return 0;
}

static int skip(const struct ch_encode_record *r,
                const struct ch_feature_result *f,
                struct ch_piece_record *out, struct ch_err *e)
{
    if (!r->skip_bad || (f->rc != CH_EFORMAT && f->rc != CH_EIO)) {
        *e = f->err;
        return f->rc;
    }
    ch_log(CH_LOG_WARN, "%s", f->err.msg);
    out->value[CH_PIECE_WHY].at = f->err.msg;
    out->value[CH_PIECE_WHY].n = strlen(f->err.msg);
    return 0;
}

int ch_encode_record_fill(struct ch_encode_record *r,
                          const struct ch_feature_result *f,
                          struct ch_piece_record *out, struct ch_err *e)
{
    int rc;

    memset(out, 0, sizeof *out);
    if (f->rc)
        return skip(r, f, out, e);
    rc = measure(r->dtype, f->pooled, r->F, &out->error, e);
    if (!rc && f->grid)
        rc = measure(r->dtype, f->grid, r->G * r->columns, &out->error, e);
    if (rc)
        return rc;
    ch_buffer_reset(&r->pooled);
    ch_record_write_feature(&r->pooled, 'f', r->dtype, 1, r->F, f->pooled);
    ch_buffer_reset(&r->grid);
    if (f->grid)
        ch_record_write_feature(&r->grid, 'g', r->dtype, r->G, r->columns,
                                f->grid);
    if (r->pooled.failed || r->grid.failed)
        return ch_fail(e, CH_ENOMEM, "cannot hold a record");
    out->value[CH_PIECE_POOLED].at = r->pooled.at;
    out->value[CH_PIECE_POOLED].n = r->pooled.size;
    out->value[CH_PIECE_GRID].at = r->grid.at;
    out->value[CH_PIECE_GRID].n = r->grid.size;
    return 0;
}

void ch_encode_record_release(struct ch_encode_record *r)
{
    ch_buffer_release(&r->pooled);
    ch_buffer_release(&r->grid);
}
