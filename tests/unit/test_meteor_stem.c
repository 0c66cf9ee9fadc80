/* test_meteor_stem.c - stems of English words */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "score/meteor_stem.h"

static void stems_are_those_of_porter_2(void **state)
{
    static const char *const pairs[][2] = {
        { "running", "run" }, { "skies", "sky" }, { "dying", "die" },
        { "abilities", "abil" }, { "'ll", "ll" }, { "'s", "'s" },
        { "caf\xc3\xa9s", "caf\xc3\xa9" }, { "", "" }, { "24", "24" },
    };
    struct ch_err e = CH_ERR_INIT;
    struct ch_meteor_stem *s;

    (void)state;
    assert_int_equal(ch_meteor_stem_open(&s, &e), 0);
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        const char *stem;
        size_t n;

        assert_int_equal(ch_meteor_stem_word(s, pairs[i][0],
                                             strlen(pairs[i][0]), &stem, &n,
                                             &e), 0);
        assert_int_equal(n, strlen(pairs[i][1]));
        assert_memory_equal(stem, pairs[i][1], n);
    }
    ch_meteor_stem_close(s);
    ch_meteor_stem_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stems_are_those_of_porter_2),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
