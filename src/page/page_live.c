/* page_live.c - the page of runs, served while they go on */
#include "page/page_run.h"

#include "base/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Nobody sends a body here. */
#define BODY_LIMIT 1024

static const char policy[] =
    "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; "
    "script-src 'self'; connect-src 'self'; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'none'";

/* What has changed takes its place; what the reader opened stays open, and the
 * focus stays where it was. */
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
    "  if (next.innerHTML === here.innerHTML) return;\n"
    "  const all = main => [...main.querySelectorAll('summary, [tabindex]')];\n"
    "  const focus = all(here).indexOf(document.activeElement);\n"
    "  here.replaceWith(next);\n"
    "  all(next)[focus]?.focus({ preventScroll: true });\n"
    "}, 3000);\n";

/* What is known so far; requests come one after another. */
struct live {
    const struct ch_page_live *o;
    struct ch_page_run *run[CH_PAGE_RUNS_MOST];    /* NULL: not yet begun */
    struct ch_page page;
};

static int put_runs(struct live *l, struct ch_buffer *out, struct ch_err *e)
{
    int rc = 0;

    for (size_t i = 0; i < l->o->folder_count && !rc; i++)
        rc = l->run[i] ? ch_page_run_update(l->run[i], e)
                       : ch_page_run_open(&l->run[i], l->o->folder[i], e);
    return rc ? rc : ch_page_put(out, &l->page, true, e);
}

/* /photo/RUN/NUMBER, which the page has named. */
static void put_photo(const struct live *l, const char *path,
                      struct ch_http_response *a)
{
    size_t run, number, n;
    char *bytes = NULL;
    int used = 0;

    if (sscanf(path, "/photo/%zu/%zu%n", &run, &number, &used) == 2 &&
        !path[used] && run < CH_PAGE_RUNS_MOST && l->run[run] &&
        number < l->run[run]->saids)
        bytes = ch_page_said_photo(&l->page, run, number, &n, &a->type);
    if (!bytes) {
        a->status = 404;
        return;
    }
    ch_buffer_put(&a->body, bytes, n);
    a->is_kept = true;
    free(bytes);
}

static void answer(void *context, const struct ch_http_request *q,
                   struct ch_http_response *a)
{
    struct live *l = context;
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
        if (put_runs(l, &a->body, &e)) {
            const struct ch_page page = { .title = l->page.title,
                                          .subtitle = e.msg };

            a->status = 503;
            ch_buffer_reset(&a->body);
            /* A page without photos reads no file; memory may run out, which
             * the body knows. */
            (void)ch_page_put(&a->body, &page, true, &e);
        }
    } else {
        put_photo(l, q->path, a);
    }
}

int ch_page_live(const struct ch_page_live *o, struct ch_err *e)
{
    struct live l = { .o = o };
    struct ch_http *http;
    int rc = ch_http_open(&http, o->host, o->port, BODY_LIMIT, answer, &l, e);

    if (rc)
        return rc;
    l.page = (struct ch_page) {
        .title = o->title, .subtitle = "This page follows the logs.",
        .run = l.run, .run_count = o->folder_count, .images = o->images,
    };
    o->ready(ch_http_base(http));
    rc = ch_http_run(http, o->stop, e);
    ch_http_close(http);
    for (size_t i = 0; i < CH_PAGE_RUNS_MOST; i++)
        ch_page_run_close(l.run[i]);
    return rc;
}
