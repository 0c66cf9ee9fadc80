/* trainlog.c - RUN/log.jsonl: what happened, for machines */
#include "train/trainlog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "chorus/version.h"
#include "train/checkpoint.h"
#include "train/events.h"

#define LOG_MAX ((size_t)1 << 32)

struct ch_trainlog {
    FILE *file;
    char *path;
    uint64_t resumed_step;
    struct ch_buffer line;
    struct ch_json_writer w;
    struct ch_events *events;  /* NULL: nobody asked */
};

/* ----------------------------------------------------- lines that are kept */

/* A line cut off by a crash is no JSON, and not kept. */
static int is_kept(const char *line, size_t n, uint64_t last_step, bool *kept,
                   struct ch_err *e)
{
    struct ch_err why = CH_ERR_INIT;
    struct ch_json *o = NULL;
    int rc = ch_json_parse(&o, line, n, "log", &why);

    *kept = !rc && ch_json_int(ch_json_get(o, "step"), 0) <= (int64_t)last_step;
    ch_json_close(o);
    if (rc != CH_ENOMEM)
        return 0;
    *e = why;
    return rc;
}

static int keep_lines(const char *path, uint64_t last_step, struct ch_err *e)
{
    struct ch_buffer kept = { 0 };
    struct ch_bytes bytes;
    char *text = NULL;
    const char *line;
    size_t size = 0, n;
    int rc;

    rc = ch_file_read(path, LOG_MAX, &text, &size, e);
    if (rc)
        return rc;
    bytes = ch_bytes_of(text, size);
    while (!rc && ch_bytes_line(&bytes, &line, &n)) {
        bool is_old = false;

        rc = is_kept(line, n, last_step, &is_old, e);
        if (is_old) {
            ch_buffer_put(&kept, line, n);
            ch_buffer_text(&kept, "\n");
        }
    }
    if (!rc && kept.failed)
        rc = ch_fail(e, CH_ENOMEM, "cannot hold %s", path);
    if (!rc)
        rc = ch_file_write(path, kept.at ? kept.at : "", kept.size, e);
    ch_buffer_release(&kept);
    free(text);
    return rc;
}

/* ------------------------------------------------------ one job at a time */

/* A job that was killed may need a moment to go. */
#define PATIENCE_S 2.0
#define LOOK_AGAIN_NS 50000000

/* Who writes the log has it locked, to the end of its process.  Where a file
 * system knows no locks, nobody is refused. */
static int lock(int fd, const char *path, struct ch_err *e)
{
    const struct timespec pause = { .tv_nsec = LOOK_AGAIN_NS };
    double end_s = ch_clock_s() + PATIENCE_S;

    while (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        if (ch_clock_s() >= end_s)
            return ch_fail_at(e, CH_EIO, path, CH_NO_OFFSET, "another job is "
                              "training this run; wait for it or stop it");
        nanosleep(&pause, NULL);
    }
    return 0;
}

/* The file that is at `path` when it is locked: another job that went on from a
 * checkpoint may have put another one there meanwhile. */
static int open_locked(const char *path, FILE **out, struct ch_err *e)
{
    struct stat locked, there;
    int fd, rc;

    for (;;) {
        fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
        if (fd < 0)
            return ch_fail_errno(e, path, "cannot be written");
        rc = lock(fd, path, e);
        if (!rc && fstat(fd, &locked))
            rc = ch_fail_errno(e, path, "cannot look at it");
        if (rc || (!stat(path, &there) && there.st_dev == locked.st_dev &&
                   there.st_ino == locked.st_ino))
            break;
        close(fd);
    }
    *out = rc ? NULL : fdopen(fd, "ae");
    if (!rc && !*out)
        rc = ch_fail(e, CH_ENOMEM, "cannot hold a log");
    if (rc)
        close(fd);
    return rc;
}

/* --------------------------------------------------------------- the log */

