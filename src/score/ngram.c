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
#include <sys/mman.h>

/* Where in the caption at hand an n-gram is counted; valid where `serial` is
 * that of the caption and order. */
struct place {
    uint32_t id, serial, at;
};

/* Twice the words of the longest caption. */
#define PLACES 32768

/* The work of one image at one order. */
struct level {
    uint32_t *id;              /* of the n-gram that begins at a word, of all */
    uint64_t *key;             /* captions in a row */
    uint32_t *met;             /* n-grams that are new to an image */
    uint32_t *word_image;      /* what a slot says, for words */
    struct place *place;
    uint32_t mask, serial;
};

static int no_memory(struct ch_err *e)
{
    return ch_fail(e, CH_ENOMEM, "no memory for the n-grams of the captions");
}

/* Large blocks are asked of the system in large pages, where it has them:
 * looking all over such a block would otherwise miss the page tables more often
 * than the caches, and each page of it costs a visit to the system. */
static void *get_large(size_t count, size_t size)
{
    const size_t page = (size_t)1 << 21;
    size_t bytes = (count * size + page - 1) / page * page;
    void *block = bytes < 2 * page ? malloc(count * size)
                                  : aligned_alloc(page, bytes);

    /* A hint; refused, pages are small. */
    if (block && bytes >= 2 * page)
        (void)madvise(block, bytes, MADV_HUGEPAGE);
    return block;
}

