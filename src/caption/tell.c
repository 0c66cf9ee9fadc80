/* tell.c - from ids to words */
#include "caption/tell.h"

#include <stdlib.h>

int ch_tell_open(struct ch_tell *t, const struct ch_search *s,
                 const struct ch_vocab *vocab, struct ch_err *e)
{
    size_t most = (size_t)s->o.n_best, words = s->filter.max_words;

    *t = (struct ch_tell){ .vocab = vocab, .most = most, .words_most = words,
                           .words = s->o.words || s->o.attention,
                           .places = s->look ? s->ensemble.L : 0 };
    t->result = calloc(most, sizeof *t->result);
    t->caption = calloc(most, sizeof *t->caption);
    t->word = calloc(most * words, sizeof *t->word);
    t->look = calloc(most * words * t->places + 1, sizeof *t->look);
    if (t->result && t->caption && t->word && t->look)
        return 0;
    ch_tell_close(t);
    return ch_fail(e, CH_ENOMEM, "cannot hold %zu captions", most);
}

void ch_tell_close(struct ch_tell *t)
{
    free(t->result);
    free(t->caption);
    free(t->word);
    free(t->look);
    ch_buffer_release(&t->text);
    *t = (struct ch_tell){ 0 };
}

static void tell_words(struct ch_tell *t, const struct ch_search *s,
                       const struct ch_hypothesis *h, size_t i)
{
    const char **word = t->word + i * t->words_most;
    struct ch_caption_result *r = &t->result[i];

    for (size_t w = 0; w < h->count; w++)
        word[w] = ch_vocab_word(t->vocab, h->id[w]);
    r->word_count = h->count;
    r->word = word;
    r->word_logp = h->word_logp;
    if (t->places) {
        float *look = t->look + i * t->words_most * t->places;

        ch_search_look(s, h, look);
        r->places = t->places;
        r->attention = look;
        r->view = t->view;
    }
}

int ch_tell_photo(struct ch_tell *t, const struct ch_search *s, size_t photo,
                  const char *key, int64_t image_id,
                  const struct ch_caption_result **r, struct ch_err *e)
{
    const struct ch_best *best = &s->best[photo];

    ch_buffer_reset(&t->text);
    for (size_t i = 0; i < best->count; i++) {
        const struct ch_hypothesis *h = &best->at[i];

        t->caption[i] = t->text.size;
        ch_vocab_decode(t->vocab, h->id, h->count, &t->text);
        ch_buffer_put(&t->text, "", 1);
        t->result[i] = (struct ch_caption_result){
            .key = key, .image_id = image_id, .logp = h->logp,
            .score = h->score
        };
        if (t->words)
            tell_words(t, s, h, i);
    }
    if (t->text.failed)
        return ch_fail(e, CH_ENOMEM, "cannot hold a caption");
    for (size_t i = 0; i < best->count; i++)
        t->result[i].caption = t->text.at + t->caption[i];
    if (t->most > 1) {
        t->result[0].more_count = best->count;
        t->result[0].more = t->result;
    }
    *r = t->result;
    return 0;
}
