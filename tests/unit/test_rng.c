/* test_rng.c - the published numbers, and that places do not share any */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

/* Known answers published with Random123 (kat_vectors). */
static void philox_gives_the_published_numbers(void **state)
{
    static const struct { uint32_t counter[4], key[2], out[4]; } row[] = {
        { { 0, 0, 0, 0 }, { 0, 0 },
          { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
        { { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff },
          { 0xffffffff, 0xffffffff },
          { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
        { { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 },
          { 0xa4093822, 0x299f31d0 },
          { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
    };
    uint32_t out[4];

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        ch_rng_philox(row[i].counter, row[i].key, out);
        assert_memory_equal(out, row[i].out, sizeof out);
    }
}

static void a_place_maps_to_its_counter_and_key(void **state)
{
    const struct ch_rng_place p = {
        .seed = UINT64_C(0x299f31d0a4093822), .purpose = 0x03,
        .epoch = 0x707344, .example = 0x13198a2e, .position = 0x85a308d3,
    };
    static const uint32_t expected[4] = { 0xd16cfe09, 0x94fdcceb, 0x5001e420,
                                          0x24126ea1 };
    uint32_t out[4];

    (void)state;
    ch_rng_block(&p, 0x243f6a88, out);
    assert_memory_equal(out, expected, sizeof out);
}

static void every_part_of_a_place_changes_the_numbers(void **state)
{
    const struct ch_rng_place zero = { 0 };
    struct ch_rng_place p[6] = { { 0 } };
    uint32_t out[8][4];

    (void)state;
    p[0].seed = 1;
    p[1].seed = UINT64_C(1) << 32;
    p[2].purpose = 1;
    p[3].epoch = 1;
    p[4].example = 1;
    p[5].position = 1;
    for (size_t i = 0; i < 6; i++)
        ch_rng_block(&p[i], 0, out[i]);
    ch_rng_block(&zero, 1, out[6]);
    ch_rng_block(&zero, 0, out[7]);
    for (size_t i = 0; i < 8; i++)
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(out[i], out[j], sizeof out[i]);
}

static void a_stream_is_the_blocks_of_its_place(void **state)
{
    const struct ch_rng_place p = { .seed = 5, .purpose = CH_RNG_TEST };
    struct ch_rng r;
    uint32_t block[4];

    (void)state;
    ch_rng_init(&r, p);
    for (uint32_t i = 0; i < 12; i++) {
        ch_rng_block(&p, i / 4, block);
        assert_int_equal(ch_rng_u32(&r), block[i % 4]);
    }
}

static void below_is_even_within_five_sigma(void **state)
{
    enum { N = 7, DRAWS = 70000 };
    struct ch_rng r;
    double expected = (double)DRAWS / N, sigma;
    int count[N] = { 0 };

    (void)state;
    ch_rng_init(&r, (struct ch_rng_place){ .purpose = CH_RNG_TEST });
    for (int i = 0; i < DRAWS; i++) {
        uint32_t v = ch_rng_below(&r, N);

        assert_true(v < N);
        count[v]++;
    }
    sigma = sqrt(expected * (1 - 1.0 / N));
    for (int i = 0; i < N; i++)
        assert_true(fabs(count[i] - expected) < 5 * sigma);
}

/* Without rejection, n = 3 * 2^30 would give a third of its range twice as
 * often as the rest. */
static void below_is_unbiased_for_large_n(void **state)
{
    enum { DRAWS = 30000 };
    struct ch_rng r;
    int third[3] = { 0 };

    (void)state;
    ch_rng_init(&r, (struct ch_rng_place){ .purpose = CH_RNG_TEST });
    for (int i = 0; i < DRAWS; i++)
        third[ch_rng_below(&r, UINT32_C(3) << 30) % 3]++;
    for (int i = 0; i < 3; i++)
        assert_true(fabs(third[i] - DRAWS / 3.0) < 5 * sqrt(DRAWS * 2 / 9.0));
}

static void below_one_is_always_zero(void **state)
{
    struct ch_rng r;

    (void)state;
    ch_rng_init(&r, (struct ch_rng_place){ .purpose = CH_RNG_TEST });
    for (int i = 0; i < 100; i++)
        assert_int_equal(ch_rng_below(&r, 1), 0);
}

static void unit_has_the_moments_of_a_uniform(void **state)
{
    enum { DRAWS = 100000 };
    struct ch_rng r;
    double sum = 0, squares = 0;

    (void)state;
    ch_rng_init(&r, (struct ch_rng_place){ .purpose = CH_RNG_TEST });
    for (int i = 0; i < DRAWS; i++) {
        double u = ch_rng_unit(&r);

        assert_true(u >= 0 && u < 1);
        sum += u;
        squares += u * u;
    }
    /* Five standard errors of each mean. */
    assert_true(fabs(sum / DRAWS - 0.5) < 5 * sqrt(1 / 12.0 / DRAWS));
    assert_true(fabs(squares / DRAWS - 1 / 3.0) < 5 * sqrt(4 / 45.0 / DRAWS));
}

static void normal_has_mean_0_and_variance_1(void **state)
{
    enum { DRAWS = 100000 };
    struct ch_rng r;
    double sum = 0, squares = 0;

    (void)state;
    ch_rng_init(&r, (struct ch_rng_place){ .purpose = CH_RNG_TEST });
    for (int i = 0; i < DRAWS; i++) {
        double x = ch_rng_normal(&r);

        assert_true(isfinite(x));
        sum += x;
        squares += x * x;
    }
    assert_true(fabs(sum / DRAWS) < 5 * sqrt(1.0 / DRAWS));
    assert_true(fabs(squares / DRAWS - 1) < 5 * sqrt(2.0 / DRAWS));
}

static void shuffle_keeps_every_item(void **state)
{
    enum { N = 1000 };
    uint32_t item[N];
    char seen[N] = { 0 };
    struct ch_rng r;

    (void)state;
    for (uint32_t i = 0; i < N; i++)
        item[i] = i;
    ch_rng_init(&r, (struct ch_rng_place){ .purpose = CH_RNG_TEST });
    ch_rng_shuffle(&r, item, N);
    for (size_t i = 0; i < N; i++)
        seen[item[i]]++;
    for (size_t i = 0; i < N; i++)
        assert_int_equal(seen[i], 1);
}

static void all_orders_of_three_are_as_likely(void **state)
{
    enum { DRAWS = 12000 };
    int count[27] = { 0 };
    struct ch_rng r;
    int orders = 0;

    (void)state;
    ch_rng_init(&r, (struct ch_rng_place){ .purpose = CH_RNG_TEST });
    for (int i = 0; i < DRAWS; i++) {
        uint32_t item[3] = { 0, 1, 2 };

        ch_rng_shuffle(&r, item, 3);
        count[item[0] * 9 + item[1] * 3 + item[2]]++;
    }
    for (int i = 0; i < 27; i++)
        if (count[i]) {
            orders++;
            assert_true(abs(count[i] - DRAWS / 6) <
                        5 * sqrt(DRAWS * 5 / 36.0));
        }
    assert_int_equal(orders, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_the_published_numbers),
        cmocka_unit_test(a_place_maps_to_its_counter_and_key),
        cmocka_unit_test(every_part_of_a_place_changes_the_numbers),
        cmocka_unit_test(a_stream_is_the_blocks_of_its_place),
        cmocka_unit_test(below_is_even_within_five_sigma),
        cmocka_unit_test(below_is_unbiased_for_large_n),
        cmocka_unit_test(below_one_is_always_zero),
        cmocka_unit_test(unit_has_the_moments_of_a_uniform),
        cmocka_unit_test(normal_has_mean_0_and_variance_1),
        cmocka_unit_test(shuffle_keeps_every_item),
        cmocka_unit_test(all_orders_of_three_are_as_likely),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
