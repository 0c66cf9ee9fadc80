/* test_straggler.c - which rank the others wait for */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "train/straggler.h"

static void one_rank_is_the_slowest_of_one(void **state)
{
    struct ch_phases mine = { .s = { [CH_PHASE_LOAD] = 1,
                                     [CH_PHASE_FORWARD] = 2,
                                     [CH_PHASE_OUTPUT] = 3,
                                     [CH_PHASE_BACKWARD] = 4,
                                     [CH_PHASE_WAIT] = 5 } };
    struct ch_straggler found;
    struct ch_comm *comm;
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    assert_int_equal(ch_comm_open(&comm, &e), 0);
    assert_int_equal(ch_straggler_find(comm, &mine, &found, &e), 0);
    assert_true(found.load.min == 1 && found.load.median == 1 &&
                found.load.max == 1);
    assert_true(found.compute.min == 9 && found.compute.max == 9);
    assert_true(found.wait.median == 5);
    assert_int_equal(found.rank, 0);
    assert_string_equal(found.host, ch_comm_host(comm));
    ch_comm_close(comm);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_rank_is_the_slowest_of_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
