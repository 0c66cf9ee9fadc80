/* meteor_book.c - the captions of one job, made ready for METEOR */
#include "score/meteor_book.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "score/meteor.h"
#include "score/meteor_norm.h"
#include "score/meteor_stem.h"

/* A run that grows; `size` is that of an element. */
struct pool {
    void *at;
    size_t count, room, size;
};

struct place {
    size_t word, phrase;           /* where a caption's begin */
};

struct ch_meteor_book {
    const struct ch_meteor_data *data;
    struct ch_meteor_norm *norm;
    struct ch_meteor_stem *stem;
    struct ch_table *number;
    struct ch_buffer text;         /* the caption at hand */
    struct pool word;              /* struct ch_meteor_word */
    struct pool in_data;           /* uint32_t: each word's number there */
    struct pool synset;            /* uint32_t */
    struct pool id, phrase;        /* of all captions, one behind the other */
    struct pool place;             /* struct place, and one for the end */
};

static int no_memory(struct ch_err *e)
{
    return ch_fail(e, CH_ENOMEM, "no memory for the captions of METEOR");
}

/* A new element at the end, or NULL. */
static void *grow(struct pool *p)
{
    if (p->count == p->room) {
        size_t room = p->room ? 2 * p->room : 256;
        void *at = realloc(p->at, room * p->size);

        if (!at)
            return NULL;
        p->at = at;
        p->room = room;
    }
    return (char *)p->at + p->size * p->count++;
}

static int put_u32(struct pool *p, uint32_t v, struct ch_err *e)
{
    uint32_t *at = grow(p);

    if (!at)
        return no_memory(e);
    *at = v;
    return 0;
}

static int put_place(struct ch_meteor_book *b, struct ch_err *e)
{
    struct place *at = grow(&b->place);

    if (!at)
        return no_memory(e);
    *at = (struct place){ b->id.count, b->phrase.count };
    return 0;
}

int ch_meteor_book_open(struct ch_meteor_book **out,
                        const struct ch_meteor_data *d, struct ch_err *e)
{
    struct ch_meteor_book *b = calloc(1, sizeof *b);
    int rc;

    *out = NULL;
    if (!b)
        return no_memory(e);
    b->data = d;
    b->word.size = sizeof(struct ch_meteor_word);
    b->phrase.size = sizeof(struct ch_meteor_phrase);
    b->place.size = sizeof(struct place);
    b->in_data.size = b->synset.size = b->id.size = sizeof(uint32_t);
    rc = ch_meteor_norm_open(&b->norm, d, e);
    if (!rc) rc = ch_meteor_stem_open(&b->stem, e);
    if (!rc) rc = ch_table_open(&b->number, e);
    if (!rc) rc = put_place(b, e);
    if (rc)
        ch_meteor_book_close(b);
    else
        *out = b;
    return rc;
}

void ch_meteor_book_close(struct ch_meteor_book *b)
{
    if (!b)
        return;
    ch_meteor_norm_close(b->norm);
    ch_meteor_stem_close(b->stem);
    ch_table_close(b->number);
    ch_buffer_release(&b->text);
    free(b->word.at);
    free(b->in_data.at);
    free(b->synset.at);
    free(b->id.at);
    free(b->phrase.at);
    free(b->place.at);
    free(b);
}

/* ---------------------------------------------------------------- synonyms */

struct ending {
    const char *from, *to;
};

/* WordNet's rules for regular forms, tried in this order.  The last four and
 * "s" and "ies" again are those of adjectives and verbs. */
static const struct ending endings[] = {
    { "s", "" }, { "ses", "s" }, { "xes", "x" }, { "zes", "z" },
    { "ches", "ch" }, { "shes", "sh" }, { "men", "man" }, { "ies", "y" },
    { "s", "" }, { "ies", "y" }, { "es", "e" }, { "es", "" }, { "ed", "e" },
    { "ed", "" }, { "ing", "e" }, { "ing", "" }, { "er", "" }, { "est", "" },
    { "er", "e" }, { "est", "e" },
};

static bool ends_with(const char *word, size_t n, const char *end)
{
    size_t m = strlen(end);

    return n >= m && memcmp(word + n - m, end, m) == 0;
}

