/* rate_csv.h - ratings as a table with commas
 *
 * One row for each answer: rater, kind (usual, check or repeat), image, system,
 * other (the second system of a pair), scale, value, finished (seconds since
 * 1970, or empty).  A value is 1 to 5, or first, same or second.  A check names
 * no systems.
 */
#ifndef CH_RATE_RATE_CSV_H
#define CH_RATE_RATE_CSV_H

#include "base/bytes.h"
#include "rate/ratings.h"

void ch_rate_csv_put(struct ch_buffer *out, const struct ch_ratings *r);

/* Rows of a study of the same mode, images and systems become its ratings;
 * raters who are not there are made.  Columns may have any order; kind, other
 * and finished may be missing.  Checks are counted in *left, not read.  Inside
 * a transaction. */
int ch_rate_csv_read(struct ch_study *s, const char *text, size_t n,
                     const char *path, struct ch_rate_imported *made,
                     struct ch_err *e);

#endif
