/* http.c - a small web server */
#include "base/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "base/host.h"

/* Connections at once, in all and of one address (an office may share one),
 * and seconds that one may be idle. */
#define CONNECTIONS 256
#define CONNECTIONS_OF_ONE 128
#define IDLE_S 30
/* How long a stop may take to be seen. */
#define LOOK_MS 250
/* A body that never ends is read so many times its limit, then cut off. */
#define PATIENCE 64
/* Bodies of the largest size that have room together. */
#define BODIES 32
/* See ch_http_patience(). */
#define PASS_S 60

/* A connection.  Who sends a byte now and then is never idle: the clock runs
 * from the end of the request before. */
struct line {
    struct line *next, **from;     /* in the list of all */
    struct MHD_Connection *c;
    double since_s;
    bool is_waiting;               /* for us */
};

struct ch_http {
    struct MHD_Daemon *daemon;
    ch_http_fn answer;
    void *context;
    size_t body_limit, held;       /* bytes of bodies: of one; of all, now */
    char base[80];
    bool is_loopback;              /* no other machine reaches it */
    const char *url;               /* another name for it, or NULL */
    double patience_s;
    int bell;                      /* an eventfd: an answer came */
    bool is_stopping;
    size_t calls;                  /* that are not over */
    struct line *lines;
};

/* What is kept between the parts of one request. */
struct ch_http_call {
    struct ch_http *h;
    struct MHD_Connection *c;
    struct ch_buffer body;
    size_t seen;
    bool has_begun;                /* its head is there */
    bool is_later, is_answered;
    struct ch_http_request q;
    struct ch_http_response a;     /* that came later */
    char peer[CH_HOST_ADDRESS];
    char query[];
};

static const char policy[] =
    "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'";

static struct line *line_of(struct MHD_Connection *c)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info ? info->socket_context : NULL;
}

static enum MHD_Result send_response(const struct ch_http *h,
                                     struct MHD_Connection *c,
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
    MHD_add_response_header(r, "Content-Security-Policy",
                            a->policy ? a->policy : policy);
    MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(r, "X-Frame-Options", "DENY");
    /* A link holds its token: it must not be told to anybody. */
    MHD_add_response_header(r, "Referrer-Policy", "no-referrer");
    MHD_add_response_header(r, "Cross-Origin-Resource-Policy", "same-origin");
    if (h->is_stopping)
        MHD_add_response_header(r, "Connection", "close");
    done = MHD_queue_response(c, a->status, r);
    MHD_destroy_response(r);
    return done;
}

/* Nobody else means this machine by that name but a page that lies about its
 * own (host.h).  Whoever sends no Host is no browser. */
static bool is_foreign(const struct ch_http *h, struct MHD_Connection *c)
{
    const char *host = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Host");

    return h->is_loopback && host && !ch_host_is_loopback(host) &&
           !(h->url && ch_host_is_of_url(host, h->url));
}

static enum MHD_Result refuse(const struct ch_http *h,
                              struct MHD_Connection *c, const char *why)
{
    struct ch_http_response a = { .status = MHD_HTTP_FORBIDDEN,
                                  .type = "text/plain; charset=utf-8" };

    ch_buffer_text(&a.body, why);
    return send_response(h, c, &a);
}

