/* choice.h - names joined by |, and which of them is meant
 *
 * "first|every": what options, settings and models write for an enum.
 */
#ifndef CH_BASE_CHOICE_H
#define CH_BASE_CHOICE_H

#include <stddef.h>

#define CH_CHOICE_BYTES 32        /* of a name, with its NUL */

/* The index of a name, -1 when it is none of them. */
int ch_choice_find(const char *choices, const char *name);
/* The name of an index, "" beyond the last; in out, which is returned. */
const char *ch_choice_name(const char *choices, int index,
                           char out[CH_CHOICE_BYTES]);

#endif
