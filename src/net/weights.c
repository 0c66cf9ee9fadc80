/* weights.c - weights that another program trained become a model
 *
 * The settings are those of a model like it, or found from the names and
 * shapes of the tensors; then every tensor is held to them.
 */
#include "chorus/export.h"

#include <stdlib.h>
#include <string.h>

#include "data/encoder_link.h"
#include "data/shard.h"
#include "net/model.h"

#define refuse(path, ...) \
    ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET, __VA_ARGS__)

/* --------------------------------------------- settings, from the tensors */

/* Size i of a tensor; 0 when there is none of that name. */
static size_t size_of(const struct ch_safetensors *file, const char *name,
                      size_t i)
{
    const struct ch_tensor *t = ch_safetensors_get(file, name);

    return t && i < t->rank ? t->shape[i] : 0;
}

static void find_cells(const struct ch_safetensors *file,
                       struct ch_decoder_shape *s)
{
    char name[32];

    s->cell = ch_safetensors_get(file, "gru.weight_hh_l0") ? CH_CELL_GRU
                                                           : CH_CELL_LSTM;
    for (s->layers = 0; s->layers < CH_LAYERS_MOST; s->layers++) {
        snprintf(name, sizeof name, "%s.weight_hh_l%zu",
                 s->cell == CH_CELL_GRU ? "gru" : "lstm", s->layers);
        if (!ch_safetensors_get(file, name))
            return;
        s->H = size_of(file, name, 1);
    }
}

/* How nic is fed its image: 0 first to 3 merge; -1: first or merge. */
static int find_image(const struct ch_safetensors *file,
                      const struct ch_decoder_shape *s)
{
    const char *entry = s->cell == CH_CELL_GRU ? "gru.weight_ih_l0"
                                               : "lstm.weight_ih_l0";

    if (ch_safetensors_get(file, "init_h.weight"))
        return CH_IMAGE_STATE;
    if (size_of(file, entry, 1) == 2 * s->E)
        return CH_IMAGE_EVERY;
    if (s->E == s->H)
        return -1;
    return size_of(file, "image.weight", 0) == s->H ? CH_IMAGE_MERGE
                                                     : CH_IMAGE_FIRST;
}

static int find_nic(const struct ch_import_options *o,
                    const struct ch_safetensors *file,
                    struct ch_decoder_shape *s, struct ch_err *e)
{
    int found;

    s->kind = CH_DECODER_NIC;
    find_cells(file, s);
    found = o->image ? o->image - 1 : find_image(file, s);
    if (found < 0)
        return ch_fail_at(e, CH_EUSAGE, o->weights, CH_NO_OFFSET, "the image "
                          "may be fed first, or merged: both have these "
                          "shapes; say --image first or --image merge");
    s->image = (enum ch_image_mode)found;
    s->F = size_of(file, s->image == CH_IMAGE_STATE ? "init_h.weight"
                                                    : "image.weight", 1);
    return 0;
}

static bool has_norm(const struct ch_safetensors *file)
{
    static const char *const name[] = {
        "image_norm.weight", "init_h_norm.weight", "grid_norm.weight"
    };

    for (size_t i = 0; i < sizeof name / sizeof *name; i++)
        if (ch_safetensors_get(file, name[i]))
            return true;
    return false;
}

/* Sizes that are missing stay 0, and ch_decoder_init() is not asked. */
static int find_shape(const struct ch_import_options *o,
                      const struct ch_safetensors *file,
                      struct ch_decoder_shape *s, struct ch_err *e)
{
    static const struct {
        const char *name;           /* only this decoder has it */
        enum ch_decoder_kind kind;
        const char *state, *feature;    /* [..][H], [..][F] */
    } looking[] = {
        { "deep_h.weight", CH_DECODER_SAT, "lstm.weight_hh", "init_h.weight" },
        { "cell.weight_hh", CH_DECODER_ATT2IN, "cell.weight_hh",
          "grid.weight" },
        { "attention_lstm.weight_hh", CH_DECODER_UPDOWN,
          "attention_lstm.weight_hh", "grid.weight" },
    };
    int rc = -1;

