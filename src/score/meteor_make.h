/* meteor_make.h - making the file of meteor_data.h
 *
 * Life:     open -> add..., in any order -> finish -> close
 *
 * The formats are those of METEOR's own files, all of lines in UTF-8.  What is
 * no such line is CH_EFORMAT with path and byte, as is a phrase of more than
 * CH_METEOR_MAX_PHRASE words.
 */
#ifndef CH_SCORE_METEOR_MAKE_H
#define CH_SCORE_METEOR_MAKE_H

#include "base/bytes.h"
#include "score/meteor_data.h"

struct ch_meteor_make;
int ch_meteor_make_open(struct ch_meteor_make **out, struct ch_err *e);
void ch_meteor_make_close(struct ch_meteor_make *m);

/* One entry of the paraphrase table; the order of entries is kept.  Words are
 * what stands between spaces. */
int ch_meteor_make_paraphrase(struct ch_meteor_make *m, const char *phrase,
                              const char *paraphrase, struct ch_err *e);
/* A word, and below it the numbers of its synsets. */
int ch_meteor_make_synsets(struct ch_meteor_make *m, struct ch_bytes lines,
                           const char *path, struct ch_err *e);
/* A base form, and below it its irregular forms. */
int ch_meteor_make_exceptions(struct ch_meteor_make *m, struct ch_bytes lines,
                              const char *path, struct ch_err *e);
/* A function word on each line. */
int ch_meteor_make_function(struct ch_meteor_make *m, struct ch_bytes lines,
                            const char *path, struct ch_err *e);
/* A word that keeps its full stop on each line, #NUMERIC_ONLY# behind it when
 * only before digits; other lines that begin with # are comments. */
int ch_meteor_make_prefixes(struct ch_meteor_make *m, struct ch_bytes lines,
                            const char *path, struct ch_err *e);

/* Append the file to `out`. */
int ch_meteor_make_finish(struct ch_meteor_make *m, struct ch_buffer *out,
                          struct ch_err *e);

#endif
