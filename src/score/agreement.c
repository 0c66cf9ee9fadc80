/* agreement.c - do the metrics agree with people? */
#include "chorus/agreement.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "score/kendall.h"
#include "score/reference.h"

static const size_t MAX_BYTES = (size_t)1 << 30;

/* Ratings of one caption that a line may have. */
#define RATINGS 16

struct job {
    struct ch_references references;
    struct ch_table *caption;        /* "name#3" -> its place in the file */
    struct ch_score_item *item;
    double *rating;                  /* RATINGS of each item */
    size_t *rating_count;
    size_t count, room, skipped, rows;
    const char *path;                /* of the ratings */
    char *bytes;
};

static int no_memory(struct ch_err *e)
{
    return ch_fail(e, CH_ENOMEM, "no memory for the ratings");
}

/* --------------------------------------------------- captions by their id */

static int index_captions(struct job *j, struct ch_err *e)
{
    const struct ch_caption_file *f = &j->references.file[0];
    char id[512];
    int rc = ch_table_open(&j->caption, e);

    if (!rc && f->form != CH_FORM_FLICKR)
        return ch_fail_at(e, CH_EUSAGE, f->path, CH_NO_OFFSET,
                          "expected a Flickr token file (name#number, tab, "
                          "caption): ratings name captions by its numbers");
    for (size_t i = 0; i < f->count && !rc; i++) {
        int n = snprintf(id, sizeof id, "%s#%s", f->caption[i].image,
                         f->caption[i].number);

        if (n < (int)sizeof id &&
            !ch_table_add(j->caption, id, (size_t)n, i, NULL))
            rc = no_memory(e);
    }
    return rc;
}

/* ----------------------------------------------------------------- ratings */

static int grow(struct job *j, struct ch_err *e)
{
    size_t room = j->room ? 2 * j->room : 1024;
    struct ch_score_item *item = realloc(j->item, room * sizeof *item);
    double *rating = NULL;
    size_t *count = NULL;

    if (item) {
        j->item = item;
        rating = realloc(j->rating, room * RATINGS * sizeof *rating);
    }
    if (rating) {
        j->rating = rating;
        count = realloc(j->rating_count, room * sizeof *count);
    }
    if (!count)
        return no_memory(e);
    j->rating_count = count;
    j->room = room;
    return 0;
}

/* Equal but for white space. */
static int is_same(const char *a, const char *b)
{
    static const char space[] = " \t\r\n";

    for (;;) {
        size_t n;

        a += strspn(a, space);
        b += strspn(b, space);
        n = strcspn(a, space);
        if (n != strcspn(b, space) || memcmp(a, b, n))
            return 0;
        if (n == 0)
            return 1;
        a += n;
        b += n;
    }
}

static int is_among(const struct ch_reference_image *image, const char *text)
{
    for (size_t i = 0; i < image->count; i++)
        if (is_same(image->text[i], text))
            return 1;
    return 0;
}

/* The numbers behind the two names. */
static int read_numbers(struct job *j, char *at, size_t line, double *rating,
                        size_t *count, struct ch_err *e)
{
    *count = 0;
    while (*(at += strspn(at, " \t"))) {
        char *end;
        double v = strtod(at, &end);

        if (end == at || !strchr(" \t", *end) || *count == RATINGS)
            return ch_fail_at(e, CH_EFORMAT, j->path, CH_NO_OFFSET,
                              "line %zu: expected up to %d ratings, found "
                              "\"%.20s\"", line, RATINGS, at);
        rating[(*count)++] = v;
        at = end;
    }
    if (*count == 0)
        return ch_fail_at(e, CH_EFORMAT, j->path, CH_NO_OFFSET,
                          "line %zu: expected image, tab, caption id, tab, "
                          "ratings", line);
    return 0;
}

