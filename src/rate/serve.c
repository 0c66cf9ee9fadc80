/* serve.c - the server of a study: requests become answers and pages */
#include "chorus/rate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/html.h"
#include "base/http.h"
#include "chorus/log.h"
#include "rate/album.h"
#include "rate/limit.h"
#include "rate/rate_page.h"
#include "rate/route.h"
#include "rate/urlform.h"

/* Requests a second of one rater, and at once: a page is four, a click one. */
#define RATE 20
#define BURST 120
/* The same of links that do not exist, from one address. */
#define GUESS_RATE 1
#define GUESS_BURST 20
/* A larger photo has no place on a page. */
#define PHOTO_LIMIT ((size_t)64 << 20)

#define HTML "text/html; charset=utf-8"

struct server {
    struct ch_study study;
    struct ch_limit raters, guesses;
};

static void plain(struct ch_http_response *a, unsigned status,
                  const char *title, const char *text)
{
    a->status = status;
    a->type = HTML;
    ch_rate_page_plain(&a->body, title, text);
}

static void not_found(struct ch_http_response *a)
{
    plain(a, 404, "Nothing is here", "Please use the whole link that you were "
          "given.");
}

static void too_many(struct ch_http_response *a)
{
    plain(a, 429, "Too fast", "Please wait a moment, then load the page "
          "again.");
    a->retry_after = 5;
}

/* What the rater cannot help; the sentence is for who runs the server. */
static void failed(struct ch_http_response *a, const struct ch_err *e)
{
    ch_log(CH_LOG_ERROR, "%s", e->msg);
    plain(a, 500, "Something is wrong here", "Your last answer may not be "
          "kept. Please tell who sent you the link.");
}

static void go_to_task(struct ch_http_response *a, const struct ch_route *r)
{
    a->status = 303;
    snprintf(a->location, sizeof a->location, "/r/%s", r->token);
}

/* ------------------------------------------------------------------- pages */

static int show_task(struct server *s, const struct ch_route *r,
                     bool is_short, struct ch_http_response *a,
                     struct ch_err *e)
{
    struct ch_answer_task task = { 0 };
    struct ch_answer_rater rater;
    struct ch_rate_page page = { &s->study, r->token, &rater };
    /* Again: a request may have changed what is counted. */
    int rc = ch_answer_find(&s->study, r->token, &rater, e);

    if (rc > 0)
        rc = ch_answer_task(&s->study, rater.id, &task, e);
    a->status = is_short ? 422 : 200;
    a->type = HTML;
    if (rc == 0)
        ch_rate_page_end(&a->body, &page);
    else if (rc > 0 && !rater.has_started)
        ch_rate_page_intro(&a->body, &page);
    else if (rc > 0)
        ch_rate_page_task(&a->body, &page, &task, is_short);
    ch_answer_release(&task);
    return rc;
}

/* Only files of the study's own list are opened, and only pictures shown. */
static int show_photo(struct server *s, const struct ch_route *r,
                      int64_t rater, struct ch_http_response *a,
                      struct ch_err *e)
{
    char name[2048], path[4096];
    char *bytes = NULL;
    size_t n = 0;
    int rc = ch_answer_photo(&s->study, rater, r->number, name, sizeof name,
                             e);

    if (rc <= 0)
        return rc;
    rc = ch_file_join(path, sizeof path, s->study.images, name, e);
    if (!rc) rc = ch_file_read(path, PHOTO_LIMIT, &bytes, &n, e);
    if (rc) {
        /* One photo is gone: the rater can skip it. */
        ch_log(CH_LOG_WARN, "%s", e->msg);
        return 0;
    }
    a->type = ch_html_picture_type(bytes, n);
    if (a->type) {
        ch_buffer_put(&a->body, bytes, n);
        a->is_kept = true;
    }
    free(bytes);
    return a->type != NULL;
}

/* ----------------------------------------------------------------- actions */

static int do_mark(struct server *s, int64_t rater, const struct ch_urlform *f,
                   struct ch_http_response *a, struct ch_err *e)
{
    int64_t task = ch_urlform_number(f, "task", INT64_MAX);
    int64_t question = ch_urlform_number(f, "question", UINT32_MAX);
    int64_t value = ch_urlform_number(f, "value", UINT32_MAX);
    int rc = task < 0 || question < 0 || value < 0
             ? 0 : ch_answer_mark(&s->study, rater, task, (uint32_t)question,
                                  (uint32_t)value, e);

    /* The answer to a task that is closed meanwhile is no longer wanted. */
    a->status = rc ? 204 : 409;
    return rc < 0 ? rc : 1;
}

static int do_done(struct server *s, const struct ch_route *r, int64_t rater,
                   const struct ch_urlform *f, struct ch_http_response *a,
                   struct ch_err *e)
{
    size_t questions = ch_study_questions(s->study.mode), given = 0;
    uint32_t mark[CH_STUDY_SCALE_COUNT] = { 0 };
    int64_t task = ch_urlform_number(f, "task", INT64_MAX);
    int rc = 0;

