/* find.c - photos of an index that chorus tag made */
#include "chorus/find.h"

#include "base/arena.h"
#include "base/text.h"
#include "caption/sight.h"
#include "data/feature.h"
#include "data/picture.h"
#include "use/find_form.h"
#include "use/index.h"
#include "use/near.h"
#include "use/query.h"
#include "use/rank.h"
#include "use/twin.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct find {
    const struct ch_find_options *o;
    struct ch_index index;
    struct ch_buffer out;
    uint64_t count;
};

/* All at once, when the index is closed: who reads a page of it now and then
 * would keep chorus tag from writing. */
static int put_out(const struct find *f, struct ch_err *e)
{
    if (f->out.failed)
        return ch_fail(e, CH_ENOMEM, "cannot hold what was found");
    if (fwrite(f->out.at, 1, f->out.size, stdout) != f->out.size ||
        fflush(stdout))
        return ch_fail_errno(e, NULL, "cannot write on stdout");
    return 0;
}

static int64_t limit_of(const struct find *f)
{
    return f->o->limit ? (int64_t)f->o->limit : INT64_MAX;
}

static int put_photo(struct find *f, int64_t id, const float *distance,
                     int64_t group, struct ch_err *e)
{
    struct ch_find_photo p = { .distance = distance, .group = group };
    int rc = ch_index_name(&f->index, id, &p.path, &p.path_bytes, &p.caption,
                           &p.tags, e);

    if (!rc)
        ch_find_form_photo(f->o->form, &p, &f->out);
    return rc;
}

/* Photos of a query that gives their ids. */
static int put_photos(struct find *f, const char *query, const char *value,
                      struct ch_err *e)
{
    struct ch_sql_rows *r = NULL;
    int rc = ch_sql_query(&r, f->index.sql, e, query, "ti", value,
                          limit_of(f)), more = 0;

    while (!rc && (more = ch_sql_next(r, e)) > 0) {
        rc = put_photo(f, ch_sql_int(r, 0), NULL, -1, e);
        f->count += !rc;
    }
    ch_sql_rows_close(r);
    return rc ? rc : more;
}

static int put_ranked(struct find *f, const char *query, struct ch_err *e)
{
    struct ch_rank *best;
    size_t count;
    int rc = ch_rank_words(&f->index, query, f->o->any, (size_t)limit_of(f),
                           &best, &count, e);

    for (size_t i = 0; i < count && !rc; i++) {
        rc = put_photo(f, best[i].id, NULL, -1, e);
        f->count += !rc;
    }
    free(best);
    return rc;
}

static int find_words(struct find *f, struct ch_err *e)
{
    struct ch_buffer typed = { 0 }, query = { 0 };
    int rc = 0;

    for (size_t i = 0; i < f->o->word_count; i++) {
        ch_buffer_text(&typed, f->o->word[i]);
        ch_buffer_text(&typed, " ");
    }
    rc = typed.failed ? ch_fail(e, CH_ENOMEM, "cannot hold the words")
                      : ch_query_put(typed.at, f->o->any, &query, e);
    /* Nothing changes between ranks and names. */
    if (!rc) rc = ch_sql_script(f->index.sql, "BEGIN", e);
    if (!rc)
        rc = ch_sql_end(f->index.sql, put_ranked(f, query.at, e), e);
    ch_buffer_release(&typed);
    ch_buffer_release(&query);
    return rc;
}

static int find_tag(struct find *f, struct ch_err *e)
{
    struct ch_buffer tag = { 0 };
    const char *text = f->o->tag;
    int rc;

    if (ch_text_check(text, strlen(text)) < strlen(text))
        return ch_fail(e, CH_EUSAGE, "the tag is not UTF-8");
    rc = ch_text_normalise(text, strlen(text), &tag, e);
    ch_buffer_put(&tag, "", 1);
    if (!rc && tag.failed)
        rc = ch_fail(e, CH_ENOMEM, "cannot hold the tag");
    if (!rc)
        rc = put_photos(f, "SELECT t.photo FROM tag t JOIN photo p"
                        " ON p.id = t.photo WHERE t.name = ? ORDER BY p.path"
                        " LIMIT ?", tag.at, e);
    ch_buffer_release(&tag);
    return rc;
}

static int list_tags(struct find *f, struct ch_err *e)
{
    struct ch_sql_rows *r = NULL;
    int rc = ch_sql_query(&r, f->index.sql, e, "SELECT name, count(*) AS n"
                          " FROM tag GROUP BY name ORDER BY n DESC, name"
                          " LIMIT ?", "i", limit_of(f)), more = 0;

    while (!rc && (more = ch_sql_next(r, e)) > 0) {
        ch_find_form_tag(f->o->form, ch_sql_text(r, 0), ch_sql_int(r, 1),
                         &f->out);
        f->count++;
    }
    ch_sql_rows_close(r);
    return rc ? rc : more;
}

