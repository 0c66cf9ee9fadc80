/* page.h - results as one HTML file, pictures inside, no network */
#ifndef CHORUS_PAGE_H
#define CHORUS_PAGE_H

#include "chorus/err.h"

#include <stdbool.h>

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

/* One point of a curve per epoch. */
struct ch_page_epoch {
    double epoch, train_loss, val_loss;
    double cider_d;               /* NaN: nothing was captioned */
    double rate, words_per_s;     /* NaN: not known */
    bool is_best;                 /* when it ended */
};

struct ch_page {
    const char *title;
    const char *subtitle;         /* one line under it, or NULL */
    const struct ch_page_photo *photo;
    size_t photo_count;
    const struct ch_page_number *number;
    size_t number_count;
    const struct ch_page_epoch *epoch;
    size_t epoch_count;           /* 0: no curves */
};

/* Whole or absent.  Text is escaped: captions are hostile input. */
int ch_page_write(const struct ch_page *page, const char *path,
                  struct ch_err *e);

/* The epochs of a training log (RUN/log.jsonl); *out is freed with free().  A
 * last line without its end is still being written, and left out. */
int ch_page_read_log(const char *path, struct ch_page_epoch **out,
                     size_t *count, struct ch_err *e);

#endif
