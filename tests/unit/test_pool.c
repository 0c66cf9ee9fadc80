/* test_pool.c - threads and queues: nothing lost, nobody left waiting */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdatomic.h>
#include <stdlib.h>

#include "base/pool.h"

enum { ITEMS = 1000, READERS = 4 };

static int items[ITEMS];

static void a_queue_gives_items_in_order(void **state)
{
    struct ch_queue *q;
    void *item;

    (void)state;
    assert_int_equal(ch_queue_open(&q, 3, NULL), 0);
    for (int round = 0; round < 5; round++) {      /* around the ring */
        assert_int_equal(ch_queue_put(q, &items[0]), 1);
        assert_int_equal(ch_queue_put(q, &items[1]), 1);
        assert_int_equal(ch_queue_take(q, &item), 1);
        assert_ptr_equal(item, &items[0]);
        assert_int_equal(ch_queue_take(q, &item), 1);
        assert_ptr_equal(item, &items[1]);
    }
    ch_queue_close(q);
}

static void an_ended_queue_gives_what_is_left_then_zero(void **state)
{
    struct ch_queue *q;
    void *item;

    (void)state;
    assert_int_equal(ch_queue_open(&q, 2, NULL), 0);
    ch_queue_put(q, &items[7]);
    ch_queue_end(q);
    assert_int_equal(ch_queue_put(q, &items[8]), 0);
    assert_int_equal(ch_queue_take(q, &item), 1);
    assert_ptr_equal(item, &items[7]);
    assert_int_equal(ch_queue_take(q, &item), 0);
    ch_queue_close(q);
}

static void trying_an_empty_queue_does_not_wait(void **state)
{
    struct ch_queue *q;
    void *item = NULL;

    (void)state;
    assert_int_equal(ch_queue_open(&q, 1, NULL), 0);
    assert_int_equal(ch_queue_try(q, &item), 0);
    ch_queue_put(q, &items[3]);
    assert_int_equal(ch_queue_try(q, &item), 1);
    assert_ptr_equal(item, &items[3]);
    assert_int_equal(ch_queue_try(q, &item), 0);
    ch_queue_close(q);
}

static void awaiting_ends_without_an_item(void **state)
{
    struct ch_queue *q;
    void *item = NULL;

    (void)state;
    assert_int_equal(ch_queue_open(&q, 1, NULL), 0);
    assert_int_equal(ch_queue_await(q, 0.001, &item), 0);
    ch_queue_put(q, &items[3]);
    assert_int_equal(ch_queue_await(q, 1.999999999, &item), 1);
    assert_ptr_equal(item, &items[3]);
    ch_queue_end(q);
    /* Were the end not seen, the limit of time would. */
    assert_int_equal(ch_queue_await(q, 1e6, &item), 0);
    ch_queue_close(q);
}

static void a_full_queue_takes_no_offer(void **state)
{
    struct ch_queue *q;
    void *item;

    (void)state;
    assert_int_equal(ch_queue_open(&q, 1, NULL), 0);
    assert_int_equal(ch_queue_offer(q, &items[1]), 1);
    assert_int_equal(ch_queue_offer(q, &items[2]), 0);
    assert_int_equal(ch_queue_take(q, &item), 1);
    assert_ptr_equal(item, &items[1]);
    assert_int_equal(ch_queue_offer(q, &items[2]), 1);
    assert_int_equal(ch_queue_take(q, &item), 1);
    ch_queue_end(q);
    assert_int_equal(ch_queue_offer(q, &items[3]), 0);
    ch_queue_close(q);
}

static void closing_no_queue_is_fine(void **state)
{
    (void)state;
    ch_queue_close(NULL);
    assert_int_equal(ch_pool_finish(NULL, NULL), 0);
}

struct traffic {
    struct ch_queue *q;
    atomic_int taken[ITEMS];
};

static int drain(void *context, size_t index, struct ch_err *e)
{
    struct traffic *t = context;
    void *item;

    (void)index, (void)e;
    while (ch_queue_take(t->q, &item))
        atomic_fetch_add(&t->taken[(int *)item - items], 1);
    return 0;
}

static void many_readers_take_each_item_once(void **state)
{
    struct traffic *t = calloc(1, sizeof *t);
    struct ch_pool *p;

    (void)state;
    assert_non_null(t);
    assert_int_equal(ch_queue_open(&t->q, 2, NULL), 0);
    assert_int_equal(ch_pool_start(&p, READERS, drain, t, NULL), 0);
    for (int i = 0; i < ITEMS; i++)
        assert_int_equal(ch_queue_put(t->q, &items[i]), 1);
    ch_queue_end(t->q);
    assert_int_equal(ch_pool_finish(p, NULL), 0);
    for (int i = 0; i < ITEMS; i++)
        assert_int_equal(atomic_load(&t->taken[i]), 1);
    ch_queue_close(t->q);
    free(t);
}

static int fill(void *context, size_t index, struct ch_err *e)
{
    (void)index, (void)e;
    while (ch_queue_put(context, &items[0]))
        ;
    return 0;
}

/* The queue stays full, so a writer that only waits for room waits for ever:
 * the test would hang, and tests have a limit of time. */
static void ending_releases_writers_of_a_full_queue(void **state)
{
    struct ch_queue *q;
    struct ch_pool *p;

    (void)state;
    assert_int_equal(ch_queue_open(&q, 1, NULL), 0);
    assert_int_equal(ch_queue_put(q, &items[0]), 1);
    assert_int_equal(ch_pool_start(&p, 3, fill, q, NULL), 0);
    ch_queue_end(q);
    assert_int_equal(ch_pool_finish(p, NULL), 0);
    ch_queue_close(q);
}

static int mark(void *context, size_t index, struct ch_err *e)
{
    atomic_int *seen = context;

    (void)e;
    atomic_fetch_add(&seen[index], 1);
    return 0;
}

static void each_index_runs_once(void **state)
{
    atomic_int seen[5] = { 0 };
    struct ch_pool *p;

    (void)state;
    assert_int_equal(ch_pool_start(&p, 5, mark, seen, NULL), 0);
    assert_int_equal(ch_pool_finish(p, NULL), 0);
    for (int i = 0; i < 5; i++)
        assert_int_equal(atomic_load(&seen[i]), 1);
}

static int fail_odd(void *context, size_t index, struct ch_err *e)
{
    (void)context;
    return index % 2 ? ch_fail(e, CH_EFORMAT, "thread %zu", index) : 0;
}

static void the_first_error_by_index_is_told(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_pool *p;

    (void)state;
    assert_int_equal(ch_pool_start(&p, 4, fail_odd, NULL, &e), 0);
    assert_int_equal(ch_pool_finish(p, &e), CH_EFORMAT);
    assert_string_equal(e.msg, "thread 1");
}

static void there_is_at_least_one_core(void **state)
{
    (void)state;
    assert_true(ch_pool_cores() >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_queue_gives_items_in_order),
        cmocka_unit_test(an_ended_queue_gives_what_is_left_then_zero),
        cmocka_unit_test(trying_an_empty_queue_does_not_wait),
        cmocka_unit_test(awaiting_ends_without_an_item),
        cmocka_unit_test(a_full_queue_takes_no_offer),
        cmocka_unit_test(closing_no_queue_is_fine),
        cmocka_unit_test(many_readers_take_each_item_once),
        cmocka_unit_test(ending_releases_writers_of_a_full_queue),
        cmocka_unit_test(each_index_runs_once),
        cmocka_unit_test(the_first_error_by_index_is_told),
        cmocka_unit_test(there_is_at_least_one_core),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
