/* np_train.c - training on several ranks
 *
 *     np_train                the tests, under mpirun with any number of ranks
 *     np_train shards DIR     make DIR/shards, small ones with features, for
 *                             scripts
 *     np_train features DIR   the features alone, into DIR/shards
 *     np_train grids DIR      the same, and grids
 *     np_train loop DIR       a run on DIR/shards, in DIR/loop, whose last rank
 *                             never comes back from captioning; for scripts
 *     np_train damage DIR     a changed bit in some records of DIR/shards
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "../unit/scratch.h"
#include "../unit/small_damage.h"
#include "base/file.h"
#include "chorus/log.h"
#include "chorus/train.h"

static struct ch_comm *comm;
static char shards[1024];
static struct ch_err e;

static int clear(void **state)
{
    (void)state;
    e = (struct ch_err) CH_ERR_INIT;
    unsetenv("CHORUS_REDUCE");
    return 0;
}

/* 7 lanes on 13 images: uneven in every way. */
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
    o.epochs = 3;
    o.patience = 0;
    o.rate = 0.01;
    return o;
}

static struct ch_train_result train(const struct ch_train_options *o)
{
    struct ch_train_result result = { 0 };

    if (ch_train_run(comm, o, &result, &e))
        fail_msg("%s", e.msg);
    return result;
}

/* Every rank looks: all see the files of rank 0. */
static void expect_same_file(const char *run_a, const char *run_b)
{
    static const char *const name[] = { "latest.safetensors",
                                        "best.safetensors" };
    char a_path[1024], b_path[1024], *a, *b;
    size_t n, k;

    for (size_t i = 0; i < 2; i++) {
        snprintf(a_path, sizeof a_path, "%s/%s/%s", scratch, run_a, name[i]);
        snprintf(b_path, sizeof b_path, "%s/%s/%s", scratch, run_b, name[i]);
        if (ch_file_read(a_path, 1 << 24, &a, &n, &e) ||
            ch_file_read(b_path, 1 << 24, &b, &k, &e))
            fail_msg("%s", e.msg);
        assert_int_equal(n, k);
        assert_memory_equal(a, b, n);
        free(a);
        free(b);
    }
}

static void shared_memory_and_sending_train_the_same_model(void **state)
{
    struct ch_train_options o = options("shared");

    (void)state;
    setenv("CHORUS_REDUCE", "shared", 1);
    train(&o);
    o.run = scratch_path("sent");
    setenv("CHORUS_REDUCE", "exchange", 1);
    train(&o);
    expect_same_file("shared", "sent");
}

static void check_parts(const char *way, const char *whole, const char *parts)
{
    struct ch_train_options o = options(whole);
    uint64_t steps;

    setenv("CHORUS_REDUCE", way, 1);
    steps = train(&o).steps;
    o.run = scratch_path(parts);
    for (o.max_steps = 2; o.max_steps < steps + 3; o.max_steps += 3) {
        train(&o);
        o.resume = true;
    }
    expect_same_file(whole, parts);
}

static void a_run_in_parts_ends_as_one_that_never_stopped(void **state)
{
    (void)state;
    check_parts("shared", "whole", "parts");
    check_parts("exchange", "whole2", "parts2");
}

/* Every optimiser's state is dealt, collected, saved and read again. */
static void every_optimiser_goes_on_as_if_it_never_stopped(void **state)
{
    (void)state;
    for (int i = CH_SGD; i <= CH_RADAM; i++) {
        struct ch_train_options o = options("optimiser");
        char whole[32], parts[32];

        snprintf(whole, sizeof whole, "optimiser%d", i);
        snprintf(parts, sizeof parts, "optimiser%d-parts", i);
        o.run = scratch_path(whole);
        o.optimiser = i;
        o.momentum = i < CH_ADAGRAD ? 0.9 : 0;
        o.weight_decay = 0.01;
        o.ema = 0.9;
        o.schedule = i % 2 ? CH_RATE_COSINE : CH_RATE_PLATEAU;
        o.warmup = 3;
        train(&o);
        o.run = scratch_path(parts);
        o.max_steps = 5;
        train(&o);
        o.max_steps = 0;
        o.resume = true;
        train(&o);
        expect_same_file(whole, parts);
    }
}

