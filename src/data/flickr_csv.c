/* flickr_csv.c - Flickr30k's results.csv: image| number| caption, a line each
 *
 * The first line names the columns.  It is no CSV of RFC 4180: nothing is
 * quoted.  The published file has one line (of image 2199200615.jpg) that lacks
 * the second bar, "4   A dog runs ..."; so blanks alone may stand there.
 */
#include "data/source.h"

#include <string.h>

#define HEADER "image_name| comment_number| comment"

static size_t skip_blanks(const char *line, size_t n, size_t at)
{
    while (at < n && line[at] == ' ')
        at++;
    return at;
}

/* *file bytes of the name, *caption its start. */
static int read_line(const char *line, size_t n, size_t number,
                     const char *path, size_t *file, size_t *caption,
                     struct ch_err *e)
{
    const char *bar = memchr(line, '|', n);
    size_t at, digits;

    if (!bar || bar == line)
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "line %zu: expected image| number| caption", number);
    *file = (size_t)(bar - line);
    at = skip_blanks(line, n, *file + 1);
    for (digits = 0; at < n && line[at] >= '0' && line[at] <= '9'; at++)
        digits++;
    if (digits == 0 || (at < n && line[at] != '|' && line[at] != ' '))
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "line %zu: expected the number of a caption behind "
                          "the first bar", number);
    at = skip_blanks(line, n, at);
    if (at < n && line[at] == '|')
        at = skip_blanks(line, n, at + 1);
    *caption = at;
    return ch_source_check_line(line, n, number, path, e);
}

static int is_header(const char *line, size_t n)
{
    return n == sizeof HEADER - 1 && memcmp(line, HEADER, n) == 0;
}

int ch_source_flickr_csv_parse(struct ch_source *s, const char *text, size_t n,
                               const char *path,
                               const struct ch_split_rule *by,
                               struct ch_err *e)
{
    struct ch_bytes b = ch_bytes_of(text, n);
    const char *line;
    size_t length, number = 1;
    int rc = 0;

    ch_bytes_skip_mark(&b);
    if (!ch_bytes_line(&b, &line, &length) || !is_header(line, length))
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "the first line is not \"" HEADER "\": no "
                          "results.csv of Flickr30k");
    while (rc >= 0 && ch_bytes_line(&b, &line, &length)) {
        size_t image, file = 0, caption = 0;

        number++;
        if (length == 0)
            continue;
        rc = read_line(line, length, number, path, &file, &caption, e);
        if (!rc)
            rc = ch_source_place(s, by, line, file, -1, CH_SPLIT_TRAIN, &image,
                                 e);
        s->captions_left_out += rc == 0;
        if (rc > 0)
            rc = ch_source_caption(s, image, line + caption, length - caption,
                                   e);
    }
    return rc;
}

int ch_source_flickr_csv(struct ch_source *s, const char *path,
                         const struct ch_split_rule *by, struct ch_err *e)
{
    return ch_source_text(s, path, by, ch_source_flickr_csv_parse, e);
}
