/* prepare.h - annotation files and photos become shards
 *
 * Reads one data set's own annotation files, normalises the captions, builds
 * the vocabulary from the training split, and writes LMDB shards with a
 * manifest (layout: src/data/shard.h).  No pixel is decoded here.
 *
 * Files:  the folder is whole or absent: it is written beside and renamed.
 */
#ifndef CHORUS_PREPARE_H
#define CHORUS_PREPARE_H

#include "chorus/err.h"

#include <stdbool.h>

/* X(name, word, file of captions for all splits: 1 needed, 0 one of two ways,
 *   whether the file can tell the split of each image) */
#define CH_ANNOTATIONS(X)                                                      \
    X(CH_ANNOTATIONS_FLICKR, "flickr", 1, 0)                                   \
    X(CH_ANNOTATIONS_FLICKR_CSV, "flickr-csv", 1, 0)                           \
    X(CH_ANNOTATIONS_COCO, "coco", 0, 0)                                       \
    X(CH_ANNOTATIONS_KARPATHY, "karpathy", 1, 1)                               \
    X(CH_ANNOTATIONS_GENOME, "genome", 1, 0)                                   \
    X(CH_ANNOTATIONS_TSV, "tsv", 0, 0)                                         \
    X(CH_ANNOTATIONS_CSV, "csv", 0, 1)                                         \
    X(CH_ANNOTATIONS_JSONL, "jsonl", 0, 1)

enum ch_annotations {
#define CH_ANNOTATIONS_ENUM(name, word, one, given) name,
    CH_ANNOTATIONS(CH_ANNOTATIONS_ENUM)
#undef CH_ANNOTATIONS_ENUM
};

/* How images are divided among the splits.  AUTO: by file without `captions`;
 * otherwise by list when there is a list, or as given by the file. */
enum ch_prepare_by { CH_PREPARE_AUTO, CH_PREPARE_FILE, CH_PREPARE_GIVEN,
                     CH_PREPARE_LIST, CH_PREPARE_HASH };
#define CH_PREPARE_BY "auto|file|given|list|hash"

enum ch_prepare_regions { CH_REGIONS_CROP, CH_REGIONS_WHOLE };
#define CH_PREPARE_REGIONS "crop|whole"

struct ch_prepare_options {
    enum ch_annotations format;
    const char *captions;      /* annotations of all splits in one file; NULL:
                                  each split has its own */
    const char *train, *val, *test; /* by file: annotation files; by list: lists
                                  of file names; NULL: no such split */
    enum ch_prepare_by by;
    double val_part, test_part;    /* by hash: parts of the images */
    bool restval;              /* Karpathy's "restval" joins train */
    enum ch_prepare_regions regions; /* Visual Genome: each region is a picture,
                                  or a caption of the whole photo */
    uint64_t min_region;       /* pixels of a region's shorter side, at least */
    const char *images;        /* folder of the photos; NULL when each split
                                  has its own */
    const char *train_images, *val_images, *test_images; /* where they differ,
                                  as in COCO; NULL: the one above */
    const char *out;           /* folder to make; must not exist */
    uint64_t shards;           /* per split */
    uint64_t max_words;        /* size of the vocabulary's word list */
    uint64_t min_count;        /* words seen less often become <unk> */
    uint64_t max_length;       /* words of a caption that are kept, <= 50 */
    bool skip_bad;             /* missing images and empty captions are listed
                                  in skipped.jsonl instead of ending the run */
};

struct ch_prepare_split {
    uint64_t images, captions, words;
};

struct ch_prepare_result {
    struct ch_prepare_split split[3];  /* train, val, test */
    /* Read = kept (the splits above) + skipped, of images and of captions.
     * Captions of images that are in no split are not read. */
    uint64_t images_read, captions_read;
    uint64_t images_skipped, captions_skipped;
    uint64_t skipped;                  /* lines of skipped.jsonl: images, and
                                          captions of images that are kept */
    uint64_t captions_cut;             /* kept to max_length words */
    uint64_t vocabulary;               /* ids, marks and <unk> included */
    uint64_t words_kept, words_all;    /* training words in the vocabulary */
};

/* Defaults of every field that has one; paths are NULL. */
void ch_prepare_defaults(struct ch_prepare_options *o);

int ch_prepare_run(const struct ch_prepare_options *o,
                   struct ch_prepare_result *result, struct ch_err *e);

#endif
