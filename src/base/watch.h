/* watch.h - waits until files of a folder are new or changed
 *
 * Life:     open -> list the files -> wait -> list again -> ... -> close
 * What is there when wait() returns, or was there at open(), is to be found by
 * listing: no name is kept here, so none can be lost.
 */
#ifndef CH_BASE_WATCH_H
#define CH_BASE_WATCH_H

#include "chorus/err.h"

#include <signal.h>

struct ch_watch;

/* All folders under `folder`, links not followed.  endings: whose files count,
 * as for ch_file_list(); both are borrowed. */
int ch_watch_open(struct ch_watch **out, const char *folder,
                  const char *endings, struct ch_err *e);
void ch_watch_close(struct ch_watch *w);
/* 1 when a file was written and closed, or moved there, and then none for a
 * moment; 0 when *stop is set.  CH_EIO when the folder is gone. */
int ch_watch_wait(struct ch_watch *w, const volatile sig_atomic_t *stop,
                  struct ch_err *e);

#endif
