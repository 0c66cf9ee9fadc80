/* multipart.h - the parts of a form with files (multipart/form-data, RFC 7578)
 *
 * Bytes are hostile: whatever they are, parts lie inside the body, one behind
 * the other, and there are few of them.
 */
#ifndef CH_SERVE_MULTIPART_H
#define CH_SERVE_MULTIPART_H

#include "base/bytes.h"

#define CH_MULTIPART_BOUNDARY 70       /* letters; RFC 2046 */
#define CH_MULTIPART_PARTS 32

/* A run of bytes of the body or the type; at is NULL where there is none. */
struct ch_multipart_run {
    const char *at;
    size_t n;
};

struct ch_multipart {
    char mark[4 + CH_MULTIPART_BOUNDARY + 1];  /* CR LF - - boundary */
    size_t mark_size;
    const char *body;
    size_t size, used;
    size_t parts;              /* so far */
};

struct ch_multipart_part {
    struct ch_multipart_run name, file, type, body;
};

/* type: the Content-Type, with its boundary.  The body stays the caller's.
 * CH_EFORMAT when there is no boundary, or the body does not begin with it. */
int ch_multipart_open(struct ch_multipart *m, const char *type,
                      const char *body, size_t n, struct ch_err *e);
/* 1, or 0 at the end; CH_EFORMAT when the body is cut, a part has no name, or
 * there are too many. */
int ch_multipart_next(struct ch_multipart *m, struct ch_multipart_part *out,
                      struct ch_err *e);
bool ch_multipart_is(struct ch_multipart_run r, const char *text);

#endif
