/* flickr.c - Flickr8k and Flickr30k: a token file and lists of file names */
#include "data/source.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_LIMIT ((size_t)1 << 31)

/* The images that lists name, before their captions are seen. */
struct lists {
    struct ch_table *split;      /* file name -> split */
};

static int read_list(struct lists *l, const char *path, enum ch_split split,
                     struct ch_err *e)
{
    char *text;
    const char *line;
    size_t n, length, found = 0, number = 0;
    struct ch_bytes b;
    int rc = ch_file_read(path, TEXT_LIMIT, &text, &n, e);

    if (rc)
        return rc;
    b = ch_bytes_of(text, n);
    while (!rc && ch_bytes_line(&b, &line, &length)) {
        int added;
        uint64_t *at;

        number++;
        while (length && (line[length - 1] == ' ' || line[length - 1] == '\t'))
            length--;
        if (length == 0)
            continue;
        found++;
        at = ch_table_add(l->split, line, length, split, &added);
        if (!at)
            rc = ch_fail(e, CH_ENOMEM, "cannot hold the list %s", path);
        else if (!added)
            rc = ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                            "line %zu: %.*s is listed already (%s); an image "
                            "belongs to one split", number, (int)length, line,
                            ch_split_name[*at]);
    }
    free(text);
    if (!rc && found == 0)
        rc = ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                        "the list is empty, expected a file name a line");
    return rc;
}

/* "name.jpg#0<TAB>caption": *file bytes of the name, *caption its start. */
static int read_line(const char *line, size_t n, size_t number,
                     const char *path, size_t *file, const char **caption,
                     struct ch_err *e)
{
    const char *tab = memchr(line, '\t', n);
    const char *mark;

    if (!tab)
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "line %zu has no tab, expected "
                          "image#number<TAB>caption", number);
    mark = memrchr(line, '#', (size_t)(tab - line));
    if (!mark || mark == line || mark + 1 == tab ||
        strspn(mark + 1, "0123456789") < (size_t)(tab - mark - 1))
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "line %zu does not begin with image#number", number);
    if (ch_text_check(line, n) < n || memchr(line, '\0', n))
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "line %zu is not UTF-8 text", number);
    *caption = tab + 1;
    *file = (size_t)(mark - line);
    return 0;
}

static int skip_unlisted(struct ch_source *s, const char *line, size_t n,
                         struct ch_err *e)
{
    char what[512];

    snprintf(what, sizeof what, "%.*s", (int)n, line);
    return ch_source_skip(s, what, "in no list of a split", e);
}

int ch_source_flickr_parse(struct ch_source *s, const char *text, size_t n,
                           const char *path, const struct ch_table *split,
                           struct ch_err *e)
{
    struct ch_bytes b = ch_bytes_of(text, n);
    struct ch_table *unlisted = NULL;
    const char *line, *caption = NULL;
    size_t length, file = 0, number = 0;
    int rc = ch_table_open(&unlisted, e);

    while (!rc && ch_bytes_line(&b, &line, &length)) {
        const uint64_t *of;
        size_t image;

        number++;
        if (length == 0)
            continue;
        rc = read_line(line, length, number, path, &file, &caption, e);
        if (rc)
            break;
        of = ch_table_get(split, line, file);
        if (!of) {
            int added = 0;
            if (!ch_table_add(unlisted, line, file, 0, &added))
                rc = ch_fail(e, CH_ENOMEM, "cannot hold the annotations");
            else if (added)
                rc = skip_unlisted(s, line, file, e);
            continue;
        }
        rc = ch_source_image(s, line, file, -1, (enum ch_split)*of, &image, e);
        if (!rc)
            rc = ch_source_caption(s, image, caption,
                                   length - (size_t)(caption - line), e);
    }
    ch_table_close(unlisted);
    return rc;
}

/* A listed image without captions would silently be missing. */
static int check_list(const struct ch_source *s, const char *path,
                      const char *token_path, struct ch_err *e)
{
    char *text;
    const char *line;
    size_t n, length, image, number = 0;
    struct ch_bytes b;
    int rc = ch_file_read(path, TEXT_LIMIT, &text, &n, e);

    if (rc)
        return rc;
    b = ch_bytes_of(text, n);
    while (!rc && ch_bytes_line(&b, &line, &length)) {
        number++;
        while (length && (line[length - 1] == ' ' || line[length - 1] == '\t'))
            length--;
        if (length && !ch_source_find(s, line, length, &image))
            rc = ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                            "line %zu: %.*s has no caption in %s", number,
                            (int)length, line, token_path);
    }
    free(text);
    return rc;
}

int ch_source_flickr(struct ch_source *s, const char *token_path,
                     const char *const list_path[CH_SPLIT_COUNT],
                     struct ch_err *e)
{
    struct lists l = { 0 };
    char *text = NULL;
    size_t n;
    int rc = ch_table_open(&l.split, e);

    for (int i = 0; i < CH_SPLIT_COUNT && !rc; i++)
        if (list_path[i])
            rc = read_list(&l, list_path[i], (enum ch_split)i, e);
    if (!rc) rc = ch_file_read(token_path, TEXT_LIMIT, &text, &n, e);
    if (!rc)
        rc = ch_source_flickr_parse(s, text, n, token_path, l.split, e);
    for (int i = 0; i < CH_SPLIT_COUNT && !rc; i++)
        if (list_path[i])
            rc = check_list(s, list_path[i], token_path, e);
    free(text);
    ch_table_close(l.split);
    return rc;
}
