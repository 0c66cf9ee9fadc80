/* test_model.c - a model survives its file; what does not fit is refused */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "decoders.h"
#include "net/model.h"

static const char words[] =
    "<pad>\n<start>\n<end>\na\nchild\nplays\nsoccer\n<unk>\n";
enum { V = 8, E = 4, H = 3, F = 5 };

static char folder[256];

static const char *place(const char *name)
{
    static char path[512];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void build(struct ch_model *m, size_t which)
{
    const struct ch_decoder_shape s = decoder_shape(which, V, E, H, F);

    memset(m, 0, sizeof *m);
    assert_int_equal(ch_decoder_init(&m->decoder, &s, NULL), 0);
    m->params = ch_block_get(m->decoder.float_count, sizeof(float));
    m->feature_mean = ch_block_get(F, sizeof(float));
    m->feature_std = ch_block_get(F, sizeof(float));
    ch_decoder_start_params(&m->decoder, 1, m->params);
    for (size_t f = 0; f < F; f++) {
        m->feature_mean[f] = (float)f;
        m->feature_std[f] = 2;
    }
    assert_int_equal(ch_vocab_parse(&m->vocab, words, strlen(words), "words",
                                    NULL), 0);
    m->encoder = strdup("{\"name\":\"test\"}");
    m->max_words = 20;
}

static void check_round_trip(size_t which)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_model m, back;

    build(&m, which);
    assert_int_equal(ch_model_write(&m, place("model"), &e), 0);
    if (ch_model_read(&back, place("model"), &e))
        fail_msg("%s", e.msg);
    assert_int_equal(back.decoder.shape.image, m.decoder.shape.image);
    assert_int_equal(back.decoder.shape.cell, m.decoder.shape.cell);
    assert_int_equal(back.decoder.shape.kind, m.decoder.shape.kind);
    assert_int_equal(back.decoder.shape.L, m.decoder.shape.L);
    assert_int_equal(back.decoder.shape.A, m.decoder.shape.A);
    assert_int_equal(back.decoder.shape.layers, m.decoder.shape.layers);
    assert_int_equal(back.decoder.shape.image_norm,
                     m.decoder.shape.image_norm);
    assert_int_equal(back.decoder.shape.is_tied, m.decoder.shape.is_tied);
    assert_int_equal(back.decoder.float_count, m.decoder.float_count);
    assert_memory_equal(back.params, m.params,
                        m.decoder.float_count * sizeof(float));
    assert_memory_equal(back.feature_mean, m.feature_mean, F * sizeof(float));
    assert_memory_equal(back.feature_std, m.feature_std, F * sizeof(float));
    assert_true(ch_vocab_hash(back.vocab) == ch_vocab_hash(m.vocab));
    assert_string_equal(back.encoder, m.encoder);
    assert_int_equal(back.max_words, 20);
    ch_model_release(&back);
    ch_model_release(&m);
}

static void a_model_is_read_as_it_was_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < DECODER_CASES; i++)
        check_round_trip(i);
}

static void features_are_standardised_in_place(void **state)
{
    float feature[2 * F] = { 0, 1, 2, 3, 4, 2, 3, 4, 5, 6 };
    struct ch_model m;

    (void)state;
    build(&m, 0);
    ch_model_standardise(&m, 2, feature, feature);
    for (size_t f = 0; f < F; f++)
        assert_true(feature[f] == 0 && feature[F + f] == 1);
    ch_model_release(&m);
}

/* --------------------------------------------------------- what is refused */

#define SETTINGS(v, image, rule)                                              \
    "{\"vocabulary\":" v ",\"embed\":4,\"hidden\":3,\"feature\":5,"            \
    "\"image\":\"" image "\",\"text_rule\":\"" rule "\",\"max_words\":20}"

/* A good model with one thing changed. */
static const struct bad {
    const char *meta, *text;       /* metadata to replace; NULL: leave out */
    const char *tensor;            /* tensor to spoil */
    size_t rows;                   /* its new rows; 0: leave it out */
    float value;                   /* its first value, if not 0 */
    const char *message;           /* after "PATH: " */
} bads[] = {
    { .meta = "chorus.format",
      .message = "not a Chorus model: the metadata has no \"chorus.format\"; "
      "expected a file written by chorus train" },
    { .meta = "chorus.format", .text = "pt",
      .message = "not a Chorus model: \"chorus.format\" is \"pt\", expected "
      "\"chorus-model\"" },
    { .meta = "chorus.version", .text = "4",
      .message = "model format version 4, this program reads versions 1 to "
      "3" },
    { .meta = "chorus.version",
      .message = "model format version is missing, this program reads "
      "versions 1 to 3" },
    { .meta = "chorus.settings",
      .message = "the metadata has no \"chorus.settings\"" },
    { .meta = "chorus.settings", .text = SETTINGS("8", "last", "unicode-1"),
      .message = "\"image\" is \"last\", expected one of "
      "first|every|state|merge" },
    { .meta = "chorus.settings", .text = SETTINGS("8", "first", "ascii"),
      .message = "captions were normalised by the rule \"ascii\", this "
      "program knows \"unicode-1\"" },
    { .meta = "chorus.settings", .text = SETTINGS("9", "first", "unicode-1"),
      .message = "tensor \"embed.weight\" is F32 [8, 4], the settings expect "
      "F32 [9, 4]" },
    { .meta = "chorus.settings",
      .text = SETTINGS("16777216", "first", "unicode-1"),
      .message = "tensor \"embed.weight\" is F32 [8, 4], the settings expect "
      "F32 [16777216, 4]" },
    { .meta = "chorus.encoder",
      .message = "the metadata has no \"chorus.encoder\"" },
    { .tensor = "lstm.weight_hh_l0",
      .message = "tensor \"lstm.weight_hh_l0\" is missing" },
    { .tensor = "output.bias", .rows = 7,
      .message = "tensor \"output.bias\" is F32 [7], the settings expect "
      "F32 [8]" },
    { .tensor = "image.weight", .rows = 4, .value = NAN,
      .message = "tensor \"image.weight\" has a value that is not finite "
      "(element 0); take an older checkpoint" },
    { .tensor = "output.weight", .rows = 8, .value = INFINITY,
      .message = "tensor \"output.weight\" has a value that is not finite "
      "(element 0); take an older checkpoint" },
    { .tensor = "feature.mean",
      .message = "tensor \"feature.mean\" is missing" },
    { .tensor = "feature.std", .rows = 5, .value = -1,
      .message = "tensor \"feature.std\" has a value that is not above 0 "
      "(element 0)" },
    { .tensor = "vocabulary",
      .message = "tensor \"vocabulary\" is missing" },
};

