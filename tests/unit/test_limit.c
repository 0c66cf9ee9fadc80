/* test_limit.c - a burst is let in, then so many a second */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "rate/limit.h"

static struct ch_limit limit;

static int start(void **state)
{
    (void)state;
    ch_limit_init(&limit, 2, 5);
    return 0;
}

/* How many of 100 requests of one moment. */
static size_t let_in(const char *key, double now_s)
{
    size_t n = 0;

    for (int i = 0; i < 100; i++)
        n += ch_limit_take(&limit, key, now_s);
    return n;
}

static void a_burst_is_let_in_and_no_more(void **state)
{
    (void)state;
    assert_int_equal(let_in("a", 10), 5);
    assert_int_equal(let_in("a", 10), 0);
}

static void time_lets_in_again_up_to_a_burst(void **state)
{
    (void)state;
    assert_int_equal(let_in("a", 10), 5);
    assert_int_equal(let_in("a", 10.25), 0);
    assert_int_equal(let_in("a", 11.5), 3);
    assert_int_equal(let_in("a", 1000), 5);
    /* A clock that went back fills nothing. */
    assert_int_equal(let_in("a", 900), 0);
}

static void another_key_has_a_bucket_of_its_own(void **state)
{
    (void)state;
    assert_int_equal(let_in("a", 10), 5);
    assert_int_equal(let_in("b", 10), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_burst_is_let_in_and_no_more, start),
        cmocka_unit_test_setup(time_lets_in_again_up_to_a_burst, start),
        cmocka_unit_test_setup(another_key_has_a_bucket_of_its_own, start),
    };

    return cmocka_run_group_tests_name("limit", tests, NULL, NULL);
}