static void *get_zeros(size_t count, size_t size)
{
    void *block = get_large(count, size);

    if (block)
        memset(block, 0, count * size);
    return block;
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

/* Counts of images for `more` n-grams more. */
static int reserve_ids(struct ch_ngram_set *s, size_t more, struct ch_err *e)
{
    struct ch_ngram_book *b = s->book;
    size_t need = b->word_count + b->used + more, room;
    uint32_t *images;

    if (need <= b->id_room)
        return 0;
    room = need + need / 2;
    images = realloc(s->images, room * sizeof *images);
    if (!images || room >= UINT32_MAX)
        return no_memory(e);
    memset(images + b->id_room, 0, (room - b->id_room) * sizeof *images);
    s->images = images;
    b->id_room = room;
    return 0;
}

/* Slots for `more` n-grams more, at most six in ten taken. */
static int reserve_slots(struct ch_ngram_book *b, size_t more,
                         struct ch_err *e)
{
    struct ch_ngram_slot *old = b->slot;
    size_t old_count = b->slot_count, need = b->used + more;

    if (old && need <= old_count / 10 * 6)
        return 0;
    if (!old)
        b->slot_count = 1024;
    while (need > b->slot_count / 10 * 6)
        b->slot_count *= 2;
    b->slot = get_zeros(b->slot_count, sizeof *b->slot);
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

/* One more of an n-gram in the caption. */
static void put_gram(struct level *l, struct ch_ngrams *g, uint32_t *used,
                     uint32_t id)
{
    uint32_t i = ch_ngram_mix(id) & l->mask;
    struct place *p;

    while (l->place[i].serial == l->serial && l->place[i].id != id)
        i = (i + 1) & l->mask;
    p = &l->place[i];
    if (p->serial == l->serial) {
        g->gram[p->at].count++;
        return;
    }
    *p = (struct place) { id, l->serial, *used };
    g->gram[(*used)++] = (struct ch_gram) { .id = id, .count = 1 };
}

static void count_image(uint32_t image, uint32_t *last, uint32_t *images)
{
    if (*last == image)
        return;
    *last = image;
    (*images)++;
}

/* A caption, its words in the level from `first` on, and the number of its
 * image + 1 if it is a reference, else 0. */
struct part {
    struct ch_ngrams *g;
    size_t first;
    uint32_t image;
};

static void set_mask(struct level *l, const struct part *p)
{
    l->serial++;
    l->mask = 15;
    while (l->mask < 2 * p->g->word_count)
        l->mask = 2 * l->mask + 1;
}

static void count_words(struct ch_ngram_set *s, struct level *l,
                        const struct part *p)
{
    struct ch_ngrams *g = p->g;
    uint32_t used = 0, *out = l->id + p->first;

    set_mask(l, p);
    for (uint32_t i = 0; i < g->word_count; i++) {
        uint32_t id = g->word[i];

        put_gram(l, g, &used, id);
        if (p->image)
            count_image(p->image, &l->word_image[id], &s->images[id]);
        out[i] = id;
    }
    g->start[1] = used;
}

/* n-grams of n words, where those of n - 1 are in l->id. */
static void count_grams(struct ch_ngram_set *s, struct level *l,
                        const struct part *p, size_t n)
{
    struct ch_ngram_book *b = s->book;
    struct ch_ngrams *g = p->g;
    uint32_t used = g->start[n - 1];
    size_t met = 0;

    set_mask(l, p);
    for (size_t i = 0; i + n <= g->word_count; i++) {
        uint64_t key = l->key[p->first + i];
        struct ch_ngram_slot *x = find_slot(b, key);

        if (!x->id) {
            x->key = key;
            x->id = (uint32_t)(b->word_count + b->used++);
        }
        l->id[p->first + i] = x->id;
        if (p->image && x->image != p->image) {
            x->image = p->image;
            l->met[met++] = x->id;
            __builtin_prefetch(&s->images[x->id], 1);
        }
    }
    /* By now the counts have come from memory. */
    for (size_t i = 0; i + n <= g->word_count; i++)
        put_gram(l, g, &used, l->id[p->first + i]);
    for (size_t i = 0; i < met; i++)
        s->images[l->met[i]]++;
    g->start[n] = used;
}

static void make_keys(const struct ch_ngram_book *b, struct level *l,
                      const struct part *p, size_t n)
{
    const struct ch_ngrams *g = p->g;

    for (size_t i = 0; i + n <= g->word_count; i++) {
        uint64_t key = (uint64_t)l->id[p->first + i] << 32 |
                       g->word[i + n - 1];

        l->key[p->first + i] = key;
        __builtin_prefetch(&b->slot[slot_of(b, key)], 1);
    }
}

/* The caption and the references of an image; returns their words. */
static size_t list_parts(struct ch_ngram_set *s, size_t image,
                         struct part *part)
{
    struct ch_ngram_image *x = &s->image[image];
    size_t words = 0;

    for (size_t i = 0; i <= x->reference_count; i++) {
        struct ch_ngrams *g = i ? &x->reference[i - 1] : &x->caption;

        part[i] = (struct part) { g, words, i ? (uint32_t)image + 1 : 0 };
        words += g->word_count;
    }
    return words;
}

/* The n-grams of one image.  *at moves behind them. */
static int count_parts(struct ch_ngram_set *s, struct level *l, size_t image,
                       struct part *part, struct ch_gram **at,
                       struct ch_err *e)
{
    struct ch_ngram_book *b = s->book;
    size_t words = list_parts(s, image, part);
    size_t count = s->image[image].reference_count + 1;
    int rc = reserve_slots(b, (CH_NGRAM_ORDERS - 1) * words, e);

    if (!rc) rc = reserve_ids(s, (CH_NGRAM_ORDERS - 1) * words, e);
    for (size_t i = 0; i < count && !rc; i++) {
        part[i].g->gram = *at;
        *at += CH_NGRAM_ORDERS * (size_t)part[i].g->word_count;
        count_words(s, l, &part[i]);
    }
    for (size_t n = 2; n <= CH_NGRAM_ORDERS && !rc; n++) {
        for (size_t i = 0; i < count; i++)
            make_keys(b, l, &part[i], n);
        for (size_t i = 0; i < count; i++)
            count_grams(s, l, &part[i], n);
    }
    for (size_t i = 0; i < count; i++) {
        const struct ch_ngrams *g = part[i].g;

        if (s->most_grams < g->start[CH_NGRAM_ORDERS])
            s->most_grams = g->start[CH_NGRAM_ORDERS];
        if (s->most_pieces < g->piece_count)
            s->most_pieces = g->piece_count;
    }
    return rc;
}

/* Words in all, and the most words and captions of one image. */
static size_t sum_words(const struct ch_ngram_set *s, size_t *most,
                        size_t *captions)
{
    size_t sum = 0;

    *most = *captions = 0;
    for (size_t i = 0; i < s->image_count; i++) {
        const struct ch_ngram_image *x = &s->image[i];
        size_t words = x->caption.word_count;

        for (size_t r = 0; r < x->reference_count; r++)
            words += x->reference[r].word_count;
        if (words > *most)
            *most = words;
        if (x->reference_count + 1 > *captions)
            *captions = x->reference_count + 1;
        sum += words;
    }
    return sum;
}

static int count_all(struct ch_ngram_set *s, struct ch_err *e)
{
    struct ch_ngram_book *b = s->book;
    size_t most, captions, words = sum_words(s, &most, &captions);
    struct part *part = calloc(captions + 1, sizeof *part);
    struct level l = {
        .id = malloc((most + 1) * sizeof *l.id),
        .key = malloc((most + 1) * sizeof *l.key),
        .met = malloc((most + 1) * sizeof *l.met),
        .word_image = calloc(b->word_count + 1, sizeof *l.word_image),
        .place = calloc(PLACES, sizeof *l.place),
    };
    struct ch_gram *at;
    int rc;

    b->grams = get_large(CH_NGRAM_ORDERS * words + 1, sizeof *b->grams);
    at = b->grams;
    /* In captions of photos about one n-gram in three is new. */
    rc = part && l.id && l.key && l.met && l.word_image && l.place && at
             ? reserve_slots(b, words, e) : no_memory(e);
    if (!rc) rc = reserve_ids(s, words, e);
    for (size_t i = 0; i < s->image_count && !rc; i++)
        rc = count_parts(s, &l, i, part, &at, e);
    s->id_count = b->word_count + b->used;
    free(part);
    free(l.id);
    free(l.key);
    free(l.met);
    free(l.word_image);
    free(l.place);
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
        free(b->known);
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

int ch_ngram_name(struct ch_ngram_set *s, struct ch_err *e)
{
    struct ch_ngram_book *b = s->book;

    if (b->key)
        return 0;
    b->key = malloc((b->used + 1) * sizeof *b->key);
    if (!b->key)
        return no_memory(e);
    for (size_t i = 0; i < b->slot_count; i++)
        if (b->slot[i].id)
            b->key[b->slot[i].id - b->word_count] = b->slot[i].key;
    return 0;
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
