/* test_manifest.c - a manifest comes back; what does not fit is told */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/file.h"
#include "data/shard.h"
#include "scratch.h"

static const char words[] = "<pad>\n<start>\n<end>\na\ncat\n<unk>\n";

/* A manifest that is right; tests replace one part of it. */
static const char good[] =
    "{\"format\":\"chorus-shards\",\"version\":1,\"text_rule\":\"unicode-1\","
    "\"images\":\"/photos\",\"vocabulary\":{\"file\":\"vocabulary.txt\","
    "\"hash\":\"00000000000000ff\",\"size\":6},\"max_words\":30,"
    "\"read\":{\"images\":4,\"captions\":9},\"skipped\":1,"
    "\"splits\":{\"train\":{\"images\":3,\"captions\":7,\"words\":20,"
    "\"shards\":[{\"file\":\"a.lmdb\",\"records\":1,\"captions\":2},"
    "{\"file\":\"b.lmdb\",\"records\":2,\"captions\":5}]}}}";

static void write_text(const char *text)
{
    struct ch_err e = CH_ERR_INIT;

    if (ch_file_write(scratch_path("manifest.json"), text, strlen(text), &e))
        fail_msg("%s", e.msg);
}

/* `good` with the first `from` made `to`. */
static void write_changed(const char *from, const char *to)
{
    char text[2048];
    const char *at = strstr(good, from);

    assert_non_null(at);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - good), good, to,
             at + strlen(from));
    write_text(text);
}

static void expect_refusal(const char *message)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_manifest m;
    char want[2048];

    snprintf(want, sizeof want, "%s: %s", scratch_path("manifest.json"),
             message);
    assert_int_equal(ch_manifest_read(&m, scratch, &e), CH_EFORMAT);
    assert_string_equal(e.msg, want);
}

static void a_manifest_is_read_as_it_was_written(void **state)
{
    static struct ch_manifest m, back;
    struct ch_manifest_shard shard[2] = {
        { "train-00000-of-00002.lmdb", 3, 14 },
        { "train-00001-of-00002.lmdb", 4, 20 },
    };
    struct ch_manifest_shard other = { "val-00000-of-00001.lmdb", 1, 5 };
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    strcpy(m.images, "/photos/\"quoted\" \xc3\xa4");
    strcpy(m.text_rule, "unicode-1");
    m.vocab_hash = UINT64_C(0xfedcba9876543210);
    m.vocab_size = 77;
    m.max_words = 20;
    m.images_read = 10;
    m.captions_read = 41;
    m.skipped = 3;
    m.features = (struct ch_manifest_features){
        "f16", 8, 1280, 81, 1280, 1.25e-4, 0.5 };
    m.split[CH_SPLIT_TRAIN] = (struct ch_manifest_split){
        .images = 7, .captions = 34, .words = 300, .shard_count = 2,
        .shard = shard };
    m.split[CH_SPLIT_VAL] = (struct ch_manifest_split){
        .images = 1, .captions = 5, .words = 40, .folder = "/elsewhere",
        .shard_count = 1, .shard = &other };
    if (ch_manifest_write(&m, scratch, &e) ||
        ch_manifest_read(&back, scratch, &e))
        fail_msg("%s", e.msg);
    assert_string_equal(back.folder, scratch);
    assert_string_equal(back.images, m.images);
    assert_string_equal(back.text_rule, m.text_rule);
    assert_true(back.vocab_hash == m.vocab_hash);
    assert_int_equal(back.vocab_size, 77);
    assert_int_equal(back.max_words, 20);
    assert_int_equal(back.images_read, 10);
    assert_int_equal(back.captions_read, 41);
    assert_int_equal(back.skipped, 3);
    assert_memory_equal(&back.features, &m.features, sizeof m.features);
    for (int s = 0; s < CH_SPLIT_COUNT; s++) {
        const struct ch_manifest_split *a = &m.split[s], *b = &back.split[s];
        assert_int_equal(b->images, a->images);
        assert_int_equal(b->captions, a->captions);
        assert_int_equal(b->words, a->words);
        assert_string_equal(b->folder, a->folder);
        assert_int_equal(b->shard_count, a->shard_count);
        for (size_t i = 0; i < a->shard_count; i++) {
            assert_string_equal(b->shard[i].file, a->shard[i].file);
            assert_int_equal(b->shard[i].records, a->shard[i].records);
            assert_int_equal(b->shard[i].captions, a->shard[i].captions);
        }
    }
    ch_manifest_release(&back);
}

static void the_one_the_tests_change_is_right(void **state)
{
    struct ch_manifest m;
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    write_text(good);
    if (ch_manifest_read(&m, scratch, &e))
        fail_msg("%s", e.msg);
    assert_int_equal(m.split[CH_SPLIT_TRAIN].images, 3);
    ch_manifest_release(&m);
}

