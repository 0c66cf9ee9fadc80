/* page.h - results as one HTML file, pictures inside, no network */
#ifndef CHORUS_PAGE_H
#define CHORUS_PAGE_H

#include "chorus/err.h"

#include <signal.h>
#include <stdint.h>

struct ch_page_photo {
    const char *image;            /* path of a JPEG, PNG or WebP, put into the
                                     page */
    const char *caption;
    const char *const *reference; /* what people wrote; may be none */
    size_t reference_count;
    double score;                 /* CIDEr-D of this caption; NaN: not known */
    const char *heading;          /* begins a part of the page, or NULL */
    const struct ch_page_look *look;   /* or NULL */
};

/* Where a model looked for each word of a caption. */
struct ch_page_look {
    size_t words, side;
    const char *const *word;
    const float *weight;          /* [words][side][side], each of sum 1 */
    double view;                  /* the photo's shorter side over the side of
                                     the square in its middle that was seen;
                                     0: all of it, squashed into a square */
};

/* The looks that a file of captions tells (JSON lines of chorus caption
 * --attention) of photos; photos of which it tells none keep what they have.
 * Photos are known by the last part of their path. */
struct ch_page_looks;
int ch_page_looks_open(struct ch_page_looks **out, const char *path,
                       struct ch_page_photo *photo, size_t count,
                       struct ch_err *e);
void ch_page_looks_close(struct ch_page_looks *l);

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
/* What the log has had since, without reading the rest again; of another log in
 * its place, all.  After an error the run knows nothing, until it is updated
 * without one. */
int ch_page_run_update(struct ch_page_run *r, struct ch_err *e);
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
    const char *images;           /* folder of the runs' validation photos;
                                     NULL: where their logs say */
};

/* Serves the page of runs, which follows them: who has it open sees what the
 * logs have by now.  A log that is not there yet, or is broken, is told on the
 * page.  Returns when *stop is set.  ready is told the address, as
 * http://127.0.0.1:8600. */
struct ch_page_live {
    const char *title, *images;   /* as above */
    char *const *folder;          /* of runs */
    size_t folder_count;          /* CH_PAGE_RUNS_MOST at most */
    const char *host;             /* an IP address */
    uint16_t port;                /* 0: any that is free */
    const volatile sig_atomic_t *stop;
    void (*ready)(const char *base);
};
int ch_page_live(const struct ch_page_live *o, struct ch_err *e);

/* Whole or absent.  Text is escaped: captions are hostile input.  CH_EUSAGE for
 * the log of one of the runs. */
int ch_page_write(const struct ch_page *page, const char *path,
                  struct ch_err *e);

#endif
