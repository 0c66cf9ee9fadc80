/* test_ensemble.c - several decoders that speak with one voice */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "searcher.h"

static struct ch_search *open_many(const struct searcher *s, size_t count,
                                   const struct ch_decode_options *o)
{
    struct ch_voice voice[3];
    struct ch_search *x;

    for (size_t i = 0; i < count; i++)
        voice[i] = (struct ch_voice){ &s[i].d, s[i].params };
    assert_int_equal(ch_search_open(&x, o, s->vocab, voice, count, PHOTOS,
                                    NULL), 0);
    return x;
}

static void check_twins(size_t which, size_t count, size_t beam)
{
    struct ch_decode_options o = searcher_options(beam);
    struct searcher s[3];
    const float *feature[3];
    struct ch_search *one, *many;

    o.n_best = beam;
    for (size_t i = 0; i < count; i++) {
        searcher_open(&s[i], which, 4);
        feature[i] = s[i].feature;
    }
    one = open_many(s, 1, &o);
    many = open_many(s, count, &o);
    search_run(one, s, 0, PHOTOS);
    assert_int_equal(ch_search_run(many, feature, NULL, PHOTOS, NULL), 0);
    for (size_t i = 0; i < PHOTOS; i++) {
        assert_int_equal(one->best[i].count, many->best[i].count);
        for (size_t k = 0; k < one->best[i].count; k++)
            assert_same_caption(&one->best[i].at[k], &many->best[i].at[k]);
    }
    ch_search_close(one);
    ch_search_close(many);
    for (size_t i = 0; i < count; i++)
        searcher_close(&s[i]);
}

static void twins_say_what_one_says(void **state)
{
    (void)state;
    for (size_t which = 0; which < DECODER_CASES; which++) {
        check_twins(which, 2, 1);
        check_twins(which, 2, 4);
        check_twins(which, 3, 4);
    }
}

/* Two kinds of decoder, two models. */
static void they_say_the_mean_of_their_probabilities(void **state)
{
    const int32_t word[PHOTOS] = { CH_WORD_START, A, DOG, RUNS };
    struct searcher s[2];
    struct ch_ensemble both, one[2];
    struct ch_voice voice[2];
    const float *feature[2];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        searcher_open(&s[i], i ? 10 : 8, 4 + i);
        voice[i] = (struct ch_voice){ &s[i].d, s[i].params };
        feature[i] = s[0].feature;
        assert_int_equal(ch_ensemble_open(&one[i], &voice[i], 1, PHOTOS,
                                          NULL), 0);
        ch_ensemble_begin(&one[i], &feature[i], PHOTOS);
        ch_ensemble_next(&one[i], word);
    }
    assert_int_equal(ch_ensemble_open(&both, voice, 2, PHOTOS, NULL), 0);
    ch_ensemble_begin(&both, feature, PHOTOS);
    ch_ensemble_next(&both, word);
    for (size_t i = 0; i < PHOTOS * V; i++) {
        double p = exp((double)one[0].logp[i]) + exp((double)one[1].logp[i]);

        assert_true(fabs(exp((double)both.logp[i]) - p / 2) < 1e-6);
    }
    for (size_t i = 0; i < PHOTOS * both.L; i++)
        assert_true(fabs((double)both.look[i] -
                         ((double)one[0].look[i] + (double)one[1].look[i]) /
                         2) < 1e-6);
    ch_ensemble_close(&both);
    for (size_t i = 0; i < 2; i++) {
        ch_ensemble_close(&one[i]);
        searcher_close(&s[i]);
    }
}

static void check_refused(size_t V2, size_t F2, const char *message)
{
    const struct ch_decoder_shape a = decoder_shape(0, V, E, H, F);
    const struct ch_decoder_shape b = decoder_shape(0, V2, E, H, F2);
    struct ch_decoder d[2];
    struct ch_voice voice[2] = { { &d[0], NULL }, { &d[1], NULL } };
    struct ch_err e = CH_ERR_INIT;
    struct ch_ensemble x;

    assert_int_equal(ch_decoder_init(&d[0], &a, NULL), 0);
    assert_int_equal(ch_decoder_init(&d[1], &b, NULL), 0);
    assert_int_equal(ch_ensemble_open(&x, voice, 2, 1, &e), CH_EUSAGE);
    assert_string_equal(e.msg, message);
    ch_ensemble_close(&x);
}

static void those_that_do_not_fit_together_are_refused(void **state)
{
    (void)state;
    check_refused(V + 1, F, "model 2 has 8 words, the first 7; models that "
                  "speak together have one vocabulary");
    check_refused(V, F + 1, "model 2 takes 1 x 4 features, the first 1 x 3; "
                  "models that speak together see the same");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(twins_say_what_one_says),
        cmocka_unit_test(they_say_the_mean_of_their_probabilities),
        cmocka_unit_test(those_that_do_not_fit_together_are_refused),
    };

    return cmocka_run_group_tests_name("ensemble", tests, NULL, NULL);
}
