/* score_output.h - scores as files: JSON lines and CSV
 *
 * Files are whole or absent.
 */
#ifndef CHORUS_SCORE_OUTPUT_H
#define CHORUS_SCORE_OUTPUT_H

#include "chorus/score.h"

/* One JSON object a line: image, and its scores by their titles. */
int ch_scores_write(const struct ch_scores *s,
                    const struct ch_score_item *item, const char *path,
                    struct ch_err *e);
/* The same as CSV (RFC 4180): a line of titles, then image, scores, caption. */
int ch_scores_write_csv(const struct ch_scores *s,
                        const struct ch_score_item *item, const char *path,
                        struct ch_err *e);

#endif
