/* check_page.c - what a check found, as a page and as JSON */
#include "chorus/check.h"

#include "base/json.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define SHOWN 8                /* bad ones on the page; JSON has all */
#define BAR 40

static void put_count(struct ch_buffer *out, const char *name, uint64_t n)
{
    ch_buffer_format(out, "%-30s %12llu\n", name, (unsigned long long)n);
}

static void put_size(struct ch_buffer *out, const char *name, double bytes)
{
    int is_large = bytes >= 1e9;

    ch_buffer_format(out, "%-30s %12.2f %s\n", name,
                     bytes / (is_large ? 1e9 : 1e6), is_large ? "GB" : "MB");
}

/* As LMDB keeps them: a record that does not fit half a page has pages of its
 * own, and 24 bytes where it is found. */
double ch_check_room(uint64_t images, uint64_t rows, uint64_t columns,
                     uint64_t value)
{
    enum { PAGE = 4096, HEAD = 16, KEY = 15, HALF = 2038 };
    const double bytes = (double)rows * (double)columns * (double)value + 20;

    if (bytes + KEY - 2 <= HALF)
        return (double)images * (bytes + KEY);
    return (double)images * (PAGE * ceil((bytes + HEAD) / PAGE) + 24);
}

static double pooled(const struct ch_check_result *r, uint64_t value)
{
    return ch_check_room(r->images, 1, r->feature_count, value);
}

static double grid(const struct ch_check_result *r, uint64_t value)
{
    return r->grid_rows ? ch_check_room(r->images, r->grid_rows,
                                        r->grid_columns, value)
                        : 0;
}

/* What a step of training holds of them, as f32. */
static double batch(uint64_t rows, uint64_t columns)
{
    return (double)CH_CHECK_BATCH * (double)rows * (double)columns * 4;
}

static void put_room(struct ch_buffer *out, const struct ch_check_result *r)
{
    ch_buffer_format(out, "\nFeatures of %" PRIu64 " numbers",
                     r->feature_count);
    if (r->grid_rows)
        ch_buffer_format(out, ", grids of %" PRIu64 " x %" PRIu64,
                         r->grid_rows, r->grid_columns);
    ch_buffer_text(out, ": on disk, and in memory to be fast\n");
    put_size(out, "pooled, f32", pooled(r, 4));
    put_size(out, "pooled, f16", pooled(r, 2));
    if (r->grid_rows) {
        put_size(out, "grid, f32", grid(r, 4));
        put_size(out, "grid, f16", grid(r, 2));
    }
    ch_buffer_format(out, "and of them a batch of %d photos, in memory\n",
                     CH_CHECK_BATCH);
    put_size(out, "pooled", batch(1, r->feature_count));
    if (r->grid_rows)
        put_size(out, "grid", batch(r->grid_rows, r->grid_columns));
}

static void put_duration(struct ch_buffer *out, double seconds)
{
    if (seconds < 120)
        ch_buffer_format(out, "%.0f s", seconds);
    else if (seconds < 7200)
        ch_buffer_format(out, "%.0f minutes", seconds / 60);
    else
        ch_buffer_format(out, "%.1f hours", seconds / 3600);
}

static void put_time(struct ch_buffer *out, const struct ch_check_result *r)
{
    const struct ch_check_encoder *c = &r->encoder;
    const double cores = (double)(r->cores ? r->cores : 1);

    ch_buffer_format(out, "\nTime on %" PRIu64 " cores\n"
                     "decoding: %.2f ms a photo, ", r->cores,
                     1e3 * r->decode_s / cores);
    put_duration(out, r->decode_s / cores * (double)r->photos);
    ch_buffer_text(out, " for all\n");
    if (!c->name[0]) {
        ch_buffer_text(out, "encoding: --encoder tells how long\n");
        return;
    }
    if (!c->sampled) {
        ch_buffer_format(out, "encoding with %s: no image of the sample can "
                         "be used\n", c->name);
        return;
    }
    ch_buffer_format(out, "encoding with %s: %.2f ms an image, ", c->name,
                     1e3 * c->image_s);
    put_duration(out, c->image_s * (double)r->images);
    ch_buffer_format(out, " for all, decoding included (%" PRIu64
                     " were tried)\n", c->sampled);
    put_size(out, "memory of the encoder", (double)c->memory);
}

static void put_lengths(struct ch_buffer *out, const struct ch_check_result *r)
{
    uint64_t most = 1, in;

    ch_buffer_text(out, "\nWords of a caption\n");
    for (size_t k = 0; k < CH_CHECK_LENGTHS; k += 4) {
        in = 0;
        for (size_t i = k + 1; i <= k + 4 && i < CH_CHECK_LENGTHS; i++)
            in += r->length[i];
        most = in > most ? in : most;
    }
    for (size_t k = 0; k + 1 < CH_CHECK_LENGTHS; k += 4) {
        size_t end = k + 4 < CH_CHECK_LENGTHS ? k + 4 : CH_CHECK_LENGTHS - 1;

        in = 0;
        for (size_t i = k + 1; i <= end; i++)
            in += r->length[i];
        if (!in)
            continue;
        if (end == CH_CHECK_LENGTHS - 1)
            ch_buffer_format(out, "  %2zu and more", k + 1);
        else
            ch_buffer_format(out, "  %2zu to %-6zu", k + 1, end);
        ch_buffer_format(out, "%31llu  %.*s\n", (unsigned long long)in,
                         (int)(1 + (BAR - 1) * in / most),
                         "########################################");
    }
}