int ch_trainlog_open(struct ch_trainlog **out, const char *path,
                     struct ch_err *e)
{
    struct ch_trainlog *t = calloc(1, sizeof *t);
    int rc;

    *out = NULL;
    if (!t)
        return ch_fail(e, CH_ENOMEM, "cannot hold a log");
    t->path = strdup(path);
    rc = t->path ? open_locked(path, &t->file, e)
                 : ch_fail(e, CH_ENOMEM, "cannot hold a log");
    if (rc)
        ch_trainlog_close(t);
    else
        *out = t;
    return rc;
}

/* The old file is locked until the new one is. */
int ch_trainlog_keep(struct ch_trainlog *t, uint64_t resumed_step,
                     struct ch_err *e)
{
    FILE *kept = NULL;
    int rc;

    t->resumed_step = resumed_step;
    if (!resumed_step)      /* a device has nothing to forget */
        return ftruncate(fileno(t->file), 0) && errno != EINVAL
                   ? ch_fail_errno(e, t->path, "cannot be written") : 0;
    rc = keep_lines(t->path, resumed_step, e);
    if (!rc) rc = open_locked(t->path, &kept, e);
    if (rc)
        return rc;
    fclose(t->file);
    t->file = kept;
    return 0;
}

void ch_trainlog_close(struct ch_trainlog *t)
{
    if (!t)
        return;
    if (t->file)
        fclose(t->file);     /* every line was flushed, and checked */
    ch_events_close(t->events);
    ch_buffer_release(&t->line);
    free(t->path);
    free(t);
}

int ch_trainlog_events(struct ch_trainlog *t, const char *folder,
                       struct ch_err *e)
{
    return ch_events_open(&t->events, folder, t->resumed_step, e);
}

static void put_text(struct ch_json_writer *w, const char *name,
                     const char *text)
{
    ch_json_put_text(w, name, text, strlen(text));
}

static void put_count(struct ch_json_writer *w, const char *name, uint64_t v)
{
    ch_json_put_int(w, name, (int64_t)v);
}

static struct ch_json_writer *begin(struct ch_trainlog *t, const char *kind)
{
    ch_buffer_reset(&t->line);
    ch_json_writer_init(&t->w, &t->line);
    ch_json_begin(&t->w, NULL, '{');
    put_text(&t->w, "kind", kind);
    return &t->w;
}

static int end(struct ch_trainlog *t, struct ch_err *e)
{
    ch_json_end(&t->w);
    ch_buffer_text(&t->line, "\n");
    if (t->line.failed)
        return ch_fail(e, CH_ENOMEM, "cannot hold a line of the log");
    if (fwrite(t->line.at, 1, t->line.size, t->file) != t->line.size ||
        fflush(t->file))
        return ch_fail_errno(e, t->path, "cannot be written");
    return 0;
}

int ch_trainlog_settings(struct ch_trainlog *t,
                         const struct ch_train_options *o,
                         const struct ch_trainlog_facts *f, struct ch_err *e)
{
    struct ch_json_writer *w = begin(t, "settings");

    put_text(w, "version", CH_VERSION);
    put_count(w, "ranks", (uint64_t)f->ranks);
    put_text(w, "kernel", f->kernel);
    ch_checkpoint_put_settings(w, o);
    put_count(w, "epochs", o->epochs);
    put_count(w, "patience", o->patience);
    ch_json_put_real(w, "min-delta", o->min_delta);
    put_count(w, "max-steps", o->max_steps);
    put_count(w, "threads", o->threads);
    put_text(w, "shards", o->shards);
    put_text(w, "photos", f->photos);
    put_count(w, "parameters", f->parameters);
    put_count(w, "images", f->images);
    put_count(w, "captions", f->captions);
    put_count(w, "epoch_words", f->words);
    if (f->left_out)
        put_count(w, "left_out", f->left_out);
    if (t->resumed_step)
        put_count(w, "resumed_step", t->resumed_step);
    return end(t, e);
}

