/* trace.c - what the ranks did when, for a timeline */
#include "train/trace.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"

struct span {
    double begun_s, end_s;         /* since the trace was opened */
    uint32_t thread, phase;
};

struct ch_trace {
    struct ch_comm *comm;
    char *path;
    double zero_s;
    size_t most, count, steps;     /* most: of all steps */
    bool is_written;
    struct span *span;
};

/* ------------------------------------------------------------------- JSON */

static void put_text(struct ch_json_writer *w, const char *name,
                     const char *text)
{
    ch_json_put_text(w, name, text, strlen(text));
}

/* Viewers show it in place of a bare number. */
static void put_name(struct ch_json_writer *w, int rank)
{
    char text[32];

    snprintf(text, sizeof text, "rank %d", rank);
    ch_json_begin(w, NULL, '{');
    put_text(w, "name", "process_name");
    put_text(w, "ph", "M");
    ch_json_put_int(w, "pid", rank);
    ch_json_begin(w, "args", '{');
    put_text(w, "name", text);
    ch_json_end(w);
    ch_json_end(w);
}

static void put_span(struct ch_json_writer *w, int rank, const struct span *s)
{
    ch_json_begin(w, NULL, '{');
    put_text(w, "name", ch_phase_name((enum ch_phase)s->phase));
    put_text(w, "ph", "X");
    ch_json_put_int(w, "pid", rank);
    ch_json_put_int(w, "tid", s->thread);
    ch_json_put_real(w, "ts", 1e6 * s->begun_s);
    ch_json_put_real(w, "dur", 1e6 * (s->end_s - s->begun_s));
    ch_json_end(w);
}

/* bytes[q]: of rank q's spans, in rank order in `all`. */
static int write_file(const struct ch_trace *t, const struct span *all,
                      const size_t *bytes, struct ch_err *e)
{
    struct ch_buffer text = { 0 };
    struct ch_json_writer w;
    int rc;

    ch_json_writer_init(&w, &text);
    ch_json_begin(&w, NULL, '{');
    put_text(&w, "displayTimeUnit", "ms");
    ch_json_begin(&w, "traceEvents", '[');
    for (int q = 0; q < ch_comm_size(t->comm); q++) {
        put_name(&w, q);
        for (size_t i = 0; i < bytes[q] / sizeof *all; i++)
            put_span(&w, q, all++);
    }
    ch_json_end(&w);
    ch_json_end(&w);
    ch_buffer_text(&text, "\n");
    rc = text.failed ? ch_fail(e, CH_ENOMEM, "cannot hold a trace")
                     : ch_file_write(t->path, text.at, text.size, e);
    ch_buffer_release(&text);
    return rc;
}

/* Collective: rank 0 writes what all have so far. */
static int write_all(const struct ch_trace *t, struct ch_err *e)
{
    int ranks = ch_comm_size(t->comm), rc;
    size_t *bytes = calloc((size_t)ranks, sizeof *bytes), sum = 0;
    size_t own = t->count * sizeof *t->span;
    struct span *all = NULL;

    rc = bytes ? 0 : ch_fail(e, CH_ENOMEM, "cannot hold a trace");
    rc = ch_comm_agree(t->comm, rc, e);
    if (!rc) rc = ch_comm_gather_each(t->comm, &own, bytes, sizeof own, e);
    for (int q = 0; q < ranks && !rc; q++)
        sum += bytes[q];
    if (!rc) {
        all = malloc(sum ? sum : 1);
        rc = all ? 0 : ch_fail(e, CH_ENOMEM, "cannot hold a trace");
        rc = ch_comm_agree(t->comm, rc, e);
    }
    if (!rc) rc = ch_comm_gather(t->comm, t->span, all, bytes, e);
    if (!rc && ch_comm_rank(t->comm) == 0)
        rc = write_file(t, all, bytes, e);
    free(all);
    free(bytes);
    return ch_comm_agree(t->comm, rc, e);
}

/* -------------------------------------------------------------- the trace */

int ch_trace_open(struct ch_trace **out, struct ch_comm *comm, size_t most,
                  const char *path, struct ch_err *e)
{
    struct ch_trace *t = calloc(1, sizeof *t);
    int rc = 0;

    *out = NULL;
    if (t) {
        t->comm = comm;
        t->most = most * CH_TRACE_STEPS;
        t->path = strdup(path);
        t->span = calloc(t->most, sizeof *t->span);
    }
    if (!t || !t->path || !t->span)
        rc = ch_fail(e, CH_ENOMEM, "cannot hold a trace");
    rc = ch_comm_agree(comm, rc, e);
    if (!rc) rc = write_all(t, e);
    if (rc) {
        ch_trace_close(t);
        return rc;
    }
    t->zero_s = ch_clock_s();      /* all have just agreed */
    *out = t;
    return 0;
}

void ch_trace_close(struct ch_trace *t)
{
    if (!t)
        return;
    free(t->span);
    free(t->path);
    free(t);
}

void ch_trace_span(struct ch_trace *t, enum ch_phase phase, size_t thread,
                   double begun_s, double end_s)
{
    if (!t || t->steps == CH_TRACE_STEPS)
        return;
    assert(t->count < t->most);
    t->span[t->count++] = (struct span) {
        begun_s - t->zero_s, end_s - t->zero_s, (uint32_t)thread,
        (uint32_t)phase
    };
}

bool ch_trace_end_step(struct ch_trace *t)
{
    if (!t || t->steps == CH_TRACE_STEPS)
        return false;
    return ++t->steps == CH_TRACE_STEPS;
}

int ch_trace_write(struct ch_trace *t, struct ch_err *e)
{
    if (!t || t->is_written)
        return 0;
    t->is_written = true;
    return write_all(t, e);
}
