/* table.c - own photos: image<TAB>caption, a line each */
#include "data/source.h"

#include <string.h>

static int add_line(struct ch_source *s, const char *line, size_t n,
                    size_t number, const struct ch_split_rule *by,
                    const char *path, struct ch_err *e)
{
    const char *tab = memchr(line, '\t', n);
    size_t image, file, caption;
    int rc;

    if (!tab || tab == line)
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "line %zu: expected image<TAB>caption", number);
    file = (size_t)(tab - line);
    caption = n - file - 1;
    rc = ch_source_check_line(line, n, number, path, e);
    if (rc)
        return rc;
    rc = ch_source_place(s, by, line, file, -1, CH_SPLIT_TRAIN, &image, e);
    if (rc == CH_EFORMAT)
        return ch_err_wrap_at(e, path, "line %zu", number);
    s->captions_left_out += rc == 0;
    return rc > 0 ? ch_source_caption(s, image, tab + 1, caption, e) : rc;
}

int ch_source_tsv_parse(struct ch_source *s, const char *text, size_t n,
                        const char *path, const struct ch_split_rule *by,
                        struct ch_err *e)
{
    struct ch_bytes b = ch_bytes_of(text, n);
    const char *line;
    size_t length, number = 0, found = 0;
    int rc = 0;

    ch_bytes_skip_mark(&b);
    while (!rc && ch_bytes_line(&b, &line, &length)) {
        number++;
        if (length == 0)
            continue;
        found++;
        rc = add_line(s, line, length, number, by, path, e);
    }
    if (!rc && found == 0)
        rc = ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                        "no captions, expected image<TAB>caption a line");
    return rc;
}

int ch_source_tsv(struct ch_source *s, const char *path,
                  const struct ch_split_rule *by, struct ch_err *e)
{
    return ch_source_text(s, path, by, ch_source_tsv_parse, e);
}