/* Characters, not bytes; more than `limit` are not counted. */
static size_t count_points(const char *word, size_t n, size_t limit)
{
    size_t count = 0;

    for (size_t i = 0; i < n && count <= limit; i++)
        count += ((unsigned char)word[i] & 0xc0) != 0x80;
    return count;
}

/* The synsets of the base form of a regular form. */
static int find_base(const struct ch_meteor_book *b, const char *word,
                     size_t n, struct ch_meteor_run *run, struct ch_err *e)
{
    struct ch_buffer form = { 0 };
    int rc;

    *run = (struct ch_meteor_run){ 0 };
    if (ends_with(word, n, "ss") || count_points(word, n, 2) <= 2)
        return 0;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        uint32_t base;

        if (!ends_with(word, n, endings[i].from))
            continue;
        ch_buffer_reset(&form);
        ch_buffer_put(&form, word, n - strlen(endings[i].from));
        ch_buffer_text(&form, endings[i].to);
        if (form.failed)
            break;
        base = ch_meteor_data_word(b->data, form.at, form.size);
        *run = ch_meteor_data_synsets(b->data, base);
        if (run->count)
            break;
    }
    rc = form.failed ? no_memory(e) : 0;
    ch_buffer_release(&form);
    return rc;
}

static int put_synsets(struct ch_meteor_book *b, struct ch_meteor_run run,
                       struct ch_err *e)
{
    int rc = 0;

    for (size_t i = 0; i < run.count && !rc; i++)
        rc = put_u32(&b->synset, run.at[i], e);
    return rc;
}

