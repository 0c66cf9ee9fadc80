/* greedy.c - the likeliest word, again and again */
#include "caption/search.h"

#include "chorus/caption.h"
#include "net/model.h"

#include <string.h>

int ch_greedy_go(struct ch_search *s, struct ch_err *e)
{
    for (size_t i = 0; i < s->alive_count; i++) {
        const struct ch_reach r = ch_search_reach(s, i);
        int32_t word = ch_candidates_likeliest(&r);

        if (word < 0)
            return ch_search_check(s, i, e);
        ch_search_extend(s, i, word, true);
    }
    return 0;
}

/* Photos searched at once: more do not make a step faster. */
#define PHOTOS 64

static int run(struct ch_search *s, const float *feature, size_t n,
               size_t most, int32_t *id, size_t *length, struct ch_err *e)
{
    int rc = ch_search_run(s, &feature, NULL, n, e);

    for (size_t i = 0; i < n && !rc; i++) {
        const struct ch_hypothesis *h = &s->best[i].at[0];

        length[i] = h->count;
        memcpy(id + i * most, h->id, h->count * sizeof *id);
    }
    return rc;
}

int ch_caption_greedy(const struct ch_model *m, const float *feature, size_t n,
                      size_t most, int32_t *id, size_t *length,
                      struct ch_err *e)
{
    const struct ch_decode_options o = {
        .beam = 1, .n_best = 1, .groups = 1,
        .max_words = most < CH_CAPTION_WORDS_MOST ? most
                                                  : CH_CAPTION_WORDS_MOST
    };
    const struct ch_voice voice = { &m->decoder, m->params };
    size_t floats = m->decoder.shape.F * m->decoder.shape.L;
    struct ch_search *s = NULL;
    int rc = n ? ch_search_open(&s, &o, m->vocab, &voice, 1,
                                n < PHOTOS ? n : PHOTOS, e)
               : 0;

    for (size_t i = 0; i < n && !rc; i += PHOTOS)
        rc = run(s, feature + i * floats, n - i < PHOTOS ? n - i : PHOTOS,
                 most, id + i * most, length + i, e);
    ch_search_close(s);
    return rc;
}
