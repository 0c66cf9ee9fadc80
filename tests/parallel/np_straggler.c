/* np_straggler.c - the slowest of several ranks is found */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "train/straggler.h"

static struct ch_comm *comm;

/* Rank r computes r seconds and waits for the others; rank 1 loads 100. */
static void the_rank_that_does_most_is_the_slowest(void **state)
{
    int rank = ch_comm_rank(comm), size = ch_comm_size(comm);
    struct ch_phases mine = { .s = { [CH_PHASE_LOAD] = rank == 1 ? 100 : 1,
                                     [CH_PHASE_OUTPUT] = rank,
                                     [CH_PHASE_WAIT] = size - 1 - rank } };
    struct ch_straggler found;
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    assert_int_equal(ch_straggler_find(comm, &mine, &found, &e), 0);
    assert_int_equal(found.rank, size > 1 ? 1 : 0);
    assert_string_equal(found.host, ch_comm_host(comm));
    assert_true(found.load.min == 1);
    assert_true(found.load.max == (size > 1 ? 100 : 1));
    assert_true(found.compute.min == 0 && found.compute.max == size - 1);
    assert_true(found.compute.median == (size - 1) / 2.0);
    assert_true(found.wait.min == 0 && found.wait.max == size - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rank_that_does_most_is_the_slowest),
    };
    struct ch_err e = CH_ERR_INIT;
    int failed;

    if (ch_comm_open(&comm, &e)) {
        fprintf(stderr, "np_straggler: %s\n", e.msg);
        return 1;
    }
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (failed)      /* others may wait for ever */
        ch_comm_abort(comm, 1);
    ch_comm_close(comm);
    return 0;
}
