/* test_meteor_stats.c - METEOR's numbers, and the score they give */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "score/meteor_stats.h"
#include "tiny_meteor.h"

#define M(module) (CH_METEOR_MATCHED + 4 * CH_METEOR_##module)

static void a_perfect_caption_scores_one(void **state)
{
    struct ch_meteor_stats s = { .n = { 3, 3, 1, 1 } };

    (void)state;
    s.n[M(EXACT)] = s.n[M(EXACT) + 1] = 2;
    s.n[M(EXACT) + 2] = s.n[M(EXACT) + 3] = 1;
    s.n[CH_METEOR_CHUNKS] = 1;
    s.n[CH_METEOR_MATCHED_WORDS] = s.n[CH_METEOR_REF_MATCHED_WORDS] = 3;
    assert_true(fabs(ch_meteor_stats_score(&s) - 1) < 1e-15);
    /* In two chunks it pays: frag = 2/3. */
    s.n[CH_METEOR_CHUNKS] = 2;
    assert_true(fabs(ch_meteor_stats_score(&s) -
                     (1 - 0.6 * pow(2.0 / 3, 0.2))) < 1e-15);
}

/* Four words of which two are function words, against five with one. */
static void each_kind_of_match_has_its_weight(void **state)
{
    struct ch_meteor_stats s = { .n = { 4, 5, 2, 1 } };
    double length = 0.75 * 2 + 0.25 * 2, ref_length = 0.75 * 4 + 0.25 * 1;
    double p, r;

    (void)state;
    s.n[M(EXACT)] = s.n[M(EXACT) + 1] = 1;
    s.n[M(STEM)] = s.n[M(STEM) + 1] = 1;
    s.n[M(SYNONYM) + 2] = s.n[M(SYNONYM) + 3] = 1;
    s.n[M(PARAPHRASE) + 2] = 1;
    s.n[M(PARAPHRASE) + 1] = 2;
    s.n[CH_METEOR_CHUNKS] = 3;
    s.n[CH_METEOR_MATCHED_WORDS] = 4;
    s.n[CH_METEOR_REF_MATCHED_WORDS] = 5;
    p = (0.75 * (1 + 0.6) + 0.25 * (0.8 + 0.6)) / length;
    r = (0.75 * (1 + 0.6 + 2 * 0.6) + 0.25 * 0.8) / ref_length;
    assert_true(fabs(ch_meteor_stats_score(&s) -
                     1 / (0.15 / p + 0.85 / r) *
                         (1 - 0.6 * pow(3 / 4.5, 0.2))) < 1e-15);
}

static void empty_captions_score_nothing(void **state)
{
    static const struct ch_meteor_stats empty[] = {
        { .n = { 0, 0, 0, 0 } }, { .n = { 3, 0, 1, 0 } },
        { .n = { 0, 3, 0, 1 } }, { .n = { 3, 3, 1, 1 } },
    };

    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_true(ch_meteor_stats_score(&empty[i]) == 0);
}

static void sums_leave_out_the_chunk_of_a_perfect_caption(void **state)
{
    struct ch_meteor_stats sum = { .n = { 0 } }, s = { .n = { 2, 2, 0, 0 } };

    (void)state;
    s.n[M(EXACT)] = s.n[M(EXACT) + 1] = 2;
    s.n[CH_METEOR_MATCHED_WORDS] = s.n[CH_METEOR_REF_MATCHED_WORDS] = 2;
    s.n[CH_METEOR_CHUNKS] = 1;
    ch_meteor_stats_add(&sum, &s);
    assert_int_equal(sum.n[CH_METEOR_CHUNKS], 0);
    assert_int_equal(sum.n[CH_METEOR_WORDS], 2);
    assert_int_equal(sum.n[M(EXACT) + 1], 2);
    assert_true(ch_meteor_stats_score(&sum) == 1);
    s.n[CH_METEOR_CHUNKS] = 2;
    ch_meteor_stats_add(&sum, &s);
    assert_int_equal(sum.n[CH_METEOR_CHUNKS], 2);
    s.n[CH_METEOR_CHUNKS] = 1;
    s.n[CH_METEOR_REF_WORDS] = 3;
    ch_meteor_stats_add(&sum, &s);
    assert_int_equal(sum.n[CH_METEOR_CHUNKS], 3);
}

static void words_are_counted_by_module_side_and_kind(void **state)
{
    static const struct ch_meteor_match match[] = {
        { .ref = 0, .hyp = 0, .ref_words = 1, .hyp_words = 1,
          .module = CH_METEOR_EXACT },
        { .ref = 1, .hyp = 1, .ref_words = 1, .hyp_words = 1,
          .module = CH_METEOR_STEM },
        { .ref = 2, .hyp = 2, .ref_words = 2, .hyp_words = 1,
          .module = CH_METEOR_PARAPHRASE },
        { .ref = 4, .hyp = 4, .ref_words = 1, .hyp_words = 1,
          .module = CH_METEOR_EXACT },
    };
    static const uint64_t want[CH_METEOR_NUMBERS] = {
        5, 6, 2, 3,
        0, 0, 2, 2,  1, 1, 0, 0,  0, 0, 0, 0,  1, 1, 0, 1,
        2, 4, 5,
    };
    struct ch_meteor_data *d = tiny_meteor_open();
    struct ch_meteor_sentence hyp, ref;
    struct ch_meteor_book *b;
    struct ch_meteor_stats s;
    struct ch_err e = CH_ERR_INIT;
    const char *texts[] = { "the dog beside x a", "the dogs next to a y" };

    (void)state;
    assert_int_equal(ch_meteor_book_open(&b, d, &e), 0);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(ch_meteor_book_add(b, texts[i], strlen(texts[i]),
                                            &e), 0);
    hyp = ch_meteor_book_sentence(b, 0);
    ref = ch_meteor_book_sentence(b, 1);
    ch_meteor_stats_count(&s, b, &hyp, &ref, match, 4);
    for (size_t i = 0; i < CH_METEOR_NUMBERS; i++)
        assert_int_equal(s.n[i], want[i]);
    ch_meteor_book_close(b);
    tiny_meteor_close(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_perfect_caption_scores_one),
        cmocka_unit_test(each_kind_of_match_has_its_weight),
        cmocka_unit_test(empty_captions_score_nothing),
        cmocka_unit_test(sums_leave_out_the_chunk_of_a_perfect_caption),
        cmocka_unit_test(words_are_counted_by_module_side_and_kind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