    for (size_t q = 0; q < questions; q++) {
        char name[24];
        int64_t value;

        snprintf(name, sizeof name, "q%zu", q);
        value = ch_urlform_number(f, name, ch_study_values(s->study.mode));
        mark[q] = value > 0 ? (uint32_t)value : 0;
        given += mark[q] != 0;
    }
    /* What was answered is kept, also when something is missing. */
    for (size_t q = 0; q < questions && given < questions && rc >= 0; q++)
        rc = ch_answer_mark(&s->study, rater, task, (uint32_t)q, mark[q], e);
    if (rc >= 0 && given < questions)
        return show_task(s, r, true, a, e);
    if (rc >= 0)
        rc = ch_answer_done(&s->study, rater, task, mark, e);
    go_to_task(a, r);
    return rc < 0 ? rc : 1;
}

static int act(struct server *s, const struct ch_route *r, int64_t rater,
               const struct ch_http_request *q, struct ch_http_response *a,
               struct ch_err *e)
{
    static const char form_type[] = "application/x-www-form-urlencoded";
    struct ch_urlform f;
    int rc;

    if ((q->body_size && strncmp(q->type, form_type, strlen(form_type))) ||
        ch_urlform_parse(&f, q->body, q->body_size, NULL)) {
        plain(a, 400, "Not understood", "Please load the page again.");
        return 1;
    }
    if (r->kind == CH_ROUTE_mark)
        return do_mark(s, rater, &f, a, e);
    if (r->kind == CH_ROUTE_done)
        return do_done(s, r, rater, &f, a, e);
    if (r->kind == CH_ROUTE_start)
        rc = ch_answer_start(&s->study, rater, e);
    else if (r->kind == CH_ROUTE_skip)
        rc = ch_answer_skip(&s->study, rater,
                            ch_urlform_number(&f, "task", INT64_MAX), e);
    else if (r->kind == CH_ROUTE_undo)
        rc = ch_answer_undo(&s->study, rater, e);
    else
        rc = ch_answer_again(&s->study, rater, e);
    go_to_task(a, r);
    return rc < 0 ? rc : 1;
}

/* ---------------------------------------------------------------- requests */

static void answer_rater(struct server *s, const struct ch_route *r,
                         const struct ch_http_request *q,
                         struct ch_http_response *a)
{
    struct ch_answer_rater rater;
    struct ch_err e = CH_ERR_INIT;
    int rc = ch_answer_find(&s->study, r->token, &rater, &e);

    if (rc == 0 && !ch_limit_take(&s->guesses, q->peer, ch_clock_s())) {
        too_many(a);
        return;
    }
    if (rc > 0 && !ch_limit_take(&s->raters, r->token, ch_clock_s())) {
        too_many(a);
        return;
    }
    if (rc > 0 && r->kind == CH_ROUTE_TASK) {
        rc = show_task(s, r, false, a, &e);
        rc = rc < 0 ? rc : 1;
    } else if (rc > 0 && r->kind == CH_ROUTE_PHOTO) {
        rc = show_photo(s, r, rater.id, a, &e);
    } else if (rc > 0) {
        rc = act(s, r, rater.id, q, a, &e);
    }
    if (rc > 0)
        return;
    ch_buffer_reset(&a->body);
    a->location[0] = '\0';
    if (rc == 0)
        not_found(a);
    else
        failed(a, &e);
}

static void answer(void *context, const struct ch_http_request *q,
                   struct ch_http_response *a)
{
    struct server *s = context;
    const struct ch_route r = ch_route_of(q->method, q->path);

    if (q->refusal) {
        plain(a, q->refusal, "Not now", q->refusal == 413
              ? "The request is too large."
              : "The server is busy, or about to stop. Please try again in a "
                "moment.");
        return;
    }
    switch (r.kind) {
    case CH_ROUTE_NONE:
        not_found(a);
        break;
    case CH_ROUTE_METHOD:
        plain(a, 405, "Not understood", "Please load the page again.");
        break;
    case CH_ROUTE_ROOT:
        plain(a, 200, "A study of captions", "Please use the link that you "
              "were given: it ends in letters and digits that are yours "
              "alone.");
        break;
    case CH_ROUTE_STYLE:
        a->type = "text/css; charset=utf-8";
        ch_buffer_text(&a->body, ch_rate_style);
        break;
    case CH_ROUTE_SCRIPT:
        a->type = "text/javascript; charset=utf-8";
        ch_buffer_text(&a->body, ch_rate_script);
        break;
    default:
        answer_rater(s, &r, q, a);
    }
}

int ch_rate_serve(const struct ch_rate_serve *o, struct ch_err *e)
{
    struct server *s = calloc(1, sizeof *s);
    struct ch_http *http = NULL;
    int rc = s ? ch_study_open(&s->study, o->study, e)
               : ch_fail(e, CH_ENOMEM, "no memory for the server");

    if (!rc) {
        ch_limit_init(&s->raters, RATE, BURST);
        ch_limit_init(&s->guesses, GUESS_RATE, GUESS_BURST);
        rc = ch_http_open(&http, o->host, o->port, CH_URLFORM_BYTES, answer,
                          s, e);
    }
    if (!rc) {
        ch_http_known_as(http, o->url);
        o->ready(o->context, ch_http_base(http));
        rc = ch_http_run(http, o->stop, e);
    }
    ch_http_close(http);
    if (s)
        ch_study_close(&s->study);
    free(s);
    return rc;
}
