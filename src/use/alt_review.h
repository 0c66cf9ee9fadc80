/* alt_review.h - the file in which people read what is proposed
 *
 * CSV with the columns page, line, image and alt, or, when its name ends in
 * .json, a JSON array of objects with those members.  Of photos that are on no
 * page there are image and alt alone; page is "" then.
 */
#ifndef CH_USE_ALT_REVIEW_H
#define CH_USE_ALT_REVIEW_H

#include "base/file.h"
#include "base/hash.h"

#include <stdbool.h>

struct ch_alt_row {
    char *page, *image;       /* owned */
    char *alt;                /* owned; NULL: not known yet, not written */
    uint64_t line;
    size_t photo;             /* for the caller */
    bool is_used;             /* the same */
    bool is_saved;            /* the file has, or had, it */
};

struct ch_alt_review {
    bool has_pages;
    struct ch_table *index;
    struct ch_alt_row *row;
    size_t count, room;
    struct ch_file_id file;   /* as it was read or written last; zero: never */
    char other[64];           /* a column of the file that is none of ours */
};

int ch_alt_review_open(struct ch_alt_review *r, bool has_pages,
                       struct ch_err *e);
void ch_alt_review_close(struct ch_alt_review *r);    /* zeroed is fine */
/* The row of a picture, or NULL; valid until the next add. */
struct ch_alt_row *ch_alt_review_find(const struct ch_alt_review *r,
                                      const char *page, const char *image);
/* A row that is not there yet; alt may be NULL. */
int ch_alt_review_add(struct ch_alt_review *r, const char *page, uint64_t line,
                      const char *image, const char *alt, struct ch_err *e);
int ch_alt_review_read(struct ch_alt_review *r, const char *path,
                       struct ch_err *e);
/* CH_EUSAGE when writing would lose what the file that was read has besides. */
int ch_alt_review_check(const struct ch_alt_review *r, const char *path,
                        struct ch_err *e);
/* What somebody has written into the file since stays: then it is read again,
 * and gets the rows that are new.  A row that was taken out is forgotten. */
int ch_alt_review_write(struct ch_alt_review *r, const char *path,
                        struct ch_err *e);

#endif
