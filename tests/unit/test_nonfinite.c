/* test_nonfinite.c - the first value that is not finite is named */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "decoders.h"
#include "net/nonfinite.h"

enum { V = 11, E = 5, H = 6, F = 7, B = 3, T = 4, N = 9 };

static const size_t live[T] = { 3, 3, 2, 1 };
static const int32_t input[N] = { 0, 0, 0, 3, 4, 5, 3, 6, 7 };
static const int32_t target[N] = { 3, 4, 5, 3, 6, 1, 7, 1, 1 };
static const uint32_t example[B] = { 4, 5, 6 };

static struct ch_decoder d;
static struct ch_arena arena;
static struct ch_nonfinite found;
static float *params, *grad, feature[B * 4 * F];
static struct ch_err e;

static void open_case(size_t i)
{
    struct ch_decoder_shape s = decoder_shape(i, V, E, H, F);

    e = (struct ch_err) CH_ERR_INIT;
    if (ch_decoder_init(&d, &s, &e) ||
        ch_arena_init(&arena, ch_decoder_arena_bytes(&d, B, T), &e))
        fail_msg("%s", e.msg);
    params = ch_block_get(d.float_count, sizeof *params);
    grad = ch_block_get(d.float_count, sizeof *grad);
    assert_true(params && grad);
    ch_decoder_start_params(&d, 1, params);
    for (size_t k = 0; k < B * decoder_places(i) * F; k++)
        feature[k] = (float)(k % 13) / 13 - 0.4f;
}

static void close_case(void)
{
    ch_block_release(params);
    ch_block_release(grad);
    ch_arena_release(&arena);
}

static double run(void)
{
    struct ch_batch b = {
        .B = B, .T = T, .N = N, .F = F, .live = live, .input = input,
        .target = target, .feature = feature, .example = example,
        .nonfinite = &found
    };

    found = (struct ch_nonfinite) { .layer = "" };
    return ch_decoder_loss(&d, params, &b, NULL, grad, &arena);
}

static void expect(const char *layer, size_t caption, size_t word)
{
    if (strcmp(found.layer, layer) || found.caption != caption ||
        found.word != word)
        fail_msg("expected \"%s\", caption %zu, word %zu; found \"%s\", %zu, "
                 "%zu", layer, caption, word, found.layer, found.caption,
                 found.word);
}

static float *tensor(size_t i)
{
    return params + d.param[i].offset;
}

static void what_is_finite_is_not_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < DECODER_CASES; i++) {
        open_case(i);
        assert_true(isfinite(run()));
        expect("", 0, 0);
        close_case();
    }
}

static void a_feature_is_named_with_its_caption(void **state)
{
    (void)state;
    for (size_t i = 0; i < DECODER_CASES; i++) {
        open_case(i);
        feature[(2 * decoder_places(i) - 1) * F + 3] = NAN;
        run();
        expect("the features", 1, 0);
        close_case();
    }
}

/* Word 6 is fed once: caption 1, as its third. */
static void a_word_vector_is_named_with_its_word(void **state)
{
    (void)state;
    for (size_t i = 0; i < DECODER_CASES; i++) {
        open_case(i);
        tensor(d.at.embed)[6 * E + 2] = -INFINITY;
        run();
        if (d.shape.word_relu)         /* cut at 0 */
            assert_string_not_equal(found.layer, "the word vectors");
        else
            expect("the word vectors", 1, 3);
        close_case();
    }
}

/* Of what every step computes, the first step is named, though all later ones
 * and the other layers are not finite, either. */
static void cells_are_named_at_the_first_step(void **state)
{
    (void)state;
    for (size_t i = 0; i < DECODER_CASES; i++) {
        size_t last;
        char name[80];

        open_case(i);
        last = d.at.cells - 1;
        tensor(d.at.cell[last].bias_ih)[0] = NAN;
        snprintf(name, sizeof name, "the gates of cells %zu", last);
        run();
        expect(name, 0, d.shape.kind == CH_DECODER_NIC &&
                                d.shape.image == CH_IMAGE_FIRST ? 0 : 1);
        close_case();
    }
}

static void attention_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < DECODER_CASES; i++) {
        if (!decoder_case[i].shape.L)
            continue;
        open_case(i);
        tensor(d.at.attention.score)[0] = NAN;
        run();
        expect("the attention's weights", 0, 1);
        close_case();
    }
}

static void the_output_layer_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < DECODER_CASES; i++) {
        open_case(i);
        tensor(d.at.output.bias)[2] = NAN;
        assert_true(isnan(run()));
        expect("the gradient from the output layer", 0, 1);
        close_case();
    }
}

/* All that goes forward is finite: nothing meets the huge weights there. */
static void a_gradient_is_named_by_its_tensor(void **state)
{
    enum { NIC_STATE = 2 };
    size_t ih, columns;

    (void)state;
    open_case(NIC_STATE);
    memset(tensor(d.at.embed), 0, V * E * sizeof *params);
    ih = d.at.cell[0].weight_ih;
    columns = d.param[ih].columns;
    for (size_t row = 0; row < d.param[ih].rows; row++)
        tensor(ih)[row * columns] = 3e38f;
    for (size_t k = 0; k < d.param[d.at.output.weight].count; k++)
        tensor(d.at.output.weight)[k] *= 1e4f;
    assert_true(isfinite(run()));
    expect("the gradient of embed.weight", 0, 0);
    close_case();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_finite_is_not_named),
        cmocka_unit_test(a_feature_is_named_with_its_caption),
        cmocka_unit_test(a_word_vector_is_named_with_its_word),
        cmocka_unit_test(cells_are_named_at_the_first_step),
        cmocka_unit_test(attention_is_named),
        cmocka_unit_test(the_output_layer_is_named),
        cmocka_unit_test(a_gradient_is_named_by_its_tensor),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
