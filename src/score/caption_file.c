/* caption_file.c - a file of captions: its form, and the forms made of lines
 *
 * Lines are cut where they lie: NUL takes the place of tabs and line ends.
 */
#include "score/caption_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"

static const size_t MAX_BYTES = (size_t)1 << 32;

int ch_caption_file_add(struct ch_caption_file *f, struct ch_caption_entry c,
                        struct ch_err *e)
{
    if (f->count == f->room) {
        size_t room = f->room ? 2 * f->room : 1024;
        struct ch_caption_entry *caption = realloc(f->caption,
                                             room * sizeof *caption);

        if (!caption)
            return ch_fail(e, CH_ENOMEM, "no memory for the captions of %s",
                           f->path);
        f->caption = caption;
        f->room = room;
    }
    f->caption[f->count++] = c;
    return 0;
}

/* The "#0" at the end of a name, or NULL. */
static char *number_mark(char *name)
{
    char *mark = strrchr(name, '#');
    size_t digits = mark ? strspn(mark + 1, "0123456789") : 0;

    return digits && mark > name && !mark[1 + digits] ? mark : NULL;
}

/* The first line decides what all lines are. */
static enum ch_caption_form form_of_line(const char *line, size_t n)
{
    const char *tab = memchr(line, '\t', n);
    size_t digits = 0;

    if (!tab)
        return CH_FORM_PLAIN;
    while (tab - digits > line && tab[-1 - (long)digits] >= '0' &&
           tab[-1 - (long)digits] <= '9')
        digits++;
    if (digits && tab - digits - 1 > line && tab[-1 - (long)digits] == '#')
        return CH_FORM_FLICKR;
    return CH_FORM_TABLE;
}

static int add_line(struct ch_caption_file *f, char *line, size_t place,
                    struct ch_err *e)
{
    struct ch_caption_entry c = { .id = -1, .text = line, .place = place };
    char *tab = strchr(line, '\t'), *mark;

    if (f->form == CH_FORM_PLAIN)
        return ch_caption_file_add(f, c, e);
    if (!*line)
        return 0;
    if (!tab || tab == line)
        return ch_fail_at(e, CH_EFORMAT, f->path, CH_NO_OFFSET,
                          "line %zu: expected image, a tab and a caption, "
                          "found no %s", place, tab ? "image" : "tab");
    *tab = '\0';
    c.image = line;
    c.text = tab + 1;
    if (f->form == CH_FORM_FLICKR) {
        mark = number_mark(line);
        if (!mark)
            return ch_fail_at(e, CH_EFORMAT, f->path, CH_NO_OFFSET,
                              "line %zu: expected name#number, as in the "
                              "lines before, found no number", place);
        *mark = '\0';
        c.number = mark + 1;
    }
    return ch_caption_file_add(f, c, e);
}

static int read_lines(struct ch_caption_file *f, char *bytes, size_t n,
                      struct ch_err *e)
{
    size_t bad = ch_text_check(bytes, n);
    char *at = bytes, *end = bytes + n;
    char *first = memchr(bytes, '\n', n);
    int rc = 0;

    if (bad < n)
        return ch_fail_at(e, CH_EFORMAT, f->path, bad,
                          "expected UTF-8, found something else");
    if (memchr(bytes, '\0', n))
        return ch_fail_at(e, CH_EFORMAT, f->path, strlen(bytes),
                          "expected text, found a zero byte");
    f->form = form_of_line(bytes, first ? (size_t)(first - bytes) : n);
    for (size_t place = 1; at < end && !rc; place++) {
        char *stop = memchr(at, '\n', (size_t)(end - at));

        if (!stop)
            stop = end;
        *stop = '\0';
        if (stop > at && stop[-1] == '\r')
            stop[-1] = '\0';
        rc = add_line(f, at, place, e);
        at = stop + 1;
    }
    return rc;
}

int ch_caption_file_parse(struct ch_caption_file *f, const char *path,
                          char *bytes, size_t n, enum ch_caption_role role,
                          struct ch_err *e)
{
    char *at = bytes;
    int rc;

    *f = (struct ch_caption_file) { .path = path, .bytes = bytes };
    /* Spreadsheets put a byte order mark in front. */
    if (n >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0)
        at += 3;
    n -= (size_t)(at - bytes);
    if (at[strspn(at, " \t\r\n")] == '{' || at[strspn(at, " \t\r\n")] == '[')
        rc = ch_caption_json_read(f, at, n, role, e);
    else
        rc = read_lines(f, at, n, e);
    if (!rc && f->count == 0)
        rc = ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                        "expected captions, found none");
    return rc;
}

int ch_caption_file_read(struct ch_caption_file *f, const char *path,
                         enum ch_caption_role role, struct ch_err *e)
{
    char *bytes = NULL;
    size_t n;
    int rc;

    *f = (struct ch_caption_file) { .path = path };
    rc = ch_file_read(path, MAX_BYTES, &bytes, &n, e);
    if (!rc) rc = ch_caption_file_parse(f, path, bytes, n, role, e);
    return rc;
}

void ch_caption_file_release(struct ch_caption_file *f)
{
    free(f->caption);
    free(f->image);
    free(f->bytes);
    *f = (struct ch_caption_file) { 0 };
}

const char *ch_caption_file_unit(const struct ch_caption_file *f)
{
    switch (f->form) {
    case CH_FORM_COCO:
    case CH_FORM_RESULTS:
    case CH_FORM_JSON_LINES: return "entry";
    default: return "line";
    }
}
