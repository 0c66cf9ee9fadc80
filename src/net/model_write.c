/* model_write.c - a model, to one safetensors file */
#include "net/model.h"

#include <stdlib.h>
#include <string.h>

#include "base/choice.h"
#include "base/text.h"

static void put_choice(struct ch_json_writer *w, const char *name,
                       const char *choices, int index)
{
    char text[CH_CHOICE_BYTES];

    ch_choice_name(choices, index, text);
    ch_json_put_text(w, name, text, strlen(text));
}

static int is_of_version_1(const struct ch_decoder_shape *s)
{
    return s->image <= CH_IMAGE_EVERY && s->cell == CH_CELL_LSTM &&
           s->layers == 1 && !s->is_tied && !s->word_relu &&
           s->kind == CH_DECODER_NIC && s->precision == CH_PRECISION_F32 &&
           s->image_norm == CH_NORM_NONE;
}

static const char *version_of(const struct ch_decoder_shape *s)
{
    if (s->image_norm != CH_NORM_NONE)
        return CH_MODEL_VERSION_NORM;
    return is_of_version_1(s) ? CH_MODEL_VERSION : CH_MODEL_VERSION_MORE;
}

static void put_settings(const struct ch_model *m, struct ch_buffer *out)
{
    const struct ch_decoder_shape *s = &m->decoder.shape;
    struct ch_json_writer w;

    ch_json_writer_init(&w, out);
    ch_json_begin(&w, NULL, '{');
    ch_json_put_int(&w, "vocabulary", (int64_t)s->V);
    ch_json_put_int(&w, "embed", (int64_t)s->E);
    ch_json_put_int(&w, "hidden", (int64_t)s->H);
    ch_json_put_int(&w, "feature", (int64_t)s->F);
    put_choice(&w, "image", CH_IMAGE_MODES, s->image);
    if (!is_of_version_1(s)) {
        put_choice(&w, "cell", CH_CELLS, s->cell);
        ch_json_put_int(&w, "layers", (int64_t)s->layers);
        ch_json_put_bool(&w, "tied", s->is_tied);
        ch_json_put_bool(&w, "word_relu", s->word_relu);
        put_choice(&w, "decoder", CH_DECODERS, s->kind);
        ch_json_put_int(&w, "places", (int64_t)s->L);
        ch_json_put_int(&w, "attention", (int64_t)s->A);
        put_choice(&w, "precision", CH_PRECISIONS, s->precision);
    }
    if (s->image_norm != CH_NORM_NONE)
        put_choice(&w, "image_norm", CH_IMAGE_NORMS, s->image_norm);
    ch_json_put_text(&w, "text_rule", CH_TEXT_RULE, strlen(CH_TEXT_RULE));
    ch_json_put_int(&w, "max_words", (int64_t)m->max_words);
    ch_json_end(&w);
}

static void add_floats(struct ch_safetensors_writer *w, const char *name,
                       size_t rows, size_t columns, const float *data)
{
    ch_safetensors_add(w, (struct ch_tensor) {
        .name = name, .dtype = CH_F32, .rank = columns == 1 ? 1 : 2,
        .shape = { rows, columns }, .data = data,
        .bytes = rows * columns * sizeof *data
    });
}

int ch_model_add(const struct ch_model *m, struct ch_safetensors_writer *w,
                 struct ch_buffer hold[2], struct ch_err *e)
{
    const struct ch_decoder *d = &m->decoder;
    struct ch_buffer *vocab = &hold[0], *settings = &hold[1];

    ch_vocab_text(m->vocab, vocab);
    put_settings(m, settings);
    if (vocab->failed || settings->failed)
        return ch_fail(e, CH_ENOMEM, "cannot hold the model's settings");
    ch_safetensors_add_meta(w, "chorus.format", CH_MODEL_FORMAT);
    ch_safetensors_add_meta(w, "chorus.version", version_of(&d->shape));
    ch_safetensors_add_meta(w, "chorus.settings", settings->at);
    ch_safetensors_add_meta(w, "chorus.encoder", m->encoder);
    for (size_t i = 0; i < d->param_count; i++)
        add_floats(w, d->param[i].name, d->param[i].rows, d->param[i].columns,
                   m->params + d->param[i].offset);
    add_floats(w, "feature.mean", d->shape.F, 1, m->feature_mean);
    add_floats(w, "feature.std", d->shape.F, 1, m->feature_std);
    ch_safetensors_add(w, (struct ch_tensor) {
        .name = "vocabulary", .dtype = CH_U8, .rank = 1,
        .shape = { vocab->size }, .data = vocab->at, .bytes = vocab->size
    });
    return 0;
}

int ch_model_write(const struct ch_model *m, const char *path,
                   struct ch_err *e)
{
    struct ch_safetensors_writer *w = calloc(1, sizeof *w);
    struct ch_buffer hold[2] = { 0 };
    int rc;

    if (!w)
        return ch_fail(e, CH_ENOMEM, "cannot hold a list of tensors");
    rc = ch_model_add(m, w, hold, e);
    if (!rc) rc = ch_safetensors_write(w, path, e);
    ch_buffer_release(&hold[0]);
    ch_buffer_release(&hold[1]);
    free(w);
    return rc;
}
