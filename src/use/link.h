/* link.h - a folder of links for each tag
 *
 * DIR/tag/name, with the name of the photo; DIR/tag/name~12345678.jpg where
 * another photo, or anything else, has that name there.  Nothing is ever
 * replaced.  Removed are symbolic links to photos that are gone, from the index
 * and from the folders that were asked for, and a folder that gets empty by
 * that.
 */
#ifndef CH_USE_LINK_H
#define CH_USE_LINK_H

#include "chorus/tag.h"
#include "use/roll.h"

/* CH_EUSAGE when links in `folder` would be photos of the collection. */
int ch_link_check(struct ch_index *x, const struct ch_roll *r,
                  const char *folder, struct ch_err *e);

/* Links to all photos of the index; counts into n->links, links_kept,
 * links_gone and links_bad, each of which is told in the log. */
int ch_link_all(struct ch_index *x, const char *folder, bool hard,
                struct ch_tag_counts *n, struct ch_err *e);

#endif
