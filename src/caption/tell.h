/* tell.h - captions that were found, in words */
#ifndef CH_CAPTION_TELL_H
#define CH_CAPTION_TELL_H

#include "base/bytes.h"
#include "caption/search.h"
#include "chorus/caption.h"

struct ch_tell {
    const struct ch_vocab *vocab;
    bool words, attention;
    size_t words_most, places;         /* places: 0 when none look */
    double view;                       /* of results; the caller's to set */
    size_t most;                       /* captions of a photo */
    struct ch_caption_result *result;  /* [most] */
    size_t *caption;                   /* [most] where it begins in the text */
    const char **word;                 /* [most][words_most] */
    float *look;                       /* [most][words_most][places] */
    struct ch_buffer text;
};

int ch_tell_open(struct ch_tell *t, const struct ch_search *s,
                 const struct ch_vocab *vocab, struct ch_err *e);
void ch_tell_close(struct ch_tell *t);           /* zeroed is fine */
/* The captions of a photo; *r belongs to t until the next. */
int ch_tell_photo(struct ch_tell *t, const struct ch_search *s, size_t photo,
                  const char *key, int64_t image_id,
                  const struct ch_caption_result **r, struct ch_err *e);

#endif
