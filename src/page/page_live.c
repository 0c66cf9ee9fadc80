/* page_live.c - the page of runs, served while they go on */
#include "page/page_run.h"

#include "base/http.h"

#include <string.h>

/* Nobody sends a body here. */
#define BODY_LIMIT 1024

static const char policy[] =
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
    "script-src 'self'; connect-src 'self'; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'none'";

/* What has changed takes its place; what the reader opened stays open. */
static const char script[] =
    "'use strict';\n"
    "setInterval(async () => {\n"
    "  let text;\n"
    "  try { text = await (await fetch('/')).text(); }\n"
    "  catch (error) { return; }\n"
    "  const next = new DOMParser().parseFromString(text, 'text/html')\n"
    "    .querySelector('main');\n"
    "  const here = document.querySelector('main');\n"
    "  const isOpen = [...here.querySelectorAll('details')]\n"
    "    .map(d => d.open);\n"
    "  if (!next) return;\n"
    "  next.querySelectorAll('details')\n"
    "    .forEach((d, i) => { d.open = isOpen[i] || false; });\n"
    "  if (next.innerHTML !== here.innerHTML) here.replaceWith(next);\n"
    "}, 3000);\n";

static int put_runs(const struct ch_page_live *o, struct ch_buffer *out,
                    struct ch_err *e)
{
    struct ch_page_run *run[CH_PAGE_RUNS_MOST] = { NULL };
    struct ch_page page = { .title = o->title, .run = run,
                            .subtitle = "This page follows the logs." };
    int rc = 0;

    for (size_t i = 0; i < o->folder_count && !rc; i++) {
        rc = ch_page_run_open(&run[i], o->folder[i], e);
        page.run_count++;
    }
    if (!rc) rc = ch_page_put(out, &page, true, e);
    for (size_t i = 0; i < CH_PAGE_RUNS_MOST; i++)
        ch_page_run_close(run[i]);
    return rc;
}

static void answer(void *context, const struct ch_http_request *q,
                   struct ch_http_response *a)
{
    const struct ch_page_live *o = context;
    struct ch_err e = CH_ERR_INIT;

    if (q->refusal)
        return;
    if (strcmp(q->method, "GET") != 0) {
        a->status = 405;
    } else if (!strcmp(q->path, "/script.js")) {
        a->type = "text/javascript; charset=utf-8";
        ch_buffer_text(&a->body, script);
    } else if (!strcmp(q->path, "/")) {
        a->type = "text/html; charset=utf-8";
        a->policy = policy;
        if (put_runs(o, &a->body, &e)) {
            const struct ch_page page = { .title = o->title,
                                          .subtitle = e.msg };

            a->status = 503;
            ch_buffer_reset(&a->body);
            /* A page without photos reads no file; memory may run out, which
             * the body knows. */
            (void)ch_page_put(&a->body, &page, true, &e);
        }
    } else {
        a->status = 404;
    }
}

int ch_page_live(const struct ch_page_live *o, struct ch_err *e)
{
    struct ch_page_live own = *o;
    struct ch_http *http;
    int rc = ch_http_open(&http, o->host, o->port, BODY_LIMIT, answer, &own,
                          e);

    if (rc)
        return rc;
    o->ready(ch_http_base(http));
    rc = ch_http_run(http, o->stop, e);
    ch_http_close(http);
    return rc;
}
