/* test_half.c - f32 to binary16 and bfloat16 and back */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "kernel/variant.h"

static void known_values_become_their_f16_bits(void **state)
{
    const struct { float x; uint16_t bits; } known[] = {
        { 0.0f, 0x0000 }, { -0.0f, 0x8000 }, { 1.0f, 0x3c00 },
        { -2.0f, 0xc000 }, { 65504.0f, 0x7bff },
        { 65519.9f, 0x7bff },               /* rounds down to the largest */
        { 65520.0f, 0x7c00 },               /* the tie goes to infinity */
        { INFINITY, 0x7c00 }, { -INFINITY, 0xfc00 },
        { 0x1p-14f, 0x0400 },               /* smallest normal */
        { 0x1p-24f, 0x0001 },               /* smallest subnormal */
        { 0x1p-25f, 0x0000 },               /* tie to even: zero */
        { 0x1.000002p-25f, 0x0001 },        /* just above the tie */
        { 0x1.8p-24f, 0x0002 },             /* tie to even: up */
        { 0x1.ffcp-15f, 0x0400 },           /* carries into the normals */
        { 0x1.002p0f, 0x3c00 },             /* tie to even: down */
        { 0x1.006p0f, 0x3c02 },             /* tie to even: up */
        { 0x1.002002p0f, 0x3c01 },          /* just above a tie */
        { 1e-30f, 0x0000 }, { -1e-30f, 0x8000 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (ch_half_to_f16(known[i].x) != known[i].bits)
            fail_msg("%a: expected %04x, found %04x", (double)known[i].x,
                     known[i].bits, ch_half_to_f16(known[i].x));
}

static void every_f16_survives_a_round_trip(void **state)
{
    (void)state;
    for (uint32_t h = 0; h <= 0xffff; h++) {
        float x = ch_half_from_f16((uint16_t)h);

        if (isnan(x))
            assert_true((h & 0x7c00) == 0x7c00 && (h & 0x3ff));
        else
            assert_int_equal(ch_half_to_f16(x), h);
    }
}

/* Between two neighbours the middle goes to the even one, what is nearer to
 * one goes there: all of binary16's positive finite values. */
static void a_row_of_f16_has_the_bits_of_each(void **state)
{
    static const char *const names[] = { CH_KERNEL_NAMES };
    static unsigned char bytes[2 * 0x10000];
    static float x[0x10000];

    (void)state;
    for (size_t h = 0; h <= 0xffff; h++) {
        bytes[2 * h] = (unsigned char)h;
        bytes[2 * h + 1] = (unsigned char)(h >> 8);
    }
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        const struct ch_kernel *k = ch_kernel_find(names[n]);

        if (!k)
            continue;
        k->widen_f16(0x10000, bytes, x);
        for (size_t h = 0; h <= 0xffff; h++) {
            float each = ch_half_from_f16((uint16_t)h);

            assert_memory_equal(&x[h], &each, sizeof each);
        }
    }
}

/* From an odd address; nothing beyond the length is touched. */
static void a_row_of_any_length_has_the_bits_of_each(void **state)
{
    enum { LONGEST = 35 };
    static const char *const names[] = { CH_KERNEL_NAMES };

    (void)state;
    for (size_t v = 0; v < sizeof names / sizeof *names; v++) {
        const struct ch_kernel *k = ch_kernel_find(names[v]);

        for (size_t n = 0; n <= LONGEST && k; n++) {
            float found[LONGEST + 2], expected[LONGEST + 1] = { 0 };
            unsigned char bytes[2 * LONGEST + 1];

            for (size_t i = 0; i < sizeof bytes; i++)
                bytes[i] = (unsigned char)(97 * (n + i));
            found[n + 1] = expected[n] = 12345;
            ch_half_widen_f16_ref(n, bytes + 1, expected);
            k->widen_f16(n, bytes + 1, found + 1);
            assert_memory_equal(found + 1, expected,
                                (n + 1) * sizeof *expected);
        }
    }
}

static void f16_rounds_to_nearest_even(void **state)
{
    (void)state;
    for (uint32_t h = 0; h < 0x7bff; h++) {
        float low = ch_half_from_f16((uint16_t)h);
        float high = ch_half_from_f16((uint16_t)(h + 1));
        float middle = low + (high - low) / 2;      /* exact in f32 */

        assert_int_equal(ch_half_to_f16(middle), h + (h & 1));
        assert_int_equal(ch_half_to_f16(nextafterf(middle, 0)), h);
        assert_int_equal(ch_half_to_f16(nextafterf(middle, INFINITY)), h + 1);
    }
}

static void every_bf16_survives_a_round_trip(void **state)
{
    (void)state;
    for (uint32_t h = 0; h <= 0xffff; h++) {
        float x = ch_half_from_bf16((uint16_t)h);

        if (isnan(x))
            assert_true((h & 0x7f80) == 0x7f80 && (h & 0x7f));
        else
            assert_int_equal(ch_half_to_bf16(x), h);
    }
}

static void bf16_rounds_to_nearest_even(void **state)
{
    (void)state;
    assert_int_equal(ch_half_to_bf16(0x1.01p0f), 0x3f80);     /* tie, down */
    assert_int_equal(ch_half_to_bf16(0x1.03p0f), 0x3f82);     /* tie, up */
    assert_int_equal(ch_half_to_bf16(0x1.010002p0f), 0x3f81);
    assert_int_equal(ch_half_to_bf16(0x1.fffffep127f), 0x7f80);
}

static void nan_stays_nan(void **state)
{
    uint32_t bits = 0x7f800001;      /* its mantissa is lost in 16 bits */
    float x;

    (void)state;
    memcpy(&x, &bits, sizeof x);
    assert_true(isnan(ch_half_from_f16(ch_half_to_f16(x))));
    assert_true(isnan(ch_half_from_bf16(ch_half_to_bf16(x))));
    assert_true(isnan(ch_half_from_f16(0x7c01)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_values_become_their_f16_bits),
        cmocka_unit_test(every_f16_survives_a_round_trip),
        cmocka_unit_test(a_row_of_f16_has_the_bits_of_each),
        cmocka_unit_test(a_row_of_any_length_has_the_bits_of_each),
        cmocka_unit_test(f16_rounds_to_nearest_even),
        cmocka_unit_test(every_bf16_survives_a_round_trip),
        cmocka_unit_test(bf16_rounds_to_nearest_even),
        cmocka_unit_test(nan_stays_nan),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
