/* test_meteor_book.c - captions made ready for METEOR */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "score/meteor.h"
#include "score/meteor_book.h"
#include "tiny_meteor.h"

static struct ch_meteor_data *data;
static struct ch_meteor_book *book;

static int open_book(void **state)
{
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    data = tiny_meteor_open();
    return ch_meteor_book_open(&book, data, &e);
}

static int close_book(void **state)
{
    (void)state;
    ch_meteor_book_close(book);
    tiny_meteor_close(data);
    return 0;
}

static struct ch_meteor_sentence add(const char *text)
{
    struct ch_err e = CH_ERR_INIT;

    if (ch_meteor_book_add(book, text, strlen(text), &e))
        fail_msg("%s", e.msg);
    return ch_meteor_book_sentence(book, ch_meteor_book_count(book) - 1);
}

static void equal_words_have_equal_numbers(void **state)
{
    struct ch_meteor_sentence s = add("the Dog the dogs dog");

    (void)state;
    assert_int_equal(s.words, 5);
    assert_int_equal(s.word[0], s.word[2]);
    assert_int_equal(s.word[1], s.word[4]);
    assert_int_not_equal(s.word[1], s.word[3]);
    assert_int_equal(add("dog").word[0], s.word[1]);
    assert_true(ch_meteor_book_word(book, s.word[0])->is_function);
    assert_false(ch_meteor_book_word(book, s.word[1])->is_function);
}

static void forms_have_one_stem(void **state)
{
    struct ch_meteor_sentence s = add("running runs ran");

    (void)state;
    assert_int_equal(ch_meteor_book_word(book, s.word[0])->stem,
                     ch_meteor_book_word(book, s.word[1])->stem);
    assert_int_not_equal(ch_meteor_book_word(book, s.word[0])->stem,
                         ch_meteor_book_word(book, s.word[2])->stem);
}

/* As String.hashCode() gives them, also beyond U+FFFF. */
static void words_have_the_hash_of_java(void **state)
{
    struct ch_meteor_sentence s = add("hello caf\xc3\xa9 \xf0\x9f\x98\x80");

    (void)state;
    assert_int_equal(ch_meteor_book_word(book, s.word[0])->hash, 99162322);
    assert_int_equal(ch_meteor_book_word(book, s.word[1])->hash, 3045921);
    assert_int_equal(ch_meteor_book_word(book, s.word[2])->hash, 1772899);
}

static int is_synonym(const char *x, const char *y)
{
    uint32_t a = add(x).word[0], b = add(y).word[0];

    assert_int_equal(ch_meteor_book_is_synonym(book, a, b),
                     ch_meteor_book_is_synonym(book, b, a));
    return ch_meteor_book_is_synonym(book, a, b);
}

static void synonyms_share_a_synset(void **state)
{
    (void)state;
    assert_true(is_synonym("dog", "hound"));
    assert_true(is_synonym("couch", "sofa"));
    assert_false(is_synonym("dog", "couch"));
    assert_false(is_synonym("dog", "unknown"));
    assert_false(is_synonym("unknown", "unheard"));
}

static void irregular_forms_mean_their_bases(void **state)
{
    (void)state;
    assert_true(is_synonym("geese", "bird"));
    assert_true(is_synonym("seen", "look"));
    /* Its own meaning stays. */
    assert_true(is_synonym("saw", "look"));
    assert_true(is_synonym("saw", "seen"));
    assert_false(is_synonym("goos", "bird"));
}

static void regular_forms_mean_their_bases(void **state)
{
    (void)state;
    assert_true(is_synonym("dogs", "hounds"));
    assert_true(is_synonym("cities", "towns"));
    assert_true(is_synonym("couches", "sofas"));
    assert_true(is_synonym("firemen", "firefighter"));
    assert_true(is_synonym("riding", "traveled"));
    assert_true(is_synonym("glasses", "glass"));
    /* -ss is no plural. */
    assert_false(is_synonym("glass", "glas"));
}

static void phrases_come_by_start_then_length(void **state)
{
    struct ch_meteor_sentence s = add("man next to the man");

    (void)state;
    /* man, next, next to, next to the, to, the, man: also words that only
     * occur in phrases are nodes. */
    assert_int_equal(s.phrases, 7);
    for (size_t i = 1; i < s.phrases; i++)
        assert_true(s.phrase[i].start > s.phrase[i - 1].start ||
                    s.phrase[i].words > s.phrase[i - 1].words);
    assert_int_equal(s.phrase[3].start, 1);
    assert_int_equal(s.phrase[3].words, 3);
    assert_int_equal(s.phrase[0].node, s.phrase[6].node);
}

static void captions_of_no_words_are_captions(void **state)
{
    struct ch_meteor_sentence s = add("  ");

    (void)state;
    assert_int_equal(s.words, 0);
    assert_int_equal(s.phrases, 0);
}

static void too_many_words_are_refused(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_buffer b = { 0 };

    (void)state;
    for (int i = 0; i < CH_METEOR_MAX_WORDS; i++)
        ch_buffer_text(&b, "a ");
    assert_int_equal(ch_meteor_book_add(book, b.at, b.size, &e), 0);
    ch_buffer_text(&b, "a");
    assert_int_equal(ch_meteor_book_add(book, b.at, b.size, &e), CH_EUSAGE);
    assert_string_equal(e.msg, "METEOR compares captions of at most 2000 "
                               "words, and this one has more");
    ch_buffer_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_book, close_book)
        TEST(equal_words_have_equal_numbers),
        TEST(forms_have_one_stem),
        TEST(words_have_the_hash_of_java),
        TEST(synonyms_share_a_synset),
        TEST(irregular_forms_mean_their_bases),
        TEST(regular_forms_mean_their_bases),
        TEST(phrases_come_by_start_then_length),
        TEST(captions_of_no_words_are_captions),
        TEST(too_many_words_are_refused),
#undef TEST
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
