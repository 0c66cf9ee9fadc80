/* test_beam.c - beam search against the exact best of a tiny model */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "caption/search.h"
#include "data/vocab.h"

enum { V = 7, E = 5, H = 4, F = 3, N = 6, WORDS = 3 };

static struct ch_decoder d;
static float *params;
static float feature[N * F];

static int start(void **state)
{
    const struct ch_decoder_shape shape = { .V = V, .E = E, .H = H, .F = F };
    struct ch_rng r;

    (void)state;
    ch_rng_init(&r, (struct ch_rng_place){ .seed = 4,
                                           .purpose = CH_RNG_TEST });
    if (ch_decoder_init(&d, &shape, NULL))
        return -1;
    params = ch_block_get(d.float_count, sizeof *params);
    for (size_t i = 0; i < d.float_count; i++)
        params[i] = (float)(3 * (2 * ch_rng_unit(&r) - 1));
    for (size_t i = 0; i < N * F; i++)
        feature[i] = (float)(2 * ch_rng_unit(&r) - 1);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    ch_block_release(params);
    return 0;
}

static struct ch_search_options options(size_t beam)
{
    return (struct ch_search_options){ .beam = beam, .max_words = WORDS,
                                       .unk = V - 1 };
}

/* ln p of a whole sentence of one photo, word by word. */
static double logp_of(size_t photo, const int32_t *id, size_t count)
{
    struct ch_decoder_state s;
    struct ch_arena arena;
    int32_t word = CH_WORD_START;
    float logp[V];
    double sum = 0;

    assert_int_equal(ch_arena_init(&arena, ch_decoder_state_bytes(&d, 1),
                                   NULL), 0);
    ch_decoder_state_init(&d, 1, &s, &arena);
    ch_decoder_begin(&d, params, feature + photo * F, 1, &s);
    for (size_t i = 0; i <= count; i++) {
        ch_decoder_next(&d, params, &word, &s, logp);
        word = i < count ? id[i] : CH_WORD_END;
        sum += (double)logp[word];
    }
    ch_arena_release(&arena);
    return sum;
}

/* The best of every sentence of up to WORDS words that may be said. */
static double exact_best(size_t photo)
{
    double best = -INFINITY;

    for (size_t count = 0; count <= WORDS; count++) {
        size_t all = 1;
        for (size_t i = 0; i < count; i++)
            all *= V - 4;
        for (size_t k = 0; k < all; k++) {
            int32_t id[WORDS];
            size_t rest = k;
            for (size_t i = 0; i < count; i++, rest /= V - 4)
                id[i] = CH_WORD_FIRST + (int32_t)(rest % (V - 4));
            best = fmax(best, logp_of(photo, id, count));
        }
    }
    return best;
}

static void run(size_t beam, size_t first, size_t n, struct ch_sentence *out)
{
    struct ch_search_options o = options(beam);

    assert_int_equal(ch_beam_run(&d, params, &o, feature + first * F, n, out,
                                 NULL), 0);
}

static void a_wide_beam_finds_the_exact_best(void **state)
{
    struct ch_sentence found[N];

    (void)state;
    run(100, 0, N, found);
    for (size_t i = 0; i < N; i++)
        assert_true(fabs(found[i].logp - exact_best(i)) < 1e-5);
}

static void beam_of_one_equals_greedy(void **state)
{
    struct ch_search_options o = options(1);
    struct ch_sentence beam[N], greedy[N];

    (void)state;
    run(1, 0, N, beam);
    assert_int_equal(ch_greedy_run(&d, params, &o, feature, N, greedy, NULL),
                     0);
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(beam[i].count, greedy[i].count);
        assert_memory_equal(beam[i].id, greedy[i].id,
                            beam[i].count * sizeof beam[i].id[0]);
        assert_true(beam[i].logp == greedy[i].logp);
    }
}

static void photos_together_equal_photos_alone(void **state)
{
    struct ch_sentence all[N], one;

    (void)state;
    run(3, 0, N, all);
    for (size_t i = 0; i < N; i++) {
        run(3, i, 1, &one);
        assert_int_equal(one.count, all[i].count);
        assert_memory_equal(one.id, all[i].id, one.count * sizeof one.id[0]);
        assert_true(one.logp == all[i].logp);
    }
}

static void marks_and_unknown_words_are_never_said(void **state)
{
    struct ch_sentence found[N];

    (void)state;
    run(5, 0, N, found);
    for (size_t i = 0; i < N; i++) {
        assert_true(found[i].count <= WORDS);
        for (size_t w = 0; w < found[i].count; w++)
            assert_in_range(found[i].id[w], CH_WORD_FIRST, V - 2);
    }
}

static void logp_is_that_of_the_sentence(void **state)
{
    struct ch_sentence found[N];

    (void)state;
    run(3, 0, N, found);
    for (size_t i = 0; i < N; i++)
        assert_true(fabs(found[i].logp -
                         logp_of(i, found[i].id, found[i].count)) < 1e-5);
}

static void numbers_that_are_none_are_refused(void **state)
{
    struct ch_search_options o = options(2);
    struct ch_sentence found[N];
    struct ch_err e = CH_ERR_INIT;
    size_t bias = ch_decoder_param(&d, "output.bias")->offset;
    float before = params[bias];

    (void)state;
    params[bias] = NAN;
    assert_int_equal(ch_beam_run(&d, params, &o, feature, N, found, &e),
                     CH_EFORMAT);
    assert_string_equal(e.msg, "the model's probabilities are no numbers");
    params[bias] = before;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wide_beam_finds_the_exact_best),
        cmocka_unit_test(beam_of_one_equals_greedy),
        cmocka_unit_test(photos_together_equal_photos_alone),
        cmocka_unit_test(marks_and_unknown_words_are_never_said),
        cmocka_unit_test(logp_is_that_of_the_sentence),
        cmocka_unit_test(numbers_that_are_none_are_refused),
    };

    return cmocka_run_group_tests_name("beam", tests, start, stop);
}
