/* json_scan.h - JSON read once, in order, where it lies
 *
 * For files of captions, which are large and simple: nothing is allocated, and
 * texts are decoded in place, so the buffer is changed and texts point into
 * it.  Everything is checked as json.h checks it (grammar, UTF-8, numbers,
 * nothing after the end), but for keys that stand twice, which are the
 * caller's business.
 *
 *     ch_json_scan_init(&s, bytes, n, path);
 *     rc = ch_json_scan_enter(&s, OPEN, e);          OPEN '{' or '['
 *     while (!rc && (more = ch_json_scan_next(&s, &key, e)) > 0)
 *         rc = strcmp(key, "id") ? ch_json_scan_skip(&s, e)
 *                                : ch_json_scan_int(&s, &id, e);
 *     if (!rc) rc = more;
 *
 * Between next() and next() exactly one value is read.  CH_EFORMAT messages
 * name the path and byte.
 */
#ifndef CH_BASE_JSON_SCAN_H
#define CH_BASE_JSON_SCAN_H

#include "chorus/err.h"

#include <stdbool.h>

/* As deep as jansson goes. */
#define CH_JSON_SCAN_DEPTH 2048

struct ch_json_scan {
    char *begin, *at, *end;
    const char *path;          /* for messages */
    size_t depth;              /* of brackets that are open */
    bool is_first;             /* nothing was read in the innermost one yet */
    bool is_object[CH_JSON_SCAN_DEPTH];
};

/* bytes[n] must be there and be NUL, as ch_file_read() leaves it. */
void ch_json_scan_init(struct ch_json_scan *s, char *bytes, size_t n,
                       const char *path);
/* The first byte of the value that comes next ('{', '[', '"', 't', 'f', 'n',
 * '-' or a digit), or another byte, or 0 at the end. */
char ch_json_scan_peek(struct ch_json_scan *s);
int ch_json_scan_enter(struct ch_json_scan *s, char bracket,
                       struct ch_err *e);
/* 1: a value comes next, *key is its name, or NULL in an array; 0: the bracket
 * closed. */
int ch_json_scan_next(struct ch_json_scan *s, const char **key,
                      struct ch_err *e);
/* *text ends with NUL and holds none: \u0000 is refused. */
int ch_json_scan_text(struct ch_json_scan *s, const char **text,
                      struct ch_err *e);
/* A whole number without fraction or exponent, that fits. */
int ch_json_scan_int(struct ch_json_scan *s, int64_t *out, struct ch_err *e);
/* Read over one value of any kind. */
int ch_json_scan_skip(struct ch_json_scan *s, struct ch_err *e);
/* Nothing but white space is left. */
int ch_json_scan_end(struct ch_json_scan *s, struct ch_err *e);

#endif
