/* test_ptb_match.c - the next token of a text */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "score/ptb_match.h"

static struct ch_ptb_matcher matcher;

static int open_matcher(void **state)
{
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    return ch_ptb_match_open(&matcher, NULL, &e);
}

static int close_matcher(void **state)
{
    (void)state;
    ch_ptb_match_close(&matcher);
    return 0;
}

static struct ch_ptb_match next(const uint16_t *unit, size_t n, size_t at)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_ptb_match m;

    if (ch_ptb_match_next(&matcher, unit, n, at, &m, &e))
        fail_msg("%s", e.msg);
    assert_true(m.units > 0 && m.units <= n - at);
    return m;
}

static void the_token_is_cut_where_what_is_ahead_begins(void **state)
{
    static const struct {
        const char *text;
        size_t units;
    } list[] = {
        { "dog's ", 3 }, { "don't", 2 }, { "dog's", 3 }, { "dog'sx", 3 },
        { "Inc.  x", 4 }, { "U.S.   The x", 4 }, { "no. 5", 3 },
        { "co. ltd", 3 }, { "x.zip\r\n", 5 }, { "don&apos;t", 2 },
        { "\"a", 1 }, { "etc.,", 4 }, { "y'all", 2 }, { "\x01", 1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        uint16_t unit[16];
        size_t n = strlen(list[i].text);

        for (size_t k = 0; k < n; k++)
            unit[k] = (unsigned char)list[i].text[k];
        ch_ptb_match_begin(&matcher);
        assert_int_equal(next(unit, n, 0).units, list[i].units);
    }
}

static void what_no_rule_takes_is_one_unit_without_a_rule(void **state)
{
    static const uint16_t unit[] = { 0xd83d, 0xde00, 1, 'a' };

    (void)state;
    ch_ptb_match_begin(&matcher);
    for (size_t i = 0; i < 3; i++) {
        assert_null(next(unit, 4, i).rule);
        assert_int_equal(next(unit, 4, i).units, 1);
    }
    assert_non_null(next(unit, 4, 3).rule);
}

/* The text is `piece`, again and again; all its tokens. */
static size_t units_looked_at(const char *piece, size_t n)
{
    uint16_t *unit = calloc(n, sizeof *unit);
    size_t length = strlen(piece);

    assert_non_null(unit);
    for (size_t i = 0; i < n; i++)
        unit[i] = (unsigned char)piece[i % length];
    ch_ptb_match_begin(&matcher);
    for (size_t at = 0; at < n;)
        at += next(unit, n, at).units;
    free(unit);
    return matcher.looked;
}

/* Each of these begins, again and again, what needs the end of the text to be
 * refused: a search without memory looks at n * n / 10 units. */
static void a_search_in_vain_is_not_made_again(void **state)
{
    static const char *const piece[] = { "<!a ", "a-", ",a", "<a b=' ",
                                         "^.[^x=", "U.S.  ", "a'" };
    const size_t N = 20000;

    (void)state;
    for (size_t i = 0; i < sizeof piece / sizeof *piece; i++)
        if (units_looked_at(piece[i], N) > 100 * N)
            fail_msg("%s: looked at %zu units", piece[i], matcher.looked);
}

/* Signs of one text must not stop the search of another. */
static void a_new_text_begins_without_signs(void **state)
{
    uint16_t unit[300];
    const size_t N = 300;

    (void)state;
    for (size_t i = 0; i < N; i++)
        unit[i] = i == 0 ? '<' : i == 1 ? '!' : 'a';
    ch_ptb_match_begin(&matcher);
    assert_int_equal(next(unit, N, 0).units, 1);
    unit[N - 1] = '>';
    ch_ptb_match_begin(&matcher);
    assert_int_equal(next(unit, N, 0).units, N);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_token_is_cut_where_what_is_ahead_begins),
        cmocka_unit_test(what_no_rule_takes_is_one_unit_without_a_rule),
        cmocka_unit_test(a_search_in_vain_is_not_made_again),
        cmocka_unit_test(a_new_text_begins_without_signs),
    };

    return cmocka_run_group_tests(tests, open_matcher, close_matcher);
}
