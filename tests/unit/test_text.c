/* test_text.c - the caption rule "unicode-1", words, tokens, code points */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/text.h"

struct pair {
    const char *in, *out;
};

static void check_normalised(const struct pair *p, size_t count)
{
    struct ch_buffer b = { 0 };

    for (size_t i = 0; i < count; i++) {
        ch_buffer_reset(&b);
        ch_buffer_text(&b, "");
        assert_int_equal(ch_text_normalise(p[i].in, strlen(p[i].in), &b, NULL),
                         0);
        assert_string_equal(b.at, p[i].out);
    }
    ch_buffer_release(&b);
}
#define CHECK(pairs) check_normalised(pairs, sizeof pairs / sizeof pairs[0])

static void punctuation_becomes_one_space_or_none(void **state)
{
    static const struct pair pairs[] = {
        { "A child plays soccer.", "a child plays soccer" },
        { "A  dog ,  a cat - and\ta bird !\r\n", "a dog a cat and a bird" },
        { "well-dressed man/woman", "well dressed man woman" },
        { "two (2) dogs & 3 cats", "two 2 dogs 3 cats" },
        { "...", "" }, { "", "" }, { " \t ", "" },
        { "a\xe2\x80\x94z \xf0\x9f\x90\x95 dog", "a z dog" },  /* dash, emoji */
    };

    (void)state;
    CHECK(pairs);
}

static void an_apostrophe_inside_a_word_is_deleted(void **state)
{
    static const struct pair pairs[] = {
        { "the dog's ball", "the dogs ball" },
        { "the dog\xe2\x80\x99s ball", "the dogs ball" },     /* U+2019 */
        { "the dogs' ball", "the dogs ball" },
        { "'quoted' words", "quoted words" },
        { "rock 'n' roll", "rock n roll" },
        { "a''b", "a b" }, { "'", "" }, { "a'", "a" },
    };

    (void)state;
    CHECK(pairs);
}

static void letters_of_all_scripts_stay_in_lower_case(void **state)
{
    static const struct pair pairs[] = {
        { "\xc3\x84PFEL Stra\xc3\x9f" "e", "\xc3\xa4pfel stra\xc3\x9f" "e" },
        { "\xd0\xa1\xd0\x9e\xd0\x91\xd0\x90\xd0\x9a\xd0\x90",
          "\xd1\x81\xd0\xbe\xd0\xb1\xd0\xb0\xd0\xba\xd0\xb0" },
        { "\xe7\x8a\xac\xe3\x80\x82\xe7\x8c\xab", "\xe7\x8a\xac \xe7\x8c\xab" },
        { "\xe0\xa4\x95\xe0\xa5\x81\xe0\xa4\xa4", /* marks belong to words */
          "\xe0\xa4\x95\xe0\xa5\x81\xe0\xa4\xa4" },
        { "\xc2\xbd cup", "\xc2\xbd cup" },       /* one half is a number */
    };

    (void)state;
    CHECK(pairs);
}

/* Rule unicode-1 has no language: Turkish dotted I is lowered like any I. */
static void captions_of_many_languages_follow_one_rule(void **state)
{
    static const struct pair pairs[] = {
        { "Straße, GROẞE Füße!", "straße große füße" },
        { "\u0130stanbul'da K\u0131\u015f", "istanbulda k\u0131\u015f" },
        { "I\u0307stanbul", "istanbul" },     /* composed first */
        { "\u4e00\u53ea\u72d7\uff0c\u5728\u8dd1\u3002",
          "\u4e00\u53ea\u72d7 \u5728\u8dd1" },
        { "\u0643\u0644\u0628\u060c \u064a\u0631\u0643\u0636\u061f",
          "\u0643\u0644\u0628 \u064a\u0631\u0643\u0636" },
        { "\u0915\u0941\u0924\u094d\u0924\u093e \u0926\u094c\u0921\u093c\u0964",
          "\u0915\u0941\u0924\u094d\u0924\u093e \u0926\u094c\u0921\u093c" },
        { "E\u0301TE\u0301 a\u0323\u0302", "\u00e9t\u00e9 \u1ead" },
        { "a dog \U0001F415\u200D\U0001F9BA \u2764\uFE0F runs",
          "a dog \uFE0F runs" },
        { "\u00bfQu\u00e9 \u00absi\u00bb?", "qu\u00e9 si" },
    };

    (void)state;
    CHECK(pairs);
}

/* Simple mapping: one code point becomes one, wherever it stands. */
static void each_letter_is_lowered_by_itself(void **state)
{
    static const struct pair pairs[] = {
        { "\u039f\u03b4\u03cc\u03a3", "\u03bf\u03b4\u03cc\u03c3" },
        { "\u03bf\u03b4\u03cc\u03c2", "\u03bf\u03b4\u03cc\u03c2" },
        { "\u01c4ep", "\u01c6ep" },           /* a digraph */
        { "\uff21\uff22\uff23", "\uff41\uff42\uff43" },    /* full width */
        { "\u10d0\u1c90", "\u10d0\u10d0" },   /* Georgian */
    };

    (void)state;
    CHECK(pairs);
}

