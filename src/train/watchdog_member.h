/* watchdog_member.h - the ranks of a job, as a watchdog knows them */
#ifndef CH_TRAIN_WATCHDOG_MEMBER_H
#define CH_TRAIN_WATCHDOG_MEMBER_H

#include <stdbool.h>

#include "data/shard.h"
#include "train/pulse.h"

struct ch_watchdog_member {
    char host[64];
    int pid;
    uint64_t started;          /* of the process, in ticks since the host's:
                                  no other process has both */
    struct ch_pulse *pulse;    /* of this host, or the last one it sent */
    bool is_here;              /* on this host */
};

/* This process. */
void ch_watchdog_member_self(struct ch_watchdog_member *m, const char *host);

/* "in step 57, computing gradients: reading lane 3 from train-00001.lmdb".
 * set: training and validation, each may be NULL. */
void ch_watchdog_member_place(const struct ch_watchdog_member *m,
                              const struct ch_set *const set[2], char *out,
                              size_t size);
/* "; its process is stopped" and the like, of one of this host; else "". */
void ch_watchdog_member_state(const struct ch_watchdog_member *m, char *out,
                              size_t size);
/* Let it tell where it is, continued if it was stopped; true when that was
 * asked of it. */
bool ch_watchdog_member_wake(const struct ch_watchdog_member *m);

#endif
