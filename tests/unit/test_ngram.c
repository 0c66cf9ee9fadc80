/* test_ngram.c - captions as counted n-grams */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "score/ngram.h"

static struct ch_ngram_set read_set(const struct ch_score_item *item,
                                    size_t count)
{
    struct ch_ngram_set s;
    struct ch_err e = CH_ERR_INIT;

    if (ch_ngram_read(&s, item, count, &e))
        fail_msg("%s", e.msg);
    assert_int_equal(ch_ngram_name(&s, &e), 0);
    return s;
}

/* The n-grams of a caption as "a*2 b a b*2", in their order. */
static const char *spell(const struct ch_ngram_set *s,
                         const struct ch_ngrams *g)
{
    static char out[1000];
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < g->start[CH_NGRAM_ORDERS]; i++) {
        const char *word[CH_NGRAM_ORDERS];
        size_t bytes[CH_NGRAM_ORDERS];
        size_t n = ch_ngram_words(s, g->gram[i].id, word, bytes);

        for (size_t w = 0; w < n; w++)
            used += (size_t)snprintf(out + used, sizeof out - used, "%s%.*s",
                                     w ? " " : i ? "," : "", (int)bytes[w],
                                     word[w]);
        if (g->gram[i].count > 1)
            used += (size_t)snprintf(out + used, sizeof out - used, "*%u",
                                     g->gram[i].count);
    }
    return out;
}

static void ngrams_are_counted_in_the_order_they_occur(void **state)
{
    const char *const reference[] = { "x", "a b" };
    struct ch_score_item one = { "1", "a b a b a", reference, 2 };
    struct ch_ngram_set s = read_set(&one, 1);

    (void)state;
    assert_string_equal(spell(&s, &s.image[0].caption),
                        "a*3,b*2,a b*2,b a*2,a b a*2,b a b,a b a b,b a b a");
    assert_string_equal(spell(&s, &s.image[0].reference[1]), "a,b,a b");
    assert_int_equal(s.image[0].caption.word_count, 5);
    assert_int_equal(s.most_grams, 8);
    ch_ngram_release(&s);
}

static void images_are_counted_once_for_each_ngram(void **state)
{
    const char *const first[] = { "a dog", "a dog a" }, *const second[] = {
        "the dog" };
    struct ch_score_item item[] = { { "1", "cat", first, 2 },
                                    { "2", "a dog", second, 1 } };
    struct ch_ngram_set s = read_set(item, 2);

    (void)state;
    assert_int_equal(s.images[ch_ngram_find(&s, "dog", 3)], 2);
    assert_int_equal(s.images[ch_ngram_find(&s, "a", 1)], 1);
    assert_int_equal(s.images[ch_ngram_find(&s, "a dog", 5)], 1);
    assert_int_equal(s.images[ch_ngram_find(&s, "dog a", 5)], 1);
    /* Captions to be scored are not counted. */
    assert_int_equal(s.images[ch_ngram_find(&s, "cat", 3)], 0);
    ch_ngram_release(&s);
}

static void what_nobody_said_is_not_found(void **state)
{
    const char *const reference[] = { "a b c d e" };
    struct ch_score_item one = { "1", "", reference, 1 };
    struct ch_ngram_set s = read_set(&one, 1);

    (void)state;
    assert_true(ch_ngram_find(&s, "a b c d", 7) != UINT32_MAX);
    assert_true(ch_ngram_find(&s, "a b d", 5) == UINT32_MAX);
    assert_true(ch_ngram_find(&s, "z", 1) == UINT32_MAX);
    assert_true(ch_ngram_find(&s, "a z", 3) == UINT32_MAX);
    assert_true(ch_ngram_find(&s, "a b c d e", 9) == UINT32_MAX);
    ch_ngram_release(&s);
}

/* U+00A0 and tabs part words, not pieces; two spaces enclose a piece. */
static void pieces_and_words_are_cut_differently(void **state)
{
    const char *const reference[] = { "a  b", "c\xc2\xa0z\te", "" };
    struct ch_score_item one = { "1", "a b", reference, 3 };
    struct ch_ngram_set s = read_set(&one, 1);
    const struct ch_ngrams *r = s.image[0].reference;

    (void)state;
    assert_int_equal(r[0].word_count, 2);
    assert_int_equal(r[0].piece_count, 3);
    assert_int_equal(r[1].word_count, 3);
    assert_int_equal(r[1].piece_count, 1);
    assert_int_equal(r[2].word_count, 0);
    assert_int_equal(r[2].piece_count, 1);
    ch_ngram_release(&s);
}

/* Enough of them that every table grows, and each is found again. */
static void many_ngrams_keep_apart(void **state)
{
    enum { COUNT = 3000 };
    static char text[COUNT][64];
    static const char *reference[COUNT];
    static struct ch_score_item item[COUNT];
    struct ch_ngram_set s;

    (void)state;
    for (int i = 0; i < COUNT; i++) {
        snprintf(text[i], sizeof text[i], "w%d x%d w%d y%d z%d", i, i % 7,
                 i + 1, i % 11, i % 3);
        reference[i] = text[i];
        item[i] = (struct ch_score_item) { "i", "", &reference[i], 1 };
    }
    s = read_set(item, COUNT);
    for (int i = 0; i < COUNT; i++) {
        const struct ch_ngrams *g = &s.image[i].reference[0];

        assert_int_equal(g->start[CH_NGRAM_ORDERS], 14);
        for (size_t k = 0; k < 14; k++) {
            const char *word[CH_NGRAM_ORDERS];
            size_t bytes[CH_NGRAM_ORDERS], used = 0;
            size_t n = ch_ngram_words(&s, g->gram[k].id, word, bytes);
            char whole[64];

            for (size_t w = 0; w < n; w++)
                used += (size_t)sprintf(whole + used, "%s%.*s", w ? " " : "",
                                        (int)bytes[w], word[w]);
            assert_non_null(strstr(text[i], whole));
            assert_int_equal(ch_ngram_find(&s, whole, used), g->gram[k].id);
        }
    }
    ch_ngram_release(&s);
}

static void an_index_finds_the_ngrams_of_its_caption_alone(void **state)
{
    const char *const reference[] = { "x y a", "" };
    struct ch_score_item one = { "1", "a b a c", reference, 2 };
    struct ch_ngram_set s = read_set(&one, 1);
    const struct ch_ngrams *h = &s.image[0].caption;
    struct ch_ngram_index x;
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    assert_int_equal(ch_ngram_index_init(&x, s.most_grams, &e), 0);
    ch_ngram_index_set(&x, h);
    for (uint32_t i = 0; i < h->start[CH_NGRAM_ORDERS]; i++)
        assert_int_equal(ch_ngram_index_find(&x, h->gram[i].id), i);
    assert_true(ch_ngram_index_find(&x, ch_ngram_find(&s, "x", 1)) ==
                UINT32_MAX);
    ch_ngram_index_set(&x, &s.image[0].reference[1]);
    assert_true(ch_ngram_index_find(&x, h->gram[0].id) == UINT32_MAX);
    ch_ngram_index_release(&x);
    ch_ngram_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ngrams_are_counted_in_the_order_they_occur),
        cmocka_unit_test(images_are_counted_once_for_each_ngram),
        cmocka_unit_test(what_nobody_said_is_not_found),
        cmocka_unit_test(pieces_and_words_are_cut_differently),
        cmocka_unit_test(many_ngrams_keep_apart),
        cmocka_unit_test(an_index_finds_the_ngrams_of_its_caption_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
