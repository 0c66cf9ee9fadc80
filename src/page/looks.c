/* looks.c - where a model looked, from the JSON lines of its captions */
#include "chorus/page.h"

#include "base/bytes.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/json_scan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Attention of 5,000 photos takes 100 MB as text. */
#define FILE_LIMIT ((size_t)1 << 32)

struct look {
    struct ch_page_look look;
    struct ch_json *line;          /* that the words belong to */
    const char **word;
    float *weight;
};

struct ch_page_looks {
    struct look *look;
    size_t count;
};

void ch_page_looks_close(struct ch_page_looks *l)
{
    if (!l)
        return;
    for (size_t i = 0; i < l->count; i++) {
        ch_json_close(l->look[i].line);
        free(l->look[i].word);
        free(l->look[i].weight);
    }
    free(l->look);
    free(l);
}

static int bad(const char *path, struct ch_err *e)
{
    return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET, "expected \"words\" "
                      "and, for each, the \"attention\" of a square of places, "
                      "0 or above, as chorus caption --attention writes them");
}

static int read_weights(struct look *k, const struct ch_json *attention,
                        const char *path, struct ch_err *e)
{
    size_t places = k->look.side * k->look.side;

    for (size_t w = 0; w < k->look.words; w++) {
        const struct ch_json *row = ch_json_at(attention, w);

        if (ch_json_count(row) != places)
            return bad(path, e);
        for (size_t i = 0; i < places; i++) {
            double v = ch_json_real(ch_json_at(row, i), -1);

            if (!(v >= 0 && v <= 1))
                return bad(path, e);
            k->weight[w * places + i] = (float)v;
        }
    }
    return 0;
}

static int read_look(struct look *k, const char *path, struct ch_err *e)
{
    const struct ch_json *words = ch_json_get(k->line, "words");
    const struct ch_json *attention = ch_json_get(k->line, "attention");
    size_t n = ch_json_count(attention);
    size_t places = ch_json_count(ch_json_at(attention, 0));
    size_t side = (size_t)(sqrt((double)places) + 0.5);

    if (!n || ch_json_count(words) != n || side * side != places || !side)
        return bad(path, e);
    k->word = calloc(n, sizeof *k->word);
    k->weight = calloc(n * places, sizeof *k->weight);
    if (!k->word || !k->weight)
        return ch_fail(e, CH_ENOMEM, "cannot hold where a model looked");
    for (size_t w = 0; w < n; w++)
        k->word[w] = ch_json_text(ch_json_at(words, w), "");
    k->look = (struct ch_page_look) {
        .words = n, .side = side, .word = k->word, .weight = k->weight,
        .view = ch_json_real(ch_json_get(k->line, "view"), 0),
    };
    return read_weights(k, attention, path, e);
}

/* Photos by the last part of their path; several may have one. */
struct names {
    struct ch_table *first;        /* -> a photo's number, or GIVEN */
    size_t *next;                  /* [count]: the next of the name, or count */
};
#define GIVEN UINT64_MAX

static int open_names(struct names *names, const struct ch_page_photo *photo,
                      size_t count, struct ch_err *e)
{
    int rc = ch_table_open(&names->first, e);

    names->next = calloc(count + 1, sizeof *names->next);
    if (!rc && !names->next)
        rc = ch_fail(e, CH_ENOMEM, "cannot hold %zu photos", count);
    for (size_t i = count; i-- > 0 && !rc;) {
        const char *name = ch_file_last(photo[i].image);
        int added = 0;
        uint64_t *at = ch_table_add(names->first, name, strlen(name), i,
                                    &added);

        if (!at)
            return ch_fail(e, CH_ENOMEM, "cannot hold %zu photos", count);
        names->next[i] = added ? count : (size_t)*at;
        *at = i;
    }
    return rc;
}

static void close_names(struct names *names)
{
    ch_table_close(names->first);
    free(names->next);
}

