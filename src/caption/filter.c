/* filter.c - the rules of what may be said */
#include "caption/filter.h"

#include <stdlib.h>
#include <string.h>

static int open_endings(struct ch_filter *f, const char *text,
                        const struct ch_vocab *vocab, struct ch_err *e)
{
    if (!text || !*text || !strcmp(text, "none"))
        return 0;
    f->is_ending = calloc(ch_vocab_size(vocab), sizeof *f->is_ending);
    if (!f->is_ending)
        return ch_fail(e, CH_ENOMEM, "cannot hold a list of words");
    while (*text) {
        size_t n = strcspn(text, ",");
        int32_t id = ch_vocab_id(vocab, text, n);

        if (id != f->unk)
            f->is_ending[id] = 1;
        text += n + (text[n] == ',');
    }
    return 0;
}

static int check(const struct ch_filter *f, struct ch_err *e)
{
    if (f->max_words < 1 || f->max_words > CH_CAPTION_WORDS_MOST)
        return ch_fail(e, CH_EUSAGE, "captions have 1 to %d words, not %zu",
                       CH_CAPTION_WORDS_MOST, f->max_words);
    if (f->min_words > f->max_words)
        return ch_fail(e, CH_EUSAGE, "captions of at least %zu and at most "
                       "%zu words: expected the least to be the smaller",
                       f->min_words, f->max_words);
    if (f->must.total + f->must.spare > f->max_words)
        return ch_fail(e, CH_EUSAGE, "what must be said takes %zu words, "
                       "captions have %zu at most",
                       f->must.total + f->must.spare, f->max_words);
    return 0;
}

int ch_filter_open(struct ch_filter *f, const struct ch_decode_options *o,
                   const struct ch_vocab *vocab, struct ch_err *e)
{
    int rc;

    *f = (struct ch_filter){
        .unk = ch_vocab_unk(vocab), .allow_unk = o->allow_unk,
        .min_words = (size_t)o->min_words, .max_words = (size_t)o->max_words,
        .no_repeat = (size_t)o->no_repeat
    };
    rc = open_endings(f, o->endings, vocab, e);
    if (!rc)
        rc = ch_constraints_parse(&f->must, o->must, vocab, f->is_ending, e);
    if (!rc) rc = check(f, e);
    if (rc)
        ch_filter_close(f);
    return rc;
}

void ch_filter_close(struct ch_filter *f)
{
    free(f->is_ending);
    *f = (struct ch_filter){ 0 };
}

static bool is_ending(const struct ch_filter *f, int32_t word)
{
    return f->is_ending && f->is_ending[word];
}

/* Would it be the last of n words that were said in this order before? */
static bool repeats(const struct ch_hypothesis *h, int32_t word, size_t n)
{
    const int32_t *tail = h->id + h->count - (n - 1);

    for (size_t i = 0; i + n <= h->count; i++)
        if (h->id[i + n - 1] == word &&
            !memcmp(h->id + i, tail, (n - 1) * sizeof *tail))
            return true;
    return false;
}

static bool may_end(const struct ch_filter *f, const struct ch_hypothesis *h)
{
    if (h->count < f->min_words || !ch_constraints_all(&f->must, h->met))
        return false;
    return h->count == 0 || !is_ending(f, h->id[h->count - 1]);
}

/* Is there room for what must still be said after it? */
static bool has_room(const struct ch_filter *f, const struct ch_hypothesis *h,
                     int32_t word)
{
    size_t need;

    if (ch_constraints_all(&f->must, h->met))
        return true;
    need = ch_constraints_need(&f->must, h, word);
    return need == 0 || need + f->must.spare <= f->max_words - h->count - 1;
}

bool ch_filter_allows(const struct ch_filter *f,
                      const struct ch_hypothesis *h, int32_t word)
{
    if (word == CH_WORD_END)
        return may_end(f, h);
    if (word < CH_WORD_FIRST || h->count >= f->max_words ||
        (word == f->unk && !f->allow_unk))
        return false;
    if (h->count + 1 == f->max_words && is_ending(f, word))
        return false;
    if (f->no_repeat && h->count >= f->no_repeat &&
        repeats(h, word, f->no_repeat))
        return false;
    return has_room(f, h, word);
}
