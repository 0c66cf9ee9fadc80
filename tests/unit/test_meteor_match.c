/* test_meteor_match.c - all that may be matched, in METEOR's order */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "score/meteor_match.h"
#include "tiny_meteor.h"

/* "ref+words:hyp+words/module" of each match, in order. */
static const char *find(const char *hyp_text, const char *ref_text,
                        struct ch_meteor_matches *m)
{
    static char out[4096];
    struct ch_meteor_data *d = tiny_meteor_open();
    struct ch_meteor_book *b;
    struct ch_meteor_sentence hyp, ref;
    struct ch_err e = CH_ERR_INIT;
    size_t at = 0;

    assert_int_equal(ch_meteor_book_open(&b, d, &e), 0);
    assert_int_equal(ch_meteor_book_add(b, hyp_text, strlen(hyp_text), &e), 0);
    assert_int_equal(ch_meteor_book_add(b, ref_text, strlen(ref_text), &e), 0);
    hyp = ch_meteor_book_sentence(b, 0);
    ref = ch_meteor_book_sentence(b, 1);
    assert_int_equal(ch_meteor_match_find(m, b, &hyp, &ref, &e), 0);
    out[0] = '\0';
    for (size_t j = 0; j < ref.words; j++)
        for (size_t i = m->start[j]; i < m->start[j + 1]; i++) {
            const struct ch_meteor_match *x = &m->match[i];

            assert_int_equal(x->ref, j);
            at += (size_t)snprintf(out + at, sizeof out - at, "%d+%d:%d+%d/%d ",
                                   x->ref, x->ref_words, x->hyp, x->hyp_words,
                                   x->module);
        }
    assert_int_equal(m->start[ref.words], m->count);
    ch_meteor_book_close(b);
    tiny_meteor_close(d);
    return out;
}

static void check(const char *hyp, const char *ref, const char *want)
{
    struct ch_meteor_matches m = { 0 };

    assert_string_equal(find(hyp, ref, &m), want);
    ch_meteor_match_release(&m);
}

static void equal_words_match_wherever_they_are(void **state)
{
    (void)state;
    check("a x a", "y a a", "1+1:0+1/0 1+1:2+1/0 2+1:0+1/0 2+1:2+1/0 ");
}

static void words_of_one_java_hash_are_equal(void **state)
{
    (void)state;
    check("an x", "c0 y", "0+1:0+1/0 ");
    check("bn", "b0", "");
}

static void stems_match_when_words_differ(void **state)
{
    (void)state;
    check("runs", "running", "0+1:0+1/1 ");
    check("runs runs x", "runs running y",
          "0+1:0+1/0 0+1:1+1/0 1+1:0+1/1 1+1:1+1/1 ");
}

static void synonyms_match(void **state)
{
    (void)state;
    check("geese", "bird", "0+1:0+1/2 ");
    /* A stem that is a synonym, too, is found twice. */
    check("dogs", "dog", "0+1:0+1/1 0+1:0+1/2 ");
}

static void paraphrases_match_of_any_length(void **state)
{
    (void)state;
    check("x a lot of y", "many", "0+1:1+3/3 ");
    check("many z", "a lot of", "0+3:0+1/3 ");
}

static void a_pair_in_the_table_both_ways_is_found_twice(void **state)
{
    (void)state;
    check("man x", "person", "0+1:0+1/3 0+1:0+1/3 ");
    /* "by" has no entry of its own. */
    check("by x", "next to", "0+2:0+1/3 ");
}

static void shorter_phrases_come_first_then_the_order_of_the_table(void **s)
{
    (void)s;
    check("following by beside x near the", "next to the",
          "0+1:0+1/3 0+2:2+1/3 0+2:1+1/3 0+3:4+2/3 0+2:2+1/3 2+1:5+1/0 ");
}

static void modules_come_one_after_the_other(void **state)
{
    (void)state;
    check("person man hounds dog", "man dogs",
          "0+1:1+1/0 0+1:0+1/3 0+1:0+1/3 1+1:3+1/1 1+1:2+1/2 1+1:3+1/2 ");
}

static void equal_captions_match_exactly_only(void **state)
{
    (void)state;
    check("man dog person", "man dog person",
          "0+1:0+1/0 1+1:1+1/0 2+1:2+1/0 ");
    check("", "", "");
    check("", "man", "");
    check("man", "", "");
}

static void every_match_covers_its_words(void **state)
{
    struct ch_meteor_matches m = { 0 };

    (void)state;
    find("next to man x", "beside person man", &m);
    /* beside = next to, both ways; person = man, both ways; man = man. */
    assert_int_equal(m.count, 5);
    assert_int_equal(m.ref_cover[0], 2);
    assert_int_equal(m.ref_cover[1], 2);
    assert_int_equal(m.ref_cover[2], 1);
    assert_int_equal(m.hyp_cover[0], 2);
    assert_int_equal(m.hyp_cover[1], 2);
    assert_int_equal(m.hyp_cover[2], 3);
    assert_int_equal(m.hyp_cover[3], 0);
    /* The same struct for another pair. */
    assert_string_equal(find("x", "x", &m), "0+1:0+1/0 ");
    assert_int_equal(m.ref_cover[0], 1);
    ch_meteor_match_release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_words_match_wherever_they_are),
        cmocka_unit_test(words_of_one_java_hash_are_equal),
        cmocka_unit_test(stems_match_when_words_differ),
        cmocka_unit_test(synonyms_match),
        cmocka_unit_test(paraphrases_match_of_any_length),
        cmocka_unit_test(a_pair_in_the_table_both_ways_is_found_twice),
        cmocka_unit_test(
            shorter_phrases_come_first_then_the_order_of_the_table),
        cmocka_unit_test(modules_come_one_after_the_other),
        cmocka_unit_test(equal_captions_match_exactly_only),
        cmocka_unit_test(every_match_covers_its_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
