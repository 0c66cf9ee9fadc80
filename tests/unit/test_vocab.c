/* test_vocab.c - words and their numbers */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "data/vocab.h"

/* The vocabulary of captions that are normalised here. */
static struct ch_vocab *build(const char *const *caption, size_t count,
                              size_t max_words, uint64_t min_count,
                              uint64_t kept[2])
{
    struct ch_vocab_builder *b;
    struct ch_buffer text = { 0 };
    struct ch_vocab *v;

    assert_int_equal(ch_vocab_builder_open(&b, NULL), 0);
    for (size_t i = 0; i < count; i++) {
        ch_buffer_reset(&text);
        assert_int_equal(ch_text_normalise(caption[i], strlen(caption[i]),
                                           &text, NULL), 0);
        assert_int_equal(ch_vocab_builder_count(b, text.at, NULL), 0);
    }
    assert_int_equal(ch_vocab_build(b, max_words, min_count, &v, kept, NULL),
                     0);
    ch_vocab_builder_close(b);
    ch_buffer_release(&text);
    return v;
}

static void check_text(const struct ch_vocab *v, const char *want)
{
    struct ch_buffer text = { 0 };

    ch_vocab_text(v, &text);
    assert_string_equal(text.at, want);
    ch_buffer_release(&text);
}

static void a_child_plays_soccer(void **state)
{
    static const char *const caption[] = { "A child plays soccer." };
    static const int32_t want[9] = { 1, 3, 4, 5, 6, 2, 0, 0, 0 };
    struct ch_vocab *v = build(caption, 1, 10000, 1, NULL);
    int32_t id[9];
    size_t n = ch_vocab_encode(v, "a child plays soccer", 7, id);

    (void)state;
    assert_int_equal(n, 6);
    ch_vocab_pad(id, n, 9);
    assert_memory_equal(id, want, sizeof want);
    assert_int_equal(ch_vocab_size(v), 8);
    assert_int_equal(ch_vocab_unk(v), 7);
    ch_vocab_close(v);
}

static const char *const dogs[] = { "a dog", "the dog and a cat",
                                    "a dog, a bird" };

static void frequent_words_come_first_then_those_seen_first(void **state)
{
    struct ch_vocab *v = build(dogs, 3, 0, 1, NULL);

    (void)state;
    check_text(v, "<pad>\n<start>\n<end>\na\ndog\nthe\nand\ncat\nbird\n"
                  "<unk>\n");
    ch_vocab_close(v);
}

static void at_most_max_words_are_kept(void **state)
{
    uint64_t kept[2];
    struct ch_vocab *v = build(dogs, 3, 3, 1, kept);

    (void)state;
    check_text(v, "<pad>\n<start>\n<end>\na\ndog\nthe\n<unk>\n");
    assert_int_equal(kept[0], 4 + 3 + 1);
    assert_int_equal(kept[1], 11);
    ch_vocab_close(v);
}

static void rare_words_are_left_out(void **state)
{
    uint64_t kept[2];
    struct ch_vocab *v = build(dogs, 3, 0, 2, kept);

    (void)state;
    check_text(v, "<pad>\n<start>\n<end>\na\ndog\n<unk>\n");
    assert_int_equal(kept[0], 7);
    ch_vocab_close(v);
}

static void no_captions_make_a_vocabulary_of_marks(void **state)
{
    struct ch_vocab *v = build(NULL, 0, 0, 1, NULL);

    (void)state;
    check_text(v, "<pad>\n<start>\n<end>\n<unk>\n");
    ch_vocab_close(v);
}

static void many_words_keep_their_order(void **state)
{
    struct ch_vocab_builder *b;
    struct ch_vocab *v;
    char word[16];

    (void)state;
    assert_int_equal(ch_vocab_builder_open(&b, NULL), 0);
    for (int i = 0; i < 5000; i++) {
        snprintf(word, sizeof word, "w%d", i);
        assert_int_equal(ch_vocab_builder_count(b, word, NULL), 0);
    }
    assert_int_equal(ch_vocab_build(b, 0, 1, &v, NULL, NULL), 0);
    for (int i = 0; i < 5000; i++) {
        snprintf(word, sizeof word, "w%d", i);
        assert_int_equal(ch_vocab_id(v, word, strlen(word)), 3 + i);
        assert_string_equal(ch_vocab_word(v, 3 + i), word);
    }
    ch_vocab_close(v);
    ch_vocab_builder_close(b);
}

static struct ch_vocab *small(void)
{
    static const char text[] = "<pad>\n<start>\n<end>\na\ndog\n<unk>\n";
    struct ch_err e = CH_ERR_INIT;
    struct ch_vocab *v;

    if (ch_vocab_parse(&v, text, strlen(text), "v", &e))
        fail_msg("%s", e.msg);
    return v;
}

static void an_unknown_word_becomes_unk(void **state)
{
    static const int32_t want[] = { 1, 3, 5, 2 };
    struct ch_vocab *v = small();
    int32_t id[8];

    (void)state;
    assert_int_equal(ch_vocab_encode(v, "a zebra", 6, id), 4);
    assert_memory_equal(id, want, sizeof want);
    ch_vocab_close(v);
}

static void a_long_caption_is_cut_before_its_end_mark(void **state)
{
    static const int32_t want[] = { 1, 3, 4, 2 };
    struct ch_vocab *v = small();
    int32_t id[4];

    (void)state;
    assert_int_equal(ch_vocab_encode(v, "a dog a dog a", 2, id), 4);
    assert_memory_equal(id, want, sizeof want);
    ch_vocab_close(v);
}

