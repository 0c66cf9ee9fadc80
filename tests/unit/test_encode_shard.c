/* test_encode_shard.c - pieces become shards, the same bytes always */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>

#include "encode_photos.h"

/* Counters of a job of three ranks, whose others have taken some pieces. */
struct job {
    int64_t counter[10];
    int taken;
};

static int count(void *context, size_t counter, int64_t n, int64_t *before,
                 struct ch_err *error)
{
    struct job *job = context;

    (void)error;
    /* Every second piece goes to another rank. */
    if (counter == 0 && n == 1 && job->taken++ % 2)
        job->counter[0]++;
    *before = job->counter[counter];
    job->counter[counter] += n;
    return 0;
}

static void other_ranks_take_pieces_and_the_last_makes_the_shard(void **state)
{
    const struct ch_encode_options o = options();
    struct job job = { { 0 }, 0 };
    const struct ch_encode_share share = { count, &job };
    struct ch_encode_result r;
    struct ch_encode *c;

    (void)state;
    assert_int_equal(ch_encode_open(&c, &o, &e), 0);
    assert_int_equal(ch_encode_counters(c), 1 + 2 * SHARDS);
    if (ch_encode_run(c, &share, &r, &e))
        fail_msg("%s", e.msg);
    ch_encode_close(c);
    assert_in_range(r.encoded, 1, TRAIN + VAL - 1);
    /* The others' pieces are missing: no shard is finished. */
    assert_int_not_equal(ch_set_open(&(struct ch_set *){ NULL }, shards,
                                     CH_SPLIT_TRAIN, 1, &e), 0);
    e = (struct ch_err)CH_ERR_INIT;
    assert_int_equal(encode(&o).encoded, TRAIN + VAL - r.encoded);
    ch_set_close(open_set(CH_SPLIT_TRAIN));
    ch_set_close(open_set(CH_SPLIT_VAL));
}

static char *file_bytes(const char *name, size_t *n)
{
    char path[1300], *bytes;

    snprintf(path, sizeof path, "%s/%s", shards, name);
    if (ch_file_read(path, 1 << 30, &bytes, n, &e))
        fail_msg("%s", e.msg);
    return bytes;
}

/* Byte for byte, with pieces of another size, threads, and a stop between. */
static void bytes_depend_on_photos_and_captions_alone(void **state)
{
    static const char name[] = "train-00000-of-00002.lmdb";
    struct ch_encode_options o = options();
    char *a, *b;
    size_t n, m;

    o.grid = true;
    encode(&o);
    a = file_bytes(name, &n);
    assert_int_equal(scratch_remove(state), 0);
    make_shards(state);
    o = options();
    o.grid = true;
    o.piece = 1;
    o.threads = 3;
    spoil(BAD);
    expect_refused(&o, CH_EFORMAT, "--skip-bad");
    paint(BAD, photo(BAD));
    o.piece = 3;
    encode(&o);
    b = file_bytes(name, &m);
    assert_int_equal(n, m);
    /* Another folder is another path in the manifest, but not in a shard. */
    assert_memory_equal(a, b, n);
    free(a);
    free(b);
}

static void a_finished_shard_is_not_touched(void **state)
{
    const struct ch_encode_options o = options();
    struct stat before, after;
    const char *path = scratch_path("shards/train-00001-of-00002.lmdb");

    (void)state;
    encode(&o);
    assert_int_equal(stat(path, &before), 0);
    encode(&o);
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
    assert_false(ch_file_exists(scratch_path("shards/encode.tmp")));
}

/* Three pieces of one photo each are left by a run that ended. */
static struct ch_encode_options leave_pieces(int *bad)
{
    struct ch_encode_options o = options();

    o.piece = 1;
    *bad = photo_of(3);
    spoil(*bad);
    expect_refused(&o, CH_EFORMAT, "--skip-bad");
    return o;
}

static void damaged_pieces_are_made_again(void **state)
{
    int bad;
    const struct ch_encode_options o = leave_pieces(&bad);
    FILE *f = fopen(scratch_path("shards/encode.tmp/"
                                 "train-00000-of-00002.lmdb.0000000000"), "r+");

    (void)state;
    assert_non_null(f);
    assert_int_equal(fseek(f, 40, SEEK_SET), 0);
    fputc('!', f);
    fclose(f);
    paint(bad, photo(bad));
    assert_int_equal(encode(&o).encoded, TRAIN + VAL - 2);
    ch_set_close(open_set(CH_SPLIT_TRAIN));
}

static void pieces_of_another_type_are_made_again(void **state)
{
    int bad;
    struct ch_encode_options o = leave_pieces(&bad);

    (void)state;
    paint(bad, photo(bad));
    o.dtype = CH_FEATURE_F16;
    assert_int_equal(encode(&o).encoded, TRAIN + VAL);
    ch_set_close(open_set(CH_SPLIT_TRAIN));
}

static void two_jobs_do_not_encode_the_same_shards(void **state)
{
    struct ch_encode_options o = options();
    struct ch_encode *first, *second;

    (void)state;
    assert_int_equal(ch_encode_open(&first, &o, &e), 0);
    assert_int_equal(ch_encode_open(&second, &o, &e), CH_EIO);
    assert_non_null(strstr(e.msg, "another job is encoding these shards"));
    /* Another rank of the same job may. */
    o.rank = 1;
    assert_int_equal(ch_encode_open(&second, &o, &e), 0);
    ch_encode_close(second);
    ch_encode_close(first);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_shards,         \
                                                   scratch_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(other_ranks_take_pieces_and_the_last_makes_the_shard),
        CASE(bytes_depend_on_photos_and_captions_alone),
        CASE(a_finished_shard_is_not_touched),
        CASE(damaged_pieces_are_made_again),
        CASE(pieces_of_another_type_are_made_again),
        CASE(two_jobs_do_not_encode_the_same_shards),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
