/* captioner.c - features -> captions */
#include "caption/captioner.h"

#include "data/vocab.h"

#include <stdlib.h>
#include <string.h>

void ch_caption_defaults(struct ch_caption_options *o)
{
    *o = (struct ch_caption_options){ .beam = 3, .length_power = 0.7,
                                      .batch = 32 };
}

bool ch_captioner_is_looking(const struct ch_captioner *c)
{
    return c->model.decoder.shape.kind != CH_DECODER_NIC;
}

size_t ch_captioner_floats(const struct ch_captioner *c)
{
    return c->model.decoder.shape.L * c->model.decoder.shape.F;
}

static int set_search(struct ch_captioner *c, struct ch_err *e)
{
    struct ch_search_options *s = &c->search;

    s->beam = (size_t)c->o.beam;
    s->max_words = (size_t)(c->o.max_words ? c->o.max_words
                                           : c->model.max_words);
    s->length_power = c->o.length_power;
    s->unk = ch_vocab_unk(c->model.vocab);
    s->allow_unk = c->o.allow_unk;
    if (s->beam < 1 || c->o.batch < 1)
        return ch_fail(e, CH_EUSAGE, "beam and batch are 1 or more");
    if (s->max_words < 1 || s->max_words > CH_SEARCH_MAX_WORDS)
        return ch_fail(e, CH_EUSAGE, "captions have 1 to %d words, not %zu",
                       CH_SEARCH_MAX_WORDS, s->max_words);
    return 0;
}

int ch_captioner_open(struct ch_captioner **out,
                      const struct ch_caption_options *o, struct ch_err *e)
{
    struct ch_captioner *c = calloc(1, sizeof *c);
    int rc;

    *out = NULL;
    if (!c)
        return ch_fail(e, CH_ENOMEM, "cannot hold a captioner");
    c->o = *o;
    rc = ch_model_read(&c->model, o->model, e);
    if (!rc) rc = set_search(c, e);
    if (!rc) {
        c->sentence = calloc((size_t)o->batch, sizeof *c->sentence);
        if (!c->sentence)
            rc = ch_fail(e, CH_ENOMEM, "cannot hold a batch of %zu photos",
                         (size_t)o->batch);
    }
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
    ch_model_release(&c->model);
    free(c->sentence);
    ch_buffer_release(&c->text);
    free(c);
}

int ch_captioner_say(struct ch_captioner *c, float *feature, size_t n,
                     const struct ch_caption_item *const *item,
                     ch_caption_fn say, void *context, struct ch_err *e)
{
    int rc = 0;

    if (n == 0)
        return 0;
    ch_model_standardise(&c->model, n * c->model.decoder.shape.L, feature,
                         feature);
    rc = (c->search.beam == 1 ? ch_greedy_run : ch_beam_run)(
        &c->model.decoder, c->model.params, &c->search, feature, n,
        c->sentence, e);
    for (size_t i = 0; i < n && !rc; i++) {
        const struct ch_sentence *s = &c->sentence[i];
        struct ch_caption_result r = { .key = item[i]->key,
                                       .image_id = item[i]->image_id,
                                       .logp = s->logp, .score = s->score };

        ch_buffer_reset(&c->text);
        ch_vocab_decode(c->model.vocab, s->id, s->count, &c->text);
        if (c->text.failed)
            rc = ch_fail(e, CH_ENOMEM, "cannot hold a caption");
        r.caption = c->text.at && c->text.size ? c->text.at : "";
        if (!rc) rc = say(context, item[i], &r, e);
    }
    return rc;
}
