/* test_lanes.c - the pieces a batch is cut into */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "chorus/log.h"
#include "data/lanes.h"
#include "fake_set.h"

/* An odd number of records; one with a single caption, one with 20, one with
 * none. */
static const size_t counts[] = { 5, 1, 20, 5, 0, 2, 5, 3, 5, 4, 5 };
enum { RECORDS = sizeof counts / sizeof *counts };

static struct ch_set set = { .counts = counts, .broken_record = SIZE_MAX };

static void open_lanes(struct ch_lanes *l, size_t batch, size_t lanes)
{
    struct ch_err e = CH_ERR_INIT;
    uint64_t examples[CH_LANES_MAX];

    assert_int_equal(ch_lanes_init(l, RECORDS, batch, lanes, &e), 0);
    for (size_t i = 0; i < lanes; i++) {
        assert_int_equal(ch_lanes_read(l, i, &set, &e), 0);
        examples[i] = l->lane[i].example_count;
    }
    ch_lanes_place(l, examples);
}

static void lanes_by_batch_have_16_to_32_captions_and_serve_4_ranks(void **s)
{
    (void)s;
    assert_int_equal(ch_lanes_default(1), 1);
    assert_int_equal(ch_lanes_default(3), 1);
    assert_int_equal(ch_lanes_default(8), 2);
    assert_int_equal(ch_lanes_default(16), 4);
    assert_int_equal(ch_lanes_default(64), 4);
    assert_int_equal(ch_lanes_default(128), 4);
    assert_int_equal(ch_lanes_default(256), 8);
    assert_int_equal(ch_lanes_default(1 << 20), CH_LANES_MAX);
    for (size_t batch = 64; batch < 4096; batch++) {
        size_t lane = batch / ch_lanes_default(batch);

        assert_in_range(lane, 16, 32);
        assert_int_equal(ch_lanes_default(batch) % 4, 0);
    }
}

static void records_are_cut_into_equal_contiguous_ranges(void **s)
{
    (void)s;
    for (size_t lanes = 1; lanes <= 8; lanes++) {
        struct ch_err e = CH_ERR_INIT;
        struct ch_lanes l;
        size_t next = 0;

        assert_int_equal(ch_lanes_init(&l, RECORDS, 8, lanes, &e), 0);
        for (size_t i = 0; i < lanes; i++) {
            assert_int_equal(l.lane[i].first_record, next);
            assert_in_range(l.lane[i].record_count, RECORDS / lanes,
                            RECORDS / lanes + 1);
            next += l.lane[i].record_count;
        }
        assert_int_equal(next, RECORDS);
        ch_lanes_release(&l);
    }
}

static void what_a_batch_does_not_divide_goes_to_the_first_lanes(void **s)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_lanes l;

    (void)s;
    assert_int_equal(ch_lanes_init(&l, RECORDS, 10, 4, &e), 0);
    assert_int_equal(l.lane[0].batch, 3);
    assert_int_equal(l.lane[1].batch, 3);
    assert_int_equal(l.lane[2].batch, 2);
    assert_int_equal(l.lane[3].batch, 2);
    ch_lanes_release(&l);
}

static void damaged_records_keep_their_place_without_an_example(void **s)
{
    struct ch_set hurt = { .counts = counts, .broken_record = SIZE_MAX,
                           .damaged = 2 };
    struct ch_err e = CH_ERR_INIT;
    struct ch_lanes l;

    (void)s;
    ch_log_setup("test_lanes", CH_LOG_ERROR, 0, 1);
    assert_int_equal(ch_lanes_init(&l, RECORDS, 8, 3, &e), 0);
    l.skip_bad = true;
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(ch_lanes_read(&l, i, &hurt, &e), 0);
    assert_int_equal(ch_lanes_bad(&l), 2);
    assert_true(ch_lanes_is_bad(&l, 0, 0));
    assert_true(ch_lanes_is_bad(&l, 0, 1));
    assert_false(ch_lanes_is_bad(&l, 0, 2));
    assert_false(ch_lanes_is_bad(&l, 1, 4));
    assert_int_equal(l.lane[0].example[0].record, 2);
    assert_int_equal(l.lane[0].example_count, counts[2] + counts[3]);
    assert_int_equal(l.lane[1].first_record, 4);
    ch_lanes_release(&l);
}

static void ranks_own_all_lanes_once(void **s)
{
    (void)s;
    for (int size = 1; size <= 7; size++) {
        assert_int_equal(ch_lanes_first(7, 0, size), 0);
        assert_int_equal(ch_lanes_first(7, size, size), 7);
        for (int r = 0; r < size; r++)
            assert_true(ch_lanes_first(7, r, size) <
                        ch_lanes_first(7, r + 1, size));
    }
}

static void every_caption_is_one_example(void **s)
{
    struct ch_lanes l;
    size_t lane = 0, at = 0;

    (void)s;
    open_lanes(&l, 8, 3);
    for (size_t i = 0; i < RECORDS; i++)
        for (size_t c = 0; c < counts[i]; c++) {
            const struct ch_example *x;

            while (at == l.lane[lane].example_count) {
                lane++;
                at = 0;
            }
            x = &l.lane[lane].example[at++];
            assert_int_equal(x->record, i);
            assert_int_equal(x->caption, c);
            assert_int_equal(x->words, FAKE_WORDS(i, c) + 1);
        }
    assert_int_equal(lane, 2);
    assert_int_equal(at, l.lane[2].example_count);
    ch_lanes_release(&l);
}