/* One line, cut at its tabs. */
static int add_line(struct job *j, char *text, size_t line, struct ch_err *e)
{
    char *id = strchr(text, '\t'), *numbers = id ? strchr(id + 1, '\t') : NULL;
    const struct ch_reference_image *image;
    const uint64_t *place;
    const char *caption;
    size_t index, rows;
    int rc;

    if (!numbers)
        return ch_fail_at(e, CH_EFORMAT, j->path, CH_NO_OFFSET,
                          "line %zu: expected image, tab, caption id, tab, "
                          "ratings", line);
    *id++ = *numbers++ = '\0';
    rc = ch_reference_find(&j->references, text, -1, &index, e);
    if (rc < 0)
        return rc;
    place = ch_table_get(j->caption, id, strlen(id));
    if (!rc || !place)
        return ch_fail_at(e, CH_EUSAGE, j->path, CH_NO_OFFSET,
                          "line %zu: %s is not in %s", line, rc ? id : text,
                          j->references.path);
    if (j->count == j->room && (rc = grow(j, e)) < 0)
        return rc;
    rc = read_numbers(j, numbers, line, j->rating + j->count * RATINGS, &rows,
                      e);
    if (rc)
        return rc;
    image = &j->references.image[index];
    caption = j->references.file[0].caption[*place].text;
    if (is_among(image, caption)) {
        j->skipped++;
        return 0;
    }
    j->rating_count[j->count] = rows;
    j->rows += rows;
    j->item[j->count++] = (struct ch_score_item) {
        .key = image->name, .caption = caption, .reference = image->text,
        .reference_count = image->count,
    };
    return 0;
}

static int read_ratings(struct job *j, struct ch_err *e)
{
    size_t n;
    int rc = ch_file_read(j->path, MAX_BYTES, &j->bytes, &n, e);
    char *at = j->bytes;

    if (!rc && memchr(at, '\0', n))
        return ch_fail_at(e, CH_EFORMAT, j->path, strlen(at),
                          "expected text, found a zero byte");
    for (size_t line = 1; !rc && *at; line++) {
        size_t length = strcspn(at, "\n");
        char *next = at + length + (at[length] == '\n');

        at[length] = '\0';
        if (length && at[length - 1] == '\r')
            at[length - 1] = '\0';
        if (*at)
            rc = add_line(j, at, line, e);
        at = next;
    }
    if (!rc && j->count == 0)
        rc = ch_fail_at(e, CH_EFORMAT, j->path, CH_NO_OFFSET,
                        "expected ratings, found none");
    return rc;
}

/* ------------------------------------------------------------- correlation */

static int correlate(const struct job *j, const struct ch_scores *s,
                     struct ch_agreement *out, struct ch_err *e)
{
    double *score = calloc(2 * j->rows, sizeof *score);
    int rc = score ? 0 : no_memory(e);

    for (size_t m = 0; m < CH_METRIC_COUNT && !rc; m++) {
        double *rating = score + j->rows;
        struct ch_kendall tau;
        size_t row = 0;

        for (size_t i = 0; i < j->count; i++)
            for (size_t r = 0; r < j->rating_count[i]; r++, row++) {
                score[row] = s->item[i * CH_METRIC_COUNT + m];
                rating[row] = j->rating[i * RATINGS + r];
            }
        rc = ch_kendall_tau(score, rating, j->rows, &tau, e);
        if (rc)
            break;
        out->has[m] = s->has[m];
        out->tau_b[m] = tau.b;
        out->tau_c[m] = tau.c;
    }
    free(score);
    return rc;
}

/* Rows where images are counted: as many as ratings, if all have the same. */
static uint32_t copies_of(const struct job *j)
{
    for (size_t i = 1; i < j->count; i++)
        if (j->rating_count[i] != j->rating_count[0])
            return 1;
    return (uint32_t)j->rating_count[0];
}

int ch_agreement_run(struct ch_agreement *out, const char *ratings,
                     const char *references,
                     const struct ch_score_options *options,
                     struct ch_err *e)
{
    struct job j = { .path = ratings };
    struct ch_score_options o = *options;
    struct ch_scores s = { 0 };
    int rc = ch_reference_read(&j.references, &references, 1, NULL, e);

    *out = (struct ch_agreement) { 0 };
    if (!rc) rc = index_captions(&j, e);
    if (!rc) rc = read_ratings(&j, e);
    if (!rc) {
        o.copies = copies_of(&j);
        rc = ch_score_run(j.item, j.count, &o, &s, e);
    }
    if (!rc) rc = correlate(&j, &s, out, e);
    out->pairs = j.count;
    out->skipped = j.skipped;
    out->rows = j.rows;
    ch_scores_release(&s);
    ch_reference_release(&j.references);
    ch_table_close(j.caption);
    free(j.item);
    free(j.rating);
    free(j.rating_count);
    free(j.bytes);
    return rc;
}
