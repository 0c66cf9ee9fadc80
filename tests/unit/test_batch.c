/* test_batch.c - examples become the arrays one step of a lane computes on */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "data/batch.h"
#include "fake_set.h"

static const size_t counts[] = { 5, 1, 20, 5, 0, 2 };
enum { RECORDS = sizeof counts / sizeof *counts, F = 3, V = 44 };

struct fixture {
    struct ch_set set;
    struct ch_lanes lanes;
    struct ch_batch_rows b;
};

/* Two lanes; the second begins with record 3, example 26. */
static int open_fixture(void **state)
{
    static struct fixture f;
    struct ch_err e = CH_ERR_INIT;
    uint64_t examples[2];

    f.set = (struct ch_set) {
        .counts = counts, .broken_record = SIZE_MAX, .features = F
    };
    assert_int_equal(ch_lanes_init(&f.lanes, RECORDS, 64, 2, &e), 0);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(ch_lanes_read(&f.lanes, i, &f.set, &e), 0);
        examples[i] = f.lanes.lane[i].example_count;
    }
    ch_lanes_place(&f.lanes, examples);
    assert_int_equal(ch_batch_init(&f.b, 32, 10, 0, F, &e), 0);
    *state = &f;
    return 0;
}

static int close_fixture(void **state)
{
    struct fixture *f = *state;

    ch_batch_release(&f->b);
    ch_lanes_release(&f->lanes);
    return 0;
}

static void fill(struct fixture *f, size_t lane, size_t first, size_t count)
{
    struct ch_err e = CH_ERR_INIT;

    assert_int_equal(ch_batch_fill(&f->b, &f->set, &f->lanes.lane[lane], first,
                                   count, V, &e), 0);
}

/* The words to predict of row b, by counting the steps it lives. */
static size_t length_of(const struct ch_batch_rows *b, size_t row)
{
    size_t t = 0;

    while (t < b->T && b->live[t] > row)
        t++;
    return t;
}

/* Record and caption of an example of lane 0, by its number. */
static void find_example(size_t number, size_t *record, size_t *caption)
{
    *record = 0;
    while (number >= counts[*record])
        number -= counts[(*record)++];
    *caption = number;
}

static void rows_are_sorted_by_falling_length_and_none_is_lost(void **state)
{
    struct fixture *f = *state;
    size_t words = 0, all = 0;

    fill(f, 0, 0, 26);
    for (size_t row = 0; row < 26; row++) {
        words += length_of(&f->b, row);
        assert_true(!row || length_of(&f->b, row) <=
                    length_of(&f->b, row - 1));
    }
    for (size_t i = 0; i < 3; i++)
        for (size_t c = 0; c < counts[i]; c++)
            all += FAKE_WORDS(i, c) + 1;
    assert_int_equal(words, all);
    assert_int_equal(f->b.N, all);
}

static void equal_lengths_stay_in_the_order_of_the_lane(void **state)
{
    struct fixture *f = *state;

    fill(f, 0, 0, 26);
    for (size_t row = 1; row < 26; row++)
        assert_true(length_of(&f->b, row) < length_of(&f->b, row - 1) ||
                    f->b.example[row] > f->b.example[row - 1]);
}

static void words_are_time_major_and_targets_are_one_ahead(void **state)
{
    struct fixture *f = *state;
    size_t n = 0;

    fill(f, 0, 0, 26);
    for (size_t t = 0; t < f->b.T; t++)
        for (size_t row = 0; row < f->b.live[t]; row++, n++) {
            size_t i, c;

            find_example(f->b.example[row], &i, &c);
            assert_int_equal(f->b.input[n], fake_id(i, c, t));
            assert_int_equal(f->b.target[n], fake_id(i, c, t + 1));
        }
    assert_int_equal(n, f->b.N);
}

static void a_row_has_the_features_of_its_image(void **state)
{
    struct fixture *f = *state;

    fill(f, 0, 3, 10);
    for (size_t row = 0; row < 10; row++) {
        size_t i, c;

        find_example(f->b.example[row], &i, &c);
        for (size_t k = 0; k < F; k++)
            assert_true(f->b.feature[row * F + k] ==
                        (float)i + (float)k / 10);
    }
}

