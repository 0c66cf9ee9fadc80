/* server.c - requests over HTTP become captions */
#include "chorus/serve.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/http.h"
#include "base/json.h"
#include "chorus/caption.h"
#include "chorus/log.h"
#include "chorus/version.h"
#include "serve/asset.h"
#include "serve/ask.h"
#include "serve/service.h"

#define JSON "application/json"
/* Seconds until somebody whom the queue has no room for asks again. */
#define RETRY_S 1

struct server {
    const struct ch_serve_options *o;
    struct ch_service *service;
    struct ch_metrics metrics;
    size_t usual_beam;
};

/* A request for captions on its way. */
struct errand {
    struct server *server;
    struct ch_http_call *call;
    struct ch_service_job job;
    double since_s;
};

/* One sentence, as people write it; options of programs are left out. */
static void put_error(struct ch_http_response *a, unsigned status,
                      const char *why)
{
    struct ch_json_writer w;
    const char *end = strstr(why, " or pass --skip-bad");
    char text[512];
    int n = snprintf(text, sizeof text, "%.*s.",
                     (int)(end ? (size_t)(end - why) : strlen(why)), why);

    if (text[0] >= 'a' && text[0] <= 'z')
        text[0] = (char)(text[0] - 'a' + 'A');
    ch_buffer_reset(&a->body);
    a->status = status;
    a->type = JSON;
    ch_json_writer_init(&w, &a->body);
    ch_json_begin(&w, NULL, '{');
    ch_json_put_text(&w, "error", text,
                     n < (int)sizeof text ? (size_t)n : sizeof text - 1);
    ch_json_end(&w);
    ch_buffer_text(&a->body, "\n");
}

static void busy(struct ch_http_response *a, const char *why)
{
    put_error(a, 503, why);
    a->retry_after = RETRY_S;
}

/* ---------------------------------------------------------------- captions */

static void tell(const struct errand *x, struct ch_http_response *a)
{
    const struct ch_service_job *job = &x->job;

    if (job->rc == 0) {
        a->status = 200;
        a->type = JSON;
        ch_buffer_text(&a->body, "{");
        ch_buffer_put(&a->body, job->out.at, job->out.size);
        ch_buffer_text(&a->body, "}\n");
    } else if (job->rc == CH_EFORMAT) {
        put_error(a, job->is_large ? 413 : 422, job->err.msg);
    } else {
        ch_log(CH_LOG_ERROR, "%s", job->err.msg);
        put_error(a, 500, "the server could not caption the photo");
    }
}

static void done(struct ch_service_job *job)
{
    struct errand *x = job->context;
    struct ch_metrics *m = &x->server->metrics;
    struct ch_http_response a = { .status = 500 };

    tell(x, &a);
    ch_metrics_request(m, CH_METRICS_CAPTION, a.status);
    if (a.status == 200)
        ch_metrics_seconds(m, ch_clock_s() - x->since_s);
    ch_http_reply(x->call, &a);
    ch_buffer_release(&job->out);
    free(x);
}

/* Deferred before it is put: it may be done before that returns. */
static void send_errand(struct server *s, const struct ch_ask *ask,
                        const struct ch_http_request *q)
{
    struct errand *x = calloc(1, sizeof *x);
    struct ch_http_response a = { .status = 503 };

    ch_http_defer(q->call);
    if (x) {
        *x = (struct errand){
            .server = s, .call = q->call, .since_s = ch_clock_s(),
            .job = { .photo = ask->photo.at, .size = ask->photo.n,
                     .beam = ask->beam, .n = ask->n,
                     .sentence = ask->sentence, .done = done, .context = x,
                     .err = CH_ERR_INIT }
        };
        if (ch_service_put(s->service, &x->job))
            return;
    }
    free(x);
    busy(&a, "the server is busy, try again in a moment");
    ch_metrics_request(&s->metrics, CH_METRICS_CAPTION, 503);
    ch_http_reply(q->call, &a);
}

/* true: answered now. */
static bool caption(struct server *s, const struct ch_http_request *q,
                    struct ch_http_response *a)
{
    struct ch_ask ask = { .beam = s->usual_beam, .n = 1 };
    struct ch_err e = CH_ERR_INIT;
    unsigned status;

    if (!ch_ask_read(&ask, (size_t)s->o->max_beam, q->query, q->type, q->body,
                     q->body_size, &status, &e)) {
        send_errand(s, &ask, q);
        return false;
    }
    put_error(a, status, e.msg);
    return true;
}

/* ------------------------------------------------------------ other routes */

static void health(const struct server *s, struct ch_http_response *a)
{
    struct ch_json_writer w;

    a->type = JSON;
    ch_json_writer_init(&w, &a->body);
    ch_json_begin(&w, NULL, '{');
    ch_json_put_text(&w, "status", "ok", 2);
    ch_json_put_text(&w, "version", CH_VERSION, strlen(CH_VERSION));
    ch_json_put_int(&w, "max_bytes", (int64_t)s->o->max_bytes);
    ch_json_put_int(&w, "max_beam", (int64_t)s->o->max_beam);
    ch_json_end(&w);
    ch_buffer_text(&a->body, "\n");
}

