/* test_weights.c - weights by PyTorch's names become a model
 *
 * Their numbers are those of tests/golden, which PyTorch wrote, or any, with
 * shards.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "chorus/export.h"
#include "scratch.h"
#include "small_shards.h"
#include "torch_model.h"

static char weights[1024], like[1024], out[1024], shards[1024];

static struct ch_import_options files(void)
{
    return (struct ch_import_options) { .weights = weights, .out = out };
}

/* The parameters alone, as a state_dict; left_out: but that one; and one more
 * tensor. */
static void write_weights(const struct ch_model *m, const char *left_out,
                          const struct ch_tensor *more)
{
    static struct ch_safetensors_writer w;
    struct ch_err e = CH_ERR_INIT;

    memset(&w, 0, sizeof w);
    for (size_t i = 0; i < m->decoder.param_count; i++) {
        const struct ch_param_info *p = &m->decoder.param[i];

        if (!left_out || strcmp(left_out, p->name))
            ch_safetensors_add(&w, (struct ch_tensor) {
                .name = p->name, .dtype = CH_F32,
                .rank = p->columns == 1 ? 1 : 2,
                .shape = { p->rows, p->columns },
                .data = m->params + p->offset
            });
    }
    if (more)
        ch_safetensors_add(&w, *more);
    ch_safetensors_add_meta(&w, "format", "pt");
    assert_int_equal(ch_safetensors_write(&w, weights, &e), 0);
}

/* A model like it with other weights is where the rest comes from. */
static const char *write_like(size_t which)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_model m;

    torch_model(&m, which, false);
    assert_int_equal(ch_model_write(&m, like, &e), 0);
    ch_model_release(&m);
    return like;
}

static void torchs_weights_say_what_torch_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < DECODER_CASES; i++) {
        struct ch_import_options o = files();
        struct ch_err e = CH_ERR_INIT;
        struct ch_model m;

        torch_model(&m, i, true);
        write_weights(&m, NULL, NULL);
        ch_model_release(&m);
        o.like = write_like(i);
        if (ch_import_run(&o, &e))
            fail_msg("%s: %s", decoder_case[i].name, e.msg);
        assert_int_equal(ch_model_read(&m, o.out, &e), 0);
        assert_int_equal(m.max_words, 9);
        torch_expect(&m, i);
        ch_model_release(&m);
        remove(o.out);
    }
}

static void a_scale_that_came_along_is_taken(void **state)
{
    struct ch_import_options o = files();
    struct ch_err e = CH_ERR_INIT;
    float mean[10] = { 1, 2, 3 };
    struct ch_model m;

    (void)state;
    torch_model(&m, 0, true);
    write_weights(&m, NULL, &(struct ch_tensor) {
        .name = "feature.mean", .dtype = CH_F32, .rank = 1, .shape = { 10 },
        .data = mean
    });
    ch_model_release(&m);
    o.like = write_like(0);
    o.max_words = 7;
    assert_int_equal(ch_import_run(&o, &e), 0);
    assert_int_equal(ch_model_read(&m, o.out, &e), 0);
    assert_memory_equal(m.feature_mean, mean, sizeof mean);
    assert_true(m.feature_std[0] == torch_std);
    assert_int_equal(m.max_words, 7);
    ch_model_release(&m);
    remove(o.out);
}

/* ------------------------------------------------------------- with shards */

/* A decoder for the small shards. */
static void fit_shards(struct ch_model *m, struct ch_decoder_shape s)
{
    struct ch_manifest manifest;
    struct ch_err e = CH_ERR_INIT;

    memset(m, 0, sizeof *m);
    assert_int_equal(ch_manifest_read(&manifest, shards, &e), 0);
    s.V = manifest.vocab_size;
    ch_manifest_release(&manifest);
    s.F = s.kind == CH_DECODER_NIC ? SMALL_FEATURES : SMALL_WIDTH;
    s.L = s.kind == CH_DECODER_NIC ? 0 : SMALL_PLACES;
    assert_int_equal(ch_decoder_init(&m->decoder, &s, &e), 0);
    m->params = ch_block_get(m->decoder.float_count, sizeof *m->params);
    assert_non_null(m->params);
    ch_decoder_start_params(&m->decoder, 5, m->params);
}