static enum MHD_Result answer(struct ch_http_call *call, const char *path,
                              const char *method)
{
    struct ch_http *h = call->h;
    unsigned refusal = call->q.refusal;
    struct ch_http_response a = { .status = refusal ? refusal : MHD_HTTP_OK };
    const char *type = MHD_lookup_connection_value(call->c, MHD_HEADER_KIND,
                                                   "Content-Type");
    const union MHD_ConnectionInfo *peer =
        MHD_get_connection_info(call->c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    bool has_body = call->body.at && !refusal;

    ch_host_of_address(peer ? peer->client_addr : NULL, call->peer);
    call->q = (struct ch_http_request){
        .method = method, .path = path, .query = call->query,
        .type = type ? type : "", .peer = call->peer,
        .body = has_body ? call->body.at : "",
        .body_size = has_body ? call->body.size : 0,
        .refusal = refusal, .call = call,
    };
    h->answer(h->context, &call->q, &a);
    if (call->is_later)
        return MHD_YES;
    if (refusal && a.status < 400)
        a.status = refusal;
    return send_response(h, call->c, &a);
}

void ch_http_defer(struct ch_http_call *call)
{
    struct line *l = line_of(call->c);

    call->is_later = true;
    if (l)
        l->is_waiting = true;
    MHD_suspend_connection(call->c);
}

void ch_http_reply(struct ch_http_call *call,
                   const struct ch_http_response *a)
{
    struct ch_http *h = call->h;
    uint64_t one = 1;

    call->a = *a;
    call->is_answered = true;
    MHD_resume_connection(call->c);      /* from here on it may be gone */
    /* Full of rings not yet heard, it rings. */
    (void)!write(h->bell, &one, sizeof one);
}

/* The first that is seen of a request: its line, with what is behind the ?. */
static void *on_line(void *context, const char *uri, struct MHD_Connection *c)
{
    struct ch_http *h = context;
    const char *query = strchr(uri, '?');
    size_t n = strlen(query ? query + 1 : "");
    struct ch_http_call *call = calloc(1, sizeof *call + n + 1);

    if (!call)
        return NULL;
    memcpy(call->query, query ? query + 1 : "", n);
    call->h = h;
    call->c = c;
    call->q.refusal = h->is_stopping ? MHD_HTTP_SERVICE_UNAVAILABLE : 0;
    h->calls++;
    return call;
}

/* What was kept of a body gives its room back. */
static void drop_body(struct ch_http_call *call)
{
    call->h->held -= call->body.size;
    ch_buffer_release(&call->body);
}

static enum MHD_Result take(struct ch_http_call *call, const char *part,
                            size_t n)
{
    struct ch_http *h = call->h;

    call->seen += n;
    if (call->seen > h->body_limit * PATIENCE)
        return MHD_NO;
    if (call->seen > h->body_limit)
        call->q.refusal = MHD_HTTP_CONTENT_TOO_LARGE;
    else if (h->held + n > h->body_limit * BODIES)
        call->q.refusal = MHD_HTTP_SERVICE_UNAVAILABLE;
    if (call->q.refusal) {
        drop_body(call);
    } else {
        ch_buffer_put(&call->body, part, n);
        h->held += call->body.failed ? 0 : n;
    }
    return call->body.failed ? MHD_NO : MHD_YES;
}

/* Called when the headers are there, for each part of the body, at the end, and
 * again when an answer came later. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *c,
                                  const char *path, const char *method,
                                  const char *version, const char *part,
                                  size_t *part_size, void **kept)
{
    struct ch_http *h = context;
    struct ch_http_call *call = *kept;
    struct line *l = line_of(c);
    const char *length;
    size_t n = *part_size;

    (void)version;
    if (!call)
        return MHD_NO;
    if (!call->has_begun) {
        call->has_begun = true;
        if (is_foreign(h, c))
            return refuse(h, c, "This server answers its own machine alone: "
                          "expected the host localhost or 127.0.0.1.\n");
        if (ch_host_is_cross_site(method, MHD_lookup_connection_value(
                c, MHD_HEADER_KIND, "Sec-Fetch-Site")))
            return refuse(h, c, "This server takes nothing from the pages of "
                          "other sites.\n");
        length = MHD_lookup_connection_value(c, MHD_HEADER_KIND,
                                             "Content-Length");
        if (length && strtoull(length, NULL, 10) > h->body_limit)
            call->q.refusal = MHD_HTTP_CONTENT_TOO_LARGE;
        return call->q.refusal ? answer(call, path, method) : MHD_YES;
    }
    if (n) {
        *part_size = 0;
        return take(call, part, n);
    }
    if (l) {
        l->since_s = ch_clock_s();
        l->is_waiting = false;
    }
    if (call->is_answered) {
        call->is_answered = false;
        return send_response(h, c, &call->a);
    }
    return answer(call, path, method);
}

static void on_end(void *context, struct MHD_Connection *c, void **kept,
                   enum MHD_RequestTerminationCode how)
{
    struct ch_http_call *call = *kept;
    struct line *l = line_of(c);

    (void)context, (void)how;
    if (l) {
        l->since_s = ch_clock_s();
        l->is_waiting = false;
    }
    if (!call)
        return;
    if (call->is_answered)         /* nobody is there to hear it */
        ch_buffer_release(&call->a.body);
    drop_body(call);
    call->h->calls--;
    free(call);
    *kept = NULL;
}