char *ch_check_page(const struct ch_check_result *r)
{
    static const char *const cover[CH_CHECK_COVERS] = {
        "  the 1,000 most frequent", "  5,000", "  10,000", "  all" };
    struct ch_buffer out = { 0 };

    ch_buffer_text(&out, "Read\n");
    put_count(&out, "images", r->images_read);
    put_count(&out, "captions", r->captions_read);
    put_count(&out, "images that can be used", r->images);
    put_count(&out, "captions that can be used", r->captions);
    ch_buffer_text(&out, "\nPhotos\n");
    put_count(&out, "files", r->photos);
    put_count(&out, "decoded", r->decoded);
    put_count(&out, "missing", r->missing);
    put_count(&out, "corrupt", r->corrupt);
    put_count(&out, "too small", r->small);
    put_count(&out, "duplicate", r->duplicate);
    ch_buffer_text(&out, "\nWords of the training captions\n");
    put_count(&out, "captions without words", r->wordless);
    put_count(&out, "words", r->words);
    put_count(&out, "distinct", r->distinct);
    for (size_t i = 0; i < CH_CHECK_COVERS; i++)
        ch_buffer_format(&out, "%-30s %12.2f %%\n", cover[i],
                         100 * r->cover[i]);
    put_lengths(&out, r);
    put_room(&out, r);
    put_time(&out, r);
    for (size_t i = 0; i < r->bad_count && i < SHOWN; i++)
        ch_buffer_format(&out, "%s%s: %s\n", i ? "" : "\n", r->bad[i].what,
                         r->bad[i].reason);
    if (r->bad_count > SHOWN)
        ch_buffer_format(&out, "and %zu more; --json lists all\n",
                         r->bad_count - SHOWN);
    if (out.failed)
        ch_buffer_release(&out);
    return out.at;
}

static void put_int(struct ch_json_writer *w, const char *name, uint64_t n)
{
    ch_json_put_int(w, name, (int64_t)n);
}

static void put_bad(struct ch_json_writer *w, const struct ch_check_result *r)
{
    ch_json_begin(w, "bad", '[');
    for (size_t i = 0; i < r->bad_count; i++) {
        ch_json_begin(w, NULL, '{');
        ch_json_put_text(w, "what", r->bad[i].what, strlen(r->bad[i].what));
        ch_json_put_text(w, "reason", r->bad[i].reason,
                         strlen(r->bad[i].reason));
        ch_json_end(w);
    }
    ch_json_end(w);
}

static void put_json_room(struct ch_json_writer *w,
                          const struct ch_check_result *r)
{
    put_int(w, "feature_count", r->feature_count);
    put_int(w, "grid_rows", r->grid_rows);
    put_int(w, "grid_columns", r->grid_columns);
    ch_json_begin(w, "feature_bytes", '{');
    ch_json_put_real(w, "pooled_f32", pooled(r, 4));
    ch_json_put_real(w, "pooled_f16", pooled(r, 2));
    ch_json_put_real(w, "grid_f32", grid(r, 4));
    ch_json_put_real(w, "grid_f16", grid(r, 2));
    ch_json_end(w);
    ch_json_begin(w, "batch_bytes", '{');
    ch_json_put_real(w, "pooled", batch(1, r->feature_count));
    ch_json_put_real(w, "grid", batch(r->grid_rows, r->grid_columns));
    ch_json_end(w);
}

static void put_json_encoder(struct ch_json_writer *w,
                             const struct ch_check_result *r)
{
    const struct ch_check_encoder *c = &r->encoder;

    ch_json_begin(w, "encoder", '{');
    ch_json_put_text(w, "name", c->name, strlen(c->name));
    put_int(w, "sampled", c->sampled);
    ch_json_put_real(w, "image_seconds", c->image_s);
    ch_json_put_real(w, "all_seconds", c->image_s * (double)r->images);
    put_int(w, "memory_bytes", c->memory);
    ch_json_end(w);
}

char *ch_check_json(const struct ch_check_result *r)
{
    static const char *const cover[CH_CHECK_COVERS] = { "1000", "5000",
                                                        "10000", "all" };
    struct ch_buffer out = { 0 };
    struct ch_json_writer w;

    ch_json_writer_init(&w, &out);
    ch_json_begin(&w, NULL, '{');
    put_int(&w, "images_read", r->images_read);
    put_int(&w, "captions_read", r->captions_read);
    put_int(&w, "images", r->images);
    put_int(&w, "captions", r->captions);
    put_int(&w, "photos", r->photos);
    put_int(&w, "decoded", r->decoded);
    put_int(&w, "missing", r->missing);
    put_int(&w, "corrupt", r->corrupt);
    put_int(&w, "small", r->small);
    put_int(&w, "duplicate", r->duplicate);
    put_int(&w, "captions_without_words", r->wordless);
    put_int(&w, "words", r->words);
    put_int(&w, "distinct_words", r->distinct);
    ch_json_begin(&w, "coverage", '{');
    for (size_t i = 0; i < CH_CHECK_COVERS; i++)
        ch_json_put_real(&w, cover[i], r->cover[i]);
    ch_json_end(&w);
    /* By number of words from 0; the last is of 51 and more. */
    ch_json_begin(&w, "lengths", '[');
    for (size_t i = 0; i < CH_CHECK_LENGTHS; i++)
        put_int(&w, NULL, r->length[i]);
    ch_json_end(&w);
    put_json_room(&w, r);
    ch_json_put_real(&w, "decode_seconds", r->decode_s);
    put_int(&w, "cores", r->cores);
    if (r->encoder.name[0])
        put_json_encoder(&w, r);
    put_bad(&w, r);
    ch_json_end(&w);
    ch_buffer_put(&out, "\n", 1);
    if (out.failed)
        ch_buffer_release(&out);
    return out.at;
}
