/* model.c - a model, from one safetensors file */
#include "net/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/choice.h"
#include "base/text.h"

static const char *const dtype_name[] = { "F32", "F64", "I64", "U8" };

struct reader {
    struct ch_model *m;
    const char *path;
    struct ch_err *e;
};

#define refuse(r, ...) \
    ch_fail_at((r)->e, CH_EFORMAT, (r)->path, CH_NO_OFFSET, __VA_ARGS__)

static int check_format(const struct reader *r)
{
    const char *format = ch_safetensors_meta(r->m->file, "chorus.format");
    const char *version = ch_safetensors_meta(r->m->file, "chorus.version");

    if (!format)
        return refuse(r, "not a Chorus model: the metadata has no "
                      "\"chorus.format\"; expected a file written by "
                      "chorus train");
    if (strcmp(format, CH_MODEL_FORMAT))
        return refuse(r, "not a Chorus model: \"chorus.format\" is \"%.40s\", "
                      "expected \"" CH_MODEL_FORMAT "\"", format);
    if (!version || (strcmp(version, CH_MODEL_VERSION) &&
                     strcmp(version, CH_MODEL_VERSION_MORE) &&
                     strcmp(version, CH_MODEL_VERSION_NORM)))
        return refuse(r, "model format version %.20s, this program reads "
                      "versions " CH_MODEL_VERSION " to "
                      CH_MODEL_VERSION_NORM,
                      version ? version : "is missing");
    return 0;
}

static int read_choice(const struct reader *r, const struct ch_json *settings,
                       const char *name, const char *choices, int *out)
{
    const char *text;
    int rc = ch_json_need_text(settings, name, &text, r->path, r->e);

    if (rc)
        return rc;
    *out = ch_choice_find(choices, text);
    return *out >= 0 ? 0
           : refuse(r, "\"%s\" is \"%.40s\", expected one of %s", name, text,
                    choices);
}

/* What files of version 1 leave out: one layer of LSTM, no attention. */
static int read_more(const struct reader *r, const struct ch_json *settings,
                     struct ch_decoder_shape *s)
{
    int64_t layers = 1, places = 1, attention = 0;
    int cell = CH_CELL_LSTM, kind = CH_DECODER_NIC, rc = 0;
    int precision = CH_PRECISION_F32, norm = CH_NORM_NONE;

    s->is_tied = ch_json_bool(ch_json_get(settings, "tied"), false);
    s->word_relu = ch_json_bool(ch_json_get(settings, "word_relu"), false);
    if (ch_json_get(settings, "layers"))
        rc = ch_json_need_int(settings, "layers", 1, CH_LAYERS_MOST, &layers,
                              r->path, r->e);
    if (!rc && ch_json_get(settings, "cell"))
        rc = read_choice(r, settings, "cell", CH_CELLS, &cell);
    if (!rc && ch_json_get(settings, "decoder"))
        rc = read_choice(r, settings, "decoder", CH_DECODERS, &kind);
    if (!rc && ch_json_get(settings, "precision"))
        rc = read_choice(r, settings, "precision", CH_PRECISIONS, &precision);
    if (!rc && ch_json_get(settings, "image_norm"))
        rc = read_choice(r, settings, "image_norm", CH_IMAGE_NORMS, &norm);
    if (!rc && kind != CH_DECODER_NIC)
        rc = ch_json_need_int(settings, "places", 1, 1 << 16, &places, r->path,
                              r->e);
    if (!rc && kind != CH_DECODER_NIC)
        rc = ch_json_need_int(settings, "attention", 1, 1 << 20, &attention,
                              r->path, r->e);
    s->kind = (enum ch_decoder_kind)kind;
    s->L = (size_t)places;
    s->A = (size_t)attention;
    s->layers = (size_t)layers;
    s->cell = (enum ch_cell)cell;
    s->precision = (enum ch_precision)precision;
    s->image_norm = (enum ch_image_norm)norm;
    return rc;
}