static void the_decoder_is_found_from_its_weights(void **state)
{
    (void)state;
    for (size_t i = 0; i < DECODER_CASES; i++) {
        struct ch_import_options o = files();
        struct ch_err e = CH_ERR_INIT;
        struct ch_model m, found;
        const struct ch_decoder_shape *a = &m.decoder.shape,
                                      *b = &found.decoder.shape;

        fit_shards(&m, decoder_shape(i, 0, 8, 6, 0));
        write_weights(&m, NULL, NULL);
        o.shards = shards;
        o.word_relu = a->word_relu;
        if (ch_import_run(&o, &e))
            fail_msg("%s: %s", decoder_case[i].name, e.msg);
        assert_int_equal(ch_model_read(&found, o.out, &e), 0);
        assert_int_equal(a->kind, b->kind);
        assert_int_equal(a->image, b->image);
        assert_int_equal(a->cell, b->cell);
        assert_int_equal(a->layers, b->layers);
        assert_int_equal(a->is_tied, b->is_tied);
        assert_int_equal(a->word_relu, b->word_relu);
        assert_int_equal(a->image_norm, b->image_norm);
        assert_int_equal(a->A, b->A);
        if (a->kind != CH_DECODER_NIC)
            assert_int_equal(a->L, b->L);
        assert_int_equal(m.decoder.float_count, found.decoder.float_count);
        assert_memory_equal(m.params, found.params,
                            m.decoder.float_count * sizeof(float));
        assert_string_equal(found.encoder, SMALL_ENCODER);
        assert_true(found.feature_mean[0] == 0 && found.feature_std[0] == 1);
        ch_model_release(&found);
        ch_model_release(&m);
        remove(o.out);
    }
}

/* ------------------------------------------------------------- user errors */

static void expect_refused(const struct ch_import_options *o, int code,
                           const char *part)
{
    struct ch_err e = CH_ERR_INIT;

    assert_int_equal(ch_import_run(o, &e), code);
    if (!strstr(e.msg, part))
        fail_msg("expected \"%s\" in \"%s\"", part, e.msg);
    assert_false(ch_file_exists(o->out));
}

static void first_and_merge_may_look_alike(void **state)
{
    const struct ch_decoder_shape s = { .E = 7, .H = 7 };
    struct ch_import_options o = files();
    struct ch_err e = CH_ERR_INIT;
    struct ch_model m;

    (void)state;
    fit_shards(&m, s);
    write_weights(&m, NULL, NULL);
    ch_model_release(&m);
    o.shards = shards;
    expect_refused(&o, CH_EUSAGE, "say --image first or --image merge");
    o.image = 1 + CH_IMAGE_MERGE;
    assert_int_equal(ch_import_run(&o, &e), 0);
    assert_int_equal(ch_model_read(&m, o.out, &e), 0);
    assert_int_equal(m.decoder.shape.image, CH_IMAGE_MERGE);
    ch_model_release(&m);
    remove(o.out);
    o.image = 1 + CH_IMAGE_EVERY;
    expect_refused(&o, CH_EFORMAT, "tensor \"lstm.weight_ih_l0\" is F32 "
                   "[28, 7], the settings expect F32 [28, 14]");
}

static void tensors_that_do_not_fit_are_named(void **state)
{
    const float bad[2] = { 1, (float)NAN };
    const double wide[10] = { 0 };
    struct ch_import_options o = files();
    struct ch_tensor more = { .name = "head.weight", .dtype = CH_F32,
                              .rank = 1, .shape = { 2 }, .data = bad };
    struct ch_model m;

    (void)state;
    torch_model(&m, 0, true);
    o.like = write_like(0);
    write_weights(&m, "output.bias", NULL);
    expect_refused(&o, CH_EFORMAT, "tensor \"output.bias\" is missing");
    write_weights(&m, NULL, &more);
    expect_refused(&o, CH_EFORMAT, "tensor \"head.weight\" is none of this "
                   "decoder's; chorus-export(1) lists them");
    more.name = "output.bias";
    write_weights(&m, "output.bias", &more);
    expect_refused(&o, CH_EFORMAT, "tensor \"output.bias\" is F32 [2], the "
                   "settings expect F32 [13]");
    more = (struct ch_tensor) { .name = "feature.mean", .dtype = CH_F64,
                                .rank = 1, .shape = { 10 }, .data = wide };
    write_weights(&m, NULL, &more);
    expect_refused(&o, CH_EFORMAT, "tensor \"feature.mean\" is F64 [10], the "
                   "settings expect F32 [10]");
    more = (struct ch_tensor) { .name = "vocabulary", .dtype = CH_U8,
                                .rank = 1, .shape = { 4 }, .data = "a\nb\n" };
    write_weights(&m, NULL, &more);
    expect_refused(&o, CH_EFORMAT, "its tensor \"vocabulary\" has other words "
                   "than the model would have");
    m.params[3] = (float)NAN;
    write_weights(&m, NULL, NULL);
    expect_refused(&o, CH_EFORMAT, "has a value that is not finite "
                   "(element 3)");
    ch_model_release(&m);
}

