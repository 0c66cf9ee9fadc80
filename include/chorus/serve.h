/* serve.h - captions over HTTP, and a page for people
 *
 * A small server: a photo is sent, its captions come back as JSON; openapi.json
 * (src/serve/page) tells how.  They are those of ch_captioner_run() on the same
 * photo, to the bit, whatever other photos it is batched with.
 */
#ifndef CHORUS_SERVE_H
#define CHORUS_SERVE_H

#include "chorus/err.h"

#include <signal.h>
#include <stdint.h>

struct ch_serve_options {
    const char *model;        /* one file: weights, vocabulary, settings */
    const char *encoder;      /* the encoder's JSON where the model's is gone */
    const char *host;         /* an IP address to listen on */
    uint16_t port;            /* 0: any that is free */
    uint64_t threads;         /* that look at photos; 0: one for each core */
    uint64_t batch;           /* photos searched together, at most */
    uint64_t wait_ms;         /* for others to join a batch */
    uint64_t queue;           /* photos that wait; others are sent away (503) */
    uint64_t max_beam;        /* the widest that may be asked for */
    uint64_t max_bytes, max_pixels;    /* of a request, a photo; others: 413 */
    uint64_t timeout_s;       /* for a request, or an answer, to pass */
    const volatile sig_atomic_t *stop;
    void (*ready)(void *context, const char *base);  /* it listens now */
    void *context;
};

void ch_serve_defaults(struct ch_serve_options *o);
/* Until *stop, which a signal's handler sets; then it answers what was asked
 * before, and returns. */
int ch_serve_run(const struct ch_serve_options *o, struct ch_err *e);

#endif
