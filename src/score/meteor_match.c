/* meteor_match.c - all that may be matched in two captions
 *
 * The order in which matches are found decides between alignments that are
 * otherwise as good, so it is METEOR's: module by module, in each the words of
 * the reference from left to right, for each those of the caption.
 */
#include "score/meteor_match.h"

#include <stdlib.h>
#include <string.h>

int ch_meteor_room(void **block, size_t *room, size_t need, size_t size,
                   struct ch_err *e)
{
    size_t more = 2 * need + 16;
    void *at;

    if (need <= *room)
        return 0;
    at = realloc(*block, more * size);
    if (!at)
        return ch_fail(e, CH_ENOMEM, "no memory to align a caption");
    *block = at;
    *room = more;
    return 0;
}

void ch_meteor_match_release(struct ch_meteor_matches *m)
{
    free(m->match);
    free(m->start);
    free(m->ref_cover);
    free(m->hyp_cover);
    free(m->found);
    free(m->slot);
    *m = (struct ch_meteor_matches){ 0 };
}

static int add(struct ch_meteor_matches *m, struct ch_meteor_match x,
               struct ch_err *e)
{
    void *block = m->found;
    int rc = ch_meteor_room(&block, &m->found_room, m->count + 1, sizeof x, e);

    m->found = block;
    if (rc)
        return rc;
    m->found[m->count++] = x;
    for (size_t i = 0; i < x.ref_words; i++)
        m->ref_cover[x.ref + i]++;
    for (size_t i = 0; i < x.hyp_words; i++)
        m->hyp_cover[x.hyp + i]++;
    return 0;
}

static bool is_match(const struct ch_meteor_book *b,
                     enum ch_meteor_module module, uint32_t x, uint32_t y)
{
    const struct ch_meteor_word *v = ch_meteor_book_word(b, x);
    const struct ch_meteor_word *w = ch_meteor_book_word(b, y);

    if (module == CH_METEOR_EXACT || v->hash == w->hash)
        return module == CH_METEOR_EXACT && v->hash == w->hash;
    if (module == CH_METEOR_STEM)
        return v->stem == w->stem;
    return ch_meteor_book_is_synonym(b, x, y);
}

static int match_words(struct ch_meteor_matches *m,
                       const struct ch_meteor_book *b,
                       const struct ch_meteor_sentence *hyp,
                       const struct ch_meteor_sentence *ref,
                       enum ch_meteor_module module, struct ch_err *e)
{
    int rc = 0;

    for (size_t j = 0; j < ref->words; j++)
        for (size_t i = 0; i < hyp->words && !rc; i++)
            if (is_match(b, module, ref->word[j], hyp->word[i]))
                rc = add(m, (struct ch_meteor_match){
                                .ref = (uint16_t)j, .hyp = (uint16_t)i,
                                .ref_words = 1, .hyp_words = 1,
                                .module = (uint8_t)module }, e);
    return rc;
}

/* ------------------------------------------------------------- paraphrases */

static size_t place_of(const struct ch_meteor_matches *m, uint32_t node)
{
    return (size_t)(node * UINT64_C(0x9e3779b97f4a7c15) >> 32) &
           (m->slots - 1);
}

/* The phrases of a caption by their nodes.  The same phrase twice keeps the
 * order of its places. */
static int index_phrases(struct ch_meteor_matches *m,
                         const struct ch_meteor_sentence *s, struct ch_err *e)
{
    size_t slots = m->slots ? m->slots : 64;

    while (slots < 2 * s->phrases)
        slots *= 2;
    if (slots != m->slots) {
        uint32_t *slot = realloc(m->slot, slots * sizeof *slot);

        if (!slot)
            return ch_fail(e, CH_ENOMEM, "no memory to align a caption");
        m->slot = slot;
        m->slots = slots;
    }
    memset(m->slot, 0, slots * sizeof *m->slot);
    for (size_t i = 0; i < s->phrases; i++) {
        size_t at = place_of(m, s->phrase[i].node);

        while (m->slot[at])
            at = (at + 1) & (slots - 1);
        m->slot[at] = (uint32_t)i + 1;
    }
    return 0;
}

/* Phrase p of one caption against all places of its paraphrase in the other,
 * whose phrases are indexed. */
