/* json.h - JSON, read and written (the door of jansson)
 *
 * Values are borrowed from the document they came from unless said otherwise;
 * a document is freed with ch_json_close().  Nesting is limited by jansson
 * (2048), and parsing is strict: UTF-8, no duplicate keys, nothing after the
 * end.  CH_EFORMAT messages name the path, line and byte.
 */
#ifndef CH_BASE_JSON_H
#define CH_BASE_JSON_H

#include "base/bytes.h"

#include <stdbool.h>

struct ch_json;      /* any JSON value */

/* A mark of byte order before the document, as Windows writes it, is skipped.
 * path: for messages only. */
int ch_json_parse(struct ch_json **out, const char *bytes, size_t n,
                  const char *path, struct ch_err *e);
/* The same of a part of a file: its first byte and line, for messages. */
int ch_json_parse_at(struct ch_json **out, const char *bytes, size_t n,
                     const char *path, uint64_t offset, size_t line,
                     struct ch_err *e);
int ch_json_load(struct ch_json **out, const char *path, struct ch_err *e);
void ch_json_close(struct ch_json *document);

/* Reading: a missing member or a value of another type gives the fallback. */
const struct ch_json *ch_json_get(const struct ch_json *o, const char *name);
const struct ch_json *ch_json_at(const struct ch_json *array, size_t i);
size_t ch_json_count(const struct ch_json *v);   /* array or object, else 0 */
bool ch_json_is_array(const struct ch_json *v);
bool ch_json_is_object(const struct ch_json *v);
bool ch_json_is_text(const struct ch_json *v);
bool ch_json_is_number(const struct ch_json *v);
const char *ch_json_text(const struct ch_json *v, const char *fallback);
int64_t ch_json_int(const struct ch_json *v, int64_t fallback);
double ch_json_real(const struct ch_json *v, double fallback);
bool ch_json_bool(const struct ch_json *v, bool fallback);
/* The i-th member of an object, in the order of the file; walks there. */
const char *ch_json_key(const struct ch_json *o, size_t i,
                        const struct ch_json **value);
/* All members, one by one: 1, or 0 at the end.  *place is NULL at first. */
int ch_json_next(const struct ch_json *o, void **place, const char **name,
                 const struct ch_json **value);

/* Required members: CH_EFORMAT "path: "name" is missing or not a number". */
int ch_json_need_int(const struct ch_json *o, const char *name, int64_t low,
                     int64_t high, int64_t *out, const char *path,
                     struct ch_err *e);
int ch_json_need_text(const struct ch_json *o, const char *name,
                      const char **out, const char *path, struct ch_err *e);

/* Writing: straight into a buffer, commas kept by the writer.
 *     ch_json_begin(&w, NULL, OPEN); ch_json_put_int(&w, "step", 3);
 *     ch_json_end(&w);           with OPEN '{' or '['
 * name is NULL inside arrays.  Reals are written with 17 digits, so they read
 * back the same; NaN and infinities are written as null.  Bytes that are not
 * UTF-8 become U+FFFD: what is written can always be read. */
struct ch_json_writer {
    struct ch_buffer *out;
    int depth;
    bool has_comma[32];    /* a value was written at this depth */
    char close[32];
};
void ch_json_writer_init(struct ch_json_writer *w, struct ch_buffer *out);
void ch_json_begin(struct ch_json_writer *w, const char *name, char bracket);
void ch_json_end(struct ch_json_writer *w);
void ch_json_put_text(struct ch_json_writer *w, const char *name,
                      const char *text, size_t n);
void ch_json_put_int(struct ch_json_writer *w, const char *name, int64_t v);
void ch_json_put_real(struct ch_json_writer *w, const char *name, double v);
void ch_json_put_bool(struct ch_json_writer *w, const char *name, bool v);

#endif
