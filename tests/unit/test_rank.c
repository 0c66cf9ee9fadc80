/* test_rank.c - photos come in the order of FTS5's own bm25() */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "base/rng.h"
#include "open_index.h"
#include "use/query.h"
#include "use/rank.h"

enum { PHOTOS = 700 };

static struct ch_index x;

/* "a" in nearly all, "zebra" in one of 50 or so; 1 to 140 words, some of them
 * more than once, so that a length takes one byte or two. */
static void say(uint32_t i, char *out, size_t size)
{
    static const char *const word[] = {
        "dog", "a", "man", "a", "beach", "runs", "a", "running", "t-shirt",
        "caf\xc3\xa9", "dog", "zebra", "man", "a", "cat", "b/w"
    };
    struct ch_rng_place p = { .purpose = CH_RNG_TEST, .example = i };
    size_t used = 0, words;
    uint32_t r[4];

    ch_rng_block(&p, 0, r);
    words = 1 + r[0] % (i % 90 ? 12 : 140);
    for (size_t w = 0; w < words; w++) {
        size_t which;

        if (w % 4 == 0)
            ch_rng_block(&p, (uint32_t)(1 + w / 4), r);
        which = r[w % 4] % 16;
        /* Most zebras are something else. */
        if (which == 11 && r[w % 4] >> 30)
            which = 0;
        used += (size_t)snprintf(out + used, size - used, "%s%s", w ? " " : "",
                                 word[which]);
    }
}

static int put(uint32_t photo, uint32_t caption, struct ch_err *e)
{
    static const float feature[2] = { 1, 0 };
    char path[24], text[1500];

    snprintf(path, sizeof path, "/%u", photo);
    say(caption, text, sizeof text);
    return ch_index_put(&x, &(struct ch_index_photo){
        .path = path, .caption = text, .tags = "", .feature = feature }, e);
}

/* Some are captioned anew and some are gone: ids have gaps. */
static int make(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    char path[24];
    int rc = open_index(&x, 2, state, &e);

    for (uint32_t i = 0; i < PHOTOS && !rc; i++)
        rc = put(i, i, &e);
    for (uint32_t i = 0; i < PHOTOS && !rc; i += 13)
        rc = put(i, PHOTOS + i, &e);
    for (uint32_t i = 5; i < PHOTOS && !rc; i += 17) {
        snprintf(path, sizeof path, "/%u", i);
        rc = ch_index_drop(&x, path, &e);
    }
    return rc ? rc : ch_sql_end(x.sql, 0, &e);
}

static int drop(void **state)
{
    ch_index_close(&x);
    return scratch_remove(state);
}

/* How many photos there are; each is where SQLite puts it. */
static size_t check_query(const char *query, bool any, size_t limit)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_rank *best;
    struct ch_sql_rows *r;
    size_t count;

    assert_int_equal(ch_rank_words(&x, query, any, limit, &best, &count, &e),
                     0);
    assert_int_equal(ch_sql_query(&r, x.sql, &e, "SELECT rowid, bm25(words)"
                                  " FROM words WHERE words MATCH ? ORDER BY"
                                  " bm25(words), rowid LIMIT ?", "ti", query,
                                  (int64_t)limit), 0);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(ch_sql_next(r, &e), 1);
        assert_int_equal(best[i].id, ch_sql_int(r, 0));
        assert_true(fabs(best[i].score + ch_sql_real(r, 1)) <
                    1e-12 * best[i].score);
    }
    assert_int_equal(ch_sql_next(r, &e), 0);
    ch_sql_rows_close(r);
    free(best);
    return count;
}

static size_t check(const char *words, bool any, size_t limit)
{
    struct ch_buffer query = { 0 };
    struct ch_err e = CH_ERR_INIT;
    size_t count;

    assert_int_equal(ch_query_put(words, any, &query, &e), 0);
    count = check_query(query.at, any, limit);
    ch_buffer_release(&query);
    return count;
}

static void the_order_is_that_of_bm25(void **state)
{
    static const char *const words[] = {
        "dog", "zebra", "a", "dog man", "zebra cat", "dog dog", "zebra man cat",
        "run", "dogs running on a beach", "t-shirt", "b/w dog", "cafe zebra",
        "dog man beach run cat cafe zebra shirt", "dog harp", "harp",
    };
    static const size_t limit[] = { 1, 2, 7, 50, PHOTOS, INT64_MAX };

    (void)state;
    for (size_t w = 0; w < sizeof words / sizeof *words; w++)
        for (size_t i = 0; i < sizeof limit / sizeof *limit; i++) {
            (void)check(words[w], false, limit[i]);
            (void)check(words[w], true, limit[i]);
        }
    /* Both ways to read lengths were taken, and nothing was found, too. */
    assert_in_range(check("a", false, PHOTOS), PHOTOS / 2, PHOTOS);
    assert_in_range(check("zebra", false, PHOTOS), 1, PHOTOS / 8);
    assert_int_equal(check("dog harp", false, PHOTOS), 0);
    assert_in_range(check("dog harp", true, PHOTOS), 1, PHOTOS);
}

/* Strings without a letter are phrases without a word. */
static void a_phrase_of_no_word_is_in_no_photo(void **state)
{
    (void)state;
    assert_int_equal(check_query("\"dog\" AND \"-\"", false, 9), 0);
    assert_int_equal(check_query("\"dog\" OR \"-\"", true, 9), 9);
    assert_int_equal(check_query("\"-\"", true, 9), 0);
}

/* FTS5 forgets the length of a caption that goes, and the words it is told. */
static void a_caption_without_a_length_is_told(void **state)
{
    static const char *const word[] = { "dog", "zebra" };
    struct ch_err e = CH_ERR_INIT;
    struct ch_rank *best;
    size_t count;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(ch_rank_words(&x, word[i], false, 1, &best, &count,
                                       &e), 0);
        assert_int_equal(ch_sql_begin(x.sql, &e), 0);
        assert_int_equal(ch_sql_run(x.sql, &e, "INSERT INTO words(words, rowid,"
                                    " caption) VALUES('delete', ?, '')", "i",
                                    best[0].id), 0);
        free(best);
        assert_int_equal(ch_rank_words(&x, word[i], false, 9, &best, &count,
                                       &e), CH_EFORMAT);
        assert_non_null(strstr(e.msg, "damaged: a caption without a length"));
        assert_null(best);
        assert_int_equal(ch_sql_end(x.sql, 1, &e), 1);
    }
    assert_int_equal(check("dog", false, 9), 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_order_is_that_of_bm25),
        cmocka_unit_test(a_phrase_of_no_word_is_in_no_photo),
        cmocka_unit_test(a_caption_without_a_length_is_told),
    };

    return cmocka_run_group_tests(tests, make, drop);
}