static bool put_asset(const char *path, struct ch_http_response *a)
{
    static const struct {
        const char *path, *type, *text;
    } asset[] = {
#define ASSET(name, file, where, kind) { where, kind, ch_asset_##name },
        CH_ASSETS(ASSET)
#undef ASSET
    };

    for (size_t i = 0; i < sizeof asset / sizeof *asset; i++)
        if (!strcmp(asset[i].path, path)) {
            a->type = asset[i].type;
            ch_buffer_text(&a->body, asset[i].text);
            return true;
        }
    return false;
}

static enum ch_metrics_route route_of(const char *path)
{
    static const char *const known[] = {
#define PATH(name, path) path,
        CH_METRICS_ROUTES(PATH)
#undef PATH
    };
    size_t i = 0;

    while (i < CH_METRICS_OTHER && strcmp(known[i], path))
        i++;
    return (enum ch_metrics_route)i;
}

/* true: answered now. */
static bool route(struct server *s, enum ch_metrics_route r,
                  const struct ch_http_request *q, struct ch_http_response *a)
{
    bool is_post = !strcmp(q->method, "POST");

    if (r == CH_METRICS_OTHER && !put_asset(q->path, a))
        put_error(a, 404, "nothing is here, see /openapi.json");
    else if (is_post != (r == CH_METRICS_CAPTION) ||
             (!is_post && strcmp(q->method, "GET") &&
              strcmp(q->method, "HEAD")))
        put_error(a, 405, r == CH_METRICS_CAPTION
                  ? "expected POST" : "expected GET");
    else if (r == CH_METRICS_CAPTION)
        return caption(s, q, a);
    else if (r == CH_METRICS_HEALTH)
        health(s, a);
    else if (r == CH_METRICS_METRICS) {
        a->type = "text/plain; version=0.0.4; charset=utf-8";
        ch_metrics_put(&s->metrics, ch_service_waiting(s->service),
                       (size_t)s->o->queue, &a->body);
    } else if (r != CH_METRICS_OTHER)
        put_asset(q->path, a);
    return true;
}

static void answer(void *context, const struct ch_http_request *q,
                   struct ch_http_response *a)
{
    struct server *s = context;
    enum ch_metrics_route r = route_of(q->path);
    char why[80];

    if (q->refusal == 413) {
        snprintf(why, sizeof why, "the request has more than %" PRIu64
                 " bytes", s->o->max_bytes);
        put_error(a, 413, why);
    } else if (q->refusal) {
        busy(a, "the server is busy, or about to stop");
    } else if (!route(s, r, q, a)) {
        return;
    }
    ch_metrics_request(&s->metrics, r, a->status);
}

/* ---------------------------------------------------------------- the life */

void ch_serve_defaults(struct ch_serve_options *o)
{
    *o = (struct ch_serve_options){
        .host = "127.0.0.1", .port = 8000, .batch = 16, .wait_ms = 5,
        .queue = 64, .max_beam = 10, .max_bytes = UINT64_C(20) << 20,
        .max_pixels = UINT64_C(100) * 1000 * 1000, .timeout_s = 60
    };
}

static int open_service(struct server *s, struct ch_err *e)
{
    const struct ch_serve_options *o = s->o;
    const struct ch_service_options service = {
        .model = o->model, .encoder = o->encoder,
        .threads = (size_t)o->threads, .batch = (size_t)o->batch,
        .wait_s = (double)o->wait_ms / 1000, .queue = (size_t)o->queue,
        .beam = (size_t)o->max_beam, .max_pixels = o->max_pixels,
        .metrics = &s->metrics
    };
    struct ch_caption_options usual;

    ch_caption_defaults(&usual);
    s->usual_beam = (size_t)(usual.decode.beam < o->max_beam
                             ? usual.decode.beam : o->max_beam);
    return ch_service_open(&s->service, &service, e);
}

int ch_serve_run(const struct ch_serve_options *o, struct ch_err *e)
{
    struct server *s = calloc(1, sizeof *s);
    struct ch_http *http = NULL;
    int rc;

    if (!s)
        return ch_fail(e, CH_ENOMEM, "no memory for the server");
    s->o = o;
    rc = open_service(s, e);
    if (!rc)
        rc = ch_http_open(&http, o->host, o->port, (size_t)o->max_bytes,
                          answer, s, e);
    if (!rc) {
        ch_http_patience(http, (double)o->timeout_s);
        o->ready(o->context, ch_http_base(http));
        rc = ch_http_run(http, o->stop, e);
    }
    /* It answers what was put, by connections that must be there. */
    ch_service_close(s->service);
    ch_http_close(http);
    free(s);
    return rc;
}
