/* query.h - what people type becomes a query for FTS5
 *
 * Whatever is typed is words: they are normalised as captions are, so no sign
 * reaches the query language.  All words must be there, or with `any` one of
 * them; words that only join others ("on a") are left out, unless there are no
 * others.
 */
#ifndef CH_USE_QUERY_H
#define CH_USE_QUERY_H

#include "base/bytes.h"

#include <stdbool.h>

/* More are refused. */
#define CH_QUERY_WORDS 64

/* CH_EUSAGE when there is no word, there are too many, or it is not UTF-8. */
int ch_query_put(const char *typed, bool any, struct ch_buffer *out,
                 struct ch_err *e);

#endif
