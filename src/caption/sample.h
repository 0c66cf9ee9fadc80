/* sample.h - words that are drawn
 *
 * The draw of a word is a function of the seed, the photo's key, the number of
 * the caption, and the step: not of batches or ranks.
 */
#ifndef CH_CAPTION_SAMPLE_H
#define CH_CAPTION_SAMPLE_H

#include "caption/candidate.h"
#include "chorus/err.h"

struct ch_chance {
    float logp;
    int32_t word;
};

struct ch_draw {
    double temperature, top_p;
    size_t top_k;
    uint64_t seed;
    struct ch_chance *chance; /* [V] */
};

int ch_draw_open(struct ch_draw *d, size_t V, struct ch_err *e);
void ch_draw_close(struct ch_draw *d);           /* zeroed is fine */
/* One of the allowed words of a row, or -1; u in [0, 1). */
int32_t ch_draw_word(const struct ch_draw *d, const struct ch_reach *r,
                     double u);
double ch_draw_unit(const struct ch_draw *d, uint64_t key, size_t number,
                    size_t step);

#endif