static void weights_of_other_data_are_refused(void **state)
{
    const struct ch_decoder_shape sat = { .E = 8, .H = 6, .A = 4,
                                          .kind = CH_DECODER_SAT };
    struct ch_import_options o = files();
    struct ch_decoder_shape s;
    struct ch_model m;

    (void)state;
    o.shards = shards;
    torch_model(&m, 0, true);
    write_weights(&m, NULL, NULL);
    ch_model_release(&m);
    expect_refused(&o, CH_EFORMAT, "tensor \"embed.weight\" has 13 words, the "
                   "vocabulary of ");
    fit_shards(&m, sat);
    write_weights(&m, NULL, NULL);
    o.image = 1;
    expect_refused(&o, CH_EUSAGE, "leave out --image");
    o.image = 0;
    s = m.decoder.shape;
    s.F = 9;
    ch_block_release(m.params);
    assert_int_equal(ch_decoder_init(&m.decoder, &s, NULL), 0);
    m.params = ch_block_get(m.decoder.float_count, sizeof *m.params);
    write_weights(&m, NULL, NULL);
    expect_refused(&o, CH_EFORMAT, "looks at 9 features of each place of a "
                   "grid, ");
    ch_model_release(&m);
}

static void what_is_no_weights_is_refused(void **state)
{
    struct ch_import_options o = files();
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    o.like = write_like(0);
    remove(o.weights);
    expect_refused(&o, CH_EIO, "weights.safetensors");
    assert_int_equal(ch_file_write(o.weights, "words", 5, &e), 0);
    expect_refused(&o, CH_EFORMAT, "not a safetensors file, or cut short");
    assert_int_equal(ch_file_write(o.weights, "PK\3\4archive", 11, &e), 0);
    expect_refused(&o, CH_EFORMAT, "was written by torch.save(); write the "
                   "weights with safetensors.torch.save_file()");
}

static void options_that_do_not_go_together_are_refused(void **state)
{
    struct ch_import_options o = files();
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    expect_refused(&o, CH_EUSAGE, "expected one of --like and --shards");
    o.like = write_like(0);
    o.shards = shards;
    expect_refused(&o, CH_EUSAGE, "expected one of --like and --shards");
    o.shards = NULL;
    o.word_relu = true;
    expect_refused(&o, CH_EUSAGE, "--image and --word-relu are as in the "
                   "model of --like; leave them out");
    o.word_relu = false;
    assert_int_equal(ch_file_write(o.out, "mine", 4, &e), 0);
    assert_int_equal(ch_import_run(&o, &e), CH_EUSAGE);
    assert_non_null(strstr(e.msg, "is there already"));
    assert_int_equal(ch_file_size(o.out), 4);
    remove(o.out);
}

static int make_all(void **state)
{
    struct ch_err e = CH_ERR_INIT;

    if (scratch_make(state))
        return -1;
    snprintf(weights, sizeof weights, "%s/weights.safetensors", scratch);
    snprintf(like, sizeof like, "%s/like.safetensors", scratch);
    snprintf(out, sizeof out, "%s/out.safetensors", scratch);
    snprintf(shards, sizeof shards, "%s/shards", scratch);
    if (!small_shards(scratch, &e) && !small_grids(scratch, &e))
        return 0;
    fprintf(stderr, "%s\n", e.msg);
    return -1;
}

static int clear(void **state)
{
    (void)state;
    remove(out);
    return 0;
}

#define TEST(f) cmocka_unit_test_setup(f, clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(torchs_weights_say_what_torch_says),
        TEST(a_scale_that_came_along_is_taken),
        TEST(the_decoder_is_found_from_its_weights),
        TEST(first_and_merge_may_look_alike),
        TEST(tensors_that_do_not_fit_are_named),
        TEST(weights_of_other_data_are_refused),
        TEST(what_is_no_weights_is_refused),
        TEST(options_that_do_not_go_together_are_refused),
    };

    return cmocka_run_group_tests(tests, make_all, scratch_remove);
}
