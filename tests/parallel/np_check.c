/* np_check.c - a bit that flips in one rank's memory is found, and whose */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "../unit/scratch.h"
#include "../unit/small_shards.h"
#include "base/file.h"
#include "chorus/log.h"
#include "train/replica_check.h"

static struct ch_comm *comm;
static struct ch_replica r;
static char shards[1024];
static struct ch_err e;
static int rank, size;

static struct ch_train_options options(const char *run)
{
    struct ch_train_options o;

    ch_train_defaults(&o);
    o.shards = shards;
    o.run = scratch_path(run);
    o.embed = 40;
    o.hidden = 48;
    o.batch = 17;
    o.lanes = 7;
    o.epochs = 2;
    o.rate = 0.01;
    return o;
}

static void flip(float *x)
{
    uint32_t bits;

    memcpy(&bits, x, sizeof bits);
    bits ^= 1;
    memcpy(x, &bits, sizeof bits);
}

/* A replica as after its first step, sealed. */
static void open_sealed(const char *way)
{
    struct ch_train_options o = options("none");

    setenv("CHORUS_REDUCE", way, 1);
    o.is_dry = true;
    o.ema = 0.9;
    assert_int_equal(ch_replica_open(&r, comm, &o, &e), 0);
    r.schedule.step = 200;
    ch_replica_check_seal(&r);
    assert_int_equal(ch_replica_check_step(&r, &e), 0);
    assert_int_equal(ch_replica_check_save(&r, &e), 0);
    assert_int_equal(ch_comm_barrier(comm, &e), 0);
}

/* x of rank `victim` is another for a while: all name that rank, and words. */
static void expect_named(float *x, int victim, const char *words)
{
    char who[64];

    e = (struct ch_err) CH_ERR_INIT;
    snprintf(who, sizeof who, "rank %d on host %s, with lanes ", victim,
             ch_comm_host(comm));
    if (rank == victim)
        flip(x);
    assert_int_equal(ch_comm_barrier(comm, NULL), 0);
    assert_int_equal(ch_replica_check_step(&r, &e), CH_EFORMAT);
    if (!strstr(e.msg, who) || !strstr(e.msg, words))
        fail_msg("expected \"%s\" and \"%s\" in \"%s\"", who, words, e.msg);
    e = (struct ch_err) CH_ERR_INIT;
    assert_int_equal(ch_replica_check_save(&r, &e), CH_EFORMAT);
    assert_non_null(strstr(e.msg, who));
    assert_int_equal(ch_comm_barrier(comm, NULL), 0);
    if (rank == victim)
        flip(x);
    assert_int_equal(ch_comm_barrier(comm, NULL), 0);
    assert_int_equal(ch_replica_check_step(&r, &e), 0);
}

static void weights_that_are_sent_are_compared_with_the_others(void **state)
{
    char words[64];

    (void)state;
    open_sealed("exchange");
    /* One rank alone shares them with itself. */
    snprintf(words, sizeof words, "holds other weights than %d of %d ranks",
             size - 1, size);
    if (size == 1)
        strcpy(words, "shares weights that are not what it sealed");
    for (int victim = 0; victim < size; victim++) {
        expect_named(r.reduce.params, victim, words);
        expect_named(r.reduce.params + r.reduce.count - 1, victim, words);
        if (r.reduce.end > r.reduce.first)
            expect_named(r.reduce.params + r.reduce.first, victim, words);
    }
    ch_replica_close(&r);
}

static void weights_that_are_shared_are_compared_with_the_seals(void **state)
{
    (void)state;
    open_sealed("shared");
    for (int victim = 0; victim < size; victim++)
        expect_named(r.reduce.params + r.reduce.first, victim,
                     "shares weights that are not what it sealed");
    ch_replica_close(&r);
}

