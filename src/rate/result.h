/* result.h - what the ratings say
 *
 * A caption's mark is the mean of its raters' marks; a system's mark is the
 * mean over photos, and its interval is by Student's t over photos, which are
 * drawn independently, not over raters, who are not.  Checks and repeats count
 * nowhere but in what is said of the raters.
 */
#ifndef CH_RATE_RESULT_H
#define CH_RATE_RESULT_H

#include "chorus/score.h"
#include "rate/correlation.h"
#include "rate/mean.h"
#include "rate/ratings.h"

#define CH_RESULT_LEVEL 0.95
#define CH_RESULT_SCALES CH_STUDY_SCALE_COUNT

/* One system on one scale. */
struct ch_result_mark {
    struct ch_mean mean;               /* n: photos */
    size_t ratings;
    size_t count[5];                   /* of each value */
};

/* Two systems: by choices of pairs, or by marks that one rater gave both. */
struct ch_result_win {
    uint32_t first, second;            /* systems */
    size_t wins, ties, losses;         /* of the first */
    struct ch_interval share;          /* of wins among wins and losses */
    struct ch_mean difference;         /* of marks, by photo; n 0 of pairs */
};

/* Do raters agree on one question? */
struct ch_result_agreement {
    double nominal, ordinal, interval; /* Krippendorff's alpha */
    double linear, quadratic;          /* weighted kappa, mean over pairs of
                                          raters, by what both judged */
    size_t units;                      /* judged by two or more */
    size_t pairs;                      /* of raters, with a kappa */
};

struct ch_result_rater {
    size_t done, skipped, checks, passed, repeats;
    double same;                       /* share of marks a repeat gave again */
    double kappa;                      /* quadratic, with oneself; NaN */
    double with_others;                /* Pearson, with the mean of the others'
                                          marks, mean over questions; NaN */
    double mean[CH_RESULT_SCALES];     /* of the marks given */
    double seconds;                    /* median from task to task; NaN */
    bool is_left_out;                  /* passed too few checks */
};

/* One metric against people. */
struct ch_result_metric {
    bool has;
    struct ch_correlation with[CH_RESULT_SCALES];   /* over captions */
    size_t agreed, decided;            /* pairs: the metric prefers the same */
};

struct ch_result {
    const struct ch_ratings *ratings;
    size_t questions;
    struct ch_result_mark *mark;       /* [systems][questions] */
    struct ch_result_win *win;         /* [pairs of systems][questions] */
    size_t wins;                       /* pairs of systems */
    struct ch_result_agreement agreement[CH_RESULT_SCALES];
    struct ch_result_rater *rater;     /* [raters] */
    struct ch_result_metric metric[CH_METRIC_COUNT];
    size_t scored;                     /* captions with references */
    size_t usual;                      /* ratings */
    size_t raters, left_out;           /* who gave some: who count, who not */
    /* [questions][photos * systems] sums and counts of usual marks */
    double *sum;
    uint32_t *count;
};

/* Raters who passed a smaller share of their checks are left out.  *r is
 * released with ch_result_release() also after an error. */
int ch_result_make(struct ch_result *r, const struct ch_ratings *ratings,
                   double min_checks, struct ch_err *e);
void ch_result_release(struct ch_result *r);

/* Steps of it: result_rater.c, result_agree.c. */
int ch_result_raters(struct ch_result *r, double min_checks, struct ch_err *e);
int ch_result_others(struct ch_result *r, struct ch_err *e);
int ch_result_agree(struct ch_result *r, struct ch_err *e);
/* The metrics of the study's captions against the marks; references may be
 * none.  meteor: its data, or NULL. */
int ch_result_score(struct ch_result *r, const struct ch_study *s,
                    const char *meteor, struct ch_err *e);

/* Is it a usual rating of a rater who counts? */
bool ch_result_counts(const struct ch_result *r, const struct ch_rating *g);
/* The place of a caption in sum and count. */
size_t ch_result_place(const struct ch_result *r, uint32_t question,
                       uint32_t photo, uint32_t system);

#endif
