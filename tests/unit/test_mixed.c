/* test_mixed.c - words fed in place of those of the caption */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "decoders.h"
#include "net/mixed.h"

enum { V = 11, E = 6, H = 5, F = 7, B = 40, T = 6, UNK = 10, PLACES = 4 };

struct fixture {
    struct ch_decoder d;
    struct ch_arena arena;
    struct ch_batch batch;
    struct ch_mixed m;
    float *params;
    float feature[B * PLACES * F];
    size_t live[T];
    int32_t own[B * T], input[B * T];
    uint32_t example[B], image[B];
};

/* 40 captions of 6 to 1 words; those that look share 8 images. */
static void start(struct fixture *f, size_t which)
{
    const struct ch_decoder_shape shape = decoder_shape(which, V, E, H, F);
    size_t n = 0, bytes;
    struct ch_rng r;

    memset(f, 0, sizeof *f);
    ch_rng_init(&r, (struct ch_rng_place) { .seed = 4,
                                            .purpose = CH_RNG_TEST });
    assert_int_equal(ch_decoder_init(&f->d, &shape, NULL), 0);
    f->params = ch_block_get(f->d.float_count, sizeof *f->params);
    ch_decoder_start_params(&f->d, 2, f->params);
    for (size_t i = 0; i < sizeof f->feature / sizeof *f->feature; i++)
        f->feature[i] = (float)ch_rng_normal(&r);
    for (size_t t = 0; t < T; t++)
        for (size_t b = 0; b < B && T - b * T / B > t; b++, n++) {
            f->live[t]++;
            f->own[n] = (int32_t)ch_rng_below(&r, V - 1);
        }
    for (size_t b = 0; b < B; b++) {
        f->example[b] = 30 + (uint32_t)b;
        f->image[b] = (uint32_t)(b % 8);
    }
    f->batch = (struct ch_batch) {
        .B = B, .T = T, .N = n, .F = F, .live = f->live, .input = f->own,
        .target = f->own, .feature = f->feature, .example = f->example
    };
    if (shape.kind != CH_DECODER_NIC) {
        f->batch.M = 8;
        f->batch.image = f->image;
    }
    f->m = (struct ch_mixed) { .unk = UNK, .seed = 5, .epoch = 2 };
    bytes = ch_mixed_bytes(&f->d, B);
    assert_int_equal(ch_arena_init(&f->arena, bytes, NULL), 0);
}

static void finish(struct fixture *f)
{
    ch_arena_release(&f->arena);
    ch_block_release(f->params);
}

static void mix(struct fixture *f)
{
    ch_mixed_words(&f->d, f->params, &f->batch, &f->m, f->input, &f->arena);
}

/* From now on the model says word 3 with probability p, else word 7. */
static void say_3_or_7(struct fixture *f, double p)
{
    float *weight = f->params + ch_decoder_param(&f->d,
                                                 "output.weight")->offset;
    float *bias = f->params + ch_decoder_param(&f->d, "output.bias")->offset;

    memset(weight, 0, V * H * sizeof *weight);
    for (size_t v = 0; v < V; v++)
        bias[v] = v == 3 ? (float)log(p) : v == 7 ? (float)log(1 - p) : -80;
}

static void without_rates_the_words_are_the_captions(void **state)
{
    static struct fixture f;

    (void)state;
    start(&f, 0);
    mix(&f);
    assert_memory_equal(f.input, f.own, f.batch.N * sizeof *f.own);
    finish(&f);
}

static void the_first_word_of_a_caption_stays(void **state)
{
    static struct fixture f;

    (void)state;
    start(&f, 0);
    f.m.unk_rate = 1;
    mix(&f);
    assert_memory_equal(f.input, f.own, B * sizeof *f.own);
    for (size_t n = B; n < f.batch.N; n++)
        assert_int_equal(f.input[n], UNK);
    finish(&f);
}

/* Of 100 words after the first, within 4 standard deviations. */
static void words_are_dropped_at_their_rate(void **state)
{
    static struct fixture f;
    double unk = 0, n = 0;

    (void)state;
    start(&f, 0);
    f.m.unk_rate = 0.3f;
    for (f.m.epoch = 0; f.m.epoch < 20; f.m.epoch++) {
        mix(&f);
        for (size_t i = B; i < f.batch.N; i++, n++)
            unk += f.input[i] == UNK;
    }
    assert_true(fabs(unk / n - 0.3) < 4 * sqrt(0.3 * 0.7 / n));
    finish(&f);
}

static void words_are_drawn_as_the_model_says_them(void **state)
{
    static struct fixture f;
    double threes = 0, n = 0;

    (void)state;
    start(&f, 0);
    say_3_or_7(&f, 0.25);
    f.m.sampling = 1;
    for (f.m.epoch = 0; f.m.epoch < 20; f.m.epoch++) {
        mix(&f);
        for (size_t i = B; i < f.batch.N; i++, n++) {
            assert_true(f.input[i] == 3 || f.input[i] == 7);
            threes += f.input[i] == 3;
        }
    }
    assert_true(fabs(threes / n - 0.25) < 4 * sqrt(0.25 * 0.75 / n));
    finish(&f);
}

/* Each caption alone: the same words, for every decoder. */
static void check_alone(size_t which)
{
    static struct fixture f;
    static int32_t whole[B * T];
    const size_t one[T] = { 1, 1, 1, 1, 1, 1 };
    size_t stride = decoder_places(which) * F;

    start(&f, which);
    f.m.sampling = 0.6f;
    f.m.unk_rate = 0.1f;
    mix(&f);
    memcpy(whole, f.input, sizeof whole);
    assert_true(memcmp(whole, f.own, f.batch.N * sizeof *f.own) != 0);
    for (size_t b = 0; b < B; b++) {
        size_t image = f.batch.image ? f.image[b] : b, at = b, t = 0;
        int32_t own[T];
        struct ch_batch alone = {
            .B = 1, .F = F, .live = one, .input = own, .target = own,
            .feature = f.feature + image * stride, .example = f.example + b
        };

        for (; t < T && f.live[t] > b; at += f.live[t++])
            own[t] = f.own[at];
        alone.T = alone.N = t;
        ch_mixed_words(&f.d, f.params, &alone, &f.m, f.input, &f.arena);
        for (t = 0, at = b; t < alone.T; at += f.live[t++])
            assert_int_equal(f.input[t], whole[at]);
    }
    finish(&f);
}

static void words_do_not_depend_on_the_batch(void **state)
{
    (void)state;
    for (size_t i = 0; i < DECODER_CASES; i++)
        check_alone(i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_rates_the_words_are_the_captions),
        cmocka_unit_test(the_first_word_of_a_caption_stays),
        cmocka_unit_test(words_are_dropped_at_their_rate),
        cmocka_unit_test(words_are_drawn_as_the_model_says_them),
        cmocka_unit_test(words_do_not_depend_on_the_batch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
