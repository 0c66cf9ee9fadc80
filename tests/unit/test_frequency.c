/* test_frequency.c - document frequencies for CIDEr, kept in a file */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "base/file.h"
#include "base/hash.h"
#include "chorus/score.h"
#include "score/frequency.h"
#include "scratch.h"

static const char *const first[] = { "a dog runs", "the dog runs fast" };
static const char *const second[] = { "a cat sleeps" };
static const char *const third[] = { "a bird", "the bird sings" };
static const struct ch_score_item items[3] = {
    { "1", "a dog sleeps", first, 2 }, { "2", "a cat sleeps", second, 1 },
    { "3", "the bird", third, 2 },
};

static struct ch_scores score(const struct ch_score_item *item, size_t count,
                              const char *df)
{
    const struct ch_score_options o = { .rule = CH_TOKENS_none, .df = df };
    struct ch_err e = CH_ERR_INIT;
    struct ch_scores s;

    if (ch_score_tokens(item, count, &o, &s, &e))
        fail_msg("%s", e.msg);
    return s;
}

static const char *write_df(void)
{
    const char *path = scratch_path("x.df");
    struct ch_err e = CH_ERR_INIT;

    if (ch_score_write_df(items, 3, CH_TOKENS_none, path, &e))
        fail_msg("%s", e.msg);
    return path;
}

static void the_file_is_this_text(void **state)
{
    const char *path = scratch_path("one.df");
    struct ch_err e = CH_ERR_INIT;
    char *text, hex[17], expected[200];
    static const char body[] = "chorus-df 1\t1\t5\tnone\n1\ta\n1\tcat\n"
                               "1\tsleeps\n1\ta cat\n1\tcat sleeps\n";
    size_t n;

    (void)state;
    assert_int_equal(ch_score_write_df(&(struct ch_score_item) {
                         "2", "", (const char *const[]) { "a cat",
                                                          "cat sleeps" }, 2 },
                         1, CH_TOKENS_none, path, &e), 0);
    ch_hash_hex(ch_hash(body, sizeof body - 1), hex);
    snprintf(expected, sizeof expected, "%sxxh3\t%s\n", body, hex);
    assert_int_equal(ch_file_read(path, 10000, &text, &n, &e), 0);
    assert_string_equal(text, expected);
    free(text);
}

static void the_own_file_changes_nothing(void **state)
{
    struct ch_scores without = score(items, 3, NULL);
    struct ch_scores with = score(items, 3, write_df());

    (void)state;
    assert_memory_equal(without.item, with.item,
                        3 * CH_METRIC_COUNT * sizeof *with.item);
    assert_int_equal(with.cider_images, 3);
    ch_scores_release(&without);
    ch_scores_release(&with);
}

static void a_single_image_has_the_score_it_has_among_all(void **state)
{
    struct ch_scores all = score(items, 3, NULL);
    struct ch_scores alone = score(items, 1, NULL);
    struct ch_scores with = score(items, 1, write_df());

    (void)state;
    assert_true(alone.item[CH_METRIC_cider_d] == 0);
    assert_true(with.item[CH_METRIC_cider_d] > 0);
    assert_true(with.item[CH_METRIC_cider_d] == all.item[CH_METRIC_cider_d]);
    assert_true(with.item[CH_METRIC_cider] == all.item[CH_METRIC_cider]);
    ch_scores_release(&all);
    ch_scores_release(&alone);
    ch_scores_release(&with);
}

static void assert_refused(const char *path, enum ch_token_rule rule, int code,
                           const char *words)
{
    const struct ch_score_options o = { .rule = rule, .df = path };
    struct ch_err e = CH_ERR_INIT;
    struct ch_scores s;
    int rc = ch_score_tokens(items, 3, &o, &s, &e);

    if (rc != code || !strstr(e.msg, words))
        fail_msg("expected %d \"%s\", found %d \"%s\"", code, words, rc,
                 e.msg);
}

static void another_rule_of_tokens_is_refused(void **state)
{
    (void)state;
    assert_refused(write_df(), CH_TOKENS_simple, CH_EUSAGE,
                   "its words were made by the rule \"none\", those here by "
                   "\"simple\"");
}

static void damage_is_seen(void **state)
{
    const char *path = write_df();
    struct ch_err e = CH_ERR_INIT;
    char *text;
    size_t n;

    (void)state;
    assert_int_equal(ch_file_read(path, 100000, &text, &n, &e), 0);
    text[40] ^= 1;
    assert_int_equal(ch_file_write(path, text, n, &e), 0);
    assert_refused(path, CH_TOKENS_none, CH_EFORMAT, "the file is damaged");
    assert_int_equal(ch_file_write(path, text, n / 2, &e), 0);
    assert_refused(path, CH_TOKENS_none, CH_EFORMAT, "cut short");
    assert_int_equal(ch_file_write(path, "x", 1, &e), 0);
    assert_refused(path, CH_TOKENS_none, CH_EFORMAT,
                   "no file of document frequencies");
    assert_refused("none.df", CH_TOKENS_none, CH_EIO, "none.df");
    free(text);
}

/* A file that somebody else made, hash and all. */
static void counts_that_cannot_be_are_refused(void **state)
{
    static const struct { const char *body, *words; } bad[] = {
        { "chorus-df 1\t0\t0\tnone\n", "line 1: expected images" },
        { "chorus-df 1\t2\tnone\n", "line 1: expected images" },
        { "chorus-df 1\t2\t1\tnone\n3\ta\n", "line 2: expected how many" },
        { "chorus-df 1\t2\t1\tnone\n0\ta\n", "line 2: expected how many" },
        { "chorus-df 1\t2\t1\tnone\na\n", "line 2: expected how many" },
        { "chorus-df 1\t2\t2\tnone\n1\ta\n", "line 2: expected as many" },
    };
    const char *path = scratch_path("bad.df");
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[200], hex[17];
        int n;

        ch_hash_hex(ch_hash(bad[i].body, strlen(bad[i].body)), hex);
        n = snprintf(text, sizeof text, "%sxxh3\t%s\n", bad[i].body, hex);
        assert_int_equal(ch_file_write(path, text, (size_t)n, &e), 0);
        assert_refused(path, CH_TOKENS_none, CH_EFORMAT, bad[i].words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_file_is_this_text),
        cmocka_unit_test(the_own_file_changes_nothing),
        cmocka_unit_test(a_single_image_has_the_score_it_has_among_all),
        cmocka_unit_test(another_rule_of_tokens_is_refused),
        cmocka_unit_test(damage_is_seen),
        cmocka_unit_test(counts_that_cannot_be_are_refused),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
