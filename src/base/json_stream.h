/* json_stream.h - a JSON document of any size, value by value
 *
 * For documents that are one long array, or an object of long arrays: each
 * element is handed over as a document of its own, so that memory depends on
 * the largest element and not on the file.  As strict as ch_json_parse():
 * UTF-8, no member twice, nothing behind the end.
 *
 * Life:  open (a file) or of (bytes, borrowed) -> next... -> close
 */
#ifndef CH_BASE_JSON_STREAM_H
#define CH_BASE_JSON_STREAM_H

#include "base/json.h"

/* An element larger than this is refused. */
#define CH_JSON_STREAM_LIMIT ((size_t)64 << 20)

struct ch_json_item {
    const char *member;        /* of the document; "" when it is an array */
    size_t number;             /* of the element, from 1; 0: see value */
    const struct ch_json *value;   /* NULL: an array begins.  number 0 and a
                                      value: a member that is no array */
};

struct ch_json_stream;
int ch_json_stream_open(struct ch_json_stream **out, const char *path,
                        struct ch_err *e);
/* path is for messages. */
int ch_json_stream_of(struct ch_json_stream **out, const void *bytes, size_t n,
                      const char *path, struct ch_err *e);
void ch_json_stream_close(struct ch_json_stream *s);
/* From the begin again. */
int ch_json_stream_rewind(struct ch_json_stream *s, struct ch_err *e);
const char *ch_json_stream_path(const struct ch_json_stream *s);

/* 1 and the next item, borrowed until the next call; 0 at the end. */
int ch_json_stream_next(struct ch_json_stream *s, struct ch_json_item *item,
                        struct ch_err *e);

#endif
