/* multipart.c - the parts of a form with files */
#include "serve/multipart.h"

#include <string.h>
#include <strings.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct ch_multipart_run trim(const char *at, size_t n)
{
    while (n && is_blank(*at)) {
        at++;
        n--;
    }
    while (n && is_blank(at[n - 1]))
        n--;
    return (struct ch_multipart_run){ at, n };
}

bool ch_multipart_is(struct ch_multipart_run r, const char *text)
{
    return r.at && r.n == strlen(text) && !strncasecmp(r.at, text, r.n);
}

/* The value of a parameter, as in: form-data; name="photo"; filename=a.jpg.
 * What is quoted may hold a semicolon, and \" inside.  No NULL for an empty
 * one. */
static struct ch_multipart_run parameter(const char *at, size_t n,
                                         const char *name)
{
    const char *end = at + n;

    at = memchr(at, ';', n);
    while (at && at < end) {
        struct ch_multipart_run key = { ++at, 0 }, value;

        while (at < end && *at != '=' && *at != ';')
            at++;
        key = trim(key.at, (size_t)(at - key.at));
        if (at == end || *at == ';')
            continue;
        at++;
        while (at < end && is_blank(*at))
            at++;
        if (at < end && *at == '"') {
            value.at = ++at;
            while (at < end && *at != '"')
                at += *at == '\\' && at + 1 < end ? 2 : 1;
            value.n = (size_t)(at - value.at);
        } else {
            value.at = at;
            while (at < end && *at != ';')
                at++;
            value = trim(value.at, (size_t)(at - value.at));
        }
        if (ch_multipart_is(key, name))
            return value;
        at = memchr(at, ';', (size_t)(end - at));
    }
    return (struct ch_multipart_run){ NULL, 0 };
}

int ch_multipart_open(struct ch_multipart *m, const char *type,
                      const char *body, size_t n, struct ch_err *e)
{
    struct ch_multipart_run b = parameter(type, strlen(type), "boundary");

    *m = (struct ch_multipart){ .body = body, .size = n };
    if (!b.at || b.n < 1 || b.n > CH_MULTIPART_BOUNDARY)
        return ch_fail(e, CH_EFORMAT, "the form's Content-Type has no boundary "
                       "of 1 to %d letters", CH_MULTIPART_BOUNDARY);
    memcpy(m->mark, "\r\n--", 4);
    memcpy(m->mark + 4, b.at, b.n);
    m->mark_size = 4 + b.n;
    /* The first mark begins the body; what some write before it is left. */
    if (n >= b.n + 2 && !memcmp(body, m->mark + 2, b.n + 2)) {
        m->used = b.n + 2;
        return 0;
    }
    body = n ? memmem(body, n, m->mark, m->mark_size) : NULL;
    if (!body)
        return ch_fail(e, CH_EFORMAT, "the form does not hold the boundary "
                       "that its Content-Type tells");
    m->used = (size_t)(body - m->body) + m->mark_size;
    return 0;
}

/* One line of a part's head. */
static void read_field(const char *line, size_t n,
                       struct ch_multipart_part *out)
{
    const char *colon = memchr(line, ':', n);
    struct ch_multipart_run name, value;

    if (!colon)
        return;
    name = trim(line, (size_t)(colon - line));
    value = trim(colon + 1, (size_t)(line + n - colon - 1));
    if (ch_multipart_is(name, "content-type")) {
        out->type = value;
    } else if (ch_multipart_is(name, "content-disposition")) {
        out->name = parameter(value.at, value.n, "name");
        out->file = parameter(value.at, value.n, "filename");
    }
}

/* Behind a mark are blanks and a line end; behind the last one, two dashes. */
static int end_mark(struct ch_multipart *m, struct ch_err *e)
{
    const char *at = m->body + m->used;
    size_t left = m->size - m->used;

    if (left >= 2 && at[0] == '-' && at[1] == '-')
        return 0;
    while (left && is_blank(*at)) {
        at++;
        left--;
    }
    if (left < 2 || at[0] != '\r' || at[1] != '\n')
        return ch_fail(e, CH_EFORMAT, "the form is cut, or damaged, behind its "
                       "part %zu", m->parts);
    m->used = (size_t)(at + 2 - m->body);
    return 1;
}

int ch_multipart_next(struct ch_multipart *m, struct ch_multipart_part *out,
                      struct ch_err *e)
{
    const char *at, *line, *end;
    int rc = end_mark(m, e);

    memset(out, 0, sizeof *out);
    if (rc <= 0)
        return rc;
    if (++m->parts > CH_MULTIPART_PARTS)
        return ch_fail(e, CH_EFORMAT, "the form has more than %d parts",
                       CH_MULTIPART_PARTS);
    /* The head: lines, and an empty one. */
    for (at = m->body + m->used;; at = line + 2) {
        line = memmem(at, m->size - (size_t)(at - m->body), "\r\n", 2);
        if (!line)
            return ch_fail(e, CH_EFORMAT, "the head of part %zu of the form is "
                           "cut", m->parts);
        if (line == at)
            break;
        read_field(at, (size_t)(line - at), out);
    }
    /* An empty body: its mark begins with the line end of the head. */
    end = memmem(line, m->size - (size_t)(line - m->body), m->mark,
                 m->mark_size);
    if (!end)
        return ch_fail(e, CH_EFORMAT, "part %zu of the form is cut", m->parts);
    at = end == line ? end : line + 2;
    out->body = (struct ch_multipart_run){ at, (size_t)(end - at) };
    m->used = (size_t)(end - m->body) + m->mark_size;
    if (!out->name.at)
        return ch_fail(e, CH_EFORMAT, "part %zu of the form has no name",
                       m->parts);
    return 1;
}
