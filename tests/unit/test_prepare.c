/* test_prepare.c - annotations become shards, whole or not at all */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/file.h"
#include "chorus/prepare.h"
#include "data/shard.h"
#include "scratch.h"

static struct ch_prepare_options options;
static struct ch_prepare_result result;
static struct ch_caption_record record;

static void write_text(const char *name, const char *text)
{
    struct ch_err e = CH_ERR_INIT;

    if (ch_file_write(scratch_path(name), text, strlen(text), &e))
        fail_msg("%s", e.msg);
}

/* Paths of the options live until the test ends. */
static const char *keep(const char *name)
{
    static char path[16][600];
    static unsigned next;
    char *to = path[next++ % 16];

    snprintf(to, sizeof path[0], "%s/%s", scratch, name);
    return to;
}

/* Seven training photos, two for validation; OUT is not there. */
static int fresh(void **state)
{
    static const char train[] =
        "a.jpg\tA child plays soccer.\n"
        "b.jpg\tA dog runs.\nb.jpg\tThe dog's ball!\n"
        "c.jpg\tA child\nd.jpg\tA dog\ne.jpg\tA cat\n"
        "f.jpg\tA cat sleeps on a red chair\ng.jpg\tA bird\n";
    static const char *const photo[] = {
        "photos/a.jpg", "photos/b.jpg", "photos/c.jpg", "photos/d.jpg",
        "photos/e.jpg", "photos/f.jpg", "photos/g.jpg", "photos/v.jpg",
        "photos/w.jpg" };

    (void)state;
    scratch_make(NULL);
    mkdir(scratch_path("photos"), 0700);
    for (size_t i = 0; i < sizeof photo / sizeof *photo; i++)
        write_text(photo[i], "no picture");
    write_text("train.tsv", train);
    write_text("val.tsv", "v.jpg\tA zebra plays.\nw.jpg\tA dog\n");
    ch_prepare_defaults(&options);
    options.format = CH_ANNOTATIONS_TSV;
    options.train = keep("train.tsv");
    options.val = keep("val.tsv");
    options.images = keep("photos");
    options.out = keep("out");
    options.shards = 2;
    return 0;
}

static void run(void)
{
    struct ch_err e = CH_ERR_INIT;

    if (ch_prepare_run(&options, &result, &e))
        fail_msg("%s", e.msg);
}

/* Nothing was made: neither the folder nor one beside it. */
static void expect_refusal(int code, const char *message)
{
    struct ch_err e = CH_ERR_INIT;
    char **list;
    size_t count;

    assert_int_equal(ch_prepare_run(&options, &result, &e), code);
    assert_string_equal(e.msg, message);
    assert_int_equal(ch_file_list(scratch, NULL, &list, &count, NULL), 0);
    for (size_t i = 0; i < count; i++)
        if (strstr(list[i], ".tmp.") || strstr(list[i], "/out/"))
            fail_msg("%s is left", list[i]);
    ch_file_list_free(list, count);
}

static struct ch_set *open_split(enum ch_split split)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_set *s;

    if (ch_set_open(&s, scratch_path("out"), split, 0, &e))
        fail_msg("%s", e.msg);
    return s;
}