    s->V = size_of(file, "embed.weight", 0);
    s->E = size_of(file, "embed.weight", 1);
    s->is_tied = !ch_safetensors_get(file, "output.weight");
    s->word_relu = o->word_relu;
    s->image_norm = has_norm(file) ? CH_NORM_LAYER : CH_NORM_NONE;
    for (size_t i = 0; i < sizeof looking / sizeof *looking && rc; i++)
        if (ch_safetensors_get(file, looking[i].name)) {
            s->kind = looking[i].kind;
            s->H = size_of(file, looking[i].state, 1);
            s->F = size_of(file, looking[i].feature, 1);
            s->A = size_of(file, "attention.query.weight", 0);
            rc = 0;
        }
    if (rc)
        rc = find_nic(o, file, s, e);
    else if (o->image)
        rc = ch_fail_at(e, CH_EUSAGE, o->weights, CH_NO_OFFSET, "is no decoder "
                        "of the kind nic; leave out --image");
    if (!rc && !(s->V && s->E && s->H && s->F &&
                 (s->A || s->kind == CH_DECODER_NIC)))
        rc = refuse(o->weights, "these are the tensors of no decoder of "
                    "Chorus; chorus-export(1) lists their names and shapes");
    return rc;
}

/* ------------------------------------------------------ what a model needs */

/* The decoder of the weights, and the words and encoder of the shards. */
static int fill_from_set(const struct ch_import_options *o, struct ch_set *set,
                         struct ch_model *m, struct ch_err *e)
{
    struct ch_decoder_shape s = { 0 };
    size_t words, features;
    int rc = find_shape(o, m->file, &s, e);

    if (!rc) rc = ch_manifest_vocab(ch_set_manifest(set), &m->vocab, e);
    if (rc)
        return rc;
    s.L = ch_set_grid_rows(set);
    words = ch_vocab_size(m->vocab);
    features = s.kind == CH_DECODER_NIC ? ch_set_feature_count(set)
                                        : ch_set_grid_columns(set);
    if (s.V != words)
        return refuse(o->weights, "tensor \"embed.weight\" has %zu words, the "
                      "vocabulary of %s has %zu", s.V, o->shards, words);
    if (s.F != features || (s.kind != CH_DECODER_NIC && !s.L))
        return refuse(o->weights, "looks at %zu features of %s, %s has %zu",
                      s.F, s.kind == CH_DECODER_NIC ? "an image"
                                                    : "each place of a grid",
                      o->shards, features);
    rc = ch_decoder_init(&m->decoder, &s, e);
    if (rc)
        return rc;
    m->max_words = ch_set_manifest(set)->max_words;
    m->encoder = strdup(ch_set_encoder(set));
    m->feature_mean = ch_block_get(s.F, sizeof *m->feature_mean);
    m->feature_std = ch_block_get(s.F, sizeof *m->feature_std);
    if (!m->encoder || !m->feature_mean || !m->feature_std)
        return ch_fail(e, CH_ENOMEM, "cannot hold a model");
    for (size_t f = 0; f < s.F; f++)
        m->feature_std[f] = 1;
    return 0;
}

static int fill_from_shards(const struct ch_import_options *o,
                            struct ch_model *m, struct ch_err *e)
{
    struct ch_set *set = NULL;
    int rc = ch_safetensors_open(&m->file, o->weights, e);

    if (!rc) rc = ch_set_open(&set, o->shards, CH_SPLIT_TRAIN, 1, e);
    if (!rc) rc = fill_from_set(o, set, m, e);
    ch_set_close(set);
    return rc;
}

