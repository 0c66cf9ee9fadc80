/* test_meteor_make.c - METEOR's data: what is put in is found */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tiny_meteor.h"

static uint32_t word(const struct ch_meteor_data *d, const char *text)
{
    return ch_meteor_data_word(d, text, strlen(text));
}

/* The node of a phrase. */
static uint32_t phrase(const struct ch_meteor_data *d, const char *text)
{
    uint32_t node = CH_METEOR_NONE;

    while (*text) {
        size_t n = strcspn(text, " ");

        node = ch_meteor_data_phrase(d, node, ch_meteor_data_word(d, text, n));
        if (node == CH_METEOR_NONE)
            break;
        text += n + (text[n] == ' ');
    }
    return node;
}

static void words_are_found_and_others_not(void **state)
{
    struct ch_meteor_data *d = tiny_meteor_open();

    (void)state;
    assert_int_not_equal(word(d, "dog"), CH_METEOR_NONE);
    assert_int_not_equal(word(d, "beside"), CH_METEOR_NONE);
    assert_int_not_equal(word(d, "dog"), word(d, "hound"));
    assert_int_equal(word(d, "cat"), CH_METEOR_NONE);
    assert_int_equal(word(d, ""), CH_METEOR_NONE);
    tiny_meteor_close(d);
}

static void words_have_their_kinds(void **state)
{
    struct ch_meteor_data *d = tiny_meteor_open();

    (void)state;
    assert_int_equal(ch_meteor_data_flags(d, word(d, "the")),
                     CH_METEOR_FUNCTION_WORD);
    assert_int_equal(ch_meteor_data_flags(d, word(d, "Mr")), CH_METEOR_PREFIX);
    assert_int_equal(ch_meteor_data_flags(d, word(d, "pp")),
                     CH_METEOR_NUMBER_PREFIX);
    assert_int_equal(ch_meteor_data_flags(d, word(d, "dog")), 0);
    assert_int_equal(ch_meteor_data_flags(d, CH_METEOR_NONE), 0);
    assert_int_equal(word(d, "#"), CH_METEOR_NONE);
    tiny_meteor_close(d);
}

static void synsets_ascend_and_forms_have_bases(void **state)
{
    struct ch_meteor_data *d = tiny_meteor_open();
    struct ch_meteor_run run = ch_meteor_data_synsets(d, word(d, "dog"));

    (void)state;
    assert_int_equal(run.count, 2);
    assert_int_equal(run.at[0], 1);
    assert_int_equal(run.at[1], 2);
    assert_int_equal(ch_meteor_data_synsets(d, word(d, "the")).count, 0);
    run = ch_meteor_data_bases(d, word(d, "geese"));
    assert_int_equal(run.count, 1);
    assert_int_equal(run.at[0], word(d, "goose"));
    assert_int_equal(ch_meteor_data_bases(d, word(d, "goose")).count, 0);
    assert_int_equal(ch_meteor_data_bases(d, CH_METEOR_NONE).count, 0);
    tiny_meteor_close(d);
}

static void paraphrases_keep_the_order_of_the_table(void **state)
{
    struct ch_meteor_data *d = tiny_meteor_open();
    struct ch_meteor_run run =
        ch_meteor_data_paraphrases(d, phrase(d, "next to"));

    (void)state;
    assert_int_equal(run.count, 2);
    assert_int_equal(run.at[0], phrase(d, "beside"));
    assert_int_equal(run.at[1], phrase(d, "by"));
    run = ch_meteor_data_paraphrases(d, phrase(d, "next to the"));
    assert_int_equal(run.count, 1);
    assert_int_equal(run.at[0], phrase(d, "near the"));
    /* A phrase on the right side only, the begin of one, and neither. */
    assert_int_equal(ch_meteor_data_paraphrases(d, phrase(d, "many")).count, 0);
    assert_int_not_equal(phrase(d, "a lot"), CH_METEOR_NONE);
    assert_int_equal(ch_meteor_data_paraphrases(d, phrase(d, "a lot")).count,
                     0);
    assert_int_equal(phrase(d, "next many"), CH_METEOR_NONE);
    assert_int_equal(phrase(d, "dog"), CH_METEOR_NONE);
    tiny_meteor_close(d);
}

/* Enough for tables to grow: phrases "w<i> w<i * i>" and back. */
static void large_tables_are_found_again(void **state)
{
    enum { COUNT = 3000 };
    struct ch_meteor_make *m;
    struct ch_meteor_data *d;
    struct ch_buffer out = { 0 };
    struct ch_err e = CH_ERR_INIT;
    char a[64], b[64];

    (void)state;
    assert_int_equal(ch_meteor_make_open(&m, &e), 0);
    for (int i = 0; i < COUNT; i++) {
        snprintf(a, sizeof a, "w%d w%d", i, i * i % COUNT);
        snprintf(b, sizeof b, "w%d", COUNT - 1 - i);
        assert_int_equal(ch_meteor_make_paraphrase(m, a, b, &e), 0);
        assert_int_equal(ch_meteor_make_paraphrase(m, b, a, &e), 0);
    }
    assert_int_equal(ch_meteor_make_finish(m, &out, &e), 0);
    ch_meteor_make_close(m);
    assert_int_equal(ch_meteor_data_read(&d, out.at, out.size, "x", &e), 0);
    for (int i = 0; i < COUNT; i++) {
        struct ch_meteor_run run;

        snprintf(a, sizeof a, "w%d w%d", i, i * i % COUNT);
        snprintf(b, sizeof b, "w%d", COUNT - 1 - i);
        run = ch_meteor_data_paraphrases(d, phrase(d, a));
        assert_int_equal(run.count, 1);
        assert_int_equal(run.at[0], phrase(d, b));
        run = ch_meteor_data_paraphrases(d, phrase(d, b));
        assert_int_equal(run.count, 1);
        assert_int_equal(run.at[0], phrase(d, a));
    }
    ch_meteor_data_close(d);
    ch_buffer_release(&out);
}

