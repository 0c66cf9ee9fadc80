/* flickr.c - Flickr8k and Flickr30k: image#number<TAB>caption, a line each */
#include "data/source.h"

#include <string.h>

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
    *caption = tab + 1;
    *file = (size_t)(mark - line);
    return ch_source_check_line(line, n, number, path, e);
}

int ch_source_flickr_parse(struct ch_source *s, const char *text, size_t n,
                           const char *path, const struct ch_split_rule *by,
                           struct ch_err *e)
{
    struct ch_bytes b = ch_bytes_of(text, n);
    const char *line, *caption = NULL;
    size_t length, file = 0, number = 0;
    int rc = 0;

    ch_bytes_skip_mark(&b);
    while (rc >= 0 && ch_bytes_line(&b, &line, &length)) {
        size_t image;

        number++;
        if (length == 0)
            continue;
        rc = read_line(line, length, number, path, &file, &caption, e);
        if (!rc)
            rc = ch_source_place(s, by, line, file, -1, CH_SPLIT_TRAIN, &image,
                                 e);
        s->captions_left_out += rc == 0;
        if (rc > 0)
            rc = ch_source_caption(s, image, caption,
                                   length - (size_t)(caption - line), e);
    }
    return rc;
}

int ch_source_flickr(struct ch_source *s, const char *path,
                     const struct ch_split_rule *by, struct ch_err *e)
{
    return ch_source_text(s, path, by, ch_source_flickr_parse, e);
}
