/* caption.h - a model says what it sees
 *
 * Life:     open -> run ... -> close
 * Threads:  one handle per thread.
 */
#ifndef CHORUS_CAPTION_H
#define CHORUS_CAPTION_H

#include "chorus/err.h"

#include <stdbool.h>

struct ch_caption_options {
    const char *model;        /* one file: weights, vocabulary, settings */
    const char *encoder;      /* the encoder's JSON where the model's is gone */
    uint64_t beam;            /* 1: greedy */
    uint64_t max_words;       /* longest caption; 0: the model's */
    double length_power;      /* score = ln p / words^power; 0: ln p alone */
    bool allow_unk;           /* otherwise <unk> is never said */
    uint64_t batch;           /* photos decoded together */
    bool skip_bad;            /* unreadable photos are counted, not the end */
    uint64_t threads;
};

struct ch_caption_result {
    const char *key;          /* the photo's path, or its key in the shards */
    int64_t image_id;         /* of the data set, or -1 */
    const char *caption;      /* words with single spaces, lower case */
    double logp;              /* ln p of the words and <end> */
    double score;             /* what the beam ranked by */
};

/* Called once per photo, in the order of the input; what it points to is
 * valid during the call.  Not 0 stops the run with that code. */
typedef int (*ch_caption_fn)(void *context,
                             const struct ch_caption_result *r,
                             struct ch_err *e);

/* Greedy captions of n standardised features [n][F], of at most `most` words
 * each: id [n][most], length [n].  Never <unk>.  The bits of a caption do not
 * depend on the others. */
struct ch_model;
int ch_caption_greedy(const struct ch_model *m, const float *feature, size_t n,
                      size_t most, int32_t *id, size_t *length,
                      struct ch_err *e);

struct ch_captioner;
void ch_caption_defaults(struct ch_caption_options *o);
int ch_captioner_open(struct ch_captioner **out,
                      const struct ch_caption_options *o, struct ch_err *e);
void ch_captioner_close(struct ch_captioner *c);

/* Photos (JPEG, PNG, WebP), and folders (recursively, by name).  *skipped: bad
 * photos, each named in the log. */
int ch_captioner_photos(struct ch_captioner *c, char *const *path,
                        size_t count, ch_caption_fn say, void *context,
                        uint64_t *skipped, struct ch_err *e);
/* A split ("train", "val", "test") of encoded shards; the features must be of
 * the model's encoder.  limit: photos at most, 0: all. */
int ch_captioner_shards(struct ch_captioner *c, const char *shards,
                        const char *split, uint64_t limit, ch_caption_fn say,
                        void *context, struct ch_err *e);

#endif
