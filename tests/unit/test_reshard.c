/* test_reshard.c - the same records in another number of files */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>

#include "base/file.h"
#include "chorus/reshard.h"
#include "chorus/verify.h"
#include "scratch.h"
#include "small_shards.h"

static char from[600], to[600], back[600];
static struct ch_prepare_result result;

static int fresh(void **state)
{
    static int number;
    struct ch_err e = CH_ERR_INIT;
    char dir[540];

    (void)state;
    snprintf(dir, sizeof dir, "%s/%d", scratch, number++);
    snprintf(from, sizeof from, "%s/shards", dir);
    snprintf(to, sizeof to, "%s/to", dir);
    snprintf(back, sizeof back, "%s/back", dir);
    if (mkdir(dir, 0700) || small_shards(dir, &e)) {
        print_error("%s\n", e.msg);
        return -1;
    }
    return 0;
}

static void run(const char *a, uint64_t files, const char *b)
{
    struct ch_err e = CH_ERR_INIT;

    if (ch_reshard_run(a, files, b, &result, &e))
        fail_msg("%s", e.msg);
}

static void bad(void *context, const char *where, const char *what)
{
    (void)context;
    fail_msg("%s: %s", where, what);
}

/* All records of both are the same, in the same order. */
static void expect_same(const char *a, const char *b, enum ch_split split)
{
    static struct ch_caption_record one, two;
    struct ch_set *s, *t;
    struct ch_err e = CH_ERR_INIT;

    if (ch_set_open(&s, a, split, 1, &e) || ch_set_open(&t, b, split, 1, &e))
        fail_msg("%s", e.msg);
    assert_int_equal(ch_set_count(s), ch_set_count(t));
    assert_string_equal(ch_set_encoder(s), ch_set_encoder(t));
    for (size_t i = 0; i < ch_set_count(s); i++) {
        float x[SMALL_FEATURES], y[SMALL_FEATURES];

        assert_int_equal(ch_set_captions(s, i, &one, NULL), 0);
        assert_int_equal(ch_set_captions(t, i, &two, NULL), 0);
        assert_int_equal(one.caption_count, two.caption_count);
        assert_memory_equal(one.key, two.key, one.key_bytes);
        assert_int_equal(ch_set_feature(s, i, x, NULL), 0);
        assert_int_equal(ch_set_feature(t, i, y, NULL), 0);
        assert_memory_equal(x, y, sizeof x);
    }
    ch_set_close(s);
    ch_set_close(t);
}

static void records_and_features_are_moved(void **state)
{
    static const uint64_t files[] = { 1, 3, 5, 13, 100 };
    struct ch_verify_result v;

    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char out[640];

        snprintf(out, sizeof out, "%s%zu", to, i);
        run(from, files[i], out);
        assert_int_equal(result.split[0].images, SMALL_TRAIN);
        expect_same(from, out, CH_SPLIT_TRAIN);
        expect_same(from, out, CH_SPLIT_VAL);
        assert_int_equal(ch_verify_run(out, bad, NULL, &v, NULL), 0);
        assert_int_equal(v.records, SMALL_TRAIN + SMALL_VAL);
        assert_int_equal(v.pooled, SMALL_TRAIN + SMALL_VAL);
    }
}

static void expect_same_bytes(const char *a, const char *b)
{
    char **one, **two;
    size_t n, m;

    assert_int_equal(ch_file_list(a, NULL, &one, &n, NULL), 0);
    assert_int_equal(ch_file_list(b, NULL, &two, &m, NULL), 0);
    assert_int_equal(n, m);
    for (size_t i = 0; i < n; i++) {
        char *x, *y;
        size_t xn, yn;

        assert_string_equal(strrchr(one[i], '/'), strrchr(two[i], '/'));
        assert_int_equal(ch_file_read(one[i], 1 << 26, &x, &xn, NULL), 0);
        assert_int_equal(ch_file_read(two[i], 1 << 26, &y, &yn, NULL), 0);
        assert_int_equal(xn, yn);
        assert_memory_equal(x, y, xn);
        free(x);
        free(y);
    }
    ch_file_list_free(one, n);
    ch_file_list_free(two, m);
}

/* What was moved may be moved back, and nothing is left of the way. */
static void there_and_back_gives_the_same_bytes(void **state)
{
    char once[640];

    (void)state;
    snprintf(once, sizeof once, "%s.once", to);
    run(from, 2, once);
    run(once, 3, to);
    run(to, 2, back);
    expect_same_bytes(once, back);
}

static void records_without_features_keep_their_reason(void **state)
{
    struct ch_verify_result v;
    unsigned char key[CH_SHARD_KEY_BYTES];
    struct ch_store *s;
    char path[700];

    (void)state;
    snprintf(path, sizeof path, "%s/train-00001-of-00002.lmdb", from);
    assert_int_equal(ch_store_open_write(&s, path, NULL), 0);
    ch_shard_key('f', 2, key);
    assert_int_equal(ch_store_drop(s, key, sizeof key, NULL), 0);
    key[0] = 'x';
    assert_int_equal(ch_store_put(s, key, sizeof key, "cut", 3, NULL), 0);
    assert_int_equal(ch_store_commit(s, NULL), 0);
    ch_store_close(s);
    run(from, 1, to);
    assert_int_equal(ch_verify_run(to, bad, NULL, &v, NULL), 0);
    assert_int_equal(v.skipped, 1);
    assert_int_equal(v.pending, 0);
    snprintf(path, sizeof path, "%s/train-00000-of-00001.lmdb", to);
    assert_int_equal(ch_store_open(&s, path, NULL), 0);
    ch_shard_key('x', 6 + 2, key);
    assert_int_equal(ch_store_get(s, key, sizeof key, &(const void *){ NULL },
                                  &(size_t){ 0 }, NULL), 1);
    ch_store_close(s);
}

static void expect_refusal(int code, const char *words)
{
    struct ch_err e = CH_ERR_INIT;

    assert_int_equal(ch_reshard_run(from, 2, to, &result, &e), code);
    if (!strstr(e.msg, words))
        fail_msg("expected '%s', found '%s'", words, e.msg);
}

static void what_cannot_be_moved_is_told_and_nothing_left(void **state)
{
    char path[700];
    struct ch_store *s;

    (void)state;
    snprintf(path, sizeof path, "%s/train-00001-of-00002.lmdb", from);
    assert_int_equal(ch_store_open_write(&s, path, NULL), 0);
    assert_int_equal(ch_store_put(s, "encoder", 7, "{}", 2, NULL), 0);
    assert_int_equal(ch_store_commit(s, NULL), 0);
    ch_store_close(s);
    expect_refusal(CH_EUSAGE, "encoded by another encoder than the shards "
                   "before; run chorus encode --again, or move shards that "
                   "are not encoded");
    assert_false(ch_file_exists(to));
    unlink(path);
    expect_refusal(CH_EIO, "cannot open: No such file or directory");
    assert_false(ch_file_exists(to));
    mkdir(to, 0700);
    expect_refusal(CH_EUSAGE, "is there already; remove it or choose another "
                   "folder");
}

#define FRESH(test) cmocka_unit_test_setup(test, fresh)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(records_and_features_are_moved),
        FRESH(there_and_back_gives_the_same_bytes),
        FRESH(records_without_features_keep_their_reason),
        FRESH(what_cannot_be_moved_is_told_and_nothing_left),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
