/* score.h - how near captions are to what people wrote
 *
 * BLEU-1..4 (Papineni et al., ACL 2002), METEOR 1.5 (Denkowski and Lavie, WMT
 * 2014), ROUGE-L (Lin, 2004), CIDEr-D and plain CIDEr (Vedantam et al., CVPR
 * 2015) with the arithmetic of coco-caption, smoothing constants and order of
 * summation included.  What coco-caption, and
 * most papers, print as "CIDEr" is CIDEr-D.
 *
 * Life:     items -> ch_tokens_read() -> ch_score_tokens() -> results, or
 *           items -> ch_score_run() -> results.
 * Threads:  results are the same bits for any number of them.
 */
#ifndef CHORUS_SCORE_H
#define CHORUS_SCORE_H

#include "chorus/err.h"

#include <stdbool.h>

/* How words are made of texts.  Reports name the rule, so that nobody compares
 * what is not comparable.  X(name, what it does) */
#define CH_TOKEN_RULES(X)                                                      \
    X(ptb, "the PTB tokeniser of coco-caption, punctuation removed")           \
    X(simple, "lower case, punctuation removed; not the tokeniser of "         \
              "coco-caption")                                                  \
    X(none, "words are split at white space, as they are")

enum ch_token_rule {
#define CH_TOKEN_ENUM(name, text) CH_TOKENS_##name,
    CH_TOKEN_RULES(CH_TOKEN_ENUM)
#undef CH_TOKEN_ENUM
    CH_TOKEN_RULE_COUNT
};
#define CH_TOKENS_DEFAULT CH_TOKENS_ptb
extern const char *const ch_token_rule_name[CH_TOKEN_RULE_COUNT];
extern const char *const ch_token_rule_text[CH_TOKEN_RULE_COUNT];

/* The list of metrics: X(name in C, name in reports, where it comes from) */
#define CH_METRICS(X)                                                          \
    X(bleu_1, "BLEU-1", "precision of words, Papineni et al. 2002")            \
    X(bleu_2, "BLEU-2", "of words and pairs")                                  \
    X(bleu_3, "BLEU-3", "up to triples")                                       \
    X(bleu_4, "BLEU-4", "up to four words")                                    \
    X(meteor, "METEOR", "matched words, stems, synonyms, paraphrases")         \
    X(rouge_l, "ROUGE-L", "longest common subsequence, Lin 2004")              \
    X(cider_d, "CIDEr-D", "what coco-caption prints as CIDEr")                 \
    X(cider, "CIDEr-plain", "without clipping and penalty for length")

enum ch_metric {
#define CH_METRIC_ENUM(name, title, text) CH_METRIC_##name,
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

/* What BLEU of any set of images is made of. */
struct ch_bleu_counts {
    uint64_t guess[4], correct[4];    /* n-grams said, and those found */
    uint64_t words, reference_words;
};

struct ch_scores {
    double corpus[CH_METRIC_COUNT];
    bool has[CH_METRIC_COUNT];        /* the metric could be computed */
    double *item;     /* [count][CH_METRIC_COUNT], freed by release */
    struct ch_bleu_counts *bleu;      /* [count] */
    struct ch_meteor_stats *meteor;   /* [count], or NULL without METEOR */
    size_t count;
    size_t cider_images;              /* whose n-grams CIDEr's weights count */
};

struct ch_score_options {
    enum ch_token_rule rule;  /* that makes, or made, the tokens */
    size_t threads;           /* 0: as many as there are cores */
    const char *meteor;       /* METEOR's data, or NULL: without METEOR */
    const char *df;           /* document frequencies for CIDEr, or NULL:
                                 those of the references */
    uint32_t copies;          /* rows that each item stands for where images
                                 are counted for CIDEr; 0: one */
};

/* Captions and references already tokenised: BLEU and CIDEr split at any white
 * space of Unicode, ROUGE-L at single U+0020.  An image without references, or
 * no images: CH_EUSAGE that names it.  options: NULL for none. */
int ch_score_tokens(const struct ch_score_item *item, size_t count,
                    const struct ch_score_options *options,
                    struct ch_scores *out, struct ch_err *e);
/* Tokenise, then the same. */
int ch_score_run(const struct ch_score_item *item, size_t count,
                 const struct ch_score_options *options,
                 struct ch_scores *out, struct ch_err *e);
void ch_scores_release(struct ch_scores *s);

/* Write how many images' references have each n-gram, for options.df. */
int ch_score_write_df(const struct ch_score_item *tokens, size_t count,
                      enum ch_token_rule rule, const char *path,
                      struct ch_err *e);
/* METEOR's data, where it is looked for: $CHORUS_METEOR, then next to the
 * program (../share/chorus and ../meteor); a path into `out`, or NULL. */
const char *ch_score_find_meteor(char *out, size_t size);

/* Items of the same order whose texts are tokenised; keys are borrowed. */
struct ch_tokens {
    struct ch_score_item *item;
    size_t count;
    const char **reference;   /* what the items point into */
    char *text, *more;
};
/* *t is released with ch_tokens_release() also after an error.  By the rule ptb
 * all captions are one text and all references another, in the order of the
 * items, as in coco-caption: a few tokens depend on what follows.  options:
 * their rule and threads count; NULL for none. */
int ch_tokens_read(struct ch_tokens *t, const struct ch_score_item *item,
                   size_t count, const struct ch_score_options *options,
                   struct ch_err *e);
void ch_tokens_release(struct ch_tokens *t);

#endif
