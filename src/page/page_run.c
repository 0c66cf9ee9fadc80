/* page_run.c - what a run's log tells, in memory */
#include "page/page_run.h"

#include "base/file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LOG_LIMIT ((size_t)1 << 30)

static double real(const struct ch_json *line, const char *name)
{
    return ch_json_real(ch_json_get(line, name), NAN);
}

/* Room for one more element of `size` bytes; list: the address of the pointer
 * to them, which are of any type. */
static int grow(void *list, size_t count, size_t *room, size_t size,
                struct ch_err *e)
{
    size_t more = *room ? 2 * *room : 64;
    void *at;

    if (count < *room)
        return 0;
    memcpy(&at, list, sizeof at);
    at = realloc(at, more * size);
    if (!at)
        return ch_fail(e, CH_ENOMEM, "cannot hold %zu lines of a log", more);
    memcpy(list, &at, sizeof at);
    *room = more;
    return 0;
}

static int add_step(struct ch_page_run *r, const struct ch_json *line,
                    struct ch_err *e)
{
    int rc = grow(&r->step, r->steps, &r->step_room, sizeof *r->step, e);

    if (rc)
        return rc;
    r->step[r->steps] = (struct ch_page_step) {
        .step = real(line, "step"), .epoch = real(line, "epoch"),
        .loss = real(line, "loss"), .rate = real(line, "rate"),
        .norm = real(line, "norm"), .words_per_s = real(line, "words_per_s"),
        .load_s = real(line, "load_s"), .compute_s = real(line, "compute_s"),
        .wait_s = real(line, "wait_s"), .update_s = real(line, "update_s"),
    };
    if (isfinite(r->step[r->steps].step) && isfinite(r->step[r->steps].epoch))
        r->steps++;
    return 0;
}

static int add_epoch(struct ch_page_run *r, const struct ch_json *line,
                     struct ch_err *e)
{
    int rc = grow(&r->epoch, r->epochs, &r->epoch_room, sizeof *r->epoch, e);

    if (rc)
        return rc;
    r->epoch[r->epochs] = (struct ch_page_epoch) {
        .step = real(line, "step"), .epoch = real(line, "epoch"),
        .train_loss = real(line, "train_loss"),
        .val_loss = real(line, "val_loss"), .cider_d = real(line, "cider_d"),
        .bleu_4 = real(line, "bleu_4"), .seconds = real(line, "seconds"),
        .words_per_s = real(line, "words_per_s"),
        .is_best = ch_json_bool(ch_json_get(line, "best"), false),
    };
    if (isfinite(r->epoch[r->epochs].step) &&
        isfinite(r->epoch[r->epochs].epoch))
        r->epochs++;
    return 0;
}

static void read_range(double out[3], const struct ch_json *line,
                       const char *name)
{
    for (size_t i = 0; i < 3; i++)
        out[i] = ch_json_real(ch_json_at(ch_json_get(line, name), i), NAN);
}

static int add_ranks(struct ch_page_run *r, const struct ch_json *line,
                     struct ch_err *e)
{
    struct ch_page_ranks *to;
    int rc = grow(&r->ranks, r->rank_lines, &r->rank_room, sizeof *r->ranks, e);

    if (rc)
        return rc;
    to = &r->ranks[r->rank_lines];
    to->epoch = real(line, "epoch");
    read_range(to->load_s, line, "load_s");
    read_range(to->compute_s, line, "compute_s");
    read_range(to->wait_s, line, "wait_s");
    to->slowest = ch_json_int(ch_json_get(line, "slowest_rank"), 0);
    snprintf(to->host, sizeof to->host, "%s",
             ch_json_text(ch_json_get(line, "slowest_host"), ""));
    r->rank_lines += isfinite(to->epoch);
    return 0;
}

static int add_said(struct ch_page_run *r, const struct ch_json *line,
                    struct ch_err *e)
{
    int rc = grow(&r->said, r->saids, &r->said_room, sizeof *r->said, e);
    double epoch = real(line, "epoch");
    struct ch_page_said *to;

    if (rc || !isfinite(epoch))
        return rc;
    to = &r->said[r->saids++];
    to->epoch = epoch;
    to->image = strdup(ch_json_text(ch_json_get(line, "image"), ""));
    to->caption = strdup(ch_json_text(ch_json_get(line, "caption"), ""));
    return to->image && to->caption
           ? 0 : ch_fail(e, CH_ENOMEM, "cannot hold a caption");
}

/* A settings line is kept, the others are closed. */
static int add_line(struct ch_page_run *r, struct ch_json *line,
                    struct ch_err *e)
{
    const char *kind = ch_json_text(ch_json_get(line, "kind"), "");
    int rc = 0;

    if (!strcmp(kind, "settings")) {
        ch_json_close(r->settings);
        r->settings = line;
        return 0;
    }
    if (!strcmp(kind, "step"))
        rc = add_step(r, line, e);
    else if (!strcmp(kind, "epoch"))
        rc = add_epoch(r, line, e);
    else if (!strcmp(kind, "ranks"))
        rc = add_ranks(r, line, e);
    else if (!strcmp(kind, "caption"))
        rc = add_said(r, line, e);
    ch_json_close(line);
    return rc;
}

