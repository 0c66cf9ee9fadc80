/* new.c - a new study, its raters and their links */
#include "chorus/rate.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "rate/assign.h"
#include "rate/gather.h"

const char *const ch_rate_mode_name[CH_RATE_MODE_COUNT] = {
#define RATE_NAME(name, what) #name,
    CH_RATE_MODES(RATE_NAME)
#undef RATE_NAME
};

static int fill(struct ch_study *s, const struct ch_rate_new *o,
                const struct ch_album *album, struct ch_rate_made *made,
                struct ch_err *e)
{
    int64_t tasks = 0;
    int rc = ch_gather_run(s, o, album, made, e);

    if (!rc) rc = ch_assign_raters(s, o->raters, e);
    if (!rc) {
        rc = ch_sql_one(s->sql, &tasks, e, "SELECT count(*) FROM task", "");
        rc = rc < 0 ? rc : 0;
    }
    made->raters = o->raters;
    made->tasks = (size_t)tasks;
    return rc;
}

int ch_rate_new(const struct ch_rate_new *o, struct ch_rate_made *made,
                struct ch_err *e)
{
    struct ch_study s = {
        .mode = o->mode, .seed = o->seed, .tasks = o->tasks,
        .checks = o->checks, .repeats = o->repeats,
    };
    struct ch_album *album;
    int rc = ch_album_open(&album, o->images, e);

    if (rc)
        return rc;
    snprintf(s.title, sizeof s.title, "%s", o->title);
    snprintf(s.images, sizeof s.images, "%s", ch_album_folder(album));
    rc = ch_study_create(&s, o->study, e);
    if (!rc) {
        rc = fill(&s, o, album, made, e);
        rc = ch_study_finish(&s, rc, e);
    }
    ch_album_close(album);
    return rc;
}

int ch_rate_add(const char *study, uint32_t raters, struct ch_err *e)
{
    struct ch_study s;
    int rc = ch_study_open(&s, study, e);

    if (rc)
        return rc;
    rc = ch_sql_begin(s.sql, e);
    if (!rc) {
        rc = ch_assign_raters(&s, raters, e);
        rc = ch_sql_end(s.sql, rc, e);
    }
    ch_study_close(&s);
    return rc;
}

static int put_links(const struct ch_study *s, const char *base,
                     struct ch_buffer *out, struct ch_err *e)
{
    struct ch_sql_rows *r = NULL;
    int more = 0;
    int rc = ch_sql_query(&r, s->sql, e, "SELECT rater.name, rater.token, "
                          "total(task.state = 1), count(task.id) FROM rater "
                          "LEFT JOIN task ON task.rater = rater.id "
                          "GROUP BY rater.id ORDER BY rater.id", "");

    while (!rc && (more = ch_sql_next(r, e)) > 0)
        ch_buffer_format(out, "%s\t%lld\t%lld\t%s/r/%s\n", ch_sql_text(r, 0),
                         (long long)ch_sql_int(r, 2),
                         (long long)ch_sql_int(r, 3), base,
                         ch_sql_text(r, 1));
    ch_sql_rows_close(r);
    if (!rc && more < 0)
        rc = more;
    return rc ? rc : out->failed ? ch_fail(e, CH_ENOMEM, "no memory for the "
                                           "links") : 0;
}

int ch_rate_links(const char *study, const char *base, char **out,
                  struct ch_err *e)
{
    struct ch_buffer b = { 0 };
    struct ch_study s;
    int rc = ch_study_open(&s, study, e);

    *out = NULL;
    if (rc)
        return rc;
    ch_buffer_put(&b, "", 0);
    rc = put_links(&s, base, &b, e);
    ch_study_close(&s);
    if (rc)
        ch_buffer_release(&b);
    else
        *out = b.at;
    return rc;
}
