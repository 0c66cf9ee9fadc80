/* check_page.c - what a check found, as a page and as JSON */
#include "chorus/check.h"

#include "base/json.h"

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

static double features(const struct ch_check_result *r, double rows,
                       double value)
{
    return (double)r->images * (rows * (double)r->feature_count * value + 20);
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
    ch_buffer_format(&out, "\nFeatures of %llu numbers, grids of %llu rows\n",
                     (unsigned long long)r->feature_count,
                     (unsigned long long)r->grid_rows);
    put_size(&out, "pooled, f32", features(r, 1, 4));
    put_size(&out, "pooled, f16", features(r, 1, 2));
    put_size(&out, "grid, f32", features(r, (double)r->grid_rows, 4));
    put_size(&out, "grid, f16", features(r, (double)r->grid_rows, 2));
    ch_buffer_format(&out, "\nReading and decoding: %.2f ms a photo, %.0f s "
                     "for all on %llu cores; the network comes on top\n",
                     1e3 * r->decode_s, r->decode_s * (double)r->images /
                     (double)(r->cores ? r->cores : 1),
                     (unsigned long long)r->cores);
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
    ch_json_begin(&w, "feature_bytes", '{');
    ch_json_put_real(&w, "pooled_f32", features(r, 1, 4));
    ch_json_put_real(&w, "pooled_f16", features(r, 1, 2));
    ch_json_put_real(&w, "grid_f32", features(r, (double)r->grid_rows, 4));
    ch_json_put_real(&w, "grid_f16", features(r, (double)r->grid_rows, 2));
    ch_json_end(&w);
    ch_json_put_real(&w, "decode_seconds", r->decode_s);
    put_int(&w, "cores", r->cores);
    put_bad(&w, r);
    ch_json_end(&w);
    ch_buffer_put(&out, "\n", 1);
    if (out.failed)
        ch_buffer_release(&out);
    return out.at;
}