static void expect_ids(const struct ch_caption *c, const int32_t *id, size_t n)
{
    assert_int_equal(c->id_count, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(ch_caption_id(c, i), id[i]);
}

static void one_caption_gives_the_ids_everybody_expects(void **state)
{
    static const int32_t want[9] = { 1, 3, 4, 5, 6, 2, 0, 0, 0 };
    int32_t id[9];
    struct ch_set *s;

    (void)state;
    write_text("train.tsv", "a.jpg\tA child plays soccer.\n");
    options.val = NULL;
    run();
    assert_int_equal(result.vocabulary, 3 + 4 + 1);
    s = open_split(CH_SPLIT_TRAIN);
    assert_int_equal(ch_set_captions(s, 0, &record, NULL), 0);
    for (size_t i = 0; i < record.caption[0].id_count; i++)
        id[i] = ch_caption_id(&record.caption[0], i);
    ch_vocab_pad(id, record.caption[0].id_count, 9);
    assert_memory_equal(id, want, sizeof want);
    ch_set_close(s);
}

static void the_vocabulary_is_of_the_training_split_alone(void **state)
{
    struct ch_manifest m;
    struct ch_vocab *v;
    struct ch_set *s;
    int32_t unk;

    (void)state;
    run();
    assert_int_equal(ch_manifest_read(&m, options.out, NULL), 0);
    assert_int_equal(ch_manifest_vocab(&m, &v, NULL), 0);
    unk = ch_vocab_unk(v);
    assert_int_equal(ch_vocab_id(v, "zebra", 5), unk);
    assert_int_not_equal(ch_vocab_id(v, "dogs", 4), unk);
    s = open_split(CH_SPLIT_VAL);
    assert_int_equal(ch_set_captions(s, 0, &record, NULL), 0);
    assert_int_equal(ch_caption_id(&record.caption[0], 2), unk);
    ch_set_close(s);
    ch_vocab_close(v);
    ch_manifest_release(&m);
}

static void records_hold_the_key_and_the_caption_as_written(void **state)
{
    struct ch_set *s;

    (void)state;
    run();
    s = open_split(CH_SPLIT_TRAIN);
    assert_int_equal(ch_set_count(s), 7);
    assert_int_equal(ch_set_captions(s, 1, &record, NULL), 0);
    assert_int_equal(record.image_id, -1);
    assert_int_equal(record.key_bytes, 5);
    assert_memory_equal(record.key, "b.jpg", 5);
    assert_int_equal(record.caption_count, 2);
    assert_int_equal(record.caption[1].raw_bytes, 15);
    assert_memory_equal(record.caption[1].raw, "The dog's ball!", 15);
    ch_set_close(s);
}

static void the_result_counts_what_was_made(void **state)
{
    (void)state;
    run();
    assert_int_equal(result.split[0].images, 7);
    assert_int_equal(result.split[0].captions, 8);
    /* 4 3 3 2 2 2 7 2 words, and an <end> each */
    assert_int_equal(result.split[0].words, 25 + 8);
    assert_int_equal(result.split[1].images, 2);
    assert_int_equal(result.split[2].images, 0);
    assert_int_equal(result.words_all, 25);
    assert_int_equal(result.words_kept, 25);
    assert_int_equal(result.captions_cut, 0);
    assert_int_equal(result.skipped, 0);
}

static void long_captions_are_cut_and_counted(void **state)
{
    struct ch_set *s;

    (void)state;
    options.max_length = 3;
    run();
    assert_int_equal(result.captions_cut, 2);
    s = open_split(CH_SPLIT_TRAIN);
    assert_int_equal(ch_set_manifest(s)->max_words, 3);
    assert_int_equal(ch_set_captions(s, 5, &record, NULL), 0);
    assert_int_equal(record.caption[0].id_count, 5);
    assert_int_equal(ch_caption_id(&record.caption[0], 4), CH_WORD_END);
    ch_set_close(s);
}

static void words_beyond_the_vocabulary_become_unk(void **state)
{
    /* "a" stands 7 times, "dog" twice; 3 a, 4 unk. */
    static const int32_t want[6] = { 1, 3, 4, 4, 4, 2 };
    struct ch_set *s;

    (void)state;
    options.max_words = 1;
    run();
    assert_int_equal(result.vocabulary, 5);
    assert_int_equal(result.words_kept, 8);
    s = open_split(CH_SPLIT_TRAIN);
    assert_int_equal(ch_set_captions(s, 0, &record, NULL), 0);
    expect_ids(&record.caption[0], want, 6);
    ch_set_close(s);
}

static void splits_may_have_photo_folders_of_their_own(void **state)
{
    struct ch_manifest m;
    char *want;

    (void)state;
    mkdir(scratch_path("val photos"), 0700);
    write_text("val photos/v.jpg", "x");
    write_text("val photos/w.jpg", "x");
    unlink(scratch_path("photos/v.jpg"));
    options.images = NULL;
    options.train_images = keep("photos");
    options.val_images = keep("val photos/");
    run();
    assert_int_equal(ch_manifest_read(&m, options.out, NULL), 0);
    assert_string_equal(m.images, "");
    want = realpath(scratch_path("val photos"), NULL);
    assert_string_equal(m.split[CH_SPLIT_VAL].folder, want);
    free(want);
    want = realpath(scratch_path("photos"), NULL);
    assert_string_equal(m.split[CH_SPLIT_TRAIN].folder, want);
    free(want);
    ch_manifest_release(&m);
}

static void a_slash_behind_the_output_folder_is_fine(void **state)
{
    (void)state;
    options.out = keep("out//");
    run();
    assert_true(ch_file_exists(scratch_path("out/manifest.json")));
}

static void what_a_killed_run_left_is_not_mixed_in(void **state)
{
    char name[64];

    (void)state;
    snprintf(name, sizeof name, "out.tmp.%ld", (long)getpid());
    mkdir(scratch_path(name), 0700);
    snprintf(name, sizeof name, "out.tmp.%ld/old.lmdb", (long)getpid());
    write_text(name, "old");
    run();
    assert_false(ch_file_exists(scratch_path("out/old.lmdb")));
}

static void the_same_input_gives_the_same_bytes(void **state)
{
    static const char *const file[] = {
        "manifest.json", "vocabulary.txt", "skipped.jsonl",
        "train-00000-of-00002.lmdb", "val-00001-of-00002.lmdb" };

    (void)state;
    run();
    options.out = scratch_path("again");
    run();
    for (size_t i = 0; i < sizeof file / sizeof *file; i++) {
        char a[64], b[64], *one, *two;
        size_t n, m;

        snprintf(a, sizeof a, "out/%s", file[i]);
        snprintf(b, sizeof b, "again/%s", file[i]);
        assert_int_equal(ch_file_read(scratch_path(a), 1 << 24, &one, &n,
                                      NULL), 0);
        assert_int_equal(ch_file_read(scratch_path(b), 1 << 24, &two, &m,
                                      NULL), 0);
        assert_int_equal(n, m);
        assert_memory_equal(one, two, n);
        free(one);
        free(two);
    }
}

static void an_output_folder_that_is_there_is_kept(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    char want[700];

    (void)state;
    mkdir(scratch_path("out"), 0700);
    write_text("out/mine", "x");
    snprintf(want, sizeof want, "%s: is there already; remove it or choose "
             "another folder", options.out);
    assert_int_equal(ch_prepare_run(&options, &result, &e), CH_EUSAGE);
    assert_string_equal(e.msg, want);
    assert_true(ch_file_exists(scratch_path("out/mine")));
}

static void a_folder_that_cannot_be_made_leaves_nothing(void **state)
{
    char want[700];

    (void)state;
    options.out = scratch_path("train.tsv/out");
    snprintf(want, sizeof want, "%s/train.tsv: expected a folder, found a "
             "file", scratch);
    expect_refusal(CH_EIO, want);
}

/* Of a run that was killed: swept.  Of one that lives, and what is not ours:
 * not touched. */
static void what_a_killed_run_left_is_removed(void **state)
{
    char live[700];
    int fd;

    (void)state;
    snprintf(live, sizeof live, "%s.tmp.78", options.out);
    mkdir(scratch_path("out.tmp.77"), 0700);
    write_text("out.tmp.77/train-00000-of-00002.lmdb", "x");
    write_text("out.tmp.77/vocabulary.txt.tmp.77", "x");
    mkdir(scratch_path("out.tmp.78"), 0700);
    write_text("out.tmp.78/train-00000-of-00002.lmdb", "x");
    mkdir(scratch_path("out.tmp.79"), 0700);
    write_text("out.tmp.79/letters.txt", "x");
    mkdir(scratch_path("out.tmp.old"), 0700);
    fd = open(live, O_RDONLY | O_DIRECTORY);
    assert_true(fd >= 0);
    assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
    run();
    close(fd);
    assert_false(ch_file_exists(scratch_path("out.tmp.77")));
    assert_true(ch_file_exists(scratch_path("out.tmp.78/train-00000-of-00002"
                                            ".lmdb")));
    assert_true(ch_file_exists(scratch_path("out.tmp.79/letters.txt")));
    assert_true(ch_file_exists(scratch_path("out.tmp.old")));
}

/* Needs the right to mount; without it the test says so and is skipped. */
static void a_disk_that_fills_up_leaves_nothing(void **state)
{
    const char *disk = keep("disk");
    struct ch_err e = CH_ERR_INIT;
    char **list;
    size_t count;
    int rc;

    (void)state;
    mkdir(disk, 0700);
    /* Room for the first shards, not for all. */
    if (mount("none", disk, "tmpfs", 0, "size=48k")) {
        print_message("skipped: cannot mount a small disk\n");
        skip();
    }
    options.out = keep("disk/out");
    options.shards = 7;
    rc = ch_prepare_run(&options, &result, &e);
    assert_int_equal(ch_file_list(disk, NULL, &list, &count, NULL), 0);
    ch_file_list_free(list, count);
    assert_int_equal(rmdir(keep("disk/out")), -1);
    assert_int_equal(umount(disk), 0);
    assert_int_equal(rc, CH_EIO);
    assert_non_null(strstr(e.msg, ".lmdb: the disk is full"));
    assert_int_equal(count, 0);
}

static void a_split_by_hash_is_told_in_the_manifest(void **state)
{
    struct ch_manifest m;

    (void)state;
    options.captions = options.train;
    options.train = options.val = NULL;
    options.by = CH_PREPARE_HASH;
    options.val_part = 0.3;
    options.test_part = 0;
    run();
    assert_int_equal(result.split[0].images + result.split[1].images, 7);
    assert_true(result.split[1].images > 0);
    assert_int_equal(ch_manifest_read(&m, options.out, NULL), 0);
    assert_true(m.val_part == 0.3 && m.test_part == 0);
    ch_manifest_release(&m);
}

static void options_that_cannot_be_are_refused(void **state)
{
    char want[700];

    (void)state;
    options.shards = 0;
    expect_refusal(CH_EUSAGE, "at least one shard is needed");
    options.shards = 1;
    options.max_length = 51;
    expect_refusal(CH_EUSAGE, "captions are kept to 1 to 50 words");
    options.max_length = 30;
    options.captions = "x";
    options.by = CH_PREPARE_FILE;
    expect_refusal(CH_EUSAGE, "splits by file have no common file of captions "
                   "(--captions)");
    options.by = CH_PREPARE_AUTO;
    options.captions = NULL;
    options.format = CH_ANNOTATIONS_FLICKR;
    expect_refusal(CH_EUSAGE, "the format flickr needs the file of captions "
                   "(--captions)");
    options.format = CH_ANNOTATIONS_TSV;
    options.images = keep("nowhere");
    snprintf(want, sizeof want, "%s: cannot find the photos: No such file or "
             "directory", options.images);
    expect_refusal(CH_EIO, want);
    options.images = keep("val.tsv");
    snprintf(want, sizeof want, "%s: expected the folder of the photos, found "
             "a file", options.images);
    expect_refusal(CH_EUSAGE, want);
    options.images = NULL;
    options.train_images = keep("photos");
    expect_refusal(CH_EUSAGE, "the split \"val\" needs a folder of photos: "
                   "--images or --val-images");
    options.train = NULL;
    expect_refusal(CH_EUSAGE, "a training split is needed (--train)");
    options.out = "";
    expect_refusal(CH_EUSAGE, "an output folder is needed (--out)");
}

static int clean(void **state)
{
    return scratch_remove(state);
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, fresh, clean)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(one_caption_gives_the_ids_everybody_expects),
        FRESH(the_vocabulary_is_of_the_training_split_alone),
        FRESH(records_hold_the_key_and_the_caption_as_written),
        FRESH(the_result_counts_what_was_made),
        FRESH(long_captions_are_cut_and_counted),
        FRESH(words_beyond_the_vocabulary_become_unk),
        FRESH(splits_may_have_photo_folders_of_their_own),
        FRESH(a_slash_behind_the_output_folder_is_fine),
        FRESH(what_a_killed_run_left_is_not_mixed_in),
        FRESH(the_same_input_gives_the_same_bytes),
        FRESH(an_output_folder_that_is_there_is_kept),
        FRESH(a_folder_that_cannot_be_made_leaves_nothing),
        FRESH(what_a_killed_run_left_is_removed),
        FRESH(a_disk_that_fills_up_leaves_nothing),
        FRESH(a_split_by_hash_is_told_in_the_manifest),
        FRESH(options_that_cannot_be_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