static void all_ranks_have_the_same_result(void **state)
{
    struct ch_train_options o = options("result");
    struct ch_train_result mine = train(&o), first = mine;

    (void)state;
    assert_int_equal(ch_comm_broadcast(comm, &first, sizeof first, &e), 0);
    assert_int_equal(mine.steps, first.steps);
    assert_int_equal(mine.best_epoch, first.best_epoch);
    assert_memory_equal(&mine.best_loss, &first.best_loss,
                        sizeof mine.best_loss);
    assert_memory_equal(&mine.train_loss, &first.train_loss,
                        sizeof mine.train_loss);
}

static void expect_refused(const struct ch_train_options *o, int code,
                           const char *part)
{
    struct ch_train_result result;

    assert_int_equal(ch_train_run(comm, o, &result, &e), code);
    if (!strstr(e.msg, part))
        fail_msg("expected \"%s\" in \"%s\"", part, e.msg);
}

/* Only rank 0 finds the file: all must leave with its words. */
static void an_error_of_one_rank_is_told_by_all(void **state)
{
    struct ch_train_options o = options("one-rank");

    (void)state;
    o.resume = true;
    expect_refused(&o, CH_EUSAGE, "latest.safetensors: is not there");
}

static void a_loss_that_is_not_finite_stops_all_ranks(void **state)
{
    struct ch_train_options o = options("infinite");

    (void)state;
    o.rate = 1e38;
    o.clip = 0;
    expect_refused(&o, CH_EFORMAT, "is not finite");
}

/* The last training image lies in one lane: one rank meets it, alone. */
static void change_last_feature(const char *dir, const void *bytes, size_t n)
{
    struct ch_manifest m = { 0 };
    struct ch_store *store = NULL;
    const struct ch_manifest_shard *last;
    unsigned char key[CH_SHARD_KEY_BYTES];
    char path[2048];
    int rc;

    snprintf(path, sizeof path, "%s/shards", dir);
    rc = ch_manifest_read(&m, path, &e);
    if (!rc) {
        last = &m.split[CH_SPLIT_TRAIN].shard[
            m.split[CH_SPLIT_TRAIN].shard_count - 1];
        snprintf(path, sizeof path, "%s/shards/%s", dir, last->file);
        ch_shard_key('f', (uint32_t)last->records - 1, key);
        rc = ch_store_open_write(&store, path, &e);
    }
    if (!rc) rc = ch_store_put(store, key, sizeof key, bytes, n, &e);
    if (!rc) rc = ch_store_commit(store, &e);
    ch_store_close(store);
    ch_manifest_release(&m);
    if (rc)
        fail_msg("%s", e.msg);
}

/* Shards of their own, to be changed by rank 0. */
static void own_shards(const char *name, char *dir, size_t size)
{
    snprintf(dir, size, "%s/%s", scratch, name);
    if (ch_comm_rank(comm) == 0) {
        assert_int_equal(mkdir(dir, 0777), 0);
        assert_int_equal(small_shards(dir, &e), 0);
    }
    assert_int_equal(ch_comm_barrier(comm, &e), 0);
}

