/* find.h - photos of an index that chorus tag made */
#ifndef CHORUS_FIND_H
#define CHORUS_FIND_H

#include "chorus/err.h"

#include <stdbool.h>

/* Of EfficientNet-Lite2: 7 of 10 photos that were saved as poor JPEGs are
 * nearer to what they were, and no two others of 1.1 million pairs. */
#define CH_FIND_DISTANCE 0.1

enum ch_find_form { CH_FIND_TEXT, CH_FIND_JSON, CH_FIND_NULL };

/* One of words, tag, tags, like and duplicates. */
struct ch_find_options {
    const char *index;
    char *const *word;        /* what captions say; the best rank first */
    size_t word_count;
    bool any;                 /* one of the words is enough */
    const char *tag;          /* all photos with this tag */
    bool tags;                /* the tags, and how many photos have them */
    const char *like;         /* photos near this one, the nearest first */
    const char *encoder;      /* where the index's is gone; or NULL */
    bool duplicates;          /* groups of photos near one another */
    double distance;          /* of duplicates: 1 - cosine, at most */
    uint64_t threads;         /* of duplicates; 0: one for each core */
    uint64_t limit;           /* photos, tags or groups at most; 0: all */
    enum ch_find_form form;
};

/* Write what is found on stdout; *count: photos, tags or groups. */
int ch_find_run(const struct ch_find_options *o, uint64_t *count,
                struct ch_err *e);

#endif
