/* score_report.h - all that was found out about captions, as text or JSON
 *
 * Everything but scores may be NULL.  *out is freed with free().
 */
#ifndef CHORUS_SCORE_REPORT_H
#define CHORUS_SCORE_REPORT_H

#include "chorus/agreement.h"
#include "chorus/score_input.h"
#include "chorus/score_stats.h"
#include "chorus/significance.h"

struct ch_score_report {
    const struct ch_scores *scores;
    struct ch_score_left left;
    enum ch_token_rule rule;
    const char *df;                            /* its file, or NULL */
    const struct ch_significance_options *draws;
    const struct ch_interval *interval;        /* [CH_METRIC_COUNT] */
    const char *other;                         /* the other file's name */
    const struct ch_scores *other_scores;
    const struct ch_comparison *comparison;    /* [CH_METRIC_COUNT] */
    const struct ch_score_stats *stats;
};

int ch_score_report_text(const struct ch_score_report *r, char **out,
                         struct ch_err *e);
int ch_score_report_json(const struct ch_score_report *r, char **out,
                         struct ch_err *e);

/* The same of agreement with people. */
int ch_score_report_agreement(const struct ch_agreement *a,
                              enum ch_token_rule rule, bool as_json,
                              char **out, struct ch_err *e);

#endif
