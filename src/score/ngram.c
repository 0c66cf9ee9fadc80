/* ngram.c - captions as counted n-grams */
#include "score/ngram.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"

/* What is needed while reading.  The count of an n-gram in the caption at hand
 * is found through `place`, valid where `stamp` is the caption's. */
struct book {
    struct ch_table *word, *gram;
    uint32_t *id;                /* the words of the caption at hand */
    size_t id_room;
    size_t *place;               /* of an n-gram, in the caption at hand */
    uint64_t *stamp;
    size_t place_room;
    uint64_t serial;             /* of the caption at hand, from 1 */
};

static void close_book(struct book *b)
{
    ch_table_close(b->word);
    ch_table_close(b->gram);
    free(b->id);
    free(b->place);
    free(b->stamp);
}

static int no_memory(struct ch_err *e)
{
    return ch_fail(e, CH_ENOMEM, "no memory for the n-grams of the captions");
}

/* The number of a key, made when new. */
static int number_of(struct ch_table *t, const void *key, size_t n,
                     uint32_t *id, struct ch_err *e)
{
    uint64_t *value = ch_table_add(t, key, n, ch_table_count(t), NULL);

    if (!value || *value >= UINT32_MAX)
        return no_memory(e);
    *id = (uint32_t)*value;
    return 0;
}

static int read_words(struct book *b, const char *text, size_t *count,
                      struct ch_err *e)
{
    const char *word;
    size_t n = 0, bytes;
    int rc = 0;

    while (!rc && ch_text_token(&text, &word, &bytes)) {
        if (n == CH_NGRAM_MAX_WORDS)
            return ch_fail(e, CH_EFORMAT,
                           "a caption has more than %d words; is this a file "
                           "of captions?", CH_NGRAM_MAX_WORDS);
        if (n == b->id_room) {
            size_t room = n ? 2 * n : 64;
            uint32_t *id = realloc(b->id, room * sizeof *id);

            if (!id)
                return no_memory(e);
            b->id = id;
            b->id_room = room;
        }
        rc = number_of(b->word, word, bytes, &b->id[n++], e);
    }
    *count = n;
    return rc;
}

static int grow_places(struct book *b, struct ch_err *e)
{
    size_t need = ch_table_count(b->gram), room = b->place_room;
    size_t *place;
    uint64_t *stamp;

    if (need <= room)
        return 0;
    room = need + need / 2 + 1024;
    place = realloc(b->place, room * sizeof *place);
    if (place)
        b->place = place;
    stamp = realloc(b->stamp, room * sizeof *stamp);
    if (stamp)
        b->stamp = stamp;
    if (!place || !stamp)
        return no_memory(e);
    memset(stamp + b->place_room, 0, (room - b->place_room) * sizeof *stamp);
    b->place_room = room;
    return 0;
}

/* Count the n-gram of n words from `word` on. */
static int count_gram(struct book *b, struct ch_ngrams *g, size_t *used,
                      const uint32_t *word, size_t n, struct ch_err *e)
{
    uint32_t id = 0;
    int rc = number_of(b->gram, word, n * sizeof *word, &id, e);

    if (!rc) rc = grow_places(b, e);
    if (rc)
        return rc;
    if (b->stamp[id] == b->serial) {
        g->gram[b->place[id]].count++;
        return 0;
    }
    b->stamp[id] = b->serial;
    b->place[id] = *used;
    g->gram[(*used)++] = (struct ch_gram) { .id = id, .count = 1 };
    return 0;
}

static int read_caption(struct book *b, const char *text, struct ch_ngrams *g,
                        struct ch_err *e)
{
    size_t used = 0;
    int rc = read_words(b, text, &g->word_count, e);

    if (rc)
        return rc;
    g->gram = calloc(g->word_count * CH_NGRAM_ORDERS + 1, sizeof *g->gram);
    if (!g->gram)
        return no_memory(e);
    b->serial++;
    for (size_t n = 1; n <= CH_NGRAM_ORDERS && !rc; n++) {
        for (size_t i = 0; i + n <= g->word_count && !rc; i++)
            rc = count_gram(b, g, &used, b->id + i, n, e);
        g->start[n] = used;
    }
    return rc;
}

static int read_image(struct book *b, const struct ch_score_item *item,
                      struct ch_ngram_image *image, struct ch_err *e)
{
    int rc = read_caption(b, item->caption, &image->caption, e);

    if (!rc) {
        image->reference = calloc(item->reference_count,
                                  sizeof *image->reference);
        if (!image->reference)
            rc = no_memory(e);
    }
    for (size_t i = 0; i < item->reference_count && !rc; i++) {
        image->reference_count = i + 1;
        rc = read_caption(b, item->reference[i], &image->reference[i], e);
    }
    return rc == CH_EFORMAT ? ch_err_wrap(e, "image %s", item->key) : rc;
}

int ch_ngram_read(struct ch_ngram_set *s, const struct ch_score_item *item,
                  size_t count, struct ch_err *e)
{
    struct book b = { 0 };
    int rc;

    *s = (struct ch_ngram_set) { 0 };
    rc = ch_table_open(&b.word, e);
    if (!rc) rc = ch_table_open(&b.gram, e);
    if (!rc) {
        s->image = calloc(count, sizeof *s->image);
        if (!s->image)
            rc = no_memory(e);
    }
    for (size_t i = 0; i < count && !rc; i++) {
        s->image_count = i + 1;
        rc = read_image(&b, &item[i], &s->image[i], e);
    }
    if (!rc)
        s->id_count = ch_table_count(b.gram);
    close_book(&b);
    return rc;
}

void ch_ngram_release(struct ch_ngram_set *s)
{
    for (size_t i = 0; i < s->image_count; i++) {
        struct ch_ngram_image *image = &s->image[i];

        free(image->caption.gram);
        for (size_t r = 0; r < image->reference_count; r++)
            free(image->reference[r].gram);
        free(image->reference);
    }
    free(s->image);
    *s = (struct ch_ngram_set) { 0 };
}