/* ------------------------------------------------------------------ by eye */

/* 1 and the features that the index has of a photo, or 0. */
static int known_feature(struct find *f, float *feature, struct ch_err *e)
{
    char path[PATH_MAX];
    struct ch_file_id file;
    int64_t id;
    int rc = ch_file_identify(&file, f->o->like, e);

    if (rc)
        return rc;
    if (!realpath(f->o->like, path))
        return ch_fail_errno(e, f->o->like, "cannot look at it");
    rc = ch_index_find(&f->index, path, &file, &id, e);
    if (rc != 1)
        return rc < 0 ? rc : 0;
    rc = ch_near_feature(&f->index, id, feature, e);
    return rc ? rc : 1;
}

static int see(struct find *f, float *feature, struct ch_err *e)
{
    struct ch_buffer json = { 0 }, model = { 0 }, eyes = { 0 };
    const char *encoder = f->o->encoder;
    struct ch_encoder_spec spec;
    struct ch_feature_options o = { .spec = &spec, .threads = 1,
                                    .max_pixels = CH_PICTURE_MAX_PIXELS };
    struct ch_feature *line = NULL;
    struct ch_feature_result r;
    int rc = ch_index_setting(&f->index, "encoder", &json, e);

    if (!rc) rc = ch_index_setting(&f->index, "model", &model, e);
    if (!rc) rc = ch_index_setting(&f->index, "eyes", &eyes, e);
    if (!rc && !encoder && ch_file_exists(eyes.at))
        encoder = eyes.at;
    if (!rc)
        rc = ch_sight_recorded(json.at, model.at, encoder, &spec,
                               &o.precision, e);
    if (!rc) rc = ch_feature_open(&line, &o, e);
    if (!rc && ch_encoder_feature_count(ch_feature_encoder(line)) !=
               f->index.features)
        rc = ch_fail_at(e, CH_EFORMAT, spec.network, CH_NO_OFFSET,
                        "gives other features than the index holds");
    if (!rc) {
        ch_feature_put(line, f->o->like, NULL);
        ch_feature_take(line, &r);
        rc = r.rc;
        if (rc)
            *e = r.err;
        else
            memcpy(feature, r.pooled, f->index.features * sizeof *feature);
    }
    ch_feature_close(line);
    ch_buffer_release(&json);
    ch_buffer_release(&model);
    ch_buffer_release(&eyes);
    return rc;
}

static int find_like(struct find *f, struct ch_err *e)
{
    float *feature = ch_block_get(f->index.features, sizeof *feature);
    struct ch_near *near = NULL;
    size_t count = 0;
    int rc = feature ? known_feature(f, feature, e)
                     : ch_fail(e, CH_ENOMEM, "cannot hold features");

    if (rc == 0)
        rc = see(f, feature, e);
    if (rc >= 0)
        rc = ch_near_like(&f->index, feature, &near, &count, e);
    for (size_t i = 0; i < count && (int64_t)i < limit_of(f) && !rc; i++) {
        rc = put_photo(f, near[i].id, &near[i].distance, -1, e);
        f->count += !rc;
    }
    free(near);
    ch_block_release(feature);
    return rc;
}

static int find_duplicates(struct find *f, struct ch_err *e)
{
    struct ch_twin *m;
    size_t count;
    int rc = ch_twin_find(&f->index, f->o->distance, (size_t)f->o->threads,
                          &m, &count, e);

    for (size_t i = 0; i < count && !rc; i++) {
        if ((int64_t)m[i].group >= limit_of(f))
            break;
        if (i && m[i].group != m[i - 1].group)
            ch_find_form_gap(f->o->form, &f->out);
        rc = put_photo(f, m[i].id, &m[i].distance, (int64_t)m[i].group, e);
        f->count = m[i].group + 1;
    }
    free(m);
    return rc;
}

int ch_find_run(const struct ch_find_options *o, uint64_t *count,
                struct ch_err *e)
{
    struct find f = { .o = o };
    int rc = ch_index_open(&f.index, o->index, e);

    if (!rc)
        rc = o->duplicates ? find_duplicates(&f, e)
             : o->like     ? find_like(&f, e)
             : o->tags     ? list_tags(&f, e)
             : o->tag      ? find_tag(&f, e)
                           : find_words(&f, e);
    ch_index_close(&f.index);
    if (!rc) rc = put_out(&f, e);
    *count = f.count;
    ch_buffer_release(&f.out);
    return rc;
}