/* All of that model but its weights. */
static int fill_from_model(const struct ch_import_options *o,
                           struct ch_model *m, struct ch_err *e)
{
    int rc = ch_model_read(m, o->like, e);

    if (rc)
        return rc;
    ch_safetensors_close(m->file);
    m->file = NULL;
    return ch_safetensors_open(&m->file, o->weights, e);
}

/* ------------------------------------------------------------- the weights */

/* Words that came along must be those that the model will have. */
static int check_words(const struct ch_model *m, const struct ch_tensor *t,
                       const char *path, struct ch_err *e)
{
    struct ch_buffer text = { 0 };
    int rc = 0;

    ch_vocab_text(m->vocab, &text);
    if (text.failed)
        rc = ch_fail(e, CH_ENOMEM, "cannot hold the vocabulary");
    else if (t->bytes != text.size || memcmp(t->data, text.at, text.size))
        rc = refuse(path, "its tensor \"vocabulary\" has other words than the "
                    "model would have");
    ch_buffer_release(&text);
    return rc;
}

static int check_names(const struct ch_model *m, const char *path,
                       struct ch_err *e)
{
    size_t count = ch_safetensors_count(m->file);
    int rc = 0;

    for (size_t i = 0; i < count && !rc; i++) {
        const struct ch_tensor *t = ch_safetensors_at(m->file, i);

        if (!strcmp(t->name, "vocabulary"))
            rc = check_words(m, t, path, e);
        else if (strcmp(t->name, "feature.mean") &&
                 strcmp(t->name, "feature.std") &&
                 !ch_decoder_param(&m->decoder, t->name))
            rc = refuse(path, "tensor \"%s\" is none of this decoder's; "
                        "chorus-export(1) lists them", t->name);
    }
    return rc;
}

/* Files of torch.save() are zip archives. */
static int check_kind(const char *path, struct ch_err *e)
{
    struct ch_map map;
    int rc = ch_map_open(&map, path, e);

    if (rc)
        return rc;
    if (map.size > 4 && !memcmp(map.at, "PK\3\4", 4))
        rc = refuse(path, "was written by torch.save(); write the weights with "
                    "safetensors.torch.save_file()");
    ch_map_close(&map);
    return rc;
}

static int check_options(const struct ch_import_options *o, struct ch_err *e)
{
    if (!o->like == !o->shards)
        return ch_fail(e, CH_EUSAGE, "expected one of --like and --shards: "
                       "where the words and the encoder come from");
    if (o->like && (o->image || o->word_relu))
        return ch_fail(e, CH_EUSAGE, "--image and --word-relu are as in the "
                       "model of --like; leave them out");
    if (ch_file_exists(o->out))
        return ch_fail_at(e, CH_EUSAGE, o->out, CH_NO_OFFSET, "is there "
                          "already; remove it, or name another file");
    return check_kind(o->weights, e);
}

int ch_import_run(const struct ch_import_options *o, struct ch_err *e)
{
    struct ch_model m = { 0 };
    int rc = check_options(o, e);

    if (rc)
        return rc;
    rc = o->like ? fill_from_model(o, &m, e) : fill_from_shards(o, &m, e);
    if (!rc) rc = check_names(&m, o->weights, e);
    if (!rc) rc = ch_model_read_weights(&m, o->weights, e);
    if (o->max_words)
        m.max_words = (size_t)o->max_words;
    if (!rc) rc = ch_model_write(&m, o->out, e);
    if (!rc && o->like)
        ch_encoder_link_like(m.encoder, o->like, o->out);
    else if (!rc)
        ch_encoder_link_model(m.encoder, o->shards, o->out);
    for (size_t i = 0; i < m.decoder.param_count && !rc && o->show; i++) {
        const struct ch_param_info *p = &m.decoder.param[i];

        o->show(o->context, p->name, p->rows,
                p->columns == 1 ? 0 : p->columns);
    }
    ch_model_release(&m);
    return rc;
}
