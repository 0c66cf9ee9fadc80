/* prepare_source.h - from the options to the list of images
 *
 * For prepare.c and check.c only.
 */
#ifndef CH_DATA_PREPARE_SOURCE_H
#define CH_DATA_PREPARE_SOURCE_H

#include "chorus/prepare.h"
#include "data/source.h"

/* The options that say what to read agree: 0, or CH_EUSAGE.  *by is what AUTO
 * means. */
int ch_prepare_source_check(const struct ch_prepare_options *o,
                            enum ch_prepare_by *by, struct ch_err *e);
/* The file that tells of a split, for messages; NULL when it need not have an
 * image. */
const char *ch_prepare_source_file(const struct ch_prepare_options *o,
                                   enum ch_prepare_by by, enum ch_split split);
/* There may be images of this split. */
int ch_prepare_source_has(const struct ch_prepare_options *o,
                          enum ch_prepare_by by, enum ch_split split);
/* A split's own folder of photos, or NULL. */
const char *ch_prepare_source_images(const struct ch_prepare_options *o,
                                     enum ch_split split);
int ch_prepare_source_read(const struct ch_prepare_options *o,
                           enum ch_prepare_by by, struct ch_source *s,
                           struct ch_err *e);

#endif
