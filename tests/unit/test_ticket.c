/* test_ticket.c - tokens are formed, and no two are the same */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "rate/ticket.h"

static void tokens_differ_and_are_formed(void **state)
{
    char token[200][CH_TICKET_LENGTH + 1];
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    for (size_t i = 0; i < 200; i++) {
        assert_int_equal(ch_ticket_make(token[i], &e), 0);
        assert_true(ch_ticket_is_formed(token[i], strlen(token[i])));
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(token[i], token[k]);
    }
}

/* Of 5,200 letters each of the 32 comes about 162 times. */
static void all_letters_occur_alike(void **state)
{
    size_t seen[256] = { 0 }, letters = 0;
    char token[CH_TICKET_LENGTH + 1];

    (void)state;
    for (size_t i = 0; i < 200; i++) {
        assert_int_equal(ch_ticket_make(token, NULL), 0);
        for (const char *at = token; *at; at++)
            seen[(unsigned char)*at]++;
    }
    for (size_t c = 0; c < 256; c++)
        if (seen[c]) {
            letters++;
            assert_in_range(seen[c], 60, 300);
        }
    assert_int_equal(letters, 32);
}

static void other_texts_are_no_tokens(void **state)
{
    static const char *const bad[] = {
        "", "abc", "abcdefghijkmnpqrstuvwxyz234", "abcdefghijkmnpqrstuvwxyz2",
        "abcdefghijkmnpqrstuvwxyz2/", "abcdefghijkmnpqrstuvwxyz20",
        "Abcdefghijkmnpqrstuvwxyz23",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(ch_ticket_is_formed(bad[i], strlen(bad[i])));
    assert_false(ch_ticket_is_formed("abcdefghijkm\0pqrstuvwxyz23", 26));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_differ_and_are_formed),
        cmocka_unit_test(all_letters_occur_alike),
        cmocka_unit_test(other_texts_are_no_tokens),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
