/* caption.h - a model says what it sees
 *
 * Life:     open -> run -> close
 * Threads:  one handle per thread.
 * Ranks:    run is collective when there is a ch_caption_share.
 */
#ifndef CHORUS_CAPTION_H
#define CHORUS_CAPTION_H

#include "chorus/decode.h"
#include "chorus/err.h"

#define CH_CAPTION_MODELS_MOST 16
#define CH_CAPTION_PRECISIONS "model|f32|bf16"

struct ch_caption_options {
    const char *model;        /* one file: weights, vocabulary, settings */
    const char *encoder;      /* the encoder's JSON where the model's is gone */
    const char *const *more;  /* models that speak with it: the mean of their
                                 probabilities */
    size_t more_count;
    struct ch_decode_options decode;
    int precision;            /* of the decoder's products: 0 as each model was
                                 trained, 1 f32, 2 bf16 */
    uint64_t batch;           /* photos decoded together */
    uint64_t threads;         /* of the encoder; 0: one for each core */
};

/* What is said of one photo.  0 and NULL where the search does not tell. */
struct ch_caption_result {
    const char *key;          /* the photo as it was named, or its key in the
                                 shards */
    int64_t image_id;         /* of the data set, or -1 */
    const char *caption;      /* words with single spaces, lower case */
    double logp;              /* ln p of the words and <end> */
    double score;             /* what the beam ranked by */
    size_t word_count;
    const char *const *word;
    const float *word_logp;   /* [word_count + 1], <end> last */
    size_t places;            /* that the decoder looks at */
    const float *attention;   /* [word_count][places] */
    double view;              /* with it: the photo's shorter side over the side
                                 of the square in its middle that is seen; 0:
                                 all of the photo, squashed into a square */
    size_t more_count;        /* n best, the best first, which is this one */
    const struct ch_caption_result *more;
};

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

/* What is captioned: photos, or a split of encoded shards whose features are of
 * the model's encoder. */
struct ch_caption_input {
    char *const *path;        /* photos (JPEG, PNG, WebP); folders, recursively,
                                 by name; "-": one photo's bytes on stdin;
                                 "@FILE": a list */
    size_t path_count;
    const char *const *list;  /* files with a name a line, "-": stdin; they come
                                 after the paths */
    size_t list_count;
    const char *ids;          /* COCO's JSON, or lines of name, tab, image_id;
                                 NULL: the 12 digits of COCO's names */
    const char *shards;       /* or NULL */
    const char *split;        /* train, val or test */
    uint64_t limit;           /* photos at most, 0: all */
};

/* text: photo, tab, caption.  coco: results for the field's evaluation server,
 * where each photo needs an image_id of its own. */
enum ch_caption_form { CH_CAPTION_TEXT, CH_CAPTION_JSONL, CH_CAPTION_COCO,
                       CH_CAPTION_CSV, CH_CAPTION_FORM_COUNT };
#define CH_CAPTION_FORMS "text|jsonl|coco|csv"

struct ch_caption_output {
    const char *path;         /* whole or absent; NULL: stdout, as it comes */
    int form;
    bool sentence;            /* a capital, a full stop, spaces as people set
                                 them */
    const char *maps;         /* folder for a page per photo that shows where
                                 each word looks; or NULL */
};

/* How ranks talk; all three are collective. */
struct ch_caption_share {
    int rank, size;
    void *context;
    int (*broadcast)(void *context, void *data, size_t bytes,
                     struct ch_err *e);
    int (*gather)(void *context, const void *mine, void *all,
                  const size_t *bytes, struct ch_err *e);
    int (*agree)(void *context, int rc, struct ch_err *e);
};

struct ch_caption_counts {
    uint64_t photos;          /* that were named */
    uint64_t bad;             /* of them; each is told in the log, but for an
                                 input of one photo */
    struct ch_err first;      /* what is wrong with the first of them */
};

/* Caption all of the input, in its order.  A bad photo is told, and the rest
 * go on; the bytes do not depend on ranks, threads or batches.  share: NULL for
 * one rank.  Rank 0 reads the names and writes. */
int ch_captioner_run(struct ch_captioner *c, const struct ch_caption_input *in,
                     const struct ch_caption_output *out,
                     const struct ch_caption_share *share,
                     struct ch_caption_counts *counts, struct ch_err *e);

#endif
