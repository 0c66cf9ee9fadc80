/* test_estimate.c - a sample goes through the encoder */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "data/estimate.h"
#include "scratch.h"

/* The sample is so many photos; one of them may not be there. */
struct sample {
    size_t count, bad, asked;
    struct ch_box box;
};

static int next(void *context, size_t i, char *path, size_t size,
                struct ch_box *box, struct ch_err *e)
{
    struct sample *s = context;

    (void)e;
    if (i >= s->count)
        return 0;
    s->asked++;
    *box = s->box;
    snprintf(path, size, "tests/fixture/%s",
             i == s->bad ? "none" : "pictures/colour.jpg");
    return 1;
}

static int run(struct sample *s, struct ch_estimate *out, struct ch_err *e)
{
    const struct ch_estimate_options o = {
        .encoder = "tests/fixture/tiny.json", .precision = "f32",
        .threads = 2, .next = next, .context = s
    };

    return ch_estimate_run(&o, out, e);
}

static void a_sample_tells_shape_time_and_memory(void **state)
{
    struct sample s = { .count = 30, .bad = 99 };
    struct ch_err e = CH_ERR_INIT;
    struct ch_estimate found;

    (void)state;
    if (run(&s, &found, &e))
        fail_msg("%s", e.msg);
    assert_string_equal(found.name, "tiny");
    assert_int_equal(found.feature_count, 3);
    assert_int_equal(found.grid_rows, 4);
    assert_int_equal(found.sampled, 28);       /* but for the first two */
    assert_int_equal(s.asked, 30);
    assert_true(found.image_s > 0 && found.memory > 0);
}

static void a_small_sample_goes_round(void **state)
{
    struct sample s = { .count = 3, .bad = 99 };
    struct ch_estimate found;

    (void)state;
    assert_int_equal(run(&s, &found, NULL), 0);
    assert_int_equal(found.sampled, 8);
}

static void bad_photos_are_not_counted(void **state)
{
    struct sample s = { .count = 12, .bad = 5 }, none = { .count = 1 };
    struct ch_estimate found;

    (void)state;
    assert_int_equal(run(&s, &found, NULL), 0);
    assert_int_equal(found.sampled, 9);
    assert_int_equal(run(&none, &found, NULL), 0);
    assert_int_equal(found.sampled, 0);
    assert_true(found.image_s == 0);
}

static void an_empty_sample_tells_shapes_alone(void **state)
{
    struct sample s = { 0 };
    struct ch_estimate found;

    (void)state;
    assert_int_equal(run(&s, &found, NULL), 0);
    assert_int_equal(found.feature_count, 3);
    assert_int_equal(found.sampled, 0);
}

static void a_region_is_cut_out(void **state)
{
    struct sample s = { .count = 12, .bad = 99, .box = { 0, 0, 2, 2 } },
                  outside = { .count = 12, .bad = 99,
                              .box = { 9999, 9999, 2, 2 } };
    struct ch_estimate found;

    (void)state;
    assert_int_equal(run(&s, &found, NULL), 0);
    assert_int_equal(found.sampled, 10);
    assert_int_equal(run(&outside, &found, NULL), 0);
    assert_int_equal(found.sampled, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sample_tells_shape_time_and_memory),
        cmocka_unit_test(a_small_sample_goes_round),
        cmocka_unit_test(bad_photos_are_not_counted),
        cmocka_unit_test(an_empty_sample_tells_shapes_alone),
        cmocka_unit_test(a_region_is_cut_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