static int add_lines(struct ch_page_run *r, const char *path,
                     const char *text, size_t n, struct ch_err *e)
{
    struct ch_bytes b = ch_bytes_of(text, n);
    const char *line;
    size_t length;
    int rc = 0;

    while (!rc && ch_bytes_line(&b, &line, &length)) {
        struct ch_json *document;

        rc = ch_json_parse(&document, line, length, path, e);
        if (!rc) rc = add_line(r, document, e);
        if (rc)
            return ch_err_wrap_at(e, path, "line %llu",
                                  (unsigned long long)r->read.lines + 1);
        r->read.lines++;
    }
    return rc;
}

/* ------------------------------------------------------- what is new of it */

static void forget(struct ch_page_run *r)
{
    ch_json_close(r->settings);
    for (size_t i = 0; i < r->saids; i++) {
        free(r->said[i].image);
        free(r->said[i].caption);
    }
    r->settings = NULL;
    r->steps = r->epochs = r->rank_lines = r->saids = 0;
    r->read = (struct ch_page_place) { 0 };
}

static int read_at(FILE *f, const char *path, uint64_t at, char *out, size_t n,
                   struct ch_err *e)
{
    if (fseeko(f, (off_t)at, SEEK_SET) != 0 || fread(out, 1, n, f) != n)
        return ch_fail_errno(e, path, "cannot be read");
    return 0;
}

/* A run that goes on after a stop writes its log anew; another run may have
 * taken its place. */
static bool is_same(const struct ch_page_place *p, FILE *f,
                    const struct stat *now)
{
    char tail[CH_PAGE_TAIL];
    struct ch_err e = CH_ERR_INIT;

    return p->inode == now->st_ino && p->bytes <= (uint64_t)now->st_size &&
           !read_at(f, "", p->bytes - p->tail_bytes, tail, p->tail_bytes, &e) &&
           !memcmp(tail, p->tail, p->tail_bytes);
}

static void keep_place(struct ch_page_place *p, const struct stat *now,
                       const char *text, size_t n)
{
    size_t kept = n < sizeof p->tail ? n : sizeof p->tail;

    p->inode = now->st_ino;
    p->bytes += n;
    if (!n)
        return;
    memcpy(p->tail, text + n - kept, kept);
    p->tail_bytes = kept;
}

static int read_new(struct ch_page_run *r, FILE *f, const char *path,
                    struct ch_err *e)
{
    struct stat now;
    uint64_t left;
    char *text;
    size_t n;
    int rc;

    if (fstat(fileno(f), &now) != 0)
        return ch_fail_errno(e, path, "cannot be read");
    if (!is_same(&r->read, f, &now))
        forget(r);
    left = (uint64_t)now.st_size - r->read.bytes;
    if (left > LOG_LIMIT)
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET, "expected a log "
                          "of at most %zu bytes", LOG_LIMIT);
    n = (size_t)left;
    text = malloc(n + 1);
    if (!text)
        return ch_fail(e, CH_ENOMEM, "cannot hold a log");
    rc = read_at(f, path, r->read.bytes, text, n, e);
    while (n > 0 && text[n - 1] != '\n')
        n--;
    if (!rc) rc = add_lines(r, path, text, n, e);
    if (rc)
        forget(r);
    else
        keep_place(&r->read, &now, text, n);
    free(text);
    return rc;
}

int ch_page_run_update(struct ch_page_run *r, struct ch_err *e)
{
    char path[4096];
    FILE *f;
    int rc = ch_file_join(path, sizeof path, r->name, "log.jsonl", e);

    if (rc)
        return rc;
    f = fopen(path, "re");
    if (!f)
        return ch_fail_errno(e, path, "cannot be opened");
    rc = read_new(r, f, path, e);
    fclose(f);
    if (!rc && !r->settings)
        rc = ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET, "expected a line of "
                        "settings, as chorus train writes it first");
    return rc;
}

int ch_page_run_open(struct ch_page_run **out, const char *folder,
                     struct ch_err *e)
{
    struct ch_page_run *r = calloc(1, sizeof *r);
    int rc;

    *out = NULL;
    if (r)
        r->name = strdup(folder);
    if (!r || !r->name) {
        free(r);
        return ch_fail(e, CH_ENOMEM, "cannot hold a run");
    }
    rc = ch_page_run_update(r, e);
    if (rc)
        ch_page_run_close(r);
    else
        *out = r;
    return rc;
}

void ch_page_run_close(struct ch_page_run *r)
{
    if (!r)
        return;
    forget(r);
    free(r->name);
    free(r->said);
    free(r->step);
    free(r->epoch);
    free(r->ranks);
    free(r);
}

const struct ch_page_epoch *ch_page_run_best(const struct ch_page_run *r)
{
    for (size_t i = r->epochs; i-- > 0;)
        if (r->epoch[i].is_best)
            return &r->epoch[i];
    return NULL;
}
