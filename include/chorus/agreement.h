/* agreement.h - do the metrics agree with people?
 *
 * Kendall's rank correlation of each metric with people's ratings, as papers
 * on metrics report it for Flickr8k-Expert (Hodosh et al., JAIR 2013).
 *
 * Ratings: lines "image<TAB>caption id<TAB>rating<TAB>rating...", where the id
 * is that of a caption in the Flickr token file of the references
 * ("1000268201_693b08cb0e.jpg#3").  Each caption is compared with all
 * references of the image.  A caption that is among them is skipped.  Each
 * rating is a row of its own; where images are counted for CIDEr, each row
 * counts.
 */
#ifndef CHORUS_AGREEMENT_H
#define CHORUS_AGREEMENT_H

#include "chorus/score.h"

struct ch_agreement {
    double tau_b[CH_METRIC_COUNT], tau_c[CH_METRIC_COUNT];
    bool has[CH_METRIC_COUNT];
    size_t pairs;          /* captions that were rated and compared */
    size_t skipped;        /* captions that are references of their image */
    size_t rows;           /* ratings */
};

int ch_agreement_run(struct ch_agreement *out, const char *ratings,
                     const char *references,
                     const struct ch_score_options *options,
                     struct ch_err *e);

#endif
