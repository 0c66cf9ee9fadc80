/* looks.c - where a model looked, from the JSON lines of its captions */
#include "chorus/page.h"

#include "base/bytes.h"
#include "base/file.h"
#include "base/json.h"

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

/* Parsing all lines to show a few photos would take minutes. */
static bool is_wanted(const char *line, size_t n,
                      const struct ch_page_photo *photo, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *name = ch_file_last(photo[i].image);

        if (memmem(line, n, name, strlen(name)))
            return true;
    }
    return false;
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
                 size_t count)
{
    const char *name = ch_file_last(ch_json_text(ch_json_get(k->line, "image"),
                                              ""));

    for (size_t i = 0; i < count; i++)
        if (!strcmp(ch_file_last(photo[i].image), name))
            photo[i].look = &k->look;
}

static int read_lines(struct ch_page_looks *l, struct ch_bytes b,
                      const char *path, struct ch_page_photo *photo,
                      size_t count, struct ch_err *e)
{
    const char *line;
    size_t n;
    int rc = 0;

    while (!rc && l->count < count && ch_bytes_line(&b, &line, &n)) {
        struct look *k = &l->look[l->count];

        if (!n || *line != '{' || !is_wanted(line, n, photo, count))
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
            give(k, photo, count);
    }
    return rc;
}

int ch_page_looks_open(struct ch_page_looks **out, const char *path,
                       struct ch_page_photo *photo, size_t count,
                       struct ch_err *e)
{
    struct ch_page_looks *l = calloc(1, sizeof *l);
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
    rc = ch_file_read(path, FILE_LIMIT, &text, &n, e);
    if (!rc) {
        rc = read_lines(l, ch_bytes_of(text, n), path, photo, count, e);
        free(text);
    }
    if (rc)
        ch_page_looks_close(l);
    else
        *out = l;
    return rc;
}
