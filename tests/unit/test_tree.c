/* test_tree.c - the same sum, however lanes are dealt to ranks and threads */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "train/tree.h"

enum { LANES = 24 };

/* Of two sums, a number that shows which was the first. */
static uint64_t join(uint64_t left, uint64_t right)
{
    return left * 31 + right * 1000003 + 7;
}

/* The definition. */
static uint64_t sum_of(size_t first, size_t end)
{
    size_t mid = first + (end - first + 1) / 2;

    return end - first == 1 ? first + 1
                            : join(sum_of(first, mid), sum_of(mid, end));
}

/* What a thread does with the lanes of its part. */
static uint64_t compute(const struct ch_tree_part *p)
{
    struct ch_tree_lane lane[LANES] = { 0 };
    uint64_t buffer[LANES] = { 0 };

    ch_tree_lanes(p, lane);
    for (size_t l = p->first; l < p->end; l++) {
        size_t at = lane[l].buffer;

        assert_true(at + 1 <= p->buffers);
        buffer[at] = lane[l].is_added ? join(buffer[at], l + 1) : l + 1;
        for (size_t i = 0; i < lane[l].folds; i++, at--) {
            assert_true(at > 0);
            buffer[at - 1] = join(buffer[at - 1], buffer[at]);
        }
    }
    return buffer[0];
}

static size_t deal(size_t lanes, size_t ranks, size_t threads,
                   struct ch_tree_part *part)
{
    size_t count = 0;

    for (size_t q = 0; q < ranks; q++) {
        size_t first = q * lanes / ranks, end = (q + 1) * lanes / ranks;
        size_t own = ch_tree_parts(lanes, first, end, threads, part + count);
        size_t at = first;

        assert_true(own >= (threads < end - first ? threads : end - first));
        for (size_t i = count; i < count + own; i++) {
            assert_int_equal(part[i].first, at);
            at = part[i].end;
        }
        assert_int_equal(at, end);
        count += own;
    }
    return count;
}

static void ranks_and_threads_change_nothing(void **state)
{
    (void)state;
    for (size_t lanes = 1; lanes <= LANES; lanes++)
        for (size_t ranks = 1; ranks <= lanes; ranks++)
            for (size_t threads = 1; threads <= 5; threads++) {
                struct ch_tree_part part[LANES];
                struct ch_tree_merge merge[LANES];
                uint64_t sum[LANES];
                size_t count = deal(lanes, ranks, threads, part);

                for (size_t i = 0; i < count; i++)
                    sum[i] = compute(&part[i]);
                assert_int_equal(ch_tree_merges(lanes, part, merge),
                                 count - 1);
                for (size_t i = 0; i + 1 < count; i++)
                    sum[merge[i].to] = join(sum[merge[i].to],
                                            sum[merge[i].from]);
                assert_true(sum[0] == sum_of(0, lanes));
            }
}

static void a_part_needs_few_buffers(void **state)
{
    const size_t most[] = { 1, 1, 1, 2, 2, 2, 2, 3 };
    struct ch_tree_part part[LANES];

    (void)state;
    for (size_t lanes = 1; lanes <= 8; lanes++) {
        assert_int_equal(ch_tree_parts(lanes, 0, lanes, 1, part), 1);
        assert_true(part[0].buffers <= most[lanes - 1]);
    }
    /* Two threads with four lanes: two gradients are held, not four. */
    assert_int_equal(ch_tree_parts(4, 0, 4, 2, part), 2);
    assert_int_equal(part[0].buffers + part[1].buffers, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranks_and_threads_change_nothing),
        cmocka_unit_test(a_part_needs_few_buffers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
