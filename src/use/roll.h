/* roll.h - the photos that are there, each once, by absolute path
 *
 * Life:     make -> ... -> release
 */
#ifndef CH_USE_ROLL_H
#define CH_USE_ROLL_H

#include "use/index.h"

struct ch_roll {
    char **path;              /* sorted by bytes; owned */
    size_t count, room;
    char **root;              /* the folders that were named; owned */
    size_t root_count;
    char **unread;            /* folders under those that cannot be read */
    size_t unread_count;
};

/* Photos, and all under folders.  A folder in one of those that cannot be read
 * is told in the log.  CH_EUSAGE for one that is not there, and for a folder
 * without photos, which may be a disk that is not mounted. */
int ch_roll_make(struct ch_roll *r, char *const *name, size_t count,
                 struct ch_err *e);
void ch_roll_release(struct ch_roll *r);

/* Drop from the index what lies under the folders and is not on the roll, nor
 * in a folder that could not be read, and note the folders.  *gone counts what
 * was dropped. */
int ch_roll_sweep(const struct ch_roll *r, struct ch_index *x, uint64_t *gone,
                  struct ch_err *e);

/* Is the path the folder, or under it? */
bool ch_roll_is_under(const char *path, const char *folder);

#endif
