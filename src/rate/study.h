/* study.h - a study: what is rated, by whom, and all that was said
 *
 * A folder with one SQLite file, study.sqlite (while it is served SQLite keeps
 * study.sqlite-wal and -shm beside it).  Photos stay where they are.
 *
 * Life:     create -> fill -> finish     or     open -> use; close
 * Threads:  one handle per thread.
 * Format:   the tables of study.c, version 1.
 */
#ifndef CH_RATE_STUDY_H
#define CH_RATE_STUDY_H

#include "chorus/rate.h"
#include "base/sql.h"

/* The questions.  X(name, title, question, words for 1, 2, 3, 4, 5) */
#define CH_STUDY_SCALES(X)                                                     \
    X(fluency, "Fluency",                                                      \
      "How well is it written, whatever the photo shows?",                     \
      "Broken", "Many mistakes", "Some mistakes", "A small slip",         \
      "No mistake")                                                            \
    X(relevance, "Relevance",                                                  \
      "How much of what it says is true of the photo?",                        \
      "Nothing", "Little", "About half", "Nearly all", "All of it")            \
    X(descriptiveness, "Descriptiveness",                                      \
      "How much of what matters on the photo does it tell?",                   \
      "Nothing", "Little", "About half", "Most", "All that matters")

enum ch_study_scale {
#define CH_STUDY_ENUM(name, ...) CH_STUDY_##name,
    CH_STUDY_SCALES(CH_STUDY_ENUM)
#undef CH_STUDY_ENUM
    CH_STUDY_SCALE_COUNT
};
/* A pair is one question: which describes the photo better? */
#define CH_STUDY_PAIR_NAME "better"
enum ch_study_choice { CH_STUDY_FIRST = 1, CH_STUDY_SAME, CH_STUDY_SECOND };

/* Questions of a task: 3 or 1; and the values of each: 5 or 3. */
size_t ch_study_questions(enum ch_rate_mode mode);
uint32_t ch_study_values(enum ch_rate_mode mode);
/* "fluency", ..., or "better". */
const char *ch_study_question_name(enum ch_rate_mode mode, size_t question);

/* Of a task. */
enum ch_study_state { CH_STUDY_OPEN, CH_STUDY_DONE, CH_STUDY_SKIPPED };

struct ch_study {
    struct ch_sql *sql;
    enum ch_rate_mode mode;
    uint64_t seed;
    uint32_t tasks;            /* usual ones for a rater; 0: all */
    double checks, repeats;    /* shares of them */
    char title[256];
    char images[4096];         /* the folder of photos, absolute */
    char path[4096];           /* of the file */
};

/* The folder must be new or empty.  The members above but sql and path are
 * what is stored.  Nothing of the study is there before finish. */
int ch_study_create(struct ch_study *s, const char *folder, struct ch_err *e);
/* All of it becomes a study, or, when rc is not 0, nothing; gives rc or an
 * error of its own. */
int ch_study_finish(struct ch_study *s, int rc, struct ch_err *e);

int ch_study_open(struct ch_study *s, const char *folder, struct ch_err *e);
void ch_study_close(struct ch_study *s);

#endif
