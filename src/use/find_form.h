/* find_form.h - what is found, as bytes
 *
 * text   path, tab, caption; a distance behind another tab; control
 *        characters, as tabs and line ends, are spaces.  Groups are parted by
 *        an empty line.
 * json   an object per line: "path", "caption", "tags" and "distance" or
 *        "group".  Bytes of a path that are no UTF-8 are U+FFFD there, and
 *        "path_hex" has them all.
 * null   paths as they are, each with a NUL behind it; another NUL between
 *        groups.
 */
#ifndef CH_USE_FIND_FORM_H
#define CH_USE_FIND_FORM_H

#include "base/bytes.h"
#include "chorus/find.h"

struct ch_find_photo {
    const char *path;         /* path_bytes of them */
    size_t path_bytes;
    const char *caption, *tags;
    const float *distance;    /* or NULL */
    int64_t group;            /* or -1 */
};

void ch_find_form_photo(enum ch_find_form form, const struct ch_find_photo *p,
                        struct ch_buffer *out);
void ch_find_form_tag(enum ch_find_form form, const char *tag, int64_t photos,
                      struct ch_buffer *out);
/* Between two groups. */
void ch_find_form_gap(enum ch_find_form form, struct ch_buffer *out);

#endif