static void spoil(struct ch_safetensors_writer *w, const struct bad *bad,
                  float *room)
{
    for (size_t i = 0; i < w->meta_count; i++)
        if (bad->meta && !strcmp(w->meta[i].name, bad->meta)) {
            if (bad->text)
                w->meta[i].text = bad->text;
            else
                w->meta[i] = w->meta[--w->meta_count];
        }
    for (size_t i = 0; i < w->tensor_count; i++) {
        struct ch_tensor *t = &w->tensor[i];

        if (!bad->tensor || strcmp(t->name, bad->tensor))
            continue;
        if (bad->rows == 0) {
            w->tensor[i] = w->tensor[--w->tensor_count];
            return;
        }
        t->bytes = t->bytes / t->shape[0] * bad->rows;
        t->shape[0] = bad->rows;
        memcpy(room, t->data, t->bytes);
        if (!(bad->value == 0))
            room[0] = bad->value;
        t->data = room;
        return;
    }
}

static void check_bad(const struct ch_model *m, const struct bad *bad)
{
    struct ch_safetensors_writer *w = calloc(1, sizeof *w);
    struct ch_buffer hold[2] = { 0 };
    struct ch_err e = CH_ERR_INIT;
    struct ch_model back;
    char expected[1024];
    float room[64];

    assert_int_equal(ch_model_add(m, w, hold, &e), 0);
    spoil(w, bad, room);
    if (ch_safetensors_write(w, place("bad"), &e))
        fail_msg("%s", e.msg);
    assert_int_equal(ch_model_read(&back, place("bad"), &e), CH_EFORMAT);
    snprintf(expected, sizeof expected, "%s: %s", place("bad"), bad->message);
    assert_string_equal(e.msg, expected);
    ch_buffer_release(&hold[0]);
    ch_buffer_release(&hold[1]);
    free(w);
}

static void every_bad_model_is_refused_with_its_sentence(void **state)
{
    struct ch_model m;

    (void)state;
    build(&m, 0);
    for (size_t i = 0; i < sizeof bads / sizeof *bads; i++)
        check_bad(&m, &bads[i]);
    ch_model_release(&m);
}

static void a_vocabulary_of_another_size_is_refused(void **state)
{
    const char few[] = "<pad>\n<start>\n<end>\na\nchild\n<unk>\n";
    struct ch_err e = CH_ERR_INIT;
    struct ch_model m, back;
    char expected[1024];

    (void)state;
    build(&m, 0);
    ch_vocab_close(m.vocab);
    assert_int_equal(ch_vocab_parse(&m.vocab, few, strlen(few), "few", NULL),
                     0);
    assert_int_equal(ch_model_write(&m, place("few"), &e), 0);
    assert_int_equal(ch_model_read(&back, place("few"), &e), CH_EFORMAT);
    snprintf(expected, sizeof expected, "%s: the vocabulary has 6 words, the "
             "settings say 8", place("few"));
    assert_string_equal(e.msg, expected);
    ch_model_release(&m);
}

static void a_missing_file_is_told(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_model m;

    (void)state;
    assert_int_equal(ch_model_read(&m, place("none"), &e), CH_EIO);
    assert_non_null(strstr(e.msg, place("none")));
}

static int make_folder(void **state)
{
    const char *tmp = getenv("TMPDIR");

    (void)state;
    snprintf(folder, sizeof folder, "%s/test_model.XXXXXX",
             tmp ? tmp : "/tmp");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    const char *const name[] = { "model", "bad", "few" };

    (void)state;
    for (size_t i = 0; i < sizeof name / sizeof *name; i++)
        unlink(place(name[i]));
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_model_is_read_as_it_was_written),
        cmocka_unit_test(features_are_standardised_in_place),
        cmocka_unit_test(every_bad_model_is_refused_with_its_sentence),
        cmocka_unit_test(a_vocabulary_of_another_size_is_refused),
        cmocka_unit_test(a_missing_file_is_told),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
