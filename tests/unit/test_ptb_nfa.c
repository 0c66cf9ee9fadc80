/* test_ptb_nfa.c - patterns become a graph, sets, and classes of units */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "score/ptb_border.h"
#include "score/ptb_dfa.h"

static const struct ch_ptb_part PARTS[] = {
    { "vowel", "a|e|i|o|u" },
    { "two", "{vowel}{vowel}" },
    { "loop", "x{loop}" },
    { 0 }
};

/* Units of the longest match at the start of the text, or -1. */
static int match(const struct ch_ptb_rule *rules, const char *text)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_ptb_nfa *a;
    struct ch_ptb_dfa d;
    unsigned state = CH_PTB_START;
    int longest = -1;

    if (ch_ptb_nfa_open(&a, rules, PARTS, &e) || ch_ptb_dfa_open(&d, a, &e))
        fail_msg("%s", e.msg);
    for (int i = 0; text[i] && state != CH_PTB_DEAD; i++) {
        unsigned char c = (unsigned char)text[i];

        assert_int_equal(ch_ptb_dfa_walk(&d, state, a->class_of[c], &state, &e),
                         0);
        if (state != CH_PTB_DEAD && d.rule[state])
            longest = i + 1;
    }
    ch_ptb_dfa_close(&d);
    ch_ptb_nfa_close(a);
    return longest;
}

