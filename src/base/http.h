/* http.h - a small web server (the door of libmicrohttpd)
 *
 * One thread takes all requests, one after another; slow clients do not hold
 * others up.  What takes time is put off and answered by other threads.  Every
 * response forbids pages to do anything but show their own
 * text, style, script and pictures (Content-Security-Policy and its like).  A
 * server at a loopback address answers 403 to a request for a host that is not
 * this machine (host.h), and each does to what the page of another site sends
 * it (any method but GET and HEAD).
 */
#ifndef CH_BASE_HTTP_H
#define CH_BASE_HTTP_H

#include "base/bytes.h"

#include <signal.h>

struct ch_http_call;

/* Borrowed, for the time of the call, or until it is answered later. */
struct ch_http_request {
    const char *method, *path;     /* the path as it was sent, without ?... */
    const char *query;             /* what is behind the ?, or "" */
    const char *type;              /* Content-Type, "" when there is none */
    const char *peer;              /* address of the other side */
    const char *body;
    size_t body_size;
    /* 0, or what the server refuses it with, whoever asks: 413 too large, 503
     * no time or room.  There is no body then; the answer may say more. */
    unsigned refusal;
    struct ch_http_call *call;
};

/* 200, or the refusal, and no body before the call. */
struct ch_http_response {
    unsigned status;
    const char *type;              /* Content-Type, with a body; not copied */
    struct ch_buffer body;
    char location[256];            /* of a redirect; "" for none */
    unsigned retry_after;          /* seconds; 0: not said */
    bool is_kept;                  /* the browser may keep it for an hour */
    const char *policy;            /* in place of the usual one; not copied */
};

typedef void (*ch_http_fn)(void *context, const struct ch_http_request *q,
                           struct ch_http_response *a);

struct ch_http;
/* host: an IP address; port 0: any that is free.  Bodies over body_limit are
 * refused (413) without being read. */
int ch_http_open(struct ch_http **out, const char *host, uint16_t port,
                 size_t body_limit, ch_http_fn answer, void *context,
                 struct ch_err *e);
void ch_http_close(struct ch_http *h);
/* The name by which others reach it through a proxy: requests for that host are
 * answered, too.  Borrowed; NULL: none. */
void ch_http_known_as(struct ch_http *h, const char *url);
/* Seconds that a request, and later its response, may take to pass: 60. */
void ch_http_patience(struct ch_http *h, double seconds);
/* Where it listens, as http://127.0.0.1:8600; valid until it is closed. */
const char *ch_http_base(const struct ch_http *h);
/* Until *stop is set, by a signal's handler.  Then nobody is let in any more,
 * and it returns when all that was asked before is answered. */
int ch_http_run(struct ch_http *h, const volatile sig_atomic_t *stop,
                struct ch_err *e);

/* In place of an answer: it comes later.  Called by the function that is asked
 * for one, before others know of the call. */
void ch_http_defer(struct ch_http_call *call);
/* The answer, from any thread, once; its body goes over to the call. */
void ch_http_reply(struct ch_http_call *call,
                   const struct ch_http_response *a);

#endif