static int compare_u32(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

/* Its own synsets, and those of the words it is a form of. */
static int find_synsets(struct ch_meteor_book *b, const char *word, size_t n,
                        uint32_t in_data, struct ch_meteor_word *w,
                        struct ch_err *e)
{
    struct ch_meteor_run bases = ch_meteor_data_bases(b->data, in_data);
    struct ch_meteor_run run = ch_meteor_data_synsets(b->data, in_data);
    size_t first = b->synset.count;
    uint32_t *at;
    int rc = put_synsets(b, run, e);

    for (size_t i = 0; i < bases.count && !rc; i++)
        rc = put_synsets(b, ch_meteor_data_synsets(b->data, bases.at[i]), e);
    if (!rc && bases.count == 0) {
        rc = find_base(b, word, n, &run, e);
        if (!rc) rc = put_synsets(b, run, e);
    }
    if (!rc && b->synset.count > UINT32_MAX)
        rc = no_memory(e);
    if (rc)
        return rc;
    w->synset = (uint32_t)first;
    w->synset_count = (uint32_t)(b->synset.count - first);
    if (w->synset_count == 0)
        return 0;
    at = (uint32_t *)b->synset.at + first;
    qsort(at, w->synset_count, sizeof *at, compare_u32);
    for (size_t i = 0; i < w->synset_count; i++)
        w->sign |= UINT64_C(1) << (at[i] * 0x9e3779b1u >> 26);
    return 0;
}

bool ch_meteor_book_is_synonym(const struct ch_meteor_book *b, uint32_t x,
                               uint32_t y)
{
    const struct ch_meteor_word *v = ch_meteor_book_word(b, x);
    const struct ch_meteor_word *w = ch_meteor_book_word(b, y);
    const uint32_t *synset = b->synset.at;
    size_t i = v->synset, j = w->synset;

    if (!(v->sign & w->sign))
        return false;
    while (i < v->synset + v->synset_count && j < w->synset + w->synset_count)
        if (synset[i] == synset[j])
            return true;
        else if (synset[i] < synset[j])
            i++;
        else
            j++;
    return false;
}

/* ------------------------------------------------------------------- words */

/* String.hashCode(): over UTF-16. */
static uint32_t hash_as_java(const char *text, size_t n)
{
    const char *at = text, *end = text + n;
    uint32_t hash = 0;

    while (at < end) {
        uint32_t c = ch_text_point(&at, end);

        if (c >= 0x10000) {
            hash = 31 * hash + (0xd800 + ((c - 0x10000) >> 10));
            c = 0xdc00 + (c & 0x3ff);
        }
        hash = 31 * hash + c;
    }
    return hash;
}

/* Look up a word that is new to the book. */
static int add_word(struct ch_meteor_book *b, const char *word, size_t n,
                    struct ch_err *e)
{
    uint32_t in_data = ch_meteor_data_word(b->data, word, n);
    struct ch_meteor_word w = { 0 }, *at;
    const char *stem;
    size_t stem_bytes;
    int rc = ch_meteor_stem_word(b->stem, word, n, &stem, &stem_bytes, e);

    if (rc)
        return rc;
    w.hash = hash_as_java(word, n);
    w.stem = hash_as_java(stem, stem_bytes);
    w.is_function = (ch_meteor_data_flags(b->data, in_data) &
                     CH_METEOR_FUNCTION_WORD) != 0;
    rc = find_synsets(b, word, n, in_data, &w, e);
    if (!rc) rc = put_u32(&b->in_data, in_data, e);
    if (rc)
        return rc;
    at = grow(&b->word);
    if (!at)
        return no_memory(e);
    *at = w;
    return 0;
}

static int add_words(struct ch_meteor_book *b, struct ch_err *e)
{
    const char *at = b->text.at, *end = at + b->text.size;
    size_t first = b->id.count;
    int rc = 0;

    while (at < end && !rc) {
        const char *space = memchr(at, ' ', (size_t)(end - at));
        size_t n = (size_t)((space ? space : end) - at);
        int added;
        uint64_t *number = ch_table_add(b->number, at, n,
                                        ch_table_count(b->number), &added);

        if (!number)
            return no_memory(e);
        if (b->id.count - first == CH_METEOR_MAX_WORDS)
            return ch_fail(e, CH_EUSAGE, "METEOR compares captions of at most "
                           "%d words, and this one has more",
                           CH_METEOR_MAX_WORDS);
        rc = put_u32(&b->id, (uint32_t)*number, e);
        if (!rc && added)
            rc = add_word(b, at, n, e);
        at += n + 1;
    }
    return rc;
}

/* The phrases of the table in the caption whose words were added last. */
static int add_phrases(struct ch_meteor_book *b, size_t first,
                       struct ch_err *e)
{
    const uint32_t *id = b->id.at, *in_data = b->in_data.at;

    for (size_t start = first; start < b->id.count; start++) {
        uint32_t node = CH_METEOR_NONE;

        for (size_t at = start; at < b->id.count &&
                                at - start < CH_METEOR_MAX_PHRASE; at++) {
            struct ch_meteor_phrase *p;

            node = ch_meteor_data_phrase(b->data, node, in_data[id[at]]);
            if (node == CH_METEOR_NONE)
                break;
            p = grow(&b->phrase);
            if (!p)
                return no_memory(e);
            *p = (struct ch_meteor_phrase){ (uint16_t)(start - first),
                                            (uint16_t)(at - start + 1), node };
        }
    }
    return 0;
}

int ch_meteor_book_add(struct ch_meteor_book *b, const char *text, size_t n,
                       struct ch_err *e)
{
    size_t first = b->id.count;
    int rc;

    ch_buffer_reset(&b->text);
    rc = ch_meteor_norm_text(b->norm, text, n, &b->text, e);
    if (!rc) rc = add_words(b, e);
    if (!rc) rc = add_phrases(b, first, e);
    if (!rc) rc = put_place(b, e);
    return rc;
}

/* ----------------------------------------------------------------- reading */

size_t ch_meteor_book_count(const struct ch_meteor_book *b)
{
    return b->place.count - 1;
}

struct ch_meteor_sentence ch_meteor_book_sentence(
    const struct ch_meteor_book *b, size_t i)
{
    const struct place *at = (const struct place *)b->place.at + i;
    struct ch_meteor_sentence s = {
        .words = at[1].word - at[0].word,
        .phrases = at[1].phrase - at[0].phrase,
    };

    if (s.words)
        s.word = (const uint32_t *)b->id.at + at[0].word;
    if (s.phrases)
        s.phrase = (const struct ch_meteor_phrase *)b->phrase.at +
                   at[0].phrase;
    return s;
}

const struct ch_meteor_data *ch_meteor_book_data(
    const struct ch_meteor_book *b)
{
    return b->data;
}

const struct ch_meteor_word *ch_meteor_book_word(
    const struct ch_meteor_book *b, uint32_t word)
{
    return (const struct ch_meteor_word *)b->word.at + word;
}
