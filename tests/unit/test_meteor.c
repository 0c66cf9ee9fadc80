/* test_meteor.c - METEOR over the images of a job */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "score/meteor.h"
#include "tiny_meteor.h"

static struct ch_meteor_data *data;

static int open_data(void **state)
{
    (void)state;
    data = tiny_meteor_open();
    return 0;
}

static int close_data(void **state)
{
    (void)state;
    tiny_meteor_close(data);
    return 0;
}

static struct ch_score_item item_of(const char *caption,
                                    const char *const *reference, size_t count)
{
    return (struct ch_score_item){ .key = "a.jpg", .caption = caption,
                                   .reference = reference,
                                   .reference_count = count };
}

static struct ch_meteor_image score(const char *caption,
                                    const char *const *reference, size_t count)
{
    struct ch_score_item item = item_of(caption, reference, count);
    struct ch_meteor_image out;
    struct ch_err e = CH_ERR_INIT;

    if (ch_meteor_score(data, &item, 1, 1, &out, &e))
        fail_msg("%s", e.msg);
    return out;
}

static void the_best_reference_counts_of_equals_the_first(void **state)
{
    static const char *const refs[] = { "y", "man y", "man z", "q" };
    struct ch_meteor_image out = score("man x", refs, 4);

    (void)state;
    assert_int_equal(out.reference, 1);
    assert_true(out.score > 0);
    assert_true(out.score == ch_meteor_stats_score(&out.stats));
    out = score("nothing", refs, 4);
    assert_int_equal(out.reference, 0);
    assert_true(out.score == 0);
    assert_int_equal(out.stats.n[CH_METEOR_REF_WORDS], 1);
}

static void an_equal_caption_scores_one(void **state)
{
    static const char *const refs[] = { "a man next to the dog" };
    struct ch_meteor_image out = score("a man next to the dog", refs, 1);

    (void)state;
    assert_true(fabs(out.score - 1) < 1e-15);
    assert_int_equal(out.stats.n[CH_METEOR_WORDS], 6);
    assert_int_equal(out.stats.n[CH_METEOR_FUNCTION], 3);
    assert_int_equal(out.stats.n[CH_METEOR_CHUNKS], 1);
}

static void a_mark_cuts_a_reference_and_leaves_a_caption(void **state)
{
    static const char *const refs[] = { "x", "q ||| man dog|||z" };
    struct ch_meteor_image out = score("man|||  dog", refs, 2);

    (void)state;
    assert_int_equal(out.reference, 1);
    assert_int_equal(out.stats.n[CH_METEOR_REF_WORDS], 2);
    assert_true(fabs(out.score - 1) < 1e-15);
}

/* Hits of the normaliser's pass touch here: of ", ," the second is split off
 * only when two spaces were between. */
static void of_two_spaces_in_a_caption_one_is_left(void **state)
{
    static const char *const refs[] = { "x,  ,y" };
    struct ch_meteor_image out = score("x,  ,y", refs, 1);

    (void)state;
    assert_int_equal(out.stats.n[CH_METEOR_WORDS], 3);
    assert_int_equal(out.stats.n[CH_METEOR_REF_WORDS], 4);
}

static void threads_change_nothing(void **state)
{
    enum { COUNT = 101 };
    static const char *const refs[] = {
        "a man next to the dog", "a person beside a hound", "many geese",
    };
    static const char *const captions[] = {
        "the dog by a man", "a bird", "a lot of birds", "person beside dogs",
        "", "a a a man man the the dog",
    };
    struct ch_score_item item[COUNT];
    struct ch_meteor_image one[COUNT], many[COUNT];
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    for (size_t i = 0; i < COUNT; i++)
        item[i] = item_of(captions[i % 6], refs + i % 3, 3 - i % 3);
    assert_int_equal(ch_meteor_score(data, item, COUNT, 1, one, &e), 0);
    for (size_t threads = 0; threads < 6; threads++) {
        memset(many, 0xff, sizeof many);
        assert_int_equal(ch_meteor_score(data, item, COUNT, threads, many, &e),
                         0);
        assert_memory_equal(one, many, sizeof one);
    }
    /* More threads than images. */
    assert_int_equal(ch_meteor_score(data, item, 2, 5, many, &e), 0);
    assert_memory_equal(one, many, 2 * sizeof one[0]);
}

static void no_images_are_no_work(void **state)
{
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    assert_int_equal(ch_meteor_score(data, NULL, 0, 2, NULL, &e), 0);
}

static void an_image_at_fault_is_named(void **state)
{
    static const char *const refs[] = { "x" };
    struct ch_score_item item = item_of("x", refs, 0);
    struct ch_meteor_image out;
    struct ch_err e = CH_ERR_INIT;
    char *text = calloc(2 * CH_METEOR_MAX_WORDS + 3, 1);

    (void)state;
    assert_int_equal(ch_meteor_score(data, &item, 1, 1, &out, &e), CH_EUSAGE);
    assert_string_equal(e.msg, "image a.jpg: it has no references");
    for (size_t i = 0; i <= CH_METEOR_MAX_WORDS; i++)
        memcpy(text + 2 * i, "x ", 2);
    item = item_of(text, refs, 1);
    assert_int_equal(ch_meteor_score(data, &item, 1, 1, &out, &e), CH_EUSAGE);
    assert_string_equal(e.msg, "image a.jpg: METEOR compares captions of at "
                               "most 2000 words, and this one has more");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_reference_counts_of_equals_the_first),
        cmocka_unit_test(an_equal_caption_scores_one),
        cmocka_unit_test(a_mark_cuts_a_reference_and_leaves_a_caption),
        cmocka_unit_test(of_two_spaces_in_a_caption_one_is_left),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(no_images_are_no_work),
        cmocka_unit_test(an_image_at_fault_is_named),
    };

    return cmocka_run_group_tests(tests, open_data, close_data);
}
