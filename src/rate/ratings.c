/* ratings.c - all that raters said, in memory */
#include "rate/ratings.h"

#include <stdlib.h>
#include <string.h>

/* A caption of another photo is no more relevant than this. */
#define CHECK_LIMIT 2

static int no_memory(struct ch_err *e)
{
    return ch_fail(e, CH_ENOMEM, "no memory for the ratings");
}

/* Rows of id, name, a number, in the order of their ids, which count from 1. */
static int read_names(struct ch_ratings_name **out, size_t *count,
                      const struct ch_study *s, const char *query,
                      struct ch_err *e)
{
    struct ch_sql_rows *r = NULL;
    size_t room = 0;
    int more = 0, rc = ch_sql_query(&r, s->sql, e, query, "");

    while (!rc && (more = ch_sql_next(r, e)) > 0) {
        if (*count == room) {
            struct ch_ratings_name *bigger;

            room = room ? 2 * room : 64;
            bigger = realloc(*out, room * sizeof *bigger);
            if (bigger)
                *out = bigger;
            else
                rc = no_memory(e);
        }
        if (!rc && ch_sql_int(r, 0) != (int64_t)*count + 1)
            rc = ch_fail_at(e, CH_EFORMAT, s->path, CH_NO_OFFSET,
                            "expected number %zu, found %lld", *count + 1,
                            (long long)ch_sql_int(r, 0));
        if (!rc) {
            (*out)[*count] = (struct ch_ratings_name) {
                .name = strdup(ch_sql_text(r, 1)),
                .is_human = ch_sql_int(r, 2) != 0,
                .skipped = (size_t)ch_sql_int(r, 2),
            };
            rc = (*out)[*count].name ? 0 : no_memory(e);
            *count += !rc;
        }
    }
    ch_sql_rows_close(r);
    return !rc && more < 0 ? more : rc;
}

static bool passed(const struct ch_ratings *r, const struct ch_rating *g,
                   bool first_fits)
{
    if (r->mode == CH_RATE_PAIRS)
        return g->value[0] == (first_fits ? CH_STUDY_FIRST : CH_STUDY_SECOND);
    return g->value[CH_STUDY_relevance] <= CHECK_LIMIT;
}

static int add(struct ch_ratings *r, const struct ch_study *s,
               const struct ch_sql_rows *row, struct ch_err *e)
{
    struct ch_rating g = {
        .rater = (uint32_t)ch_sql_int(row, 0) - 1,
        .photo = (uint32_t)ch_sql_int(row, 1) - 1,
        .kind = (enum ch_order_kind)ch_sql_int(row, 2),
        .first = (uint32_t)ch_sql_int(row, 3) - 1,
        .second = (uint32_t)ch_sql_int(row, 4) - 1,
        .at_ms = ch_sql_int(row, 6),
    };
    bool is_pair = r->mode == CH_RATE_PAIRS, is_whole;

    is_whole = g.rater < r->raters && g.photo < r->photos &&
               g.first < r->systems && (!is_pair || g.second < r->systems);
    for (size_t q = 0; q < ch_study_questions(r->mode); q++) {
        g.value[q] = (uint32_t)ch_sql_int(row, (int)(7 + q));
        is_whole = is_whole && g.value[q] >= 1 &&
                   g.value[q] <= ch_study_values(r->mode);
    }
    if (!is_whole)
        return ch_fail_at(e, CH_EFORMAT, s->path, CH_NO_OFFSET, "a finished "
                          "task of rater %lld is damaged",
                          (long long)ch_sql_int(row, 0));
    g.is_right = passed(r, &g, ch_sql_int(row, 5) == ch_sql_int(row, 1));
    r->rating[r->count++] = g;
    return 0;
}

static int read_ratings(struct ch_ratings *r, const struct ch_study *s,
                        struct ch_err *e)
{
    struct ch_sql_rows *row = NULL;
    int64_t room = 0;
    int more = 0;
    int rc = ch_sql_one(s->sql, &room, e, "SELECT count(*) FROM task WHERE "
                        "state = 1", "");

    if (rc < 0)
        return rc;
    r->rating = calloc((size_t)room + 1, sizeof *r->rating);
    if (!r->rating)
        return no_memory(e);
    rc = ch_sql_query(&row, s->sql, e,
        "SELECT rater, task.photo, kind, a.system, b.system, a.photo, "
        "(SELECT at_ms FROM event WHERE event.id = finished), "
        "m0.value, m1.value, m2.value FROM task "
        "JOIN caption a ON a.id = first LEFT JOIN caption b ON b.id = second "
        "LEFT JOIN mark m0 ON m0.task = task.id AND m0.scale = 0 "
        "LEFT JOIN mark m1 ON m1.task = task.id AND m1.scale = 1 "
        "LEFT JOIN mark m2 ON m2.task = task.id AND m2.scale = 2 "
        "WHERE state = 1 ORDER BY rater, finished", "");
    /* What came in meanwhile is for the next report. */
    while (!rc && (int64_t)r->count < room &&
           (more = ch_sql_next(row, e)) > 0)
        rc = add(r, s, row, e);
    ch_sql_rows_close(row);
    return !rc && more < 0 ? more : rc;
}

int ch_ratings_read(struct ch_ratings *r, const struct ch_study *s,
                    struct ch_err *e)
{
    int rc;

    *r = (struct ch_ratings) { .mode = s->mode };
    rc = read_names(&r->system, &r->systems, s,
                    "SELECT id, name, is_human FROM system ORDER BY id", e);
    if (!rc)
        rc = read_names(&r->photo, &r->photos, s,
                        "SELECT id, name, 0 FROM photo ORDER BY id", e);
    if (!rc)
        rc = read_names(&r->rater, &r->raters, s,
                        "SELECT id, name, (SELECT count(*) FROM task WHERE "
                        "rater = rater.id AND state = 2) FROM rater "
                        "ORDER BY id", e);
    return rc ? rc : read_ratings(r, s, e);
}

static void release_names(struct ch_ratings_name *name, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(name[i].name);
    free(name);
}

void ch_ratings_release(struct ch_ratings *r)
{
    release_names(r->system, r->systems);
    release_names(r->photo, r->photos);
    release_names(r->rater, r->raters);
    free(r->rating);
    *r = (struct ch_ratings) { .mode = r->mode };
}
