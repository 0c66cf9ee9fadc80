/* page.h - results as one HTML file, pictures inside, no network */
#ifndef CHORUS_PAGE_H
#define CHORUS_PAGE_H

#include "chorus/err.h"

#include <signal.h>
#include <stdint.h>

struct ch_page_photo {
    const char *image;            /* path of a JPEG, put into the page */
    const char *caption;
    const char *const *reference; /* what people wrote; may be none */
    size_t reference_count;
    double score;                 /* CIDEr-D of this caption; NaN: not known */
    const char *heading;          /* begins a part of the page, or NULL */
};

struct ch_page_number {
    const char *name;             /* "CIDEr-D" */
    double value;
    double low, high;             /* its interval; NaN: not known */
};

/* What a run's log (RUN/log.jsonl) tells.  The run may still be going on: a
 * last line without its end is left out. */
struct ch_page_run;
int ch_page_run_open(struct ch_page_run **out, const char *folder,
                     struct ch_err *e);
void ch_page_run_close(struct ch_page_run *r);
#define CH_PAGE_RUNS_MOST 8

struct ch_page {
    const char *title;
    const char *subtitle;         /* one line under it, or NULL */
    const struct ch_page_photo *photo;
    size_t photo_count;
    const struct ch_page_number *number;
    size_t number_count;
    struct ch_page_run *const *run;
    size_t run_count;             /* several are compared; 0: none */
};

/* Serves the page of runs, which follows them: who has it open sees what the
 * logs have by now.  A log that is not there yet, or is broken, is told on the
 * page.  Returns when *stop is set.  ready is told the address, as
 * http://127.0.0.1:8600. */
struct ch_page_live {
    const char *title;
    char *const *folder;          /* of runs */
    size_t folder_count;          /* CH_PAGE_RUNS_MOST at most */
    const char *host;             /* an IP address */
    uint16_t port;                /* 0: any that is free */
    const volatile sig_atomic_t *stop;
    void (*ready)(const char *base);
};
int ch_page_live(const struct ch_page_live *o, struct ch_err *e);

/* Whole or absent.  Text is escaped: captions are hostile input. */
int ch_page_write(const struct ch_page *page, const char *path,
                  struct ch_err *e);

#endif