static void on_connection(void *context, struct MHD_Connection *c,
                          void **kept, enum MHD_ConnectionNotificationCode how)
{
    struct ch_http *h = context;
    struct line *l = *kept;

    if (how == MHD_CONNECTION_NOTIFY_STARTED) {
        l = calloc(1, sizeof *l);
        *kept = l;
        if (!l)
            return;                /* it can be idle, then, but not slow */
        *l = (struct line){ .next = h->lines, .from = &h->lines, .c = c,
                            .since_s = ch_clock_s() };
        if (l->next)
            l->next->from = &l->next;
        h->lines = l;
    } else if (l) {
        *l->from = l->next;
        if (l->next)
            l->next->from = l->from;
        free(l);
        *kept = NULL;
    }
}

/* Who takes too long finds the line dead; the library then closes it. */
static void cut_slow(struct ch_http *h)
{
    double now = ch_clock_s();

    for (struct line *l = h->lines; l; l = l->next) {
        const union MHD_ConnectionInfo *info;

        if (l->is_waiting || now - l->since_s < h->patience_s)
            continue;
        info = MHD_get_connection_info(l->c,
                                       MHD_CONNECTION_INFO_CONNECTION_FD);
        if (info)
            shutdown(info->connect_fd, SHUT_RDWR);
    }
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
        MHD_ALLOW_SUSPEND_RESUME | (is_four ? MHD_NO_FLAG : MHD_USE_IPv6),
        port, NULL, NULL, on_request, h,
        MHD_OPTION_SOCK_ADDR, address,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)CONNECTIONS_OF_ONE,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
        MHD_OPTION_UNESCAPE_CALLBACK, leave_escapes, NULL,
        MHD_OPTION_URI_LOG_CALLBACK, on_line, h,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, h,
        MHD_OPTION_NOTIFY_COMPLETED, on_end, NULL, MHD_OPTION_END);
    if (!h->daemon)
        return ch_fail_errno(e, NULL, "cannot listen on %s, port %u", host,
                             port);
    info = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_BIND_PORT);
    h->is_loopback = ch_host_is_loopback(host);
    snprintf(h->base, sizeof h->base, is_four ? "http://%s:%u"
             : "http://[%s]:%u", host, info ? info->port : port);
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
    h->patience_s = PASS_S;
    h->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    rc = h->bell < 0 ? ch_fail_errno(e, NULL, "cannot open an eventfd")
                     : start(h, host, port, e);
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
    if (h->bell >= 0)
        close(h->bell);
    free(h);
}

const char *ch_http_base(const struct ch_http *h)
{
    return h->base;
}

void ch_http_known_as(struct ch_http *h, const char *url)
{
    h->url = url;
}

void ch_http_patience(struct ch_http *h, double seconds)
{
    h->patience_s = seconds;
}

/* The library's own wait does not hear of answers that come later. */
static int step(struct ch_http *h, struct ch_err *e)
{
    fd_set in, out, odd;
    MHD_socket most = h->bell;
    MHD_UNSIGNED_LONG_LONG left = LOOK_MS;
    struct timeval wait = { .tv_usec = 1000 * LOOK_MS };
    uint64_t rings;

    cut_slow(h);
    FD_ZERO(&in);
    FD_ZERO(&out);
    FD_ZERO(&odd);
    FD_SET(h->bell, &in);
    if (MHD_get_fdset(h->daemon, &in, &out, &odd, &most) != MHD_YES)
        return ch_fail(e, CH_EIO, "the server cannot go on");
    if (MHD_get_timeout(h->daemon, &left) == MHD_YES && left < LOOK_MS)
        wait.tv_usec = 1000 * (suseconds_t)left;
    if (select(most + 1, &in, &out, &odd, &wait) < 0)
        return errno == EINTR ? 0 : ch_fail_errno(e, NULL, "the server cannot "
                                                  "wait for requests");
    if (FD_ISSET(h->bell, &in))
        (void)!read(h->bell, &rings, sizeof rings);
    if (MHD_run_from_select(h->daemon, &in, &out, &odd) == MHD_YES)
        return 0;
    return ch_fail(e, CH_EIO, "the server cannot go on");
}

int ch_http_run(struct ch_http *h, const volatile sig_atomic_t *stop,
                struct ch_err *e)
{
    int rc = 0, door;

    while (!*stop && !rc)
        rc = step(h, e);
    h->is_stopping = true;
    door = MHD_quiesce_daemon(h->daemon);
    if (door != MHD_INVALID_SOCKET)
        close(door);
    while (h->calls && !rc)
        rc = step(h, e);
    return rc;
}
