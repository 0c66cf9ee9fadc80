/* ngram.c - captions as counted n-grams
 *
 * First all captions become numbers of words.  Then an n-gram is a shorter
 * one and a word more: its key is two numbers, exact, never a hash of text.
 * The slots that an image needs are asked of memory together, before the first
 * is used: there are about a million n-grams in 25,000 captions, and each
 * would otherwise wait for memory by itself.
 */
#include "score/ngram_book.h"

#include <stdlib.h>
#include <string.h>

/* What a slot says, for words, which need no key. */
struct word_state {
    uint32_t serial, place, image, images;
};

/* The work of one image at one order. */
struct level {
    uint32_t *id;              /* of the n-gram that begins at a word */
    uint64_t *key;
    struct word_state *word;
    uint32_t serial;
};

static int no_memory(struct ch_err *e)
{
    return ch_fail(e, CH_ENOMEM, "no memory for the n-grams of the captions");
}

static size_t slot_of(const struct ch_ngram_book *b, uint64_t key)
{
    uint64_t h = key * UINT64_C(0x9e3779b97f4a7c15);

    return (size_t)(h ^ h >> 32) & (b->slot_count - 1);
}

static struct ch_ngram_slot *find_slot(const struct ch_ngram_book *b,
                                       uint64_t key)
{
    size_t i = slot_of(b, key);

    while (b->slot[i].id && b->slot[i].key != key)
        i = (i + 1) & (b->slot_count - 1);
    return &b->slot[i];
}

/* Slots for `more` n-grams more, at most six in ten taken. */
static int reserve_slots(struct ch_ngram_book *b, size_t more,
                         struct ch_err *e)
{
    struct ch_ngram_slot *old = b->slot;
    size_t old_count = b->slot_count, need = b->used + more;

    if (need > b->key_room) {
        size_t room = need + need / 2;
        uint64_t *key = realloc(b->key, room * sizeof *key);

        if (!key)
            return no_memory(e);
        b->key = key;
        b->key_room = room;
    }
    if (old && need <= old_count / 10 * 6)
        return 0;
    if (!old)
        b->slot_count = 1024;
    while (need > b->slot_count / 10 * 6)
        b->slot_count *= 2;
    b->slot = calloc(b->slot_count, sizeof *b->slot);
    if (!b->slot) {
        b->slot = old;
        b->slot_count = old_count;
        return no_memory(e);
    }
    for (size_t i = 0; i < old_count; i++)
        if (old[i].id)
            *find_slot(b, old[i].key) = old[i];
    free(old);
    return 0;
}

static void put_gram(struct ch_ngrams *g, uint32_t *used, uint32_t id,
                     uint32_t serial, uint32_t *had, uint32_t *place)
{
    if (*had == serial) {
        g->gram[*place].count++;
        return;
    }
    *had = serial;
    *place = *used;
    g->gram[(*used)++] = (struct ch_gram) { .id = id, .count = 1 };
}

static void count_image(uint32_t image, uint32_t *last, uint32_t *images)
{
    if (*last == image)
        return;
    *last = image;
    (*images)++;
}

static void count_words(struct level *l, struct ch_ngrams *g, uint32_t image)
{
    uint32_t used = 0;

    for (uint32_t i = 0; i < g->word_count; i++) {
        struct word_state *w = &l->word[g->word[i]];

        put_gram(g, &used, g->word[i], l->serial, &w->serial, &w->place);
        if (image)
            count_image(image, &w->image, &w->images);
        l->id[i] = g->word[i];
    }
    g->start[1] = used;
}

/* n-grams of n words, where those of n - 1 are in l->id. */
static void count_grams(struct ch_ngram_book *b, struct level *l,
                        struct ch_ngrams *g, size_t n, uint32_t image)
{
    uint32_t used = g->start[n - 1];

    for (size_t i = 0; i + n <= g->word_count; i++) {
        struct ch_ngram_slot *x = find_slot(b, l->key[i]);

        if (!x->id) {
            x->key = l->key[i];
            x->id = (uint32_t)(b->word_count + b->used);
            b->key[b->used++] = l->key[i];
        }
        put_gram(g, &used, x->id, l->serial, &x->serial, &x->place);
        if (image)
            count_image(image, &x->image, &x->images);
        l->id[i] = x->id;
    }
    g->start[n] = used;
}

static void make_keys(const struct ch_ngram_book *b, struct level *l,
                      const struct ch_ngrams *g, size_t n)
{
    for (size_t i = 0; i + n <= g->word_count; i++) {
        l->key[i] = (uint64_t)l->id[i] << 32 | g->word[i + n - 1];
        __builtin_prefetch(&b->slot[slot_of(b, l->key[i])], 1);
    }
}

/* The n-grams of one caption; image: 1 + its number for a reference, else
 * 0.  *at moves behind them. */
static int count_caption(struct ch_ngram_set *s, struct level *l,
                         struct ch_ngrams *g, uint32_t image,
                         struct ch_gram **at, struct ch_err *e)
{
    struct ch_ngram_book *b = s->book;
    int rc = reserve_slots(b, (CH_NGRAM_ORDERS - 1) * (size_t)g->word_count,
                           e);