/* Scripts that write no blanks are one word between marks of their own. */
static void scripts_without_blanks_are_cut_at_their_marks(void **state)
{
    static const struct pair pairs[] = {
        { "\u72ac\u3068\u732b\u3001\u5916\u3002", /* Japanese */
          "\u72ac\u3068\u732b \u5916" },
        { "\u300c\u30cd\u30b3\u300d\u3000\u30fc",
          "\u30cd\u30b3 \u30fc" },
        { "\uac1c\uac00 \ub2ec\ub9b0.",
          "\uac1c\uac00 \ub2ec\ub9b0" },
        { "\u1112\u1161\u11ab", "\ud55c" },  /* Hangul is composed */
        { "\u0e2b\u0e21\u0e32\u0e27\u0e34\u0e48\u0e07",   /* Thai */
          "\u0e2b\u0e21\u0e32\u0e27\u0e34\u0e48\u0e07" },
    };

    (void)state;
    CHECK(pairs);
}

/* A quick way for ASCII: the same as the long one, which a last word of other
 * letters asks for. */
static void ascii_is_normalised_as_all_text_is(void **state)
{
    static const char letters[] = "aZ9 '\t.-A''  b_\x7f\x01\n";
    uint32_t seed = 1;

    (void)state;
    for (int turn = 0; turn < 20000; turn++) {
        struct ch_buffer quick = { 0 }, slow = { 0 };
        char text[700];
        size_t n = 0, length = turn % 100 ? (size_t)turn % 23 : 600;

        while (n < length) {
            seed = seed * 1664525 + 1013904223;
            text[n++] = letters[(seed >> 16) % (sizeof letters - 1)];
        }
        assert_int_equal(ch_text_normalise(text, n, &quick, NULL), 0);
        memcpy(text + n, " \xc3\xa9", 3);
        assert_int_equal(ch_text_normalise(text, n + 3, &slow, NULL), 0);
        ch_buffer_text(&quick, quick.size ? " \xc3\xa9" : "\xc3\xa9");
        assert_string_equal(quick.at, slow.at);
        ch_buffer_release(&quick);
        ch_buffer_release(&slow);
    }
}

static void composed_and_decomposed_text_become_the_same(void **state)
{
    static const struct pair pairs[] = {
        { "cafe\xcc\x81", "caf\xc3\xa9" },
        { "CAFE\xcc\x81", "caf\xc3\xa9" },
        { "caf\xc3\xa9", "caf\xc3\xa9" },
        { "\xe2\x84\xab", "\xc3\xa5" },           /* the sign for angstrom */
        { "\xef\xac\x81n", "\xef\xac\x81n" },     /* NFC keeps the ligature */
    };

    (void)state;
    CHECK(pairs);
}

static void normalising_appends(void **state)
{
    struct ch_buffer b = { 0 };

    (void)state;
    ch_buffer_text(&b, "x=");
    assert_int_equal(ch_text_normalise("- A b", 5, &b, NULL), 0);
    assert_string_equal(b.at, "x=a b");
    ch_buffer_release(&b);
}

static void a_nul_inside_is_a_space(void **state)
{
    struct ch_buffer b = { 0 };

    (void)state;
    assert_int_equal(ch_text_normalise("a\0b", 3, &b, NULL), 0);
    assert_string_equal(b.at, "a b");
    ch_buffer_release(&b);
}

static void what_is_not_utf_8_is_refused_with_its_byte(void **state)
{
    static const struct pair pairs[] = {
        { "ab\xff", "byte 2 is not UTF-8" },
        { "\x80", "byte 0 is not UTF-8" },
        { "caf\xe9 au lait", "byte 3 is not UTF-8" },       /* Latin-1 */
        { "a\xc3", "byte 1 is not UTF-8" },                 /* cut short */
        { "\xc0\xaf", "byte 0 is not UTF-8" },              /* overlong */
        { "x\xed\xa0\x80", "byte 1 is not UTF-8" },         /* surrogate */
        { "\xf4\x90\x80\x80", "byte 0 is not UTF-8" },      /* > U+10FFFF */
    };

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct ch_buffer b = { 0 };
        struct ch_err e = CH_ERR_INIT;

        assert_int_equal(ch_text_normalise(pairs[i].in, strlen(pairs[i].in),
                                           &b, &e), CH_EFORMAT);
        assert_string_equal(e.msg, pairs[i].out);
        ch_buffer_release(&b);
    }
}

static void check_gives_the_length_of_good_text(void **state)
{
    (void)state;
    assert_int_equal(ch_text_check("", 0), 0);
    assert_int_equal(ch_text_check("caf\xc3\xa9", 5), 5);
    assert_int_equal(ch_text_check("caf\xc3\xa9", 4), 3);
}

static void words_are_split_at_spaces(void **state)
{
    const char *at = "a child plays", *word;
    static const char *const want[] = { "a", "child", "plays" };
    size_t n;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(ch_text_word(&at, &word, &n), 1);
        assert_int_equal(n, strlen(want[i]));
        assert_memory_equal(word, want[i], n);
    }
    assert_int_equal(ch_text_word(&at, &word, &n), 0);
}

