/* result_score.c - the automatic metrics against the marks of people */
#include "rate/result.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

/* The study's captions and references, and what the metrics say. */
struct scored {
    const char **reference;        /* of all photos, in a row */
    size_t *first;                 /* [photos + 1] places in it */
    struct ch_score_item *item;    /* captions of photos with references */
    size_t *place;                 /* of each item: photo * systems + system */
    size_t *item_of;               /* [photos * systems]: item + 1, or 0 */
    size_t items, references;
    struct ch_buffer text;         /* all texts, a NUL behind each */
    struct ch_scores scores;
};

static int no_memory(struct ch_err *e)
{
    return ch_fail(e, CH_ENOMEM, "no memory for the captions");
}

static int count(const struct ch_study *s, const char *query, size_t *out,
                 struct ch_err *e)
{
    int64_t n = 0;
    int rc = ch_sql_one(s->sql, &n, e, query, "");

    *out = (size_t)n;
    return rc < 0 ? rc : 0;
}

/* Texts move while the buffer grows: at first their places are kept. */
static void keep_text(struct scored *c, const char *text, const char **out)
{
    *out = (const char *)(uintptr_t)c->text.size;
    ch_buffer_put(&c->text, text, strlen(text) + 1);
}

static void find_text(const struct scored *c, const char **text)
{
    *text = c->text.at + (uintptr_t)*text;
}

static int read_references(struct scored *c, const struct ch_ratings *all,
                           const struct ch_study *s, struct ch_err *e)
{
    struct ch_sql_rows *r = NULL;
    size_t n = 0, photo = 0;
    int more = 0, rc = ch_sql_query(&r, s->sql, e, "SELECT photo, text FROM "
                                    "reference ORDER BY photo, id", "");

    while (!rc && n < c->references && (more = ch_sql_next(r, e)) > 0) {
        size_t of = (size_t)ch_sql_int(r, 0) - 1;

        while (photo < of && photo < all->photos)
            c->first[++photo] = n;
        keep_text(c, ch_sql_text(r, 1), &c->reference[n++]);
    }
    while (photo < all->photos)
        c->first[++photo] = n;
    ch_sql_rows_close(r);
    return !rc && more < 0 ? more : rc;
}

static int read_captions(struct scored *c, const struct ch_ratings *all,
                         const struct ch_study *s, struct ch_err *e)
{
    struct ch_sql_rows *r = NULL;
    size_t cells = all->photos * all->systems;
    int more = 0, rc = ch_sql_query(&r, s->sql, e, "SELECT photo, system, text "
                                    "FROM caption ORDER BY photo, system", "");

    while (!rc && (more = ch_sql_next(r, e)) > 0) {
        size_t photo = (size_t)ch_sql_int(r, 0) - 1;
        size_t place = photo * all->systems + (size_t)ch_sql_int(r, 1) - 1;

        if (photo >= all->photos || place >= cells || c->items >= cells ||
            c->first[photo + 1] == c->first[photo])
            continue;
        c->place[c->items] = place;
        c->item_of[place] = c->items + 1;
        keep_text(c, ch_sql_text(r, 2), &c->item[c->items].caption);
        c->items++;
    }
    ch_sql_rows_close(r);
    return !rc && more < 0 ? more : rc;
}

static void join(struct scored *c, const struct ch_ratings *all)
{
    for (size_t i = 0; i < c->references; i++)
        find_text(c, &c->reference[i]);
    for (size_t i = 0; i < c->items; i++) {
        size_t photo = c->place[i] / all->systems;

        find_text(c, &c->item[i].caption);
        c->item[i].key = all->photo[photo].name;
        c->item[i].reference = c->reference + c->first[photo];
        c->item[i].reference_count = c->first[photo + 1] - c->first[photo];
    }
}

