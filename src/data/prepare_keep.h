/* prepare_keep.h - what of the annotations becomes records
 *
 * For prepare.c and check.c only.  Life: zeroed, with o and by set -> read ->
 * release.
 */
#ifndef CH_DATA_PREPARE_KEEP_H
#define CH_DATA_PREPARE_KEEP_H

#include "data/beside.h"
#include "data/prepare_source.h"
#include "data/shard.h"

/* How the reason begins why an image without its file is skipped. */
#define CH_PREPARE_MISSING "no such image"

struct ch_prepare_work {
    const struct ch_prepare_options *o;
    enum ch_prepare_by by;
    struct ch_source source;
    struct ch_vocab_builder *words;    /* of the training split */
    struct ch_vocab *vocab;
    struct ch_manifest manifest;
    enum ch_split writing;     /* the split write_record() is in */
    size_t at;                 /* the image it looks at next */
    struct ch_buffer text;     /* a normalised caption */
    uint64_t images_skipped, captions_skipped, captions_cut;
    struct ch_beside folder;   /* of the shards */
};

/* Read the annotations, normalise the captions, look for the photos.  Images
 * that keep captions can be used, and all of these captions can.  Fills the
 * counts in the manifest, the words of the training split, and what was
 * skipped. */
int ch_prepare_keep_read(struct ch_prepare_work *w, struct ch_err *e);
void ch_prepare_keep_release(struct ch_prepare_work *w);

#endif
