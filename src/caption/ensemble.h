/* ensemble.h - several decoders that speak with one voice
 *
 * They say the mean of their probabilities.  All have the same vocabulary and
 * look at as many places.
 *
 * Life:   open (packs the weights) -> (begin -> next, pick ...) ... -> close
 */
#ifndef CH_CAPTION_ENSEMBLE_H
#define CH_CAPTION_ENSEMBLE_H

#include "net/decoder.h"

/* A trained decoder, borrowed until close. */
struct ch_voice {
    const struct ch_decoder *decoder;
    const float *params;
};

struct ch_ensemble {
    size_t count, V, L;
    struct ch_voice *voice;                  /* [count] */
    struct ch_decoder_state *state;          /* [count] */
    float **said;                            /* [count] of [rows][V] */
    struct ch_arena arena;
    float *logp;              /* [rows][V], after next */
    float *look;              /* [rows][L]: the mean of where they look; NULL:
                                 one of them does not */
};

/* For up to `rows` rows.  CH_EUSAGE when they do not fit together. */
int ch_ensemble_open(struct ch_ensemble *x, const struct ch_voice *voice,
                     size_t count, size_t rows, struct ch_err *e);
void ch_ensemble_close(struct ch_ensemble *x);   /* zeroed is fine */

/* feature [count]: each decoder's own, [n][F] or [n][L][F], standardised. */
void ch_ensemble_begin(struct ch_ensemble *x, const float *const *feature,
                       size_t n);
size_t ch_ensemble_rows(const struct ch_ensemble *x);
/* Feed a word to each row. */
void ch_ensemble_next(struct ch_ensemble *x, const int32_t *word);
/* As ch_decoder_pick(). */
void ch_ensemble_pick(struct ch_ensemble *x, const size_t *from,
                      size_t count);

#endif