static void each_rank_has_its_part_of_the_optimiser(void **state)
{
    const char *name[CH_UPDATE_BLOCKS];
    char words[96];

    (void)state;
    open_sealed("exchange");
    assert_int_equal(ch_update_blocks(&r.o, name), 3);
    for (int victim = 0; victim < size; victim++)
        for (size_t i = 0; i < 3; i++) {
            snprintf(words, sizeof words, "holds a part of the optimiser's %s "
                     "that is not what it sealed", name[i]);
            expect_named(r.update.block[i], victim, words);
        }
    ch_replica_close(&r);
}

static void only_sealed_steps_are_compared(void **state)
{
    (void)state;
    open_sealed("exchange");
    r.schedule.step = 201;
    ch_replica_check_seal(&r);             /* not due */
    if (rank == 0)
        flip(r.update.block[0]);
    assert_int_equal(ch_replica_check_step(&r, &e), 0);
    r.o.check_steps = 0;
    flip(r.reduce.params + (size_t)rank);
    assert_int_equal(ch_replica_check_save(&r, &e), 0);
    ch_replica_close(&r);
}

/* ---------------------------------------------------------- in a whole run */

static bool is_flipped;

/* A judge is asked on every rank, between a step and its checkpoint. */
static int flip_and_caption(const struct ch_model *m, const float *feature,
                            size_t n, size_t most, int32_t *id,
                            size_t *length, struct ch_err *err)
{
    (void)feature, (void)most, (void)id, (void)err;
    memset(length, 0, n * sizeof *length);
    if (rank == size - 1 && !is_flipped) {
        float *x;

        is_flipped = true;
        memcpy(&x, &m->params, sizeof x);  /* ours, and only lent as const */
        flip(x);
    }
    return 0;
}

static int score_nothing(const struct ch_score_item *item, size_t count,
                         double found[2], struct ch_err *err)
{
    (void)item, (void)count, (void)err;
    found[0] = found[1] = 0;
    return 0;
}

static void a_run_stops_before_it_saves(void **state)
{
    static const struct ch_train_judge judge = { flip_and_caption,
                                                 score_nothing };
    struct ch_train_options o = options("flipped");
    struct ch_train_result result;

    (void)state;
    setenv("CHORUS_REDUCE", "exchange", 1);
    o.judge = &judge;
    o.select = CH_SELECT_CIDER;
    o.lanes = 4;             /* none of them without an image to caption */
    assert_int_equal(ch_train_run(comm, &o, &result, &e), CH_EFORMAT);
    assert_non_null(strstr(e.msg, size == 1
                           ? "shares weights that are not what it sealed"
                           : "holds other weights than"));
    assert_false(ch_file_exists(scratch_path("flipped/latest.safetensors")));
    assert_false(ch_file_exists(scratch_path("flipped/best.safetensors")));
}

static int make_all(void)
{
    int rc = 0;

    rank = ch_comm_rank(comm);
    size = ch_comm_size(comm);
    ch_log_setup("np_check", CH_LOG_WARN, rank, size);
    if (rank == 0 && scratch_make(NULL))
        rc = ch_fail(&e, CH_EIO, "cannot make a folder");
    if (!rc && rank == 0)
        rc = small_shards(scratch, &e);
    rc = ch_comm_agree(comm, rc, &e);
    if (!rc) rc = ch_comm_broadcast(comm, scratch, sizeof scratch, &e);
    snprintf(shards, sizeof shards, "%s/shards", scratch);
    return rc;
}

static int clear(void **state)
{
    (void)state;
    e = (struct ch_err) CH_ERR_INIT;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup(f, clear)
        TEST(weights_that_are_sent_are_compared_with_the_others),
        TEST(weights_that_are_shared_are_compared_with_the_seals),
        TEST(each_rank_has_its_part_of_the_optimiser),
        TEST(only_sealed_steps_are_compared),
        TEST(a_run_stops_before_it_saves),
    };
    int failed;

    if (ch_comm_open(&comm, &e) || make_all()) {
        fprintf(stderr, "np_check: %s\n", e.msg);
        return 1;
    }
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (failed)      /* others may wait for ever */
        ch_comm_abort(comm, 1);
    ch_comm_barrier(comm, &e);
    if (rank == 0)
        scratch_remove(NULL);
    ch_comm_close(comm);
    return 0;
}