/* A record whose checksum is right, and a value in it that is no number. */
static void a_feature_that_is_no_number_is_named(void **state)
{
    char dir[600], of_dir[1100];
    struct ch_train_options o = options("no-number");
    struct ch_buffer b = { 0 };
    float value[SMALL_FEATURES] = { 0 };
    char *before, *after;
    size_t n, k;

    (void)state;
    own_shards("no-number-shards", dir, sizeof dir);
    snprintf(of_dir, sizeof of_dir, "%s/shards", dir);
    o.shards = of_dir;
    o.max_steps = 1;
    train(&o);
    assert_int_equal(ch_file_read(scratch_path("no-number/latest.safetensors"),
                                  1 << 24, &before, &n, &e), 0);
    value[3] = (float)NAN;
    ch_record_write_feature(&b, 'f', CH_FEATURE_F32, 1, SMALL_FEATURES, value);
    if (ch_comm_rank(comm) == 0)
        change_last_feature(dir, b.at, b.size);
    ch_buffer_release(&b);
    assert_int_equal(ch_comm_barrier(comm, &e), 0);
    o.resume = true;
    o.max_steps = 100;
    o.save_steps = 1;       /* steps before it are good, and saved */
    expect_refused(&o, CH_EFORMAT, "the loss of lane 6 is not finite");
    assert_non_null(strstr(e.msg, "images 012.jpg"));
    assert_non_null(strstr(e.msg, ", with features that are not finite; "
                           "nothing was saved since, encode the shards "
                           "again"));
    assert_non_null(strstr(e.msg, "first in the gradient of image.weight"));
    if (ch_comm_size(comm) > 1) {      /* lane 6 of 7 is the last rank's */
        char who[32];

        snprintf(who, sizeof who, "rank %d (", ch_comm_size(comm) - 1);
        assert_non_null(strstr(e.msg, who));
    }
    /* Going back meets it again, and ends. */
    clear(NULL);
    o.run = scratch_path("no-number-back");
    o.resume = false;
    o.on_nan = CH_NAN_ROLLBACK;
    ch_log_setup("np_train", CH_LOG_ERROR, ch_comm_rank(comm),
                 ch_comm_size(comm));
    o.max_steps = 1;
    if (ch_comm_rank(comm) == 0)
        assert_int_equal(small_encode(dir, &e), 0);
    assert_int_equal(ch_comm_barrier(comm, &e), 0);
    train(&o);
    assert_int_equal(ch_comm_barrier(comm, &e), 0);
    ch_record_write_feature(&b, 'f', CH_FEATURE_F32, 1, SMALL_FEATURES, value);
    if (ch_comm_rank(comm) == 0)
        change_last_feature(dir, b.at, b.size);
    ch_buffer_release(&b);
    assert_int_equal(ch_comm_barrier(comm, &e), 0);
    o.resume = true;
    o.max_steps = 100;
    o.save_steps = 0;
    expect_refused(&o, CH_EFORMAT, "images 012.jpg");
    ch_log_setup("np_train", CH_LOG_WARN, ch_comm_rank(comm),
                 ch_comm_size(comm));
    assert_int_equal(ch_file_read(scratch_path("no-number-back/"
                                               "latest.safetensors"),
                                  1 << 24, &after, &k, &e), 0);
    assert_int_equal(n, k);
    assert_memory_equal(before, after, n);
    free(before);
    free(after);
}

/* 1e38 is too large, a tenth of a tenth is not. */
static void going_back_trains_the_same_model_in_every_way(void **state)
{
    struct ch_train_options o = options("back");

    (void)state;
    o.rate = 1e38;
    o.clip = 0;
    o.on_nan = CH_NAN_ROLLBACK;
    o.nan_retries = 40;
    ch_log_setup("np_train", CH_LOG_ERROR, ch_comm_rank(comm),
                 ch_comm_size(comm));
    train(&o);
    o.run = scratch_path("back2");
    setenv("CHORUS_REDUCE", "exchange", 1);
    train(&o);
    ch_log_setup("np_train", CH_LOG_WARN, ch_comm_rank(comm),
                 ch_comm_size(comm));
    expect_same_file("back", "back2");
}

static void a_record_damaged_while_training_stops_all_ranks(void **state)
{
    char dir[600], of_dir[1100];
    struct ch_train_options o = options("one-record");

    (void)state;
    own_shards("damaged", dir, sizeof dir);
    snprintf(of_dir, sizeof of_dir, "%s/shards", dir);
    o.shards = of_dir;
    o.max_steps = 1;
    train(&o);
    if (ch_comm_rank(comm) == 0)
        change_last_feature(dir, "damaged", 7);
    assert_int_equal(ch_comm_barrier(comm, &e), 0);
    /* Going on does not measure the features: the step itself fails. */
    o.resume = true;
    o.max_steps = 100;
    expect_refused(&o, CH_EFORMAT, "train-00001-of-00002.lmdb");
    clear(NULL);
    o.resume = false;
    o.run = scratch_path("one-record-2");
    expect_refused(&o, CH_EFORMAT, "train-00001-of-00002.lmdb");
}

