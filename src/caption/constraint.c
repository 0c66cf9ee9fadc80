/* constraint.c - phrases that must be said, and the beam's banks */
#include "caption/constraint.h"

#include "caption/filter.h"

#include <string.h>

/* ---------------------------------------------------------------- the text */

static int add_word(struct ch_phrase *p, const char *word, size_t n,
                    const struct ch_vocab *vocab, struct ch_err *e)
{
    int32_t id = ch_vocab_id(vocab, word, n);

    if (id < CH_WORD_FIRST || id == ch_vocab_unk(vocab))
        return ch_fail(e, CH_EUSAGE, "\"%.*s\" must be said, but the model's "
                       "vocabulary does not have it", (int)n, word);
    if (p->count == CH_PHRASE_WORDS_MOST)
        return ch_fail(e, CH_EUSAGE, "a phrase that must be said has more "
                       "than %d words", CH_PHRASE_WORDS_MOST);
    p->id[p->count++] = id;
    return 0;
}

/* A phrase ends at one of "|,", which *text is put behind. */
static int parse_phrase(struct ch_constraints *c, const char **text,
                        const struct ch_vocab *vocab, struct ch_err *e)
{
    struct ch_phrase *p = &c->phrase[c->phrase_count];
    int rc = 0;

    if (c->phrase_count == CH_PHRASES_MOST)
        return ch_fail(e, CH_EUSAGE, "more than %d phrases must be said",
                       CH_PHRASES_MOST);
    *p = (struct ch_phrase){ .owner = c->count };
    while (**text && !strchr("|,", **text) && !rc) {
        size_t n = strcspn(*text, " |,");

        if (n)
            rc = add_word(p, *text, n, vocab, e);
        *text += n ? n : 1;
    }
    if (!rc && p->count == 0)
        rc = ch_fail(e, CH_EUSAGE, "expected words between commas in what "
                     "must be said, found none");
    c->phrase_count++;
    return rc;
}

static int parse_constraint(struct ch_constraints *c, const char **text,
                            const struct ch_vocab *vocab, struct ch_err *e)
{
    size_t least = CH_PHRASE_WORDS_MOST;
    bool has_more = true;

    if (c->count == CH_CONSTRAINTS_MOST)
        return ch_fail(e, CH_EUSAGE, "more than %d things must be said",
                       CH_CONSTRAINTS_MOST);
    while (has_more) {
        const struct ch_phrase *p = &c->phrase[c->phrase_count];
        int rc = parse_phrase(c, text, vocab, e);

        if (rc)
            return rc;
        if (p->count < least)
            least = p->count;
        has_more = **text == '|';
        *text += has_more;
    }
    c->total += c->least[c->count++] = least;
    return 0;
}

int ch_constraints_parse(struct ch_constraints *c, const char *text,
                         const struct ch_vocab *vocab,
                         const uint8_t *is_ending, struct ch_err *e)
{
    int rc = 0;

    *c = (struct ch_constraints){ 0 };
    while (text && *text && !rc) {
        rc = parse_constraint(c, &text, vocab, e);
        if (!rc && *text)
            text++;
    }
    for (size_t i = 0; i < c->phrase_count && !rc; i++) {
        const struct ch_phrase *p = &c->phrase[i];

        if (is_ending && is_ending[p->id[p->count - 1]])
            c->spare = 1;
    }
    return rc;
}

/* ---------------------------------------------------------------- progress */

/* Do the last n words of h, then word (unless < 0), begin the phrase? */
static bool ends_in(const struct ch_phrase *p, const struct ch_hypothesis *h,
                    int32_t word, size_t n)
{
    size_t own = word < 0 ? 0 : 1;

    if (n > h->count + own || (n && own && p->id[n - 1] != word))
        return false;
    return n <= own ||
           !memcmp(p->id, h->id + h->count + own - n,
                   (n - own) * sizeof *p->id);
}

/* How far into the phrase they are, short of all of it. */
static size_t progress(const struct ch_phrase *p,
                       const struct ch_hypothesis *h, int32_t word)
{
    size_t n = p->count - 1;

    while (n && !ends_in(p, h, word, n))
        n--;
    return n;
}

uint64_t ch_constraints_met(const struct ch_constraints *c,
                            const struct ch_hypothesis *h, int32_t word)
{
    uint64_t met = h->met;

    for (size_t i = 0; i < c->phrase_count; i++)
        if (ends_in(&c->phrase[i], h, word, c->phrase[i].count))
            met |= UINT64_C(1) << c->phrase[i].owner;
    return met;
}

bool ch_constraints_all(const struct ch_constraints *c, uint64_t met)
{
    return met == (UINT64_C(1) << c->count) - 1;
}

/* Only one phrase is counted as begun: the one that gains most. */
size_t ch_constraints_need(const struct ch_constraints *c,
                           const struct ch_hypothesis *h, int32_t word)
{
    uint64_t met = word < 0 ? h->met : ch_constraints_met(c, h, word);
    size_t need = 0, gain = 0;

    for (size_t i = 0; i < c->count; i++)
        if (!(met >> i & 1))
            need += c->least[i];
    for (size_t i = 0; i < c->phrase_count; i++) {
        const struct ch_phrase *p = &c->phrase[i];
        size_t rest = p->count - progress(p, h, word);

        if (!(met >> p->owner & 1) && rest + gain < c->least[p->owner])
            gain = c->least[p->owner] - rest;
    }
    return need - gain;
}

int32_t ch_constraints_next(const struct ch_constraints *c,
                            const struct ch_hypothesis *h, size_t phrase)
{
    const struct ch_phrase *p = &c->phrase[phrase];

    return p->id[progress(p, h, -1)];
}

/* ------------------------------------------------------------------- banks */

void ch_constraints_share(const struct ch_constraints *c,
                          struct ch_candidates *list, size_t beam)
{
    size_t have[CH_CONSTRAINTS_MOST * CH_PHRASE_WORDS_MOST + 1] = { 0 };
    size_t share[CH_CONSTRAINTS_MOST * CH_PHRASE_WORDS_MOST + 1];
    size_t banks = c->total + 1, left = beam, kept = 0;

    for (size_t i = 0; i < list->count; i++)
        have[list->at[i].bank]++;
    for (size_t b = 0; b < banks; b++) {
        share[b] = beam / banks < have[b] ? beam / banks : have[b];
        left -= share[b];
    }
    /* What is left goes to those that have said most. */
    for (size_t b = banks; b-- > 0;) {
        size_t more = have[b] - share[b] < left ? have[b] - share[b] : left;

        share[b] += more;
        left -= more;
    }
    for (size_t i = 0; i < list->count; i++)
        if (share[list->at[i].bank]) {
            share[list->at[i].bank]--;
            list->at[kept++] = list->at[i];
        }
    list->count = kept;
}
