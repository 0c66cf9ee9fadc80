/* alt_photo.h - alt texts for a folder of photos
 *
 * Propose, let somebody read the review file, apply: what is written is what
 * the review file says.
 *
 * Photos are the files .jpg, .jpeg, .png and .webp under the folder.  The
 * review file is CSV with the columns image (a path in the folder) and alt, or
 * a JSON array of such objects when its name ends in .json; who gives it back
 * may change alt, or empty it: then nothing is written.
 *
 * Texts are written into XMP sidecars, PHOTO.xmp (as IMG_1.jpg.xmp), as
 * dc:description and Iptc4xmpCore:AltTextAccessibility in the language
 * x-default.  Photos are never changed.  A photo whose sidecar, by this name or
 * with .xmp in place of its ending, has one of the two already is described: it
 * is not captioned, and its sidecar stays as it is.
 */
#ifndef CHORUS_ALT_PHOTO_H
#define CHORUS_ALT_PHOTO_H

#include "chorus/caption.h"

#include <signal.h>

struct ch_alt_photo_options {
    struct ch_caption_options caption;
    const char *folder;
    const char *review;
    bool extend;              /* of apply: sidecars that are there get what
                                 they lack, and all else in them stays */
    bool watch;               /* of propose: wait for more photos */
    const volatile sig_atomic_t *stop;   /* set by a handler; or NULL */
};

struct ch_alt_photo_counts {
    uint64_t photos;          /* in the folder; with watch, when last listed */
    uint64_t described;       /* by a sidecar */
    uint64_t kept;            /* that had a row before */
    uint64_t proposed;        /* new rows */
    uint64_t bad;             /* not captioned, and folders that cannot be
                                 read; of apply: sidecars that are no XMP;
                                 each is told in the log */
    uint64_t written;         /* of apply: new sidecars */
    uint64_t extended;        /* of apply: sidecars that got what they lacked */
    uint64_t there;           /* of apply: sidecars that stay as they are */
    uint64_t unused;          /* of apply: rows of no photo */
};

/* Add a row for each photo that has none and is not described; rows that are
 * there stay as they are, also those that somebody changes meanwhile.  The
 * review file is written every few seconds, whole each time, so a run that was
 * ended goes on where it was. */
int ch_alt_photo_propose(const struct ch_alt_photo_options *o,
                         struct ch_alt_photo_counts *n, struct ch_err *e);

/* Write sidecars under `out`, a folder that may be the photos' own; one that is
 * there, or lies beside the photo, is never overwritten. */
int ch_alt_photo_apply(const struct ch_alt_photo_options *o, const char *out,
                       struct ch_alt_photo_counts *n, struct ch_err *e);

/* Is there no page (.html, .htm) under the folder, so that it is one of photos?
 * 1, 0 or an error. */
int ch_alt_photo_is_folder(const char *folder, struct ch_err *e);

#endif