static void more_ranks_than_lanes_are_refused(void **state)
{
    struct ch_train_options o = options("lanes");

    (void)state;
    if (ch_comm_size(comm) == 1)
        return;
    o.lanes = 1;
    expect_refused(&o, CH_EUSAGE, "ranks, but only 1 lane to share");
}

/* ------------------------------------------------------- for the scripts */

static volatile int is_looping = 1;

static int caption_for_ever(const struct ch_model *m, const float *feature,
                            size_t n, size_t most, int32_t *id,
                            size_t *length, struct ch_err *err)
{
    (void)m, (void)feature, (void)most, (void)id, (void)err;
    memset(length, 0, n * sizeof *length);
    while (is_looping && ch_comm_rank(comm) == ch_comm_size(comm) - 1)
        ;
    return 0;
}

static int score_nothing(const struct ch_score_item *item, size_t count,
                         double found[2], struct ch_err *err)
{
    (void)item, (void)count, (void)err;
    found[0] = found[1] = 0;
    return 0;
}

static int loop(const char *dir)
{
    static const struct ch_train_judge judge = { caption_for_ever,
                                                 score_nothing };
    struct ch_train_options o = options("loop");
    struct ch_train_result result;
    char run[1100];
    int rc;

    snprintf(shards, sizeof shards, "%s/shards", dir);
    snprintf(run, sizeof run, "%s/loop", dir);
    o.run = run;
    o.judge = &judge;
    o.select = CH_SELECT_CIDER;
    o.save_steps = 1;
    o.hang_s = 5;
    ch_log_setup("np_train", CH_LOG_WARN, ch_comm_rank(comm),
                 ch_comm_size(comm));
    rc = ch_train_run(comm, &o, &result, &e);
    fprintf(stderr, "np_train: %s\n", rc ? e.msg : "it came back");
    return 3;
}

static int make_all(void)
{
    int rc = 0;

    ch_log_setup("np_train", CH_LOG_WARN, ch_comm_rank(comm),
                 ch_comm_size(comm));
    if (ch_comm_rank(comm) == 0 && scratch_make(NULL))
        rc = ch_fail(&e, CH_EIO, "cannot make a folder");
    if (!rc && ch_comm_rank(comm) == 0)
        rc = small_shards(scratch, &e);
    rc = ch_comm_agree(comm, rc, &e);
    if (!rc) rc = ch_comm_broadcast(comm, scratch, sizeof scratch, &e);
    snprintf(shards, sizeof shards, "%s/shards", scratch);
    return rc;
}

static int run_all(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup(f, clear)
        TEST(shared_memory_and_sending_train_the_same_model),
        TEST(a_run_in_parts_ends_as_one_that_never_stopped),
        TEST(every_optimiser_goes_on_as_if_it_never_stopped),
        TEST(all_ranks_have_the_same_result),
        TEST(an_error_of_one_rank_is_told_by_all),
        TEST(a_loss_that_is_not_finite_stops_all_ranks),
        TEST(a_feature_that_is_no_number_is_named),
        TEST(going_back_trains_the_same_model_in_every_way),
        TEST(a_record_damaged_while_training_stops_all_ranks),
        TEST(more_ranks_than_lanes_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
    int failed;

    if (argc == 3 && !strcmp(argv[1], "loop") && !ch_comm_open(&comm, &e))
        return loop(argv[2]);
    if (argc == 3) {
        int rc = !strcmp(argv[1], "features") ? small_encode(argv[2], &e)
                 : !strcmp(argv[1], "grids") ? small_grids(argv[2], &e)
                 : !strcmp(argv[1], "damage") ? small_damages(argv[2], &e)
                                              : small_shards(argv[2], &e);

        if (!rc)
            return 0;
        fprintf(stderr, "np_train: %s\n", e.msg);
        return 1;
    }
    if (ch_comm_open(&comm, &e) || make_all()) {
        fprintf(stderr, "np_train: %s\n", e.msg);
        return 1;
    }
    failed = run_all();
    if (failed)      /* others may wait for ever */
        ch_comm_abort(comm, 1);
    ch_comm_barrier(comm, &e);
    if (ch_comm_rank(comm) == 0)
        scratch_remove(NULL);
    ch_comm_close(comm);
    return 0;
}