/* Parsing all lines to show a few photos would take minutes: where the photos
 * of a line wait for it, or NULL. */
static uint64_t *find_wanted(const struct names *names, const char *line,
                             size_t n, const char *path,
                             struct ch_buffer *copy)
{
    struct ch_json_scan s;
    const char *key, *image = "";
    int more;

    ch_buffer_reset(copy);
    ch_buffer_put(copy, line, n);
    ch_buffer_put(copy, "", 1);
    if (copy->failed)
        return NULL;
    ch_json_scan_init(&s, copy->at, n, path);
    more = ch_json_scan_enter(&s, '{', NULL) ? -1
               : ch_json_scan_next(&s, &key, NULL);
    while (more > 0 && strcmp(key, "image"))
        more = ch_json_scan_skip(&s, NULL) ? -1
                   : ch_json_scan_next(&s, &key, NULL);
    if (more <= 0 || ch_json_scan_peek(&s) != '"' ||
        ch_json_scan_text(&s, &image, NULL))
        return NULL;
    image = ch_file_last(image);
    return ch_table_get(names->first, image, strlen(image));
}

/* A decoder that does not look, or a caption of no words. */
static bool is_blind(const struct ch_json *line)
{
    const struct ch_json *attention = ch_json_get(line, "attention");

    return !attention ||
           (ch_json_is_array(attention) && !ch_json_count(attention));
}

/* A line may be of several photos of the page: the best is also in a sample. */
static void give(const struct look *k, struct ch_page_photo *photo,
                 size_t count, const struct names *names, uint64_t *wanted)
{
    for (size_t i = (size_t)*wanted; i < count; i = names->next[i])
        photo[i].look = &k->look;
    *wanted = GIVEN;
}

static int read_lines(struct ch_page_looks *l, struct ch_bytes b,
                      const char *path, struct ch_page_photo *photo,
                      size_t count, const struct names *names,
                      struct ch_err *e)
{
    struct ch_buffer copy = { 0 };
    const char *line;
    size_t n;
    int rc = 0;

    while (!rc && l->count < ch_table_count(names->first) &&
           ch_bytes_line(&b, &line, &n)) {
        struct look *k = &l->look[l->count];
        uint64_t *wanted;

        if (!n || *line != '{')
            continue;
        wanted = find_wanted(names, line, n, path, &copy);
        if (!wanted || *wanted == GIVEN)
            continue;
        rc = ch_json_parse(&k->line, line, n, path, e);
        if (rc)
            break;
        if (is_blind(k->line)) {
            ch_json_close(k->line);
            k->line = NULL;
            continue;
        }
        l->count++;
        rc = read_look(k, path, e);
        if (!rc)
            give(k, photo, count, names, wanted);
    }
    if (!rc && copy.failed)
        rc = ch_fail(e, CH_ENOMEM, "cannot hold a line of captions");
    ch_buffer_release(&copy);
    return rc;
}

int ch_page_looks_open(struct ch_page_looks **out, const char *path,
                       struct ch_page_photo *photo, size_t count,
                       struct ch_err *e)
{
    struct ch_page_looks *l = calloc(1, sizeof *l);
    struct names names = { 0 };
    char *text;
    size_t n;
    int rc;

    *out = NULL;
    if (l)
        l->look = calloc(count + 1, sizeof *l->look);
    if (!l || !l->look) {
        free(l);
        return ch_fail(e, CH_ENOMEM, "cannot hold where a model looked");
    }
    rc = open_names(&names, photo, count, e);
    if (!rc) rc = ch_file_read(path, FILE_LIMIT, &text, &n, e);
    if (!rc) {
        rc = read_lines(l, ch_bytes_of(text, n), path, photo, count, &names,
                        e);
        free(text);
    }
    close_names(&names);
    if (rc)
        ch_page_looks_close(l);
    else
        *out = l;
    return rc;
}
