/* captioner.c - features -> captions */
#include "caption/captioner.h"

#include "base/arena.h"
#include "base/hash.h"
#include "caption/maps.h"
#include "data/encoder.h"
#include "data/vocab.h"
#include "kernel/kernel.h"

#include <stdlib.h>
#include <string.h>

void ch_caption_defaults(struct ch_caption_options *o)
{
    *o = (struct ch_caption_options){
        .batch = 32,
        .decode = { .beam = 3, .n_best = 1, .length = CH_LENGTH_POWER,
                    .length_power = 0.7, .endings = CH_DECODE_ENDINGS,
                    .groups = 1, .diversity = 0.5, .temperature = 1,
                    .top_p = 1, .seed = 1 }
    };
}

static bool is_looking(const struct ch_model *m)
{
    return m->decoder.shape.kind != CH_DECODER_NIC;
}

bool ch_captioner_is_looking(const struct ch_captioner *c)
{
    return is_looking(&c->model);
}

size_t ch_captioner_floats(const struct ch_captioner *c)
{
    return c->model.decoder.shape.L * c->model.decoder.shape.F;
}

/* Models that speak together know the same words and see the same. */
static int check_more(const struct ch_captioner *c, size_t i, struct ch_err *e)
{
    const struct ch_model *m = &c->more[i];
    const char *path = c->o.more[i];

    if (ch_vocab_hash(m->vocab) != ch_vocab_hash(c->model.vocab))
        return ch_fail_at(e, CH_EUSAGE, path, CH_NO_OFFSET,
                          "its vocabulary is not that of %s; models that "
                          "speak together have one vocabulary", c->o.model);
    if (ch_encoder_identity(m->encoder, strlen(m->encoder)) !=
        ch_encoder_identity(c->model.encoder, strlen(c->model.encoder)))
        return ch_fail_at(e, CH_EUSAGE, path, CH_NO_OFFSET,
                          "its encoder is not that of %s; models that speak "
                          "together see the same features", c->o.model);
    if (is_looking(m) != ch_captioner_is_looking(c))
        return ch_fail_at(e, CH_EUSAGE, path, CH_NO_OFFSET,
                          "one looks at grids and one at pooled features (%s); "
                          "models that speak together see the same",
                          c->o.model);
    return 0;
}

static int read_model(struct ch_captioner *c, struct ch_model *m,
                      const char *path, struct ch_err *e)
{
    int rc = ch_kernel_check(e);

    if (!rc) rc = ch_model_read(m, path, e);
    if (!rc && c->o.precision)
        m->decoder.shape.precision = (enum ch_precision)(c->o.precision - 1);
    return rc;
}

static int read_models(struct ch_captioner *c, struct ch_err *e)
{
    size_t count = c->o.more_count, n = (size_t)c->o.batch *
                                        ch_captioner_floats(c);
    int rc = 0;

    c->more = calloc(count + 1, sizeof *c->more);
    c->feature = calloc(count + 1, sizeof *c->feature);
    if (!c->more || !c->feature)
        return ch_fail(e, CH_ENOMEM, "cannot hold %zu models", count + 1);
    for (size_t i = 0; i < count && !rc; i++) {
        rc = read_model(c, &c->more[i], c->o.more[i], e);
        if (!rc) rc = check_more(c, i, e);
        if (!rc && !(c->feature[i + 1] = ch_block_get(n, sizeof(float))))
            rc = ch_fail(e, CH_ENOMEM, "cannot hold a batch of %zu photos",
                         (size_t)c->o.batch);
    }
    return rc;
}

static int open_search(struct ch_captioner *c, struct ch_err *e)
{
    struct ch_decode_options o = c->o.decode;
    struct ch_voice voice[CH_CAPTION_MODELS_MOST];
    size_t count = c->o.more_count + 1, batch = (size_t)c->o.batch;

    if (!o.max_words)
        o.max_words = c->model.max_words;
    for (size_t i = 0; i < count; i++) {
        const struct ch_model *m = i ? &c->more[i - 1] : &c->model;

        voice[i] = (struct ch_voice){ &m->decoder, m->params };
    }
    return ch_search_open(&c->search, &o, c->model.vocab, voice, count, batch,
                          e);
}

int ch_captioner_open(struct ch_captioner **out,
                      const struct ch_caption_options *o, struct ch_err *e)
{
    struct ch_captioner *c;
    int rc;

    *out = NULL;
    if (o->batch < 1)
        return ch_fail(e, CH_EUSAGE, "a batch is 1 photo or more");
    if (o->more_count >= CH_CAPTION_MODELS_MOST)
        return ch_fail(e, CH_EUSAGE, "at most %d models speak together",
                       CH_CAPTION_MODELS_MOST);
    c = calloc(1, sizeof *c);
    if (!c)
        return ch_fail(e, CH_ENOMEM, "cannot hold a captioner");
    c->o = *o;
    c->key = calloc((size_t)o->batch, sizeof *c->key);
    rc = c->key ? read_model(c, &c->model, o->model, e)
                : ch_fail(e, CH_ENOMEM, "cannot hold a batch of %zu photos",
                          (size_t)o->batch);
    if (!rc) rc = read_models(c, e);
    if (!rc) rc = open_search(c, e);
    if (!rc) rc = ch_tell_open(&c->tell, c->search, c->model.vocab, e);
    if (!rc && c->tell.places)
        rc = ch_maps_view(&c->tell.view, c->model.encoder, e);
    if (rc)
        ch_captioner_close(c);
    else
        *out = c;
    return rc;
}

void ch_captioner_close(struct ch_captioner *c)
{
    if (!c)
        return;
    ch_tell_close(&c->tell);
    ch_search_close(c->search);
    for (size_t i = 0; i < c->o.more_count && c->more; i++)
        ch_model_release(&c->more[i]);
    for (size_t i = 0; i < c->o.more_count && c->feature; i++)
        ch_block_release(c->feature[i + 1]);
    ch_model_release(&c->model);
    free(c->more);
    free(c->feature);
    free(c->key);
    free(c);
}

/* Each model has a mean and a deviation of its own. */
static void standardise(struct ch_captioner *c, float *feature, size_t n)
{
    size_t rows = n * c->model.decoder.shape.L;

    for (size_t i = 0; i < c->o.more_count; i++)
        ch_model_standardise(&c->more[i], rows, feature, c->feature[i + 1]);
    ch_model_standardise(&c->model, rows, feature, feature);
    c->feature[0] = feature;
}

int ch_captioner_say(struct ch_captioner *c, float *feature, size_t n,
                     const struct ch_caption_item *const *item,
                     ch_caption_fn say, void *context, struct ch_err *e)
{
    int rc;

    if (n == 0)
        return 0;
    standardise(c, feature, n);
    for (size_t i = 0; i < n; i++)
        c->key[i] = ch_hash(item[i]->key, strlen(item[i]->key));
    rc = ch_search_run(c->search, (const float *const *)c->feature, c->key, n,
                       e);
    for (size_t i = 0; i < n && !rc; i++) {
        const struct ch_caption_result *r;

        rc = ch_tell_photo(&c->tell, c->search, i, item[i]->key,
                           item[i]->image_id, &r, e);
        if (!rc) rc = say(context, item[i], r, e);
    }
    return rc;
}