static void an_empty_caption_is_start_and_end(void **state)
{
    struct ch_vocab *v = small();
    int32_t id[2];

    (void)state;
    assert_int_equal(ch_vocab_encode(v, "", 0, id), 2);
    assert_int_equal(id[0], CH_WORD_START);
    assert_int_equal(id[1], CH_WORD_END);
    ch_vocab_close(v);
}

static void decoding_stops_at_the_end_mark(void **state)
{
    static const int32_t id[] = { 1, 3, 4, 5, 0, 2, 4 };
    struct ch_vocab *v = small();
    struct ch_buffer out = { 0 };

    (void)state;
    ch_vocab_decode(v, id, 7, &out);
    assert_string_equal(out.at, "a dog <unk>");
    ch_buffer_release(&out);
    ch_vocab_close(v);
}

static void an_id_outside_is_unk(void **state)
{
    struct ch_vocab *v = small();

    (void)state;
    assert_string_equal(ch_vocab_word(v, -1), "<unk>");
    assert_string_equal(ch_vocab_word(v, 6), "<unk>");
    assert_string_equal(ch_vocab_word(v, 4), "dog");
    ch_vocab_close(v);
}

static void line_ends_do_not_change_the_hash(void **state)
{
    static const char crlf[] = "<pad>\r\n<start>\r\n<end>\r\na\r\ndog\r\n<unk>";
    struct ch_vocab *v = small(), *w;

    (void)state;
    assert_int_equal(ch_vocab_parse(&w, crlf, strlen(crlf), "v", NULL), 0);
    assert_true(ch_vocab_hash(v) == ch_vocab_hash(w));
    ch_vocab_close(w);
    ch_vocab_close(v);
}

static void another_order_is_another_hash(void **state)
{
    static const char text[] = "<pad>\n<start>\n<end>\ndog\na\n<unk>\n";
    struct ch_vocab *v = small(), *w;

    (void)state;
    assert_int_equal(ch_vocab_parse(&w, text, strlen(text), "v", NULL), 0);
    assert_true(ch_vocab_hash(v) != ch_vocab_hash(w));
    ch_vocab_close(w);
    ch_vocab_close(v);
}

#define MARKS "<pad>\n<start>\n<end>\n"

static void bad_files_are_refused(void **state)
{
    static const struct {
        const char *text, *msg;
    } bad[] = {
        { "", "v: line 1 is not <pad>: no vocabulary of chorus" },
        { "<pad>\n<end>\n<start>\n<unk>\n",
          "v: line 2 is not <start>: no vocabulary of chorus" },
        { "<pad>\n<start>\n",
          "v: line 3 is not <end>: no vocabulary of chorus" },
        { MARKS, "v: the last line is not <unk>: cut short, or no vocabulary "
                 "of chorus" },
        { MARKS "a\ndo", "v: the last line is not <unk>: cut short, or no "
                         "vocabulary of chorus" },
        { MARKS "a\ndog\na\n<unk>\n", "v: byte 26: \"a\" stands twice" },
        { MARKS "a\n<end>\n<unk>\n", "v: byte 22: \"<end>\" stands twice" },
        { MARKS "a\n\n<unk>\n", "v: byte 22: an empty line, expected one word "
                                "on each" },
        { MARKS "a dog\n<unk>\n", "v: byte 20: a blank in a word, expected one "
                                  "word a line" },
        { MARKS "a\xc2\xa0" "b\n<unk>\n", "v: byte 20: a blank in a word, "
                                          "expected one word a line" },
        { MARKS " a\n<unk>\n", "v: byte 20: a blank in a word, expected one "
                               "word a line" },
        { MARKS "a\n\xff\n<unk>\n", "v: byte 22: not UTF-8" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct ch_err e = CH_ERR_INIT;
        struct ch_vocab *v;

        assert_int_equal(ch_vocab_parse(&v, bad[i].text, strlen(bad[i].text),
                                        "v", &e), CH_EFORMAT);
        assert_null(v);
        assert_string_equal(e.msg, bad[i].msg);
    }
}

static void a_nul_in_a_word_is_refused(void **state)
{
    static const char text[] = MARKS "a\0b\n<unk>\n";
    struct ch_err e = CH_ERR_INIT;
    struct ch_vocab *v;

    (void)state;
    assert_int_equal(ch_vocab_parse(&v, text, sizeof text - 1, "v", &e),
                     CH_EFORMAT);
    assert_string_equal(e.msg, "v: byte 20: a blank in a word, expected one "
                        "word a line");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_plays_soccer),
        cmocka_unit_test(frequent_words_come_first_then_those_seen_first),
        cmocka_unit_test(at_most_max_words_are_kept),
        cmocka_unit_test(rare_words_are_left_out),
        cmocka_unit_test(no_captions_make_a_vocabulary_of_marks),
        cmocka_unit_test(many_words_keep_their_order),
        cmocka_unit_test(an_unknown_word_becomes_unk),
        cmocka_unit_test(a_long_caption_is_cut_before_its_end_mark),
        cmocka_unit_test(an_empty_caption_is_start_and_end),
        cmocka_unit_test(decoding_stops_at_the_end_mark),
        cmocka_unit_test(an_id_outside_is_unk),
        cmocka_unit_test(line_ends_do_not_change_the_hash),
        cmocka_unit_test(another_order_is_another_hash),
        cmocka_unit_test(bad_files_are_refused),
        cmocka_unit_test(a_nul_in_a_word_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
