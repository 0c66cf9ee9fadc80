/* ngram_word.c - captions become numbers of words */
#include "score/ngram_book.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static int no_memory(struct ch_err *e)
{
    return ch_fail(e, CH_ENOMEM, "no memory for the words of the captions");
}

/* Words met before, by their first bytes: few thousand make most of all
 * captions, and most need no look at the table of all words. */
enum { KNOWN = 4096 };

static struct ch_ngram_known *known_of(struct ch_ngram_known *known,
                                       const char *word, size_t n)
{
    uint64_t begin = n;

    for (size_t i = 0; i < n && i < 7; i++)
        begin = begin << 8 | (unsigned char)word[i];
    return &known[begin * UINT64_C(0x9e3779b97f4a7c15) >> 52];
}

/* The number of a word, made when new. */
static int number_of(struct ch_ngram_book *b, const char *word, size_t n,
                     uint32_t *id, struct ch_err *e)
{
    struct ch_ngram_known *k = known_of(b->known, word, n);
    size_t count = ch_table_count(b->word);
    uint64_t *value;
    int added;

    if (k->word && k->n == n && memcmp(k->word, word, n) == 0) {
        *id = k->id;
        return 0;
    }
    value = ch_table_add(b->word, word, n, count, &added);
    if (!value || *value >= UINT32_MAX)
        return no_memory(e);
    *id = (uint32_t)*value;
    *k = (struct ch_ngram_known) { word, (uint32_t)n, *id };
    if (added) {
        /* Room grows by doubling whenever the count is a power of two. */
        if ((count & (count - 1)) == 0) {
            size_t room = count ? 2 * count : 1;
            const char **text = realloc(b->text, room * sizeof *text);
            uint32_t *bytes;

            if (text)
                b->text = text;
            bytes = realloc(b->text_bytes, room * sizeof *bytes);
            if (bytes)
                b->text_bytes = bytes;
            if (!text || !bytes)
                return no_memory(e);
        }
        b->text[count] = word;
        b->text_bytes[count] = (uint32_t)n;
    }
    return 0;
}

static int too_many(struct ch_err *e)
{
    return ch_fail(e, CH_EFORMAT, "a caption has more than %d words; is this "
                   "a file of captions?", CH_NGRAM_MAX_WORDS);
}

/* May a byte be white space, or the begin of one, other than U+0020? */
static int is_odd(unsigned char c)
{
    return c < 0x20 || c >= 0x80;
}

/* Pieces between single spaces; *odd when words may be others. */
static int read_pieces(struct ch_ngram_book *b, const char *text,
                       uint32_t *out, uint32_t *count, int *odd,
                       struct ch_err *e)
{
    uint32_t n = 0;

    *odd = 0;
    for (;;) {
        size_t bytes = 0;
        int rc;

        while (text[bytes] && text[bytes] != ' ')
            *odd |= is_odd((unsigned char)text[bytes++]);
        *odd |= bytes == 0;
        if (n == CH_NGRAM_MAX_WORDS)
            return too_many(e);
        rc = number_of(b, text, bytes, &out[n++], e);
        if (rc)
            return rc;
        if (!text[bytes])
            break;
        text += bytes + 1;
    }
    *count = n;
    return 0;
}

static int read_words(struct ch_ngram_book *b, const char *text,
                      uint32_t *out, uint32_t *count, struct ch_err *e)
{
    const char *word;
    size_t bytes;
    uint32_t n = 0;
    int rc = 0;

    while (!rc && ch_text_token(&text, &word, &bytes)) {
        if (n == CH_NGRAM_MAX_WORDS)
            return too_many(e);
        rc = number_of(b, word, bytes, &out[n++], e);
    }
    *count = n;
    return rc;
}

/* Numbers of one caption, from `at` on, which moves behind them. */
static int read_caption(struct ch_ngram_book *b, const char *text,
                        struct ch_ngrams *g, uint32_t **at, struct ch_err *e)
{
    int odd;
    int rc = read_pieces(b, text, *at, &g->piece_count, &odd, e);

    if (rc)
        return rc;
    g->piece = g->word = *at;
    g->word_count = g->piece_count;
    *at += g->piece_count;
    if (odd) {
        g->word = *at;
        rc = read_words(b, text, *at, &g->word_count, e);
        *at += g->word_count;
    }
    return rc;
}

/* Words and pieces that the texts can have at most; no more is touched than
 * they have. */
static size_t most_words(const struct ch_score_item *item, size_t count,
                         size_t *references)
{
    size_t most = 0;

    *references = 0;
    for (size_t i = 0; i < count; i++) {
        most += 2 * strlen(item[i].caption) + 2;
        for (size_t r = 0; r < item[i].reference_count; r++)
            most += 2 * strlen(item[i].reference[r]) + 2;
        *references += item[i].reference_count;
    }
    return most;
}

int ch_ngram_word_read(struct ch_ngram_set *s,
                       const struct ch_score_item *item, size_t count,
                       struct ch_err *e)
{
    struct ch_ngram_book *b = s->book;
    size_t references, room = most_words(item, count, &references);
    struct ch_ngrams *next;
    uint32_t *at;
    int rc = ch_table_open(&b->word, e);

    if (rc)
        return rc;
    b->known = calloc(KNOWN, sizeof *b->known);
    s->image = calloc(count + 1, sizeof *s->image);
    b->references = calloc(references + 1, sizeof *b->references);
    b->words = malloc((room + 1) * sizeof *b->words);
    if (!b->known || !s->image || !b->references || !b->words)
        return no_memory(e);
    s->image_count = count;
    at = b->words;
    next = b->references;
    for (size_t i = 0; i < count && !rc; i++) {
        struct ch_ngram_image *image = &s->image[i];

        image->reference = next;
        image->reference_count = item[i].reference_count;
        next += item[i].reference_count;
        rc = read_caption(b, item[i].caption, &image->caption, &at, e);
        for (size_t r = 0; r < image->reference_count && !rc; r++)
            rc = read_caption(b, item[i].reference[r], &image->reference[r],
                              &at, e);
        if (rc == CH_EFORMAT)
            ch_err_wrap(e, "image %s", item[i].key);
    }
    b->word_count = ch_table_count(b->word);
    free(b->known);
    b->known = NULL;
    return rc;
}