static void what_does_not_fit_is_refused(void **state)
{
    static const struct {
        const char *from, *to, *message;
    } bad[] = {
        { "chorus-shards", "other",
          "no manifest of shards: \"format\" is not \"chorus-shards\"" },
        { "\"version\":1", "\"version\":2",
          "version 2, expected 1; make the shards again" },
        { "\"text_rule\"", "\"rule\"",
          "\"text_rule\" is missing or not text" },
        { "\"images\":\"/photos\"", "\"images\":1",
          "\"images\" is missing or not text" },
        { "00000000000000ff", "ff",
          "the vocabulary's hash is not 16 hexadecimal digits" },
        { "\"records\":2", "\"records\":3",
          "its shards hold 4 records, expected 3" },
        { "\"captions\":5", "\"captions\":4",
          "its shards hold 6 captions, expected 7" },
        { "b.lmdb", "../b.lmdb", "\"../b.lmdb\" is no file name of a shard" },
        { "b.lmdb", "..", "\"..\" is no file name of a shard" },
        { "b.lmdb", "", "\"\" is no file name of a shard" },
        { "\"records\":2", "\"records\":4294967296",
          "b.lmdb: too many records" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_changed(bad[i].from, bad[i].to);
        expect_refusal(bad[i].message);
    }
}

static void numbers_out_of_their_range_are_refused(void **state)
{
    static const char *const change[][2] = {
        { "\"max_words\":30", "\"max_words\":51" },
        { "\"max_words\":30", "\"max_words\":0" },
        { "\"size\":6", "\"size\":-1" },
        { "\"images\":3", "\"images\":\"3\"" },
        { "\"words\":20", "\"words\":1e3" },
        { "\"skipped\":1", "\"skipped\":null" },
    };
    struct ch_manifest m;

    (void)state;
    for (size_t i = 0; i < sizeof change / sizeof *change; i++) {
        struct ch_err e = CH_ERR_INIT;
        char name[32];

        snprintf(name, sizeof name, "%.*s",
                 (int)strcspn(change[i][0], ":"), change[i][0]);
        write_changed(change[i][0], change[i][1]);
        assert_int_equal(ch_manifest_read(&m, scratch, &e), CH_EFORMAT);
        assert_non_null(strstr(e.msg, name));
    }
}

static void a_manifest_cut_anywhere_is_refused(void **state)
{
    struct ch_manifest m;

    (void)state;
    for (size_t n = 0; n < sizeof good - 1; n++) {
        char part[sizeof good];

        memcpy(part, good, n);
        part[n] = '\0';
        write_text(part);
        assert_int_equal(ch_manifest_read(&m, scratch, NULL), CH_EFORMAT);
    }
}

static void a_folder_without_manifest_names_the_remedy(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_manifest m;
    char want[1024];

    (void)state;
    unlink(scratch_path("manifest.json"));
    snprintf(want, sizeof want, "%s: no shards here: manifest.json is "
             "missing; make them with chorus shard", scratch);
    assert_int_equal(ch_manifest_read(&m, scratch, &e), CH_EUSAGE);
    assert_string_equal(e.msg, want);
}

static int read_vocab(uint64_t hash, size_t size, struct ch_err *e)
{
    static struct ch_manifest m;
    struct ch_vocab *v = NULL;
    int rc;

    strcpy(m.folder, scratch);
    m.vocab_hash = hash;
    m.vocab_size = size;
    rc = ch_file_write(scratch_path("vocabulary.txt"), words, strlen(words),
                       e);
    if (!rc) rc = ch_manifest_vocab(&m, &v, e);
    assert_true(rc ? !v : ch_vocab_size(v) == 6);
    ch_vocab_close(v);
    return rc;
}

static void the_vocabulary_must_be_the_manifests(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_vocab *v;
    uint64_t hash;
    char want[1100];

    (void)state;
    assert_int_equal(ch_vocab_parse(&v, words, strlen(words), "x", &e), 0);
    hash = ch_vocab_hash(v);
    ch_vocab_close(v);
    assert_int_equal(read_vocab(hash, 6, &e), 0);
    assert_int_equal(read_vocab(hash, 7, &e), CH_EFORMAT);
    assert_int_equal(read_vocab(hash + 1, 6, &e), CH_EFORMAT);
    snprintf(want, sizeof want, "%s: not the vocabulary of these shards: its "
             "hash or size differs from the manifest's",
             scratch_path("vocabulary.txt"));
    assert_string_equal(e.msg, want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_manifest_is_read_as_it_was_written),
        cmocka_unit_test(the_one_the_tests_change_is_right),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(numbers_out_of_their_range_are_refused),
        cmocka_unit_test(a_manifest_cut_anywhere_is_refused),
        cmocka_unit_test(a_folder_without_manifest_names_the_remedy),
        cmocka_unit_test(the_vocabulary_must_be_the_manifests),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