static void a_pattern_takes_what_it_says(void **state)
{
    static const struct {
        const char *take, *text;
        int units;
    } list[] = {
        { "abc", "ABcd", 3 },             /* letters: either case */
        { "a b\\ c", "ab c", 4 },         /* blanks mean nothing */
        { "[a-c]+", "abcABC", 3 },        /* sets: as written */
        { "[^a-c]+", "xyzb", 3 },
        { "x[]", "x]", -1 },              /* an empty set takes nothing */
        { "x|yz", "yz", 2 },
        { "a?b*c+", "bbcc", 4 },
        { "(ab){2}", "ababab", 4 },
        { "a{2,3}", "aaaa", 3 },
        { "a{2,}", "aaaa", 4 },
        { "a{1,2}b", "aaab", -1 },
        { "{two}x", "aEx", 3 },
        { "[[:digit:]]+\\.", "12.", 3 },
        { "\\u0041\\t", "a\t", 2 },
        { "[\\u0041]", "a", -1 },
        { "x-y", "X-Y", 3 },
        { "[x-]+", "x-y", 2 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        struct ch_ptb_rule rules[] = { { .take = list[i].take }, { 0 } };

        if (match(rules, list[i].text) != list[i].units)
            fail_msg("%s on %s", list[i].take, list[i].text);
    }
}

static void a_pattern_that_makes_no_sense_is_refused(void **state)
{
    static const struct {
        const char *take, *why;
    } list[] = {
        { "(ab", "a bracket that is not closed" },
        { "ab)", "a bracket that was not opened" },
        { "*a", "something to repeat or to close is missing" },
        { "a}", "something to repeat or to close is missing" },
        { "[ab", "a set that makes no sense" },
        { "[b-", "a set that makes no sense" },
        { "a\\", "a set that makes no sense" },
        { "[b-a]", "a set that makes no sense" },
        { "[[:colour:]]", "a set that makes no sense" },
        { "\\u20", "a set that makes no sense" },
        { "\xc3\xa9", "a set that makes no sense" },
        { "{vowels}", "a part that is not there" },
        { "{loop}", "parts within parts without end" },
        { "a{2", "a number of times that makes no sense" },
        { "a*", "it takes a token of nothing" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        struct ch_ptb_rule rules[] = { { .take = list[i].take }, { 0 } };
        struct ch_err e = CH_ERR_INIT;
        struct ch_ptb_nfa *a;
        char expected[256];

        snprintf(expected, sizeof expected,
                 "rule 0 (%s): a rule of the tokeniser: %s", list[i].take,
                 list[i].why);
        assert_int_equal(ch_ptb_nfa_open(&a, rules, PARTS, &e), CH_EUSAGE);
        assert_null(a);
        assert_string_equal(e.msg, expected);
    }
}

static void the_first_of_equally_long_rules_wins(void **state)
{
    static const struct ch_ptb_rule rules[] = {
        { .take = "ab" }, { .take = "[a-z]+" }, { .take = "abc" }, { 0 }
    };
    static const char text[] = "abc";
    static const unsigned winner[] = { 2, 1, 2 };    /* plus 1 */
    struct ch_err e = CH_ERR_INIT;
    struct ch_ptb_nfa *a;
    struct ch_ptb_dfa d;
    unsigned at = CH_PTB_START;

    (void)state;
    assert_int_equal(ch_ptb_nfa_open(&a, rules, PARTS, &e), 0);
    assert_int_equal(ch_ptb_dfa_open(&d, a, &e), 0);
    for (size_t i = 0; i < 3; i++) {
        unsigned class = a->class_of[(unsigned char)text[i]];

        assert_int_equal(ch_ptb_dfa_walk(&d, at, class, &at, &e), 0);
        assert_int_equal(d.rule[at], winner[i]);
    }
    ch_ptb_dfa_close(&d);
    ch_ptb_nfa_close(a);
}

static void units_that_no_rule_tells_apart_are_one_class(void **state)
{
    static const struct ch_ptb_rule rules[] = {
        { .take = "[a-z]+" }, { .take = "[m-z0]" }, { 0 }
    };
    struct ch_err e = CH_ERR_INIT;
    struct ch_ptb_nfa *a;

    (void)state;
    assert_int_equal(ch_ptb_nfa_open(&a, rules, PARTS, &e), 0);
    assert_int_equal(a->class_count, 4);     /* a-l, m-z, 0, all others */
    assert_int_equal(a->class_of['a'], a->class_of['l']);
    assert_int_equal(a->class_of['m'], a->class_of['z']);
    assert_int_equal(a->class_of['A'], a->class_of[0xffff]);
    assert_int_not_equal(a->class_of['a'], a->class_of['m']);
    assert_int_not_equal(a->class_of['0'], a->class_of['1']);
    ch_ptb_nfa_close(a);
}

static void the_border_leaves_the_longest_token(void **state)
{
    static const struct {
        const char *take, *ahead, *text;
        size_t border;
    } list[] = {
        { "a+", "a*b", "aaab", 3 },
        { "a+", "(ab|b)", "aaab", 3 },
        { "a(ba)*", "(ba|c)+", "ababac", 5 },
        { "[ab]+", "(ab|b)c", "ababc", 3 },
        { "x", "(\\ |\\ \\.)\\.?", "x .", 1 },
        { "a(b|bc)", "(c|cd)d?", "abcd", 2 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        struct ch_ptb_rule rules[] = {
            { .take = "q" },
            { .take = list[i].take, .ahead = list[i].ahead }, { 0 }
        };
        struct ch_err e = CH_ERR_INIT;
        struct ch_ptb_nfa *a;
        uint16_t unit[16];
        size_t n = strlen(list[i].text), border;

        for (size_t k = 0; k < n; k++)
            unit[k] = (unsigned char)list[i].text[k];
        assert_int_equal(ch_ptb_nfa_open(&a, rules, PARTS, &e), 0);
        assert_int_equal(ch_ptb_border_find(a, 1, unit, n, &border, &e), 0);
        assert_int_equal(border, list[i].border);
        ch_ptb_nfa_close(a);
    }
}

static void only_what_has_one_length_is_cut_without_a_walk(void **state)
{
    static const struct ch_ptb_rule rules[] = {
        { .take = "a", .ahead = "[xy]z" }, { .take = "b", .ahead = "x|yz" },
        { .take = "c", .ahead = "(x|y){2}" }, { .take = "d", .ahead = "x*" },
        { 0 }
    };
    static const int ahead[] = { 2, -1, 2, -1 };
    struct ch_err e = CH_ERR_INIT;
    struct ch_ptb_nfa *a;

    (void)state;
    assert_int_equal(ch_ptb_nfa_open(&a, rules, PARTS, &e), 0);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(a->rule[i].ahead_units, ahead[i]);
    ch_ptb_nfa_close(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pattern_takes_what_it_says),
        cmocka_unit_test(a_pattern_that_makes_no_sense_is_refused),
        cmocka_unit_test(the_first_of_equally_long_rules_wins),
        cmocka_unit_test(units_that_no_rule_tells_apart_are_one_class),
        cmocka_unit_test(the_border_leaves_the_longest_token),
        cmocka_unit_test(only_what_has_one_length_is_cut_without_a_walk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
