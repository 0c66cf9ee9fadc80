/* score.h - how near captions are to what people wrote
 *
 * BLEU-1..4 (Papineni et al., ACL 2002), ROUGE-L (Lin, 2004) and CIDEr-D
 * (Vedantam et al., CVPR 2015) with the arithmetic of coco-caption, smoothing
 * constants and order of summation included.  The tokeniser is not theirs but
 * CH_SCORE_RULE: reports name it, so that nobody compares what is not
 * comparable.
 */
#ifndef CHORUS_SCORE_H
#define CHORUS_SCORE_H

#include "chorus/err.h"

/* How ch_score_run() makes words of texts. */
#define CH_SCORE_RULE "simple"
#define CH_SCORE_RULE_TEXT \
    "simple (lower case, punctuation removed; "                               \
    "not the tokeniser of coco-caption)"

/* The list of metrics: X(name in C, name in reports) */
#define CH_METRICS(X)                                                          \
    X(bleu_1, "BLEU-1")                                                        \
    X(bleu_2, "BLEU-2")                                                        \
    X(bleu_3, "BLEU-3")                                                        \
    X(bleu_4, "BLEU-4")                                                        \
    X(rouge_l, "ROUGE-L")                                                      \
    X(cider_d, "CIDEr-D")

enum ch_metric {
#define CH_METRIC_ENUM(name, title) CH_METRIC_##name,
    CH_METRICS(CH_METRIC_ENUM)
#undef CH_METRIC_ENUM
    CH_METRIC_COUNT
};
extern const char *const ch_metric_title[CH_METRIC_COUNT];

/* One image: one caption, and what people wrote.  All borrowed, UTF-8. */
struct ch_score_item {
    const char *key;
    const char *caption;
    const char *const *reference;
    size_t reference_count;
};

struct ch_scores {
    double corpus[CH_METRIC_COUNT];
    double *item;     /* [count][CH_METRIC_COUNT], freed by release */
    size_t count;
};

/* Captions and references already tokenised: BLEU and CIDEr-D split at any
 * white space of Unicode, ROUGE-L at single U+0020.  An image without
 * references, or no images:
 * CH_EUSAGE that names it. */
int ch_score_tokens(const struct ch_score_item *item, size_t count,
                    struct ch_scores *out, struct ch_err *e);
/* Tokenise, then the same. */
int ch_score_run(const struct ch_score_item *item, size_t count,
                 struct ch_scores *out, struct ch_err *e);
void ch_scores_release(struct ch_scores *s);
/* One JSON object a line: image, and its scores by their titles.  The file is
 * whole or absent. */
int ch_scores_write(const struct ch_scores *s,
                    const struct ch_score_item *item, const char *path,
                    struct ch_err *e);

/* Read captions (JSON lines {"image":..,"caption":..}, as chorus caption
 * --json writes them, or COCO results [{"image_id":..,"caption":..},..]) and
 * references (Flickr token file, COCO captions JSON, or TSV
 * image<TAB>caption, told apart by their bytes).  An image is found by its
 * number where both files have numbers, otherwise by its name, or by the last
 * part of its path where that is unique.
 *
 * One caption per image (CH_EFORMAT otherwise), and references for each
 * (CH_EUSAGE); images with references and no caption are left out and counted
 * in *unscored.  Items are in the order of the captions. */
struct ch_score_input;
int ch_score_input_open(struct ch_score_input **out, const char *captions,
                        const char *references, struct ch_err *e);
const struct ch_score_item *ch_score_input_items(
    const struct ch_score_input *i, size_t *count, size_t *unscored);
void ch_score_input_close(struct ch_score_input *i);

#endif