static int match_phrase(struct ch_meteor_matches *m,
                        const struct ch_meteor_sentence *other,
                        const struct ch_meteor_phrase *p, uint32_t node,
                        bool is_ref, struct ch_err *e)
{
    int rc = 0;

    for (size_t at = place_of(m, node); m->slot[at] && !rc;
         at = (at + 1) & (m->slots - 1)) {
        const struct ch_meteor_phrase *q = &other->phrase[m->slot[at] - 1];
        const struct ch_meteor_phrase *r = is_ref ? p : q;
        const struct ch_meteor_phrase *h = is_ref ? q : p;

        if (q->node == node)
            rc = add(m, (struct ch_meteor_match){
                            .ref = r->start, .hyp = h->start,
                            .ref_words = (uint8_t)r->words,
                            .hyp_words = (uint8_t)h->words,
                            .module = CH_METEOR_PARAPHRASE }, e);
    }
    return rc;
}

/* Phrases of `one` that the table pairs with words of `other`. */
static int match_paraphrases(struct ch_meteor_matches *m,
                             const struct ch_meteor_data *d,
                             const struct ch_meteor_sentence *one,
                             const struct ch_meteor_sentence *other,
                             bool is_ref, struct ch_err *e)
{
    int rc = index_phrases(m, other, e);

    for (size_t i = 0; i < one->phrases && !rc; i++) {
        const struct ch_meteor_phrase *p = &one->phrase[i];
        struct ch_meteor_run run = ch_meteor_data_paraphrases(d, p->node);

        for (size_t k = 0; k < run.count && !rc; k++)
            rc = match_phrase(m, other, p, run.at[k], is_ref, e);
    }
    return rc;
}

/* ------------------------------------------------------------------ all */

static bool is_same(const struct ch_meteor_book *b,
                    const struct ch_meteor_sentence *x,
                    const struct ch_meteor_sentence *y)
{
    if (x->words != y->words)
        return false;
    for (size_t i = 0; i < x->words; i++)
        if (!is_match(b, CH_METEOR_EXACT, x->word[i], y->word[i]))
            return false;
    return true;
}

static int make_room(struct ch_meteor_matches *m, size_t hyp_words,
                     size_t ref_words, struct ch_err *e)
{
    void *start = m->start, *ref = m->ref_cover, *hyp = m->hyp_cover;
    int rc = ch_meteor_room(&start, &m->start_room, ref_words + 2,
                            sizeof *m->start, e);

    m->start = start;
    if (!rc)
        rc = ch_meteor_room(&ref, &m->ref_room, ref_words + 1,
                            sizeof *m->ref_cover, e);
    m->ref_cover = ref;
    if (!rc)
        rc = ch_meteor_room(&hyp, &m->hyp_room, hyp_words + 1,
                            sizeof *m->hyp_cover, e);
    m->hyp_cover = hyp;
    if (rc)
        return rc;
    memset(m->ref_cover, 0, (ref_words + 1) * sizeof *m->ref_cover);
    memset(m->hyp_cover, 0, (hyp_words + 1) * sizeof *m->hyp_cover);
    m->count = 0;
    return 0;
}

/* By word of the reference; of one word in the order found. */
static int sort(struct ch_meteor_matches *m, size_t ref_words,
                struct ch_err *e)
{
    void *block = m->match;
    int rc = ch_meteor_room(&block, &m->match_room, m->count,
                            sizeof *m->match, e);

    m->match = block;
    if (rc)
        return rc;
    memset(m->start, 0, (ref_words + 2) * sizeof *m->start);
    for (size_t i = 0; i < m->count; i++)
        m->start[m->found[i].ref + 2]++;
    for (size_t j = 0; j < ref_words; j++)
        m->start[j + 2] += m->start[j + 1];
    /* start[j + 1] walks to where the next word's begin. */
    for (size_t i = 0; i < m->count; i++)
        m->match[m->start[m->found[i].ref + 1]++] = m->found[i];
    return 0;
}

int ch_meteor_match_find(struct ch_meteor_matches *m,
                         const struct ch_meteor_book *b,
                         const struct ch_meteor_sentence *hyp,
                         const struct ch_meteor_sentence *ref,
                         struct ch_err *e)
{
    const struct ch_meteor_data *d = ch_meteor_book_data(b);
    int rc = make_room(m, hyp->words, ref->words, e);

    if (!rc) rc = match_words(m, b, hyp, ref, CH_METEOR_EXACT, e);
    if (!rc && !is_same(b, hyp, ref)) {
        rc = match_words(m, b, hyp, ref, CH_METEOR_STEM, e);
        if (!rc) rc = match_words(m, b, hyp, ref, CH_METEOR_SYNONYM, e);
        if (!rc) rc = match_paraphrases(m, d, ref, hyp, true, e);
        if (!rc) rc = match_paraphrases(m, d, hyp, ref, false, e);
    }
    if (!rc) rc = sort(m, ref->words, e);
    return rc;
}
