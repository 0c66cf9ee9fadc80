/* encode_folder.h - where pieces are put aside: DIR/encode.tmp
 *
 * One job at a time encodes a folder of shards: its rank 0 holds a lock.
 */
#ifndef CH_DATA_ENCODE_FOLDER_H
#define CH_DATA_ENCODE_FOLDER_H

#include "chorus/err.h"

struct ch_encode_folder {
    char path[4096];
    int lock;              /* descriptor, or -1 */
};

/* is_keeper: take the lock, and remove what a killed run did not end. */
int ch_encode_folder_open(struct ch_encode_folder *f, const char *shards,
                          int is_keeper, struct ch_err *e);
/* All is done: nothing is kept. */
void ch_encode_folder_remove(struct ch_encode_folder *f);
void ch_encode_folder_close(struct ch_encode_folder *f);

#endif