static void examples_are_numbered_over_all_lanes(void **s)
{
    struct ch_lanes l;

    (void)s;
    open_lanes(&l, 8, 4);
    assert_int_equal(l.lane[0].first_example, 0);
    for (size_t i = 1; i < 4; i++)
        assert_int_equal(l.lane[i].first_example,
                         l.lane[i - 1].first_example +
                         l.lane[i - 1].example_count);
    assert_int_equal(ch_lanes_examples(&l), 55);
    ch_lanes_release(&l);
}

static void an_order_visits_every_example_of_a_lane_once(void **s)
{
    struct ch_lanes l;
    unsigned char seen[64] = { 0 };

    (void)s;
    open_lanes(&l, 8, 2);
    ch_lanes_shuffle(&l, 1, 5, 3);
    for (size_t i = 0; i < l.lane[1].example_count; i++)
        seen[l.lane[1].order[i]]++;
    for (size_t i = 0; i < l.lane[1].example_count; i++)
        assert_int_equal(seen[i], 1);
    ch_lanes_release(&l);
}

/* Records may be a caption, many or none; each stays in one piece. */
static void together_the_captions_of_an_image_follow_one_another(void **s)
{
    struct ch_lanes l;
    bool is_moved = false;

    (void)s;
    open_lanes(&l, 8, 2);
    l.is_together = true;
    for (size_t lane = 0; lane < 2; lane++) {
        const struct ch_lane *at = &l.lane[lane];
        unsigned char seen[64] = { 0 };

        ch_lanes_shuffle(&l, lane, 5, 3);
        for (size_t i = 0; i < at->example_count; i++) {
            const struct ch_example *x = &at->example[at->order[i]];

            seen[at->order[i]]++;
            is_moved |= at->order[i] != i;
            if (x->caption > 0) {
                assert_true(i > 0);
                assert_int_equal(at->order[i], at->order[i - 1] + 1);
            }
        }
        for (size_t i = 0; i < at->example_count; i++)
            assert_int_equal(seen[i], 1);
    }
    assert_true(is_moved);
    ch_lanes_release(&l);
}

static bool same_order(uint64_t seed, uint32_t epoch, bool shuffle_before)
{
    struct ch_lanes a, b;
    bool same;

    open_lanes(&a, 8, 2);
    open_lanes(&b, 8, 2);
    ch_lanes_shuffle(&a, 0, 1, 0);
    if (shuffle_before)
        ch_lanes_shuffle(&b, 0, 9, 9);
    ch_lanes_shuffle(&b, 0, seed, epoch);
    same = !memcmp(a.lane[0].order, b.lane[0].order,
                   a.lane[0].example_count * sizeof *a.lane[0].order);
    ch_lanes_release(&a);
    ch_lanes_release(&b);
    return same;
}

static void the_order_is_a_function_of_seed_and_epoch_alone(void **s)
{
    (void)s;
    assert_true(same_order(1, 0, false));
    assert_true(same_order(1, 0, true));
}

static void another_epoch_or_seed_has_another_order(void **s)
{
    (void)s;
    assert_false(same_order(1, 1, false));
    assert_false(same_order(2, 0, false));
}

static void an_epoch_visits_every_example_and_short_lanes_sit_out(void **s)
{
    struct ch_lanes l;
    size_t seen = 0, sat_out = 0;

    (void)s;
    open_lanes(&l, 5, 3);
    for (size_t step = 0; step < ch_lanes_steps(&l); step++)
        for (size_t i = 0; i < 3; i++) {
            size_t first, n = ch_lanes_at(&l, i, step, &first);

            seen += n;
            sat_out += !n;
        }
    assert_int_equal(seen, 55);
    assert_true(sat_out > 0);
    ch_lanes_release(&l);
}

static void more_lanes_than_records_leave_lanes_empty(void **s)
{
    struct ch_lanes l;
    size_t seen = 0;

    (void)s;
    open_lanes(&l, 16, 16);
    for (size_t i = 0; i < 16; i++)
        seen += l.lane[i].example_count;
    assert_int_equal(seen, 55);
    assert_int_equal(l.lane[15].example_count, 0);
    ch_lanes_release(&l);
}

static void expect_refused(size_t batch, size_t lanes, const char *message)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_lanes l;

    assert_int_equal(ch_lanes_init(&l, RECORDS, batch, lanes, &e), CH_EUSAGE);
    assert_string_equal(e.msg, message);
}

static void a_lane_without_an_example_in_a_batch_is_refused(void **s)
{
    (void)s;
    expect_refused(3, 4, "4 lanes need a batch of 4 captions or more, found 3; "
                   "take fewer lanes or a larger batch");
}

static void too_many_lanes_are_refused(void **s)
{
    (void)s;
    expect_refused(4096, 1025, "expected 1 to 1024 lanes, found 1025");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            lanes_by_batch_have_16_to_32_captions_and_serve_4_ranks),
        cmocka_unit_test(records_are_cut_into_equal_contiguous_ranges),
        cmocka_unit_test(
            what_a_batch_does_not_divide_goes_to_the_first_lanes),
        cmocka_unit_test(damaged_records_keep_their_place_without_an_example),
        cmocka_unit_test(ranks_own_all_lanes_once),
        cmocka_unit_test(every_caption_is_one_example),
        cmocka_unit_test(examples_are_numbered_over_all_lanes),
        cmocka_unit_test(an_order_visits_every_example_of_a_lane_once),
        cmocka_unit_test(together_the_captions_of_an_image_follow_one_another),
        cmocka_unit_test(the_order_is_a_function_of_seed_and_epoch_alone),
        cmocka_unit_test(another_epoch_or_seed_has_another_order),
        cmocka_unit_test(
            an_epoch_visits_every_example_and_short_lanes_sit_out),
        cmocka_unit_test(more_lanes_than_records_leave_lanes_empty),
        cmocka_unit_test(a_lane_without_an_example_in_a_batch_is_refused),
        cmocka_unit_test(too_many_lanes_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
