/* small_run.h - runs of one rank on small shards, for tests of the loop
 *
 * Include after <cmocka.h>; the group's setup is make_shards, its teardown
 * end_all, each test's setup clear_error.
 */
#ifndef TESTS_UNIT_SMALL_RUN_H
#define TESTS_UNIT_SMALL_RUN_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "chorus/log.h"
#include "chorus/train.h"
#include "scratch.h"
#include "small_shards.h"

#define TEST(f) cmocka_unit_test_setup(f, clear_error)

static struct ch_comm *comm;
static char shards[1024];
static struct ch_err e;

static inline int make_shards(void **state)
{
    if (scratch_make(state))
        return -1;
    ch_log_setup("test", CH_LOG_WARN, 0, 1);
    e = (struct ch_err) CH_ERR_INIT;
    snprintf(shards, sizeof shards, "%s/shards", scratch);
    if (!ch_comm_open(&comm, &e) && !small_shards(scratch, &e))
        return 0;
    fprintf(stderr, "%s\n", e.msg);
    return -1;
}

static inline int end_all(void **state)
{
    ch_comm_close(comm);
    return scratch_remove(state);
}

static inline int clear_error(void **state)
{
    (void)state;
    e = (struct ch_err) CH_ERR_INIT;
    return 0;
}

/* 13 images, 2 or 3 steps an epoch. */
static inline struct ch_train_options options(const char *run)
{
    struct ch_train_options o;

    ch_train_defaults(&o);
    o.shards = shards;
    o.run = scratch_path(run);
    o.embed = 10;
    o.hidden = 12;
    o.batch = 16;
    o.lanes = 4;
    o.epochs = 4;
    o.patience = 0;
    o.rate = 0.01;
    return o;
}

static inline struct ch_train_result train(const struct ch_train_options *o)
{
    struct ch_train_result result = { 0 };
    int rc = ch_train_run(comm, o, &result, &e);

    if (rc)
        fail_msg("%s", e.msg);
    return result;
}

static inline void expect_refused(const struct ch_train_options *o, int code,
                           const char *part)
{
    struct ch_train_result result;

    assert_int_equal(ch_train_run(comm, o, &result, &e), code);
    if (!strstr(e.msg, part))
        fail_msg("expected \"%s\" in \"%s\"", part, e.msg);
}

static inline bool same_file(const char *run_a, const char *run_b,
                             const char *name)
{
    char a_path[1024], b_path[1024], *a, *b = NULL;
    size_t n, k = 0;
    bool same;

    snprintf(a_path, sizeof a_path, "%s/%s/%s", scratch, run_a, name);
    snprintf(b_path, sizeof b_path, "%s/%s/%s", scratch, run_b, name);
    if (ch_file_read(a_path, 1 << 24, &a, &n, &e) ||
        ch_file_read(b_path, 1 << 24, &b, &k, &e))
        fail_msg("%s", e.msg);
    same = n == k && !memcmp(a, b, n);
    free(a);
    free(b);
    return same;
}

#endif
