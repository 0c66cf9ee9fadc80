/* test_merge.c - several sets in one, each photo once */
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

static char a[600], b[600], out[600];
static const char *folder[2] = { a, b }, *name[2] = { "one", "two" };
static struct ch_merge_options o;
static struct ch_prepare_result result;
static struct ch_caption_record record;

static int make_set(const char *dir)
{
    struct ch_err e = CH_ERR_INIT;

    if (mkdir(dir, 0700) || small_shards(dir, &e)) {
        print_error("%s\n", e.msg);
        return -1;
    }
    return 0;
}

/* Two sets of the same names in two folders. */
static int fresh(void **state)
{
    static int number;
    char dir[2][560];

    (void)state;
    for (int i = 0; i < 2; i++)
        snprintf(dir[i], sizeof dir[i], "%s/%d", scratch, number++);
    snprintf(a, sizeof a, "%s/shards", dir[0]);
    snprintf(b, sizeof b, "%s/shards", dir[1]);
    snprintf(out, sizeof out, "%s/out", dir[0]);
    o = (struct ch_merge_options){ .folder = folder, .name = name, .count = 2,
                                   .out = out, .shards = 3, .min_count = 1,
                                   .max_words = 10000, .max_length = 30 };
    return make_set(dir[0]) || make_set(dir[1]);
}

static void run(void)
{
    struct ch_err e = CH_ERR_INIT;

    if (ch_merge_run(&o, &result, &e))
        fail_msg("%s", e.msg);
}

static void bad(void *context, const char *where, const char *what)
{
    (void)context;
    fail_msg("%s: %s", where, what);
}

static void all_records_of_both_are_there(void **state)
{
    struct ch_verify_result v;

    (void)state;
    run();
    assert_int_equal(result.split[0].images, 2 * SMALL_TRAIN);
    assert_int_equal(result.split[1].images, 2 * SMALL_VAL);
    assert_int_equal(result.images_read, 2 * (SMALL_TRAIN + SMALL_VAL));
    assert_int_equal(ch_verify_run(out, bad, NULL, &v, NULL), 0);
    assert_int_equal(v.records, 2 * (SMALL_TRAIN + SMALL_VAL));
    assert_int_equal(v.pooled, 2 * (SMALL_TRAIN + SMALL_VAL));
    assert_int_equal(v.captions,
                     result.split[0].captions + result.split[1].captions);
}

static void keys_and_photos_tell_where_they_are_from(void **state)
{
    struct ch_set *s;
    char *photos = NULL, want[900];
    float first[SMALL_FEATURES], second[SMALL_FEATURES];

    (void)state;
    run();
    assert_int_equal(ch_set_open(&s, out, CH_SPLIT_TRAIN, 1, NULL), 0);
    assert_int_equal(ch_set_captions(s, SMALL_TRAIN + 2, &record, NULL), 0);
    assert_int_equal(record.key_bytes, 11);
    assert_memory_equal(record.key, "two/002.jpg", 11);
    *strrchr(b, '/') = '\0';
    photos = realpath(b, NULL);
    snprintf(want, sizeof want, "%s/002.jpg", photos);
    free(photos);
    assert_int_equal(record.photo_bytes, strlen(want));
    assert_memory_equal(record.photo, want, strlen(want));
    assert_int_equal(ch_set_feature(s, 2, first, NULL), 0);
    assert_int_equal(ch_set_feature(s, SMALL_TRAIN + 2, second, NULL), 0);
    assert_memory_equal(first, second, sizeof first);
    ch_set_close(s);
}

static void words_have_the_ids_of_the_common_vocabulary(void **state)
{
    struct ch_manifest m;
    struct ch_vocab *v;
    struct ch_set *s;
    struct ch_buffer spelt = { 0 };
    int32_t id[CH_RECORD_MAX_WORDS + 2];

    (void)state;
    run();
    assert_int_equal(ch_manifest_read(&m, out, NULL), 0);
    assert_int_equal(ch_manifest_vocab(&m, &v, NULL), 0);
    assert_int_equal(ch_set_open(&s, out, CH_SPLIT_VAL, 0, NULL), 0);
    for (size_t i = 0; i < ch_set_count(s); i++) {
        const struct ch_caption *c = record.caption;

        assert_int_equal(ch_set_captions(s, i, &record, NULL), 0);
        for (size_t k = 0; k < c->id_count; k++)
            id[k] = ch_caption_id(c, k);
        ch_buffer_reset(&spelt);
        ch_vocab_decode(v, id, c->id_count, &spelt);
        assert_memory_equal(spelt.at, c->raw, spelt.size);
    }
    ch_buffer_release(&spelt);
    ch_set_close(s);
    ch_vocab_close(v);
    ch_manifest_release(&m);
}

static void a_photo_of_two_sets_is_named(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    char *text;
    size_t n;

    (void)state;
    folder[1] = a;
    assert_int_equal(ch_merge_run(&o, &result, &e), CH_EFORMAT);
    assert_non_null(strstr(e.msg, "/000.jpg: the same photo is in one; leave "
                           "it out of one set, or pass --skip-bad"));
    assert_false(ch_file_exists(out));
    o.skip_bad = true;
    run();
    folder[1] = b;
    assert_int_equal(result.split[0].images, SMALL_TRAIN);
    assert_int_equal(result.images_skipped, SMALL_TRAIN + SMALL_VAL);
    strcat(out, "/skipped.jsonl");
    assert_int_equal(ch_file_read(out, 1 << 20, &text, &n, NULL), 0);
    assert_non_null(strstr(text, "/017.jpg\",\"reason\":\"the same photo is "
                           "in one\"}\n"));
    free(text);
}

static void names_that_cannot_be_are_told(void **state)
{
    static const struct {
        const char *name, *msg;
    } wrong[] = {
        { "one", "two sets have the name one" },
        { "", "\"\" cannot be the name of a set: expected text without a "
              "slash" },
        { "a/b", "\"a/b\" cannot be the name of a set: expected text without "
                 "a slash" },
    };
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        name[1] = wrong[i].name;
        assert_int_equal(ch_merge_run(&o, &result, &e), CH_EUSAGE);
        assert_string_equal(e.msg, wrong[i].msg);
    }
    name[1] = "two";
    o.count = 0;
    assert_int_equal(ch_merge_run(&o, &result, &e), CH_EUSAGE);
    assert_string_equal(e.msg, "nothing to merge; name folders of shards as "
                        "NAME=SHARDS");
}

#define FRESH(test) cmocka_unit_test_setup(test, fresh)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(all_records_of_both_are_there),
        FRESH(keys_and_photos_tell_where_they_are_from),
        FRESH(words_have_the_ids_of_the_common_vocabulary),
        FRESH(a_photo_of_two_sets_is_named),
        FRESH(names_that_cannot_be_are_told),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
