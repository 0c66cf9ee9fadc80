/* beside.h - a folder that is whole or absent
 *
 * Written beside the wanted one, renamed at the end.  What a run that was
 * killed left beside it, the next one removes: a run that lives holds a lock on
 * its own.
 * Life:  open -> (write into beside) -> finish, or remove after a failure
 */
#ifndef CH_DATA_BESIDE_H
#define CH_DATA_BESIDE_H

#include "chorus/err.h"

struct ch_beside {
    const char *wanted;        /* as given, for messages */
    char out[4096];            /* the same, without a slash at its end */
    char beside[4096];         /* out.tmp.PID */
    int lock;                  /* descriptor of the folder beside, or -1 */
};

/* Names the folders; CH_EUSAGE when the wanted one is there. */
int ch_beside_open(struct ch_beside *b, const char *wanted, struct ch_err *e);
/* Makes the folder beside, empty. */
int ch_beside_make(struct ch_beside *b, struct ch_err *e);
int ch_beside_finish(struct ch_beside *b, struct ch_err *e);
/* Nothing stays behind. */
void ch_beside_remove(struct ch_beside *b);

#endif
