/* open_replica.h - a replica of a small model on small shards, for the tests
 *
 * Included after cmocka.h.
 */
#ifndef CH_TEST_OPEN_REPLICA_H
#define CH_TEST_OPEN_REPLICA_H

#include "replica_shards.h"

static struct ch_replica r;

static int open_replica(void **state)
{
    struct ch_train_options o = options();

    (void)state;
    e = (struct ch_err) CH_ERR_INIT;
    if (!ch_replica_open(&r, comm, &o, &e))
        return 0;
    fprintf(stderr, "%s\n", e.msg);
    return -1;
}

#endif
