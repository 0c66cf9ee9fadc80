/* test_crew.c - the threads that share the lanes of a rank */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "train/crew.h"

enum { FIRST = 3, END = 12, RUNS = 50 };

struct count {
    struct ch_crew *crew;
    size_t lane[END];              /* times that each was worked on */
    size_t member[CH_CREW_MOST];   /* between enter and leave */
    size_t inside, crowded;        /* between enter and leave, too */
};

static int count_lane(void *context, size_t lane, size_t member,
                      struct ch_err *e)
{
    struct count *c = context;

    (void)e;
    c->lane[lane]++;               /* nobody else has this lane */
    ch_crew_enter(c->crew);
    c->crowded += ++c->inside > 1;
    c->member[member]++;
    c->inside--;
    ch_crew_leave(c->crew);
    return 0;
}

static void every_lane_is_worked_on_once_in_every_run(void **state)
{
    (void)state;
    for (size_t threads = 1; threads <= 4; threads++) {
        struct ch_err e = CH_ERR_INIT;
        struct count c = { 0 };
        size_t sum = 0;

        assert_int_equal(ch_crew_open(&c.crew, threads, FIRST, END, &e), 0);
        for (size_t run = 1; run <= RUNS; run++) {
            assert_int_equal(ch_crew_run(c.crew, count_lane, &c, &e), 0);
            for (size_t l = 0; l < END; l++)
                assert_int_equal(c.lane[l], l < FIRST ? 0 : run);
        }
        ch_crew_close(c.crew);
        for (size_t m = 0; m < threads; m++)
            sum += c.member[m];
        assert_int_equal(sum, RUNS * (END - FIRST));
        assert_int_equal(c.crowded, 0);
    }
}

static int fail_some(void *context, size_t lane, size_t member,
                     struct ch_err *e)
{
    size_t *worked = context;

    (void)member;
    worked[lane]++;
    if (lane == 5 || lane == 9)
        return ch_fail(e, CH_EFORMAT, "lane %zu is bad", lane);
    return 0;
}

static void the_error_is_that_of_the_lowest_lane(void **state)
{
    (void)state;
    for (size_t threads = 1; threads <= 3; threads++) {
        struct ch_err e = CH_ERR_INIT;
        struct ch_crew *crew;
        size_t worked[END] = { 0 };

        assert_int_equal(ch_crew_open(&crew, threads, FIRST, END, &e), 0);
        for (int i = 0; i < RUNS; i++) {
            assert_int_equal(ch_crew_run(crew, fail_some, worked, &e),
                             CH_EFORMAT);
            assert_string_equal(e.msg, "lane 5 is bad");
        }
        for (size_t l = FIRST; l < END; l++)
            assert_int_equal(worked[l], RUNS);
        ch_crew_close(crew);
    }
}

static void one_lane_may_have_many_threads(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct count c = { 0 };

    (void)state;
    assert_int_equal(ch_crew_open(&c.crew, 3, 0, 1, &e), 0);
    assert_int_equal(ch_crew_run(c.crew, count_lane, &c, &e), 0);
    assert_int_equal(c.lane[0], 1);
    ch_crew_close(c.crew);
    ch_crew_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_lane_is_worked_on_once_in_every_run),
        cmocka_unit_test(the_error_is_that_of_the_lowest_lane),
        cmocka_unit_test(one_lane_may_have_many_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
