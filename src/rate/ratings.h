/* ratings.h - all that raters said, in memory
 *
 * Systems, photos and raters are counted from 0, in the order of the study.
 */
#ifndef CH_RATE_RATINGS_H
#define CH_RATE_RATINGS_H

#include "rate/order.h"
#include "rate/study.h"

struct ch_rating {
    enum ch_order_kind kind;
    uint32_t rater, photo;
    uint32_t first, second;    /* systems; second: of a pair */
    bool is_right;             /* of a check: passed */
    uint32_t value[CH_STUDY_SCALE_COUNT];   /* of a pair [0] alone: an
                                               enum ch_study_choice */
    int64_t at_ms;             /* when it was finished; 0: not known */
};

struct ch_ratings_name {
    char *name;
    bool is_human;             /* of a system */
    size_t skipped;            /* of a rater: tasks */
};

struct ch_ratings {
    enum ch_rate_mode mode;
    struct ch_ratings_name *system, *photo, *rater;
    size_t systems, photos, raters;
    struct ch_rating *rating;  /* finished tasks, by rater, then by time */
    size_t count;
};

/* *r is released with ch_ratings_release() also after an error. */
int ch_ratings_read(struct ch_ratings *r, const struct ch_study *s,
                    struct ch_err *e);
void ch_ratings_release(struct ch_ratings *r);

#endif
