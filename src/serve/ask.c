/* ask.c - what a request for captions asks for */
#include "serve/ask.h"

#include <string.h>

#define EXPECTED "expected a photo as image/jpeg, image/png or image/webp, " \
                 "or a form as multipart/form-data"

struct asking {
    struct ch_ask *a;
    size_t most;
    bool has_beam;
};

/* Digits alone, 1 to high; 0 otherwise. */
static size_t number(struct ch_multipart_run v, size_t high)
{
    size_t n = 0;

    if (v.n < 1 || v.n > 4)
        return 0;
    for (size_t i = 0; i < v.n; i++) {
        if (v.at[i] < '0' || v.at[i] > '9')
            return 0;
        n = 10 * n + (size_t)(v.at[i] - '0');
    }
    return n <= high ? n : 0;
}

static int put_number(const struct asking *q, const char *name,
                      struct ch_multipart_run value, size_t *to,
                      struct ch_err *e)
{
    *to = number(value, q->most);
    return *to ? 0 : ch_fail(e, CH_EUSAGE, "%s: expected a number from 1 to "
                             "%zu", name, q->most);
}

static int put(struct asking *q, struct ch_multipart_run name,
               struct ch_multipart_run value, struct ch_err *e)
{
    if (ch_multipart_is(name, "beam")) {
        q->has_beam = true;
        return put_number(q, "beam", value, &q->a->beam, e);
    }
    if (ch_multipart_is(name, "n"))
        return put_number(q, "n", value, &q->a->n, e);
    if (!ch_multipart_is(name, "sentence"))
        return ch_fail(e, CH_EUSAGE, "an unknown option; expected beam, n or "
                       "sentence");
    q->a->sentence = ch_multipart_is(value, "1") ||
                     ch_multipart_is(value, "true");
    if (!q->a->sentence && !ch_multipart_is(value, "0") &&
        !ch_multipart_is(value, "false"))
        return ch_fail(e, CH_EUSAGE, "sentence: expected 0 or 1");
    return 0;
}

/* beam=5&n=2: no name or value needs an escape. */
static int read_query(struct asking *q, const char *query, struct ch_err *e)
{
    int rc = 0;

    while (*query && !rc) {
        size_t n = strcspn(query, "&"), key = strcspn(query, "=&");
        size_t behind = key < n ? key + 1 : n;

        if (n)
            rc = put(q, (struct ch_multipart_run){ query, key },
                     (struct ch_multipart_run){ query + behind, n - behind },
                     e);
        query += n + (query[n] == '&');
    }
    return rc;
}

/* Is the type, which parameters may follow, one of these? */
static bool is_type(struct ch_multipart_run type, const char *const *one)
{
    const char *end = type.n ? memchr(type.at, ';', type.n) : NULL;

    if (end)
        type.n = (size_t)(end - type.at);
    while (type.n && strchr(" \t", type.at[type.n - 1]))
        type.n--;
    for (; *one; one++)
        if (ch_multipart_is(type, *one))
            return true;
    return false;
}

static const char *const photos[] = { "image/jpeg", "image/jpg", "image/png",
                                      "image/webp", NULL };
static const char *const any[] = { "application/octet-stream", NULL };
static const char *const form[] = { "multipart/form-data", NULL };

static int put_part(struct asking *q, const struct ch_multipart_part *p,
                    unsigned *status, struct ch_err *e)
{
    if (!p->file.at && !ch_multipart_is(p->name, "photo"))
        return put(q, p->name, p->body, e);
    if (q->a->photo.at)
        return ch_fail(e, CH_EUSAGE, "the form holds two files, expected one "
                       "photo");
    if (p->type.at && !is_type(p->type, photos) && !is_type(p->type, any)) {
        *status = 415;
        return ch_fail(e, CH_EUSAGE, "the form's file is of another type; "
                       EXPECTED);
    }
    q->a->photo = p->body;
    return 0;
}

static int read_form(struct asking *q, const char *type, const char *body,
                     size_t n, unsigned *status, struct ch_err *e)
{
    struct ch_multipart m;
    struct ch_multipart_part part;
    int rc = ch_multipart_open(&m, type, body, n, e);

    while (!rc && (rc = ch_multipart_next(&m, &part, e)) == 1)
        rc = put_part(q, &part, status, e);
    return rc;
}

int ch_ask_read(struct ch_ask *a, size_t most, const char *query,
                const char *type, const char *body, size_t n,
                unsigned *status, struct ch_err *e)
{
    const struct ch_multipart_run whole = { type, strlen(type) };
    struct asking q = { .a = a, .most = most };
    int rc = read_query(&q, query, e);

    *status = 400;
    a->photo = (struct ch_multipart_run){ NULL, 0 };
    if (rc)
        return rc;
    if (is_type(whole, photos)) {
        a->photo = (struct ch_multipart_run){ body, n };
    } else if (is_type(whole, form)) {
        rc = read_form(&q, type, body, n, status, e);
    } else {
        *status = 415;
        rc = ch_fail(e, CH_EUSAGE, EXPECTED);
    }
    if (!rc && a->photo.n == 0)
        return ch_fail(e, CH_EUSAGE, "the request holds no photo");
    if (!rc && !q.has_beam && a->beam < a->n)
        a->beam = a->n;
    if (!rc && a->beam < a->n)
        return ch_fail(e, CH_EUSAGE, "n: a beam of %zu does not find %zu "
                       "captions; make it as wide", a->beam, a->n);
    return rc;
}