static int read_settings(const struct reader *r,
                         const struct ch_json *settings)
{
    struct ch_decoder_shape s = { 0 };
    int image = 0;
    int64_t V = 0, E = 0, H = 0, F = 0, words = 0;
    const char *rule = NULL;
    const struct { const char *name; int64_t high, *to; } size[] = {
        { "vocabulary", 1 << 24, &V }, { "embed", 1 << 20, &E },
        { "hidden", 1 << 20, &H }, { "feature", 1 << 24, &F },
        { "max_words", 10000, &words }
    };
    int rc = 0;

    for (size_t i = 0; i < sizeof size / sizeof *size && !rc; i++)
        rc = ch_json_need_int(settings, size[i].name, 1, size[i].high,
                              size[i].to, r->path, r->e);
    if (!rc) rc = ch_json_need_text(settings, "text_rule", &rule, r->path,
                                    r->e);
    if (!rc) rc = read_choice(r, settings, "image", CH_IMAGE_MODES, &image);
    if (!rc) rc = read_more(r, settings, &s);
    if (rc)
        return rc;
    if (strcmp(rule, CH_TEXT_RULE))
        return refuse(r, "captions were normalised by the rule \"%.40s\", this "
                      "program knows \"" CH_TEXT_RULE "\"", rule);
    s.V = (size_t)V;
    s.E = (size_t)E;
    s.H = (size_t)H;
    s.F = (size_t)F;
    s.image = (enum ch_image_mode)image;
    r->m->max_words = (size_t)words;
    return ch_decoder_init(&r->m->decoder, &s, r->e);
}

static int parse_settings(const struct reader *r)
{
    const char *text = ch_safetensors_meta(r->m->file, "chorus.settings");
    struct ch_json *settings = NULL;
    int rc;

    if (!text)
        return refuse(r, "the metadata has no \"chorus.settings\"");
    rc = ch_json_parse(&settings, text, strlen(text), r->path, r->e);
    if (!rc) rc = read_settings(r, settings);
    ch_json_close(settings);
    return rc;
}

static void shape_text(char *out, size_t size, enum ch_dtype dtype,
                       size_t rank, const size_t *shape)
{
    int n = snprintf(out, size, "%s [", dtype_name[dtype]);

    for (size_t i = 0; i < rank && n > 0 && (size_t)n < size; i++)
        n += snprintf(out + n, size - (size_t)n, "%s%zu", i ? ", " : "",
                      shape[i]);
    if (n > 0 && (size_t)n < size)
        snprintf(out + n, size - (size_t)n, "]");
}

/* The tensor of that name; columns 1: of one dimension. */
static int need_tensor(const struct reader *r, const char *name, size_t rows,
                       size_t columns, const struct ch_tensor **out)
{
    const struct ch_tensor *t = ch_safetensors_get(r->m->file, name);
    const size_t shape[2] = { rows, columns };
    size_t rank = columns == 1 ? 1 : 2;
    char expected[80], found[160];

    *out = t;
    if (!t)
        return refuse(r, "tensor \"%s\" is missing", name);
    if (t->dtype == CH_F32 && t->rank == rank && t->shape[0] == rows &&
        (rank == 1 || t->shape[1] == columns))
        return 0;
    shape_text(expected, sizeof expected, CH_F32, rank, shape);
    shape_text(found, sizeof found, t->dtype, t->rank, t->shape);
    return refuse(r, "tensor \"%s\" is %s, the settings expect %s", name,
                  found, expected);
}

static int check_finite(const struct reader *r, const char *name,
                        const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return refuse(r, "tensor \"%s\" has a value that is not finite "
                          "(element %zu); take an older checkpoint", name, i);
    return 0;
}

static int read_params(const struct reader *r)
{
    const struct ch_decoder *d = &r->m->decoder;
    const struct ch_tensor *t[CH_PARAMS_MOST];
    int rc = 0;

    /* All shapes first: sizes in settings are only believed, and memory taken,
     * when the file has as many bytes. */
    for (size_t i = 0; i < d->param_count && !rc; i++)
        rc = need_tensor(r, d->param[i].name, d->param[i].rows,
                         d->param[i].columns, &t[i]);
    if (rc)
        return rc;
    ch_block_release(r->m->params);
    r->m->params = ch_block_get(d->float_count, sizeof *r->m->params);
    if (!r->m->params)
        return ch_fail(r->e, CH_ENOMEM, "cannot hold %zu parameters",
                       d->float_count);
    for (size_t i = 0; i < d->param_count && !rc; i++) {
        float *to = r->m->params + d->param[i].offset;

        memcpy(to, t[i]->data, d->param[i].count * sizeof *to);
        rc = check_finite(r, d->param[i].name, to, d->param[i].count);
    }
    return rc;
}

