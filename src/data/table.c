/* table.c - own photos: image<TAB>caption, a line each */
#include "data/source.h"

#include "base/file.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_LIMIT ((size_t)1 << 31)

static int add_line(struct ch_source *s, const char *line, size_t n,
                    size_t number, enum ch_split split, const char *path,
                    struct ch_err *e)
{
    const char *tab = memchr(line, '\t', n);
    size_t image, file, caption;
    int rc;

    if (!tab || tab == line)
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "line %zu: expected image<TAB>caption", number);
    file = (size_t)(tab - line);
    caption = n - file - 1;
    if (ch_text_check(line, n) < n || memchr(line, '\0', n))
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "line %zu is not UTF-8 text", number);
    rc = ch_source_image(s, line, file, -1, split, &image, e);
    if (rc)
        return rc;
    if (s->image[image].split != split)
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "line %zu: %s is in split %s already; an image "
                          "belongs to one split", number,
                          s->image[image].file,
                          ch_split_name[s->image[image].split]);
    return ch_source_caption(s, image, tab + 1, caption, e);
}

int ch_source_tsv_parse(struct ch_source *s, const char *text, size_t n,
                        const char *path, enum ch_split split,
                        struct ch_err *e)
{
    struct ch_bytes b = ch_bytes_of(text, n);
    const char *line;
    size_t length, number = 0, found = 0;
    int rc = 0;

    /* Spreadsheets put a byte order mark in front. */
    if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        ch_bytes_run(&b, 3);
    while (!rc && ch_bytes_line(&b, &line, &length)) {
        number++;
        if (length == 0)
            continue;
        found++;
        rc = add_line(s, line, length, number, split, path, e);
    }
    if (!rc && found == 0)
        rc = ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                        "no captions, expected image<TAB>caption a line");
    return rc;
}

int ch_source_tsv(struct ch_source *s, const char *path, enum ch_split split,
                  struct ch_err *e)
{
    char *text;
    size_t n;
    int rc = ch_file_read(path, TEXT_LIMIT, &text, &n, e);

    if (rc)
        return rc;
    rc = ch_source_tsv_parse(s, text, n, path, split, e);
    free(text);
    return rc;
}