    if (rc)
        return rc;
    g->gram = *at;
    l->serial++;
    count_words(l, g, image);
    for (size_t n = 2; n <= CH_NGRAM_ORDERS; n++) {
        make_keys(b, l, g, n);
        count_grams(b, l, g, n, image);
    }
    *at += g->start[CH_NGRAM_ORDERS];
    if (s->most_grams < g->start[CH_NGRAM_ORDERS])
        s->most_grams = g->start[CH_NGRAM_ORDERS];
    if (s->most_pieces < g->piece_count)
        s->most_pieces = g->piece_count;
    return 0;
}

static size_t sum_words(const struct ch_ngram_set *s)
{
    size_t sum = 0;

    for (size_t i = 0; i < s->image_count; i++) {
        sum += s->image[i].caption.word_count;
        for (size_t r = 0; r < s->image[i].reference_count; r++)
            sum += s->image[i].reference[r].word_count;
    }
    return sum;
}

/* How many images have each, from where it was counted. */
static int take_images(struct ch_ngram_set *s, const struct level *l,
                       struct ch_err *e)
{
    const struct ch_ngram_book *b = s->book;

    s->id_count = b->word_count + b->used;
    s->images = calloc(s->id_count + 1, sizeof *s->images);
    if (!s->images)
        return no_memory(e);
    for (size_t w = 0; w < b->word_count; w++)
        s->images[w] = l->word[w].images;
    for (size_t i = 0; i < b->slot_count; i++)
        if (b->slot[i].id)
            s->images[b->slot[i].id] = b->slot[i].images;
    return 0;
}

static int count_all(struct ch_ngram_set *s, struct ch_err *e)
{
    struct ch_ngram_book *b = s->book;
    size_t words = sum_words(s);
    struct level l = {
        .id = malloc(CH_NGRAM_MAX_WORDS * sizeof *l.id),
        .key = malloc(CH_NGRAM_MAX_WORDS * sizeof *l.key),
        .word = calloc(b->word_count + 1, sizeof *l.word),
    };
    struct ch_gram *at;
    int rc;

    b->grams = malloc((CH_NGRAM_ORDERS * words + 1) * sizeof *b->grams);
    at = b->grams;
    /* In captions of photos about half of the n-grams are new. */
    rc = l.id && l.key && l.word && at ? reserve_slots(b, words, e)
                                       : no_memory(e);
    for (size_t i = 0; i < s->image_count && !rc; i++) {
        struct ch_ngram_image *image = &s->image[i];

        rc = count_caption(s, &l, &image->caption, 0, &at, e);
        for (size_t r = 0; r < image->reference_count && !rc; r++)
            rc = count_caption(s, &l, &image->reference[r], (uint32_t)i + 1,
                               &at, e);
    }
    if (!rc) rc = take_images(s, &l, e);
    free(l.id);
    free(l.key);
    free(l.word);
    return rc;
}

int ch_ngram_read(struct ch_ngram_set *s, const struct ch_score_item *item,
                  size_t count, struct ch_err *e)
{
    int rc;

    *s = (struct ch_ngram_set) { .book = calloc(1, sizeof *s->book) };
    if (!s->book || count >= UINT32_MAX)
        return no_memory(e);
    rc = ch_ngram_word_read(s, item, count, e);
    if (!rc) rc = count_all(s, e);
    return rc;
}

void ch_ngram_release(struct ch_ngram_set *s)
{
    struct ch_ngram_book *b = s->book;

    if (b) {
        ch_table_close(b->word);
        free(b->text);
        free(b->text_bytes);
        free(b->slot);
        free(b->key);
        free(b->words);
        free(b->grams);
        free(b->references);
        free(b);
    }
    free(s->image);
    free(s->images);
    *s = (struct ch_ngram_set) { 0 };
}

uint32_t ch_ngram_find(const struct ch_ngram_set *s, const char *text,
                       size_t bytes)
{
    const char *end = text + bytes;
    uint64_t id = 0;

    for (size_t n = 0; n < CH_NGRAM_ORDERS; n++) {
        const char *gap = memchr(text, ' ', (size_t)(end - text));
        size_t length = (size_t)((gap ? gap : end) - text);
        const uint64_t *word = ch_table_get(s->book->word, text, length);

        if (!word)
            return UINT32_MAX;
        if (n == 0)
            id = *word;
        else
            id = find_slot(s->book, id << 32 | *word)->id;
        if (n > 0 && !id)
            return UINT32_MAX;
        if (!gap)
            return (uint32_t)id;
        text = gap + 1;
    }
    return UINT32_MAX;
}

size_t ch_ngram_words(const struct ch_ngram_set *s, uint32_t id,
                      const char *word[CH_NGRAM_ORDERS],
                      size_t bytes[CH_NGRAM_ORDERS])
{
    const struct ch_ngram_book *b = s->book;
    uint32_t number[CH_NGRAM_ORDERS];
    size_t n = 0;

    for (; id >= b->word_count; n++) {
        uint64_t key = b->key[id - b->word_count];

        number[n] = (uint32_t)key;
        id = (uint32_t)(key >> 32);
    }
    number[n++] = id;
    for (size_t i = 0; i < n; i++) {
        word[i] = b->text[number[n - 1 - i]];
        bytes[i] = b->text_bytes[number[n - 1 - i]];
    }
    return n;
}
