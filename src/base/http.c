/* http.c - a small web server */
#include "base/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Connections at once, in all and of one address (an office may share one),
 * and seconds that one may be idle. */
#define CONNECTIONS 256
#define CONNECTIONS_OF_ONE 128
#define IDLE_S 30
/* How long a stop may take to be seen. */
#define LOOK_MS 250
/* A body that never ends is read so many times its limit, then cut off. */
#define PATIENCE 64

struct ch_http {
    struct MHD_Daemon *daemon;
    ch_http_fn answer;
    void *context;
    size_t body_limit;
    uint16_t port;
};

/* What is kept between the parts of one request. */
struct request {
    struct ch_buffer body;
    size_t seen;
};

static const char policy[] =
    "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'";

static enum MHD_Result send_response(struct MHD_Connection *c,
                                     struct ch_http_response *a)
{
    struct MHD_Response *r;
    enum MHD_Result done;
    char seconds[16];

    if (a->body.failed) {
        ch_buffer_release(&a->body);
        return MHD_NO;
    }
    /* The buffer becomes the response's, which frees it. */
    r = MHD_create_response_from_buffer(a->body.size, a->body.at,
                                        a->body.at ? MHD_RESPMEM_MUST_FREE
                                                   : MHD_RESPMEM_PERSISTENT);
    if (!r) {
        ch_buffer_release(&a->body);
        return MHD_NO;
    }
    if (a->type)
        MHD_add_response_header(r, "Content-Type", a->type);
    if (a->location[0])
        MHD_add_response_header(r, "Location", a->location);
    if (a->retry_after) {
        snprintf(seconds, sizeof seconds, "%u", a->retry_after);
        MHD_add_response_header(r, "Retry-After", seconds);
    }
    MHD_add_response_header(r, "Cache-Control", a->is_kept
                            ? "private, max-age=3600" : "no-store");
    MHD_add_response_header(r, "Content-Security-Policy", policy);
    MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(r, "X-Frame-Options", "DENY");
    /* A link holds its token: it must not be told to anybody. */
    MHD_add_response_header(r, "Referrer-Policy", "no-referrer");
    MHD_add_response_header(r, "Cross-Origin-Resource-Policy", "same-origin");
    done = MHD_queue_response(c, a->status, r);
    MHD_destroy_response(r);
    return done;
}

static enum MHD_Result refuse_body(struct MHD_Connection *c)
{
    struct ch_http_response a = { .status = MHD_HTTP_CONTENT_TOO_LARGE,
                                  .type = "text/plain" };

    ch_buffer_text(&a.body, "The request is too large.\n");
    return send_response(c, &a);
}

static void name_peer(struct MHD_Connection *c, char *out, socklen_t size)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *a = info ? info->client_addr : NULL;
    const void *address = NULL;

    out[0] = '\0';
    if (a && a->sa_family == AF_INET)
        address = &((const struct sockaddr_in *)(const void *)a)->sin_addr;
    else if (a && a->sa_family == AF_INET6)
        address = &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr;
    if (address && !inet_ntop(a->sa_family, address, out, size))
        out[0] = '\0';
}

static enum MHD_Result answer(struct ch_http *h, struct MHD_Connection *c,
                              const char *path, const char *method,
                              const struct request *r)
{
    struct ch_http_response a = { .status = MHD_HTTP_OK };
    const char *type = MHD_lookup_connection_value(c, MHD_HEADER_KIND,
                                                   "Content-Type");
    char peer[INET6_ADDRSTRLEN];
    struct ch_http_request q = {
        .method = method, .path = path, .type = type ? type : "",
        .peer = peer, .body = r->body.at ? r->body.at : "",
        .body_size = r->body.size,
    };

    name_peer(c, peer, sizeof peer);
    h->answer(h->context, &q, &a);
    return send_response(c, &a);
}

