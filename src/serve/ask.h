/* ask.h - what a request for captions asks for
 *
 * The photo is the body, or the first file in a form; options stand in the
 * query, or are fields of the form.
 */
#ifndef CH_SERVE_ASK_H
#define CH_SERVE_ASK_H

#include "serve/multipart.h"

struct ch_ask {
    size_t beam, n;            /* n best of a beam */
    bool sentence;             /* with a capital and a full stop */
    struct ch_multipart_run photo;     /* of the body */
};

/* beam: before the call the usual one, which grows to n where none is asked
 * for; most: the widest.  When it fails, *status is that of the refusal: 400
 * not understood, 415 of another type. */
int ch_ask_read(struct ch_ask *a, size_t most, const char *query,
                const char *type, const char *body, size_t n,
                unsigned *status, struct ch_err *e);

#endif