static void nothing_makes_a_file_too(void **state)
{
    struct ch_meteor_make *m;
    struct ch_meteor_data *d;
    struct ch_buffer out = { 0 };
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    assert_int_equal(ch_meteor_make_open(&m, &e), 0);
    assert_int_equal(ch_meteor_make_finish(m, &out, &e), 0);
    ch_meteor_make_close(m);
    assert_int_equal(ch_meteor_data_read(&d, out.at, out.size, "x", &e), 0);
    assert_int_equal(word(d, "dog"), CH_METEOR_NONE);
    assert_int_equal(ch_meteor_data_phrase(d, CH_METEOR_NONE, 0),
                     CH_METEOR_NONE);
    ch_meteor_data_close(d);
    ch_buffer_release(&out);
}

typedef int (*read_fn)(struct ch_meteor_make *m, struct ch_bytes lines,
                       const char *path, struct ch_err *e);

static void bad_lines_are_refused_with_their_byte(void **state)
{
    static const struct {
        read_fn read;
        const char *lines, *message;
    } cases[] = {
        { ch_meteor_make_synsets, "dog\n1\ntwo words\n1\n",
          "file: byte 6: expected one word on a line" },
        { ch_meteor_make_synsets, "dog\n1\ncat\n",
          "file: byte 10: expected another line, found the end" },
        { ch_meteor_make_synsets, "dog\n1 x\n",
          "file: byte 8: expected the numbers of synsets before this" },
        { ch_meteor_make_synsets, "dog\n4294967296\n",
          "file: byte 15: expected the numbers of synsets before this" },
        { ch_meteor_make_exceptions, "\ngeese\n",
          "file: byte 0: expected one word on a line" },
        { ch_meteor_make_function, "the\na b\n",
          "file: byte 4: expected one word on a line" },
        { ch_meteor_make_prefixes, "Mr\nNo ONLY\n",
          "file: byte 3: expected a word, and #NUMERIC_ONLY# or nothing" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ch_meteor_make *m;
        struct ch_err e = CH_ERR_INIT;

        assert_int_equal(ch_meteor_make_open(&m, &e), 0);
        assert_int_equal(cases[i].read(m, tiny_lines(cases[i].lines), "file",
                                       &e), CH_EFORMAT);
        assert_string_equal(e.msg, cases[i].message);
        ch_meteor_make_close(m);
    }
}

static void bad_phrases_are_refused(void **state)
{
    struct ch_meteor_make *m;
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    assert_int_equal(ch_meteor_make_open(&m, &e), 0);
    assert_int_equal(ch_meteor_make_paraphrase(m, "a", " ", &e), CH_EFORMAT);
    assert_string_equal(e.msg, "expected a phrase, found no words");
    assert_int_equal(ch_meteor_make_paraphrase(
                         m, "a", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17",
                         &e), CH_EFORMAT);
    ch_meteor_make_close(m);
}

/* Numbers of 65,536 words are taken before the phrase comes. */
static void phrases_come_before_too_many_words(void **state)
{
    struct ch_meteor_make *m;
    struct ch_err e = CH_ERR_INIT;
    char line[32];

    (void)state;
    assert_int_equal(ch_meteor_make_open(&m, &e), 0);
    for (int i = 0; i < 65536; i++) {
        snprintf(line, sizeof line, "w%d", i);
        assert_int_equal(ch_meteor_make_function(m, tiny_lines(line), "f", &e),
                         0);
    }
    assert_int_equal(ch_meteor_make_paraphrase(m, "w65535", "w1", &e), 0);
    assert_int_equal(ch_meteor_make_paraphrase(m, "new", "w1", &e),
                     CH_EFORMAT);
    assert_non_null(strstr(e.msg, "add paraphrases before other words"));
    ch_meteor_make_close(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_found_and_others_not),
        cmocka_unit_test(words_have_their_kinds),
        cmocka_unit_test(synsets_ascend_and_forms_have_bases),
        cmocka_unit_test(paraphrases_keep_the_order_of_the_table),
        cmocka_unit_test(large_tables_are_found_again),
        cmocka_unit_test(nothing_makes_a_file_too),
        cmocka_unit_test(bad_lines_are_refused_with_their_byte),
        cmocka_unit_test(bad_phrases_are_refused),
        cmocka_unit_test(phrases_come_before_too_many_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
