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

enum ch_annotations { CH_ANNOTATIONS_FLICKR, CH_ANNOTATIONS_COCO,
                      CH_ANNOTATIONS_TSV };

struct ch_prepare_options {
    enum ch_annotations format;
    const char *captions;      /* Flickr token file; NULL otherwise */
    const char *train, *val, *test; /* Flickr: lists of file names; COCO and
                                  TSV: annotation files; NULL: no such split */
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
