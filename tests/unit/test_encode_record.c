/* test_encode_record.c - features are stored, and what that costs is told */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "chorus/log.h"
#include "data/encode_record.h"

static struct ch_err e;

static void the_error_is_that_of_the_type(void **state)
{
    /* f16 has steps of 1/1024 between 1 and 2, and of 2 between 2048 and
     * 4096: off by 1/4096 and by 1. */
    static const float pooled[] = { 1 + 1 / 4096.0f, 1 };
    static const float grid[] = { 2049, 0, -4 };
    struct ch_encode_record r = { .dtype = CH_FEATURE_F16, .F = 2, .G = 1,
                                  .columns = 3 };
    const struct ch_feature_result f = { .pooled = pooled, .grid = grid };
    struct ch_piece_record out;
    float value[3];

    (void)state;
    assert_int_equal(ch_encode_record_fill(&r, &f, &out, &e), 0);
    assert_float_equal(out.error.error2, 1 + 1 / 4096.0 / 4096.0, 1e-12);
    assert_float_equal(out.error.value2, 2049.0 * 2049 + 16 + 1 +
                       (1 + 1 / 4096.0) * (1 + 1 / 4096.0), 1e-6);
    assert_float_equal(out.error.largest, 1, 0);
    assert_int_equal(ch_record_read_feature(out.value[CH_PIECE_GRID].at,
                                            out.value[CH_PIECE_GRID].n, "r",
                                            'g', 1, 3, value, &e), 0);
    assert_float_equal(value[0], 2048, 0);
    assert_float_equal(value[2], -4, 0);
    assert_int_equal(out.value[CH_PIECE_WHY].n, 0);
    ch_encode_record_release(&r);
}

static void whole_numbers_in_f32_cost_nothing(void **state)
{
    static const float pooled[] = { 0.1f, 1e30f };
    struct ch_encode_record r = { .dtype = CH_FEATURE_F32, .F = 2 };
    const struct ch_feature_result f = { .pooled = pooled };
    struct ch_piece_record out;

    (void)state;
    assert_int_equal(ch_encode_record_fill(&r, &f, &out, &e), 0);
    assert_true(out.error.error2 == 0 && out.error.largest == 0);
    assert_int_equal(out.value[CH_PIECE_GRID].n, 0);
    ch_encode_record_release(&r);
}

static void expect_refused(float v, const char *message)
{
    const float pooled[] = { 1, v };
    struct ch_encode_record r = { .dtype = CH_FEATURE_F16, .F = 2 };
    const struct ch_feature_result f = { .pooled = pooled };
    struct ch_piece_record out;

    e = (struct ch_err)CH_ERR_INIT;
    assert_int_equal(ch_encode_record_fill(&r, &f, &out, &e), CH_EUSAGE);
    assert_string_equal(e.msg, message);
    ch_encode_record_release(&r);
}

static void what_cannot_be_stored_is_refused(void **state)
{
    (void)state;
    expect_refused(70000, "a feature is 70000, more than the type holds; pass "
                          "--dtype f32");
    expect_refused(INFINITY, "a feature is inf: the network is broken, or its "
                             "input is not as described");
    expect_refused(NAN, "a feature is nan: the network is broken, or its "
                        "input is not as described");
}

static void a_bad_photo_is_an_error_or_a_reason(void **state)
{
    struct ch_encode_record r = { .F = 2 };
    struct ch_feature_result f = { .rc = CH_EFORMAT };
    struct ch_piece_record out;

    (void)state;
    strcpy(f.err.msg, "cut.jpg: damaged");
    assert_int_equal(ch_encode_record_fill(&r, &f, &out, &e), CH_EFORMAT);
    assert_string_equal(e.msg, "cut.jpg: damaged");
    r.skip_bad = true;
    ch_log_setup("test", CH_LOG_ERROR, 0, 1);
    assert_int_equal(ch_encode_record_fill(&r, &f, &out, &e), 0);
    assert_int_equal(out.value[CH_PIECE_POOLED].n, 0);
    assert_memory_equal(out.value[CH_PIECE_WHY].at, "cut.jpg: damaged", 16);
    /* Memory that ran out is no photo's fault. */
    f.rc = CH_ENOMEM;
    assert_int_equal(ch_encode_record_fill(&r, &f, &out, &e), CH_ENOMEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_error_is_that_of_the_type),
        cmocka_unit_test(whole_numbers_in_f32_cost_nothing),
        cmocka_unit_test(what_cannot_be_stored_is_refused),
        cmocka_unit_test(a_bad_photo_is_an_error_or_a_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
