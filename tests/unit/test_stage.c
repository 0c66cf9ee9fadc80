/* test_stage.c - shards on a disk of the host */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/lanes.h"
#include "small_run.h"
#include "train/stage.h"

static void write_file(const char *path, const char *text)
{
    assert_int_equal(ch_file_write(path, text, strlen(text), &e), 0);
}

static void expect_file(const char *path, const char *text)
{
    char *found = NULL;
    size_t n;

    assert_int_equal(ch_file_read(path, 4096, &found, &n, &e), 0);
    assert_string_equal(found, text);
    free(found);
}

/* Whichever images have no features, a rank's records are in its range. */
static void a_range_holds_every_record_the_lanes_may_be_in(void **state)
{
    struct ch_lanes l;

    (void)state;
    for (uint64_t skipped = 0; skipped <= 3; skipped++)
        for (size_t with = 17 - skipped; with <= 17; with++) {
            assert_int_equal(ch_lanes_init(&l, with, 20, 5, &e), 0);
            for (int r = 0; r < 3; r++) {
                struct ch_lane *a = &l.lane[ch_lanes_first(5, r, 3)];
                struct ch_lane *z = &l.lane[ch_lanes_first(5, r + 1, 3) - 1];
                uint64_t first, end;

                ch_stage_range(17, skipped, 5, r, 3, &first, &end);
                /* All skipped ones may lie before, or behind. */
                assert_true(first <= a->first_record);
                assert_true(end >= z->first_record + z->record_count +
                                   17 - with);
                assert_true(end <= 17);
            }
            ch_lanes_release(&l);
        }
}

static void ranges_of_ranks_are_parts(void **state)
{
    uint64_t first, end;

    (void)state;
    ch_stage_range(1000, 0, 8, 1, 4, &first, &end);
    assert_int_equal(first, 250);
    assert_int_equal(end, 500);
}

static void a_copy_that_is_whole_is_not_made_again(void **state)
{
    const char *from = scratch_path("source"), *to = scratch_path("copy");
    uint64_t bytes = 0;

    (void)state;
    write_file(from, "the shard");
    assert_int_equal(ch_stage_copy(from, to, &bytes, &e), 0);
    assert_int_equal(bytes, 9);
    expect_file(to, "the shard");
    assert_int_equal(ch_stage_copy(from, to, &bytes, &e), 0);
    assert_int_equal(bytes, 9);
    /* Another byte of the copy, and another source. */
    write_file(to, "the Shard");
    assert_int_equal(ch_stage_copy(from, to, &bytes, &e), 0);
    assert_int_equal(bytes, 18);
    expect_file(to, "the shard");
    write_file(from, "a later shard");
    assert_int_equal(ch_stage_copy(from, to, &bytes, &e), 0);
    expect_file(to, "a later shard");
}

static void a_link_gives_way_to_a_copy(void **state)
{
    const char *from = scratch_path("here"), *to = scratch_path("there");
    struct stat about;
    uint64_t bytes = 0;

    (void)state;
    write_file(from, "text");
    assert_int_equal(symlink(from, to), 0);
    assert_int_equal(ch_stage_copy(from, to, &bytes, &e), 0);
    assert_int_equal(lstat(to, &about), 0);
    assert_true(S_ISREG(about.st_mode));
}

static void room_is_asked_for_what_is_no_copy_yet(void **state)
{
    const char *from = scratch_path("long"), *to = scratch_path("link");

    (void)state;
    write_file(from, "twelve chars");
    assert_int_equal(ch_stage_missing(from, to), 12);
    assert_int_equal(ch_stage_link(from, to, &e), 0);
    assert_int_equal(ch_stage_missing(from, to), 12);
    assert_int_equal(unlink(to), 0);
    write_file(to, "seven c");
    assert_int_equal(ch_stage_missing(from, to), 5);
    write_file(to, "fourteen chars");
    assert_int_equal(ch_stage_missing(from, to), 0);
}

/* 0 until a link is missing, or until the other thread is done. */
static atomic_int is_missing, is_done;

static void *look(void *path)
{
    struct stat about;

    while (!is_done)
        if (lstat(path, &about))
            is_missing = 1;
    return NULL;
}

/* Somebody may read the shards meanwhile. */
static void a_link_is_there_all_the_time(void **state)
{
    const char *from = scratch_path("there"), *to = scratch_path("again");
    char path[1024];
    pthread_t other;

    (void)state;
    write_file(from, "text");
    assert_int_equal(ch_stage_link(from, to, &e), 0);
    snprintf(path, sizeof path, "%s", to);
    assert_int_equal(pthread_create(&other, NULL, look, path), 0);
    for (int i = 0; i < 5000 && !is_missing; i++)
        assert_int_equal(ch_stage_link(from, to, &e), 0);
    is_done = 1;
    assert_int_equal(pthread_join(other, NULL), 0);
    assert_false(is_missing);
    expect_file(to, "text");
}

static void a_run_on_staged_shards_is_the_same_run(void **state)
{
    struct ch_train_options near = options("near"), far = options("far");
    const char *folder = scratch_path("disk/of/host");
    char path[2048];

    (void)state;
    (void)train(&far);
    assert_int_equal(ch_train_stage(comm, &near, folder, &e), 0);
    snprintf(path, sizeof path, "%s/train-00001-of-00002.lmdb.xxh3", folder);
    assert_true(ch_file_exists(path));
    near.shards = folder;
    (void)train(&near);
    assert_true(same_file("near", "far", "latest.safetensors"));
}

static void shards_that_are_not_there_are_told(void **state)
{
    struct ch_train_options o = options("none");

    (void)state;
    o.shards = scratch_path("nowhere");
    assert_int_equal(ch_train_stage(comm, &o, scratch_path("disk"), &e),
                     CH_EUSAGE);
    assert_non_null(strstr(e.msg, "nowhere"));
}

static void shards_that_were_not_staged_stay(void **state)
{
    struct ch_train_options o = options("own");

    (void)state;
    assert_int_equal(ch_train_stage(comm, &o, shards, &e), CH_EUSAGE);
    assert_non_null(strstr(e.msg, "holds shards that were not staged"));
    (void)train(&o);
}

/* Ranks of two hosts would make links of each other's shards. */
static void what_was_staged_is_not_staged_to_itself(void **state)
{
    struct ch_train_options o = options("own");
    const char *folder = scratch_path("disk/itself"), *way;

    (void)state;
    assert_int_equal(ch_train_stage(comm, &o, folder, &e), 0);
    o.shards = folder;
    way = scratch_path("way");
    assert_int_equal(symlink(folder, way), 0);
    assert_int_equal(ch_train_stage(comm, &o, way, &e), CH_EUSAGE);
    assert_non_null(strstr(e.msg, "holds the shards themselves"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_range_holds_every_record_the_lanes_may_be_in),
        TEST(ranges_of_ranks_are_parts),
        TEST(a_copy_that_is_whole_is_not_made_again),
        TEST(a_link_gives_way_to_a_copy),
        TEST(room_is_asked_for_what_is_no_copy_yet),
        TEST(a_link_is_there_all_the_time),
        TEST(a_run_on_staged_shards_is_the_same_run),
        TEST(shards_that_are_not_there_are_told),
        TEST(shards_that_were_not_staged_stay),
        TEST(what_was_staged_is_not_staged_to_itself),
    };

    return cmocka_run_group_tests(tests, make_shards, end_all);
}
