/* tag.h - captions and nouns of a collection of photos, in one SQLite file
 *
 * The index holds of each photo its absolute path, size and time, caption,
 * tags (the nouns of the caption) and the encoder's features.  A run captions
 * photos that are new or changed, drops those that are gone from the folders
 * it is given, and leaves the rest; it commits every few photos, so one that
 * was ended goes on where it was.
 */
#ifndef CHORUS_TAG_H
#define CHORUS_TAG_H

#include "chorus/caption.h"

struct ch_tag_options {
    struct ch_caption_options caption;
    const char *index;        /* the SQLite file, made when it is not there */
    char *const *photo;       /* photos, and folders, recursively */
    size_t photo_count;
    const char *links;        /* where a folder for each tag is, or NULL */
    bool hard;                /* hard links, not symbolic ones */
};

struct ch_tag_counts {
    uint64_t photos;          /* that were found */
    uint64_t captioned;       /* new, or changed since */
    uint64_t kept;            /* that were there, and are the same */
    uint64_t gone;            /* dropped from the index */
    uint64_t bad;             /* each is told in the log, and not indexed */
    uint64_t unread;          /* folders in those that were named: the same;
                                 what the index has of them stays */
    uint64_t links, links_kept, links_bad;    /* made, there before, refused */
    uint64_t links_gone;      /* removed: of photos that are gone */
};

/* CH_EUSAGE when another model, or beam, made the index, when another run
 * writes to it, or when links would lie among the photos. */
int ch_tag_run(const struct ch_tag_options *o, struct ch_tag_counts *n,
               struct ch_err *e);

#endif