/* One that is there already may be missing in the file. */
static int read_feature(const struct reader *r, const char *name, float **out)
{
    size_t F = r->m->decoder.shape.F;
    const struct ch_tensor *t;
    int rc;

    if (*out && !ch_safetensors_get(r->m->file, name))
        return 0;
    rc = need_tensor(r, name, F, 1, &t);
    if (rc)
        return rc;
    ch_block_release(*out);
    *out = ch_block_get(F, sizeof **out);
    if (!*out)
        return ch_fail(r->e, CH_ENOMEM, "cannot hold %zu features", F);
    memcpy(*out, t->data, F * sizeof **out);
    return check_finite(r, name, *out, F);
}

static int check_std(const struct reader *r)
{
    for (size_t f = 0; f < r->m->decoder.shape.F; f++)
        if (!(r->m->feature_std[f] > 0))
            return refuse(r, "tensor \"feature.std\" has a value that is not "
                          "above 0 (element %zu)", f);
    return 0;
}

int ch_model_read_weights(struct ch_model *m, const char *path,
                          struct ch_err *e)
{
    const struct reader r = { m, path, e };
    int rc = read_params(&r);

    if (!rc) rc = read_feature(&r, "feature.mean", &m->feature_mean);
    if (!rc) rc = read_feature(&r, "feature.std", &m->feature_std);
    return rc ? rc : check_std(&r);
}

static int read_vocab(const struct reader *r)
{
    const struct ch_tensor *t = ch_safetensors_get(r->m->file, "vocabulary");
    size_t V = r->m->decoder.shape.V, found;
    int rc;

    if (!t)
        return refuse(r, "tensor \"vocabulary\" is missing");
    if (t->dtype != CH_U8 || t->rank != 1)
        return refuse(r, "tensor \"vocabulary\" is %s of %zu dimensions, "
                      "expected U8 of one", dtype_name[t->dtype], t->rank);
    rc = ch_vocab_parse(&r->m->vocab, t->data, t->bytes, r->path, r->e);
    if (rc)
        return rc;
    found = ch_vocab_size(r->m->vocab);
    if (found != V)
        return refuse(r, "the vocabulary has %zu words, the settings say %zu",
                      found, V);
    return 0;
}

static int read_encoder(const struct reader *r)
{
    const char *text = ch_safetensors_meta(r->m->file, "chorus.encoder");

    if (!text)
        return refuse(r, "the metadata has no \"chorus.encoder\"");
    r->m->encoder = strdup(text);
    return r->m->encoder ? 0 : ch_fail(r->e, CH_ENOMEM,
                                       "cannot hold the encoder's settings");
}

/* m->file is open; after failure m is empty. */
static int read_all(struct ch_model *m, const char *path, struct ch_err *e)
{
    const struct reader r = { m, path, e };
    int rc = check_format(&r);

    if (!rc) rc = parse_settings(&r);
    if (!rc) rc = ch_model_read_weights(m, path, e);
    if (!rc) rc = read_vocab(&r);
    if (!rc) rc = read_encoder(&r);
    if (rc)
        ch_model_release(m);
    return rc;
}

int ch_model_read(struct ch_model *m, const char *path, struct ch_err *e)
{
    int rc;

    memset(m, 0, sizeof *m);
    rc = ch_safetensors_open(&m->file, path, e);
    return rc ? rc : read_all(m, path, e);
}

int ch_model_parse(struct ch_model *m, const void *bytes, size_t n,
                   const char *path, struct ch_err *e)
{
    int rc;

    memset(m, 0, sizeof *m);
    rc = ch_safetensors_parse(&m->file, bytes, n, path, e);
    return rc ? rc : read_all(m, path, e);
}

void ch_model_release(struct ch_model *m)
{
    ch_block_release(m->params);
    ch_block_release(m->feature_mean);
    ch_block_release(m->feature_std);
    ch_vocab_close(m->vocab);
    free(m->encoder);
    ch_safetensors_close(m->file);
    memset(m, 0, sizeof *m);
}

void ch_model_standardise(const struct ch_model *m, size_t B,
                          const float *feature, float *out)
{
    size_t F = m->decoder.shape.F;

    for (size_t b = 0; b < B; b++)
        for (size_t f = 0; f < F; f++)
            out[b * F + f] = (feature[b * F + f] - m->feature_mean[f]) /
                             m->feature_std[f];
}