int ch_trainlog_step(struct ch_trainlog *t, const struct ch_trainlog_step *s,
                     struct ch_err *e)
{
    const struct ch_events_value value[] = {
        { "loss/training", s->loss }, { "rate", s->rate },
        { "norm", s->norm }, { "words_per_s", s->words_per_s },
    };
    struct ch_json_writer *w = begin(t, "step");
    int rc;

    put_count(w, "step", s->step);
    put_count(w, "epoch", s->epoch);
    ch_json_put_real(w, "loss", s->loss);
    ch_json_put_real(w, "rate", s->rate);
    ch_json_put_real(w, "norm", s->norm);
    put_count(w, "words", s->words);
    ch_json_put_real(w, "words_per_s", s->words_per_s);
    ch_json_put_real(w, "load_s", s->load_s);
    ch_json_put_real(w, "compute_s", s->compute_s);
    ch_json_put_real(w, "wait_s", s->wait_s);
    ch_json_put_real(w, "update_s", s->update_s);
    rc = end(t, e);
    if (!rc && t->events)
        rc = ch_events_put(t->events, s->step, value,
                           sizeof value / sizeof *value, e);
    return rc;
}

int ch_trainlog_epoch(struct ch_trainlog *t, const struct ch_trainlog_epoch *s,
                      struct ch_err *e)
{
    const struct ch_events_value value[] = {
        { "loss/validation", s->val_loss },
        { "cider_d", s->captions ? s->captions->cider_d : 0 },
        { "bleu_4", s->captions ? s->captions->bleu_4 : 0 },
    };
    struct ch_json_writer *w = begin(t, "epoch");
    int rc;

    put_count(w, "epoch", s->epoch);
    put_count(w, "step", s->step);
    ch_json_put_real(w, "train_loss", s->train_loss);
    ch_json_put_real(w, "val_loss", s->val_loss);
    if (s->captions) {
        ch_json_put_real(w, "cider_d", s->captions->cider_d);
        ch_json_put_real(w, "bleu_4", s->captions->bleu_4);
    }
    ch_json_put_real(w, "rate", s->rate);
    ch_json_put_real(w, "seconds", s->seconds);
    ch_json_put_real(w, "words_per_s", s->words_per_s);
    ch_json_put_bool(w, "best", s->is_best);
    rc = end(t, e);
    if (!rc && t->events)
        rc = ch_events_put(t->events, s->step, value, s->captions ? 3 : 1, e);
    return rc;
}

int ch_trainlog_caption(struct ch_trainlog *t,
                        const struct ch_trainlog_caption *c, struct ch_err *e)
{
    struct ch_json_writer *w = begin(t, "caption");

    put_count(w, "epoch", c->epoch);
    put_count(w, "step", c->step);
    put_text(w, "image", c->image);
    put_text(w, "caption", c->caption);
    return end(t, e);
}

static void put_range(struct ch_json_writer *w, const char *name,
                      const struct ch_straggler_range *r)
{
    ch_json_begin(w, name, '[');
    ch_json_put_real(w, NULL, r->min);
    ch_json_put_real(w, NULL, r->median);
    ch_json_put_real(w, NULL, r->max);
    ch_json_end(w);
}

int ch_trainlog_ranks(struct ch_trainlog *t, uint64_t epoch, uint64_t step,
                      const struct ch_straggler *s, struct ch_err *e)
{
    struct ch_json_writer *w = begin(t, "ranks");

    put_count(w, "epoch", epoch);
    put_count(w, "step", step);
    put_range(w, "load_s", &s->load);
    put_range(w, "compute_s", &s->compute);
    put_range(w, "wait_s", &s->wait);
    put_count(w, "slowest_rank", (uint64_t)s->rank);
    put_text(w, "slowest_host", s->host);
    return end(t, e);
}