/* Called when the headers are there, for each part of the body, and at the
 * end. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *c,
                                  const char *path, const char *method,
                                  const char *version, const char *part,
                                  size_t *part_size, void **kept)
{
    struct ch_http *h = context;
    struct request *r = *kept;
    const char *length;

    (void)version;
    if (!r) {
        r = calloc(1, sizeof *r);
        *kept = r;
        length = MHD_lookup_connection_value(c, MHD_HEADER_KIND,
                                             "Content-Length");
        if (r && length && strtoull(length, NULL, 10) > h->body_limit)
            return refuse_body(c);
        return r ? MHD_YES : MHD_NO;
    }
    if (*part_size) {
        r->seen += *part_size;
        if (r->seen > h->body_limit * PATIENCE)
            return MHD_NO;
        if (r->seen <= h->body_limit)
            ch_buffer_put(&r->body, part, *part_size);
        *part_size = 0;
        return MHD_YES;
    }
    if (r->seen > h->body_limit)
        return refuse_body(c);
    return r->body.failed ? MHD_NO : answer(h, c, path, method, r);
}

static void on_end(void *context, struct MHD_Connection *c, void **kept,
                   enum MHD_RequestTerminationCode how)
{
    struct request *r = *kept;

    (void)context, (void)c, (void)how;
    if (r)
        ch_buffer_release(&r->body);
    free(r);
    *kept = NULL;
}

/* Paths stay as they were sent: no %2e%2e becomes a path upwards. */
static size_t leave_escapes(void *context, struct MHD_Connection *c, char *s)
{
    (void)context, (void)c;
    return strlen(s);
}

static int start(struct ch_http *h, const char *host, uint16_t port,
                 struct ch_err *e)
{
    struct sockaddr_in four = { .sin_family = AF_INET,
                                .sin_port = htons(port) };
    struct sockaddr_in6 six = { .sin6_family = AF_INET6,
                                .sin6_port = htons(port) };
    bool is_four = inet_pton(AF_INET, host, &four.sin_addr) == 1;
    const void *address = is_four ? (const void *)&four : &six;
    const union MHD_DaemonInfo *info;

    if (!is_four && inet_pton(AF_INET6, host, &six.sin6_addr) != 1)
        return ch_fail(e, CH_EUSAGE, "--host: expected an address such as "
                       "127.0.0.1, 0.0.0.0 or ::1, found '%s'", host);
    errno = 0;
    h->daemon = MHD_start_daemon(
        is_four ? MHD_NO_FLAG : MHD_USE_IPv6, port, NULL, NULL, on_request, h,
        MHD_OPTION_SOCK_ADDR, address,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)CONNECTIONS_OF_ONE,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
        MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u,
        MHD_OPTION_UNESCAPE_CALLBACK, leave_escapes, NULL,
        MHD_OPTION_NOTIFY_COMPLETED, on_end, NULL, MHD_OPTION_END);
    if (!h->daemon)
        return ch_fail_errno(e, NULL, "cannot listen on %s, port %u", host,
                             port);
    info = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_BIND_PORT);
    h->port = info ? info->port : port;
    return 0;
}

int ch_http_open(struct ch_http **out, const char *host, uint16_t port,
                 size_t body_limit, ch_http_fn answer_fn, void *context,
                 struct ch_err *e)
{
    struct ch_http *h = calloc(1, sizeof *h);
    int rc;

    *out = NULL;
    if (!h)
        return ch_fail(e, CH_ENOMEM, "no memory for the server");
    h->answer = answer_fn;
    h->context = context;
    h->body_limit = body_limit;
    rc = start(h, host, port, e);
    if (rc)
        ch_http_close(h);
    else
        *out = h;
    return rc;
}

void ch_http_close(struct ch_http *h)
{
    if (!h)
        return;
    if (h->daemon)
        MHD_stop_daemon(h->daemon);
    free(h);
}

uint16_t ch_http_port(const struct ch_http *h)
{
    return h->port;
}

int ch_http_run(struct ch_http *h, const volatile sig_atomic_t *stop,
                struct ch_err *e)
{
    while (!*stop)
        if (MHD_run_wait(h->daemon, LOOK_MS) != MHD_YES && !*stop)
            return ch_fail(e, CH_EIO, "the server cannot go on");
    return 0;
}