static void examples_have_their_numbers_in_the_whole_set(void **state)
{
    struct fixture *f = *state;

    fill(f, 1, 0, 1);
    assert_int_equal(f->b.example[0], 26);
    fill(f, 1, 6, 1);
    assert_int_equal(f->b.example[0], 32);
}

static void the_order_of_the_lane_is_followed(void **state)
{
    struct fixture *f = *state;

    f->lanes.lane[0].order[7] = 21;
    fill(f, 0, 7, 1);
    assert_int_equal(f->b.example[0], 21);
}

static void no_examples_make_an_empty_batch(void **state)
{
    struct fixture *f = *state;

    fill(f, 0, 0, 4);
    fill(f, 0, 1000, 0);       /* beyond the end: a lane that sits out */
    assert_int_equal(f->b.B, 0);
    assert_int_equal(f->b.T, 0);
    assert_int_equal(f->b.N, 0);
}

static void expect_bad_id(struct fixture *f, int32_t id, const char *message)
{
    struct ch_err e = CH_ERR_INIT;

    f->set.broken_record = 3;
    f->set.broken_id = id;
    assert_int_equal(ch_batch_fill(&f->b, &f->set, &f->lanes.lane[1], 0, 7, V,
                                   &e), CH_EFORMAT);
    assert_string_equal(e.msg, message);
}

static void a_word_beyond_the_vocabulary_is_refused(void **state)
{
    expect_bad_id(*state, 44, "image 3 has word id 44, but the vocabulary has "
                  "44 words; make the shards again");
}

static void a_negative_word_is_refused(void **state)
{
    expect_bad_id(*state, -1, "image 3 has word id -1, but the vocabulary has "
                  "44 words; make the shards again");
}

static void captions_that_change_while_training_are_refused(void **state)
{
    struct fixture *f = *state;
    struct ch_err e = CH_ERR_INIT;

    f->lanes.lane[1].example[0].words++;
    assert_int_equal(ch_batch_fill(&f->b, &f->set, &f->lanes.lane[1], 0, 1, V,
                                   &e), CH_EFORMAT);
    assert_string_equal(e.msg, "the captions of image 3 changed while "
                        "training; do not write to shards in use");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_fixture, close_fixture)

/* Rows of one image share its grid, which is read once. */
static void grids_are_read_once_for_each_image(void **state)
{
    struct fixture *f = *state;
    struct ch_batch_rows b;
    struct ch_err e = CH_ERR_INIT;

    assert_int_equal(ch_batch_init(&b, 32, 10, FAKE_PLACES, F, &e), 0);
    f->set.grids_read = 0;
    assert_int_equal(ch_batch_fill(&b, &f->set, &f->lanes.lane[0], 0, 26, V,
                                   &e), 0);
    assert_int_equal(b.M, 3);
    assert_int_equal(f->set.grids_read, 3);
    for (size_t row = 0; row < b.B; row++) {
        const float *grid = b.feature + b.image[row] * FAKE_PLACES * F;
        size_t record, caption;

        find_example(b.example[row], &record, &caption);
        for (size_t l = 0; l < FAKE_PLACES; l++)
            assert_true(grid[l * F] == (float)record + 100 * (float)l);
    }
    ch_batch_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rows_are_sorted_by_falling_length_and_none_is_lost),
        TEST(equal_lengths_stay_in_the_order_of_the_lane),
        TEST(words_are_time_major_and_targets_are_one_ahead),
        TEST(a_row_has_the_features_of_its_image),
        TEST(examples_have_their_numbers_in_the_whole_set),
        TEST(the_order_of_the_lane_is_followed),
        TEST(no_examples_make_an_empty_batch),
        TEST(a_word_beyond_the_vocabulary_is_refused),
        TEST(a_negative_word_is_refused),
        TEST(captions_that_change_while_training_are_refused),
        TEST(grids_are_read_once_for_each_image),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
