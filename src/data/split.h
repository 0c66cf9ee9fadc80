/* split.h - which split an image belongs to
 *
 * A rule is made once and asked for each image:
 *   fixed   all images of a file belong to one split
 *   given   the annotation file tells it, image by image
 *   list    files of image names, one a line; a name may lack its ending
 *   hash    the XXH3 hash of the image's name, as a number in [0, 1): below
 *           test_part it is test, below test_part + val_part val, else train;
 *           so it depends on nothing but the name
 */
#ifndef CH_DATA_SPLIT_H
#define CH_DATA_SPLIT_H

#include "chorus/err.h"

enum ch_split { CH_SPLIT_TRAIN, CH_SPLIT_VAL, CH_SPLIT_TEST, CH_SPLIT_COUNT };
extern const char *const ch_split_name[CH_SPLIT_COUNT];  /* train val test */

enum ch_split_by { CH_SPLIT_FIXED, CH_SPLIT_GIVEN, CH_SPLIT_LIST,
                   CH_SPLIT_HASH };

struct ch_split_rule {
    enum ch_split_by by;
    enum ch_split fixed;
    struct ch_table *list;         /* name -> split */
    double val_part, test_part;
};

/* One for each split: all images belong to it. */
extern const struct ch_split_rule ch_split_all[CH_SPLIT_COUNT];

/* The split of that name: 1, or 0. */
int ch_split_find(const char *name, enum ch_split *out);
/* 1; or 0 when the image is in no list.  given: what the file says, for the
 * rule of that name alone. */
int ch_split_of(const struct ch_split_rule *r, const char *name, size_t n,
                enum ch_split given, enum ch_split *out);

/* Fill the rule from one list per split (NULL: no such split). */
int ch_split_lists_open(struct ch_split_rule *r,
                        const char *const list_path[CH_SPLIT_COUNT],
                        struct ch_err *e);
void ch_split_lists_close(struct ch_split_rule *r);
/* Every listed name was met: a listed image without captions would silently
 * be missing.  is_met: 1 or 0. */
int ch_split_lists_check(const char *const list_path[CH_SPLIT_COUNT],
                         const char *annotations,
                         int (*is_met)(const void *context, const char *name,
                                       size_t n),
                         const void *context, struct ch_err *e);

#endif