static int read_all(struct scored *c, const struct ch_ratings *all,
                    const struct ch_study *s, struct ch_err *e)
{
    size_t cells = all->photos * all->systems;
    int rc;

    c->reference = calloc(c->references + 1, sizeof *c->reference);
    c->first = calloc(all->photos + 1, sizeof *c->first);
    c->item = calloc(cells + 1, sizeof *c->item);
    c->place = calloc(cells + 1, sizeof *c->place);
    c->item_of = calloc(cells + 1, sizeof *c->item_of);
    if (!c->reference || !c->first || !c->item || !c->place || !c->item_of)
        return no_memory(e);
    rc = read_references(c, all, s, e);
    if (!rc) rc = read_captions(c, all, s, e);
    if (!rc && c->text.failed)
        rc = no_memory(e);
    if (!rc)
        join(c, all);
    return rc;
}

/* Captions that people marked: metric beside mark; x and y: [items]. */
static int correlate(struct ch_result *r, const struct scored *c,
                     enum ch_metric m, double *x, double *y, struct ch_err *e)
{
    int rc = 0;

    for (uint32_t q = 0; q < r->questions && !rc; q++) {
        size_t n = 0, block = r->ratings->photos * r->ratings->systems;

        for (size_t i = 0; i < c->items; i++) {
            size_t at = q * block + c->place[i];

            if (!r->count[at])
                continue;
            x[n] = c->scores.item[i * CH_METRIC_COUNT + m];
            y[n++] = r->sum[at] / r->count[at];
        }
        rc = ch_correlation_of(x, y, n, &r->metric[m].with[q], e);
        r->scored = n;
    }
    return rc;
}

/* How often the metric prefers the caption that was chosen. */
static void compare_choices(struct ch_result *r, const struct scored *c,
                            enum ch_metric m)
{
    const struct ch_ratings *all = r->ratings;

    for (size_t i = 0; i < all->count; i++) {
        const struct ch_rating *g = &all->rating[i];
        const size_t *row = c->item_of + (size_t)g->photo * all->systems;
        double first, second;

        if (!ch_result_counts(r, g) || !row[g->first] || !row[g->second] ||
            g->value[0] == CH_STUDY_SAME)
            continue;
        first = c->scores.item[(row[g->first] - 1) * CH_METRIC_COUNT + m];
        second = c->scores.item[(row[g->second] - 1) * CH_METRIC_COUNT + m];
        if (first == second)
            continue;
        r->metric[m].decided++;
        r->metric[m].agreed += (first > second) ==
                               (g->value[0] == CH_STUDY_FIRST);
    }
    r->scored = c->items;
}

static int compare(struct ch_result *r, const struct scored *c,
                   struct ch_err *e)
{
    double *room = calloc(2 * c->items + 1, sizeof *room);
    int rc = room ? 0 : no_memory(e);

    for (int m = 0; m < CH_METRIC_COUNT && !rc; m++) {
        r->metric[m].has = c->scores.has[m];
        if (r->ratings->mode == CH_RATE_PAIRS)
            compare_choices(r, c, (enum ch_metric)m);
        else
            rc = correlate(r, c, (enum ch_metric)m, room, room + c->items, e);
    }
    free(room);
    return rc;
}

int ch_result_score(struct ch_result *r, const struct ch_study *s,
                    const char *meteor, struct ch_err *e)
{
    const struct ch_score_options options = { .rule = CH_TOKENS_DEFAULT,
                                              .meteor = meteor };
    struct scored c = { .items = 0 };
    int rc = count(s, "SELECT count(*) FROM reference", &c.references, e);

    if (!rc && c.references)
        rc = read_all(&c, r->ratings, s, e);
    if (!rc && c.items)
        rc = ch_score_run(c.item, c.items, &options, &c.scores, e);
    if (!rc && c.items)
        rc = compare(r, &c, e);
    ch_scores_release(&c.scores);
    ch_buffer_release(&c.text);
    free(c.reference);
    free(c.first);
    free(c.item);
    free(c.place);
    free(c.item_of);
    return rc;
}
