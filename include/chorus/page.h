/* page.h - results as one HTML file, pictures inside, no network */
#ifndef CHORUS_PAGE_H
#define CHORUS_PAGE_H

#include "chorus/err.h"

struct ch_page_photo {
    const char *image;            /* path of a JPEG, put into the page */
    const char *caption;
    const char *const *reference; /* what people wrote; may be none */
    size_t reference_count;
    double score;                 /* CIDEr-D of this caption; NaN: not known */
};

struct ch_page_number {
    const char *name;             /* "CIDEr-D" */
    double value;
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

/* Whole or absent.  Text is escaped: captions are hostile input. */
int ch_page_write(const struct ch_page *page, const char *path,
                  struct ch_err *e);

#endif
