/* alt.h - alt texts for the pictures of a web site
 *
 * Propose, let somebody read the review file, apply: what is written is what
 * the review file says.
 *
 * A page is a file .html or .htm under the site's folder; a picture is an <img>
 * without alt, whose src leads to a file in that folder.  Not asked for are
 * those that are decorative: alt="" (unless `empty`), role="presentation" or
 * "none", aria-hidden="true".  <base> is not followed.
 *
 * The review file is CSV: page, line, image, alt.  page is a path in the site,
 * image the src as the page names it; who gives the file back may change alt,
 * or delete it: then the page stays as it is there.
 */
#ifndef CHORUS_ALT_H
#define CHORUS_ALT_H

#include "chorus/caption.h"

struct ch_alt_options {
    struct ch_caption_options caption;
    const char *site;         /* folder */
    const char *review;       /* CSV */
    bool empty;               /* pictures with alt="" too */
};

struct ch_alt_counts {
    uint64_t pages;           /* read; of apply: written */
    uint64_t images;          /* without alt; of apply: that got one */
    uint64_t proposed;        /* new rows */
    uint64_t kept;            /* that had a row before, and keep it */
    uint64_t elsewhere;       /* on another server, or outside of the folder */
    uint64_t missing;         /* no such file; each is told in the log */
    uint64_t bad;             /* not captioned; each photo is told in the log */
    uint64_t unused;          /* of apply: rows that fit no picture */
};

/* Add a row to the review file for each picture that has none; rows that are
 * there stay as they are.  It is written after every few hundred photos, so a
 * run that was ended goes on where it was. */
int ch_alt_propose(const struct ch_alt_options *o, struct ch_alt_counts *n,
                   struct ch_err *e);

/* Write the pages that change under `copy`, a folder that is not there yet; of
 * a page nothing but alt attributes changes.  CH_EUSAGE when it is there. */
int ch_alt_apply(const struct ch_alt_options *o, const char *copy,
                 struct ch_alt_counts *n, struct ch_err *e);

#endif