static void tokens_are_split_at_unicode_white_space(void **state)
{
    const char *at = "\t a,b\xc2\xa0" "c\xe3\x80\x80\xe7\x8a\xac\n.\x1f";
    const char *token;
    static const char *const want[] = { "a,b", "c", "\xe7\x8a\xac", "." };
    size_t n;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(ch_text_token(&at, &token, &n), 1);
        assert_int_equal(n, strlen(want[i]));
        assert_memory_equal(token, want[i], n);
    }
    assert_int_equal(ch_text_token(&at, &token, &n), 0);
}

static void tokens_end_also_in_bad_text(void **state)
{
    const char *at = "a\xff\xe2\x80 b\xc3", *token;
    size_t n, count = 0;

    (void)state;
    while (ch_text_token(&at, &token, &n))
        count++;
    assert_int_equal(count, 2);
}

static void code_points_are_read_and_written(void **state)
{
    static const char text[] = "a\xc3\xa4\xe2\x80\x99\xf0\x9f\x98\x80";
    static const uint32_t want[] = { 'a', 0xe4, 0x2019, 0x1f600 };
    const char *at = text, *end = text + strlen(text);
    struct ch_buffer b = { 0 };

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        uint32_t c = ch_text_point(&at, end);

        assert_int_equal(c, want[i]);
        ch_text_put(&b, c);
    }
    assert_ptr_equal(at, end);
    assert_string_equal(b.at, text);
    ch_buffer_release(&b);
}

static void a_byte_that_is_not_utf_8_is_a_replacement(void **state)
{
    static const char text[] = "\xff\xe2\x80";
    const char *at = text;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(ch_text_point(&at, text + 3), 0xfffd);
        assert_ptr_equal(at, text + i + 1);
    }
}

static void code_points_have_cases(void **state)
{
    (void)state;
    assert_int_equal(ch_text_lower('A'), 'a');
    assert_int_equal(ch_text_lower(0xc4), 0xe4);
    assert_int_equal(ch_text_lower('1'), '1');
    assert_int_equal(ch_text_upper('a'), 'A');
    assert_int_equal(ch_text_upper(0xe4), 0xc4);
    assert_int_equal(ch_text_upper('1'), '1');
    assert_true(ch_text_is_cased('x'));
    assert_true(ch_text_is_cased(0x3a3));
    assert_false(ch_text_is_cased('1'));
    assert_false(ch_text_is_cased(0x5d0));
    assert_true(ch_text_is_letter('x') && ch_text_is_letter(0x5d0));
    assert_false(ch_text_is_letter('1') || ch_text_is_letter(0x301));
    assert_true(ch_text_is_mark(0x301) && ch_text_is_mark(0x345));
    assert_false(ch_text_is_mark('x') || ch_text_is_mark('-'));
}

static void trailing_white_space_is_trimmed(void **state)
{
    static const struct {
        const char *text;
        size_t left;
    } list[] = {
        { "a", 1 }, { "a \t\n", 1 }, { " ", 0 }, { "", 0 }, { "a b ", 3 },
        { "a\xc2\xa0\xe3\x80\x80 ", 1 }, { "\xe2\x80\xa8", 0 },
        { "\xc3\xa9", 2 },                   /* é ends in no white space */
        { "a\x85", 2 }, { "\xa0\xa0\xa0\xa0\xa0", 5 },  /* nor does this */
    };

    (void)state;
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        assert_int_equal(ch_text_trim(list[i].text, strlen(list[i].text)),
                         list[i].left);
}

static void words_are_letters_marks_and_numbers(void **state)
{
    (void)state;
    assert_true(ch_text_is_word('1') && ch_text_is_word(0x0301));
    assert_false(ch_text_is_word('-') || ch_text_is_word(0xd800));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(punctuation_becomes_one_space_or_none),
        cmocka_unit_test(an_apostrophe_inside_a_word_is_deleted),
        cmocka_unit_test(letters_of_all_scripts_stay_in_lower_case),
        cmocka_unit_test(captions_of_many_languages_follow_one_rule),
        cmocka_unit_test(each_letter_is_lowered_by_itself),
        cmocka_unit_test(scripts_without_blanks_are_cut_at_their_marks),
        cmocka_unit_test(ascii_is_normalised_as_all_text_is),
        cmocka_unit_test(composed_and_decomposed_text_become_the_same),
        cmocka_unit_test(normalising_appends),
        cmocka_unit_test(a_nul_inside_is_a_space),
        cmocka_unit_test(what_is_not_utf_8_is_refused_with_its_byte),
        cmocka_unit_test(check_gives_the_length_of_good_text),
        cmocka_unit_test(words_are_split_at_spaces),
        cmocka_unit_test(tokens_are_split_at_unicode_white_space),
        cmocka_unit_test(trailing_white_space_is_trimmed),
        cmocka_unit_test(words_are_letters_marks_and_numbers),
        cmocka_unit_test(tokens_end_also_in_bad_text),
        cmocka_unit_test(code_points_are_read_and_written),
        cmocka_unit_test(a_byte_that_is_not_utf_8_is_a_replacement),
        cmocka_unit_test(code_points_have_cases),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
