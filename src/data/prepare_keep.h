/* prepare_keep.h - what of the annotations becomes records
 *
 * For prepare.c only.  Life: zeroed, with o set -> read -> release.
 */
#ifndef CH_DATA_PREPARE_KEEP_H
#define CH_DATA_PREPARE_KEEP_H

#include "chorus/prepare.h"
#include "data/shard.h"

/* One image that is kept. */
struct ch_prepare_kept {
    const struct ch_source_image *image;
    char **text;               /* normalised captions */
    const char **raw;          /* the same, as written */
    size_t count;
};

struct ch_prepare_work {
    const struct ch_prepare_options *o;
    struct ch_source source;
    struct ch_prepare_kept *kept;  /* of all splits, in the files' order */
    size_t kept_count;
    size_t *of[CH_SPLIT_COUNT];    /* places in kept, per split */
    struct ch_vocab *vocab;
    struct ch_manifest manifest;
    enum ch_split writing;     /* the split write_record() is in */
    uint64_t images_skipped, captions_skipped, captions_cut;
    char out[4096];            /* without a slash at its end */
    char beside[4096];
};

/* A split's annotation file or list, and its own folder of photos; or NULL. */
const char *ch_prepare_keep_annotations(const struct ch_prepare_options *o,
                                        enum ch_split split);
const char *ch_prepare_keep_images(const struct ch_prepare_options *o,
                                   enum ch_split split);

/* Read the annotations, normalise the captions, look for the photos, and sort
 * what can be used by split: fills the list, its counts in the manifest, and
 * what was skipped. */
int ch_prepare_keep_read(struct ch_prepare_work *w, struct ch_err *e);
void ch_prepare_keep_release(struct ch_prepare_work *w);

#endif
