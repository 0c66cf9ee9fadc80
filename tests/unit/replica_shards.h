/* replica_shards.h - small shards, and options for replicas on them
 *
 * Included after cmocka.h.
 */
#ifndef CH_TEST_REPLICA_SHARDS_H
#define CH_TEST_REPLICA_SHARDS_H

#include "scratch.h"
#include "small_shards.h"
#include "train/replica.h"

static struct ch_comm *comm;
static char shards[1024];
static struct ch_err e;

static int make_shards(void **state)
{
    e = (struct ch_err) CH_ERR_INIT;
    if (scratch_make(state))
        return -1;
    snprintf(shards, sizeof shards, "%s/shards", scratch);
    if (!ch_comm_open(&comm, &e) && !small_shards(scratch, &e))
        return 0;
    fprintf(stderr, "%s\n", e.msg);
    return -1;
}

static int end_all(void **state)
{
    ch_comm_close(comm);
    return scratch_remove(state);
}

static struct ch_train_options options(void)
{
    struct ch_train_options o;

    ch_train_defaults(&o);
    o.shards = shards;
    o.run = scratch_path("run");
    o.embed = 6;
    o.hidden = 8;
    o.batch = 12;
    return o;
}

#endif
