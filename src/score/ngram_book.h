/* ngram_book.h - what the readers of n-grams share */
#ifndef CH_SCORE_NGRAM_BOOK_H
#define CH_SCORE_NGRAM_BOOK_H

#include "base/hash.h"
#include "score/ngram.h"

/* One n-gram of two words or more. */
struct ch_ngram_slot {
    uint64_t key;              /* shorter id << 32 | word */
    uint32_t id;               /* 0: free (0 is a word's) */
    uint32_t image;            /* 1 + the last image whose reference has it */
};

/* A word that was met not long ago. */
struct ch_ngram_known {
    const char *word;
    uint32_t n, id;            /* bytes; number */
};

struct ch_ngram_book {
    struct ch_table *word;     /* text -> number */
    struct ch_ngram_known *known;      /* while words are read */
    const char **text;         /* of a word, borrowed from the items */
    uint32_t *text_bytes;
    struct ch_ngram_slot *slot;
    size_t slot_count, used;   /* a power of two; n-grams in them */
    size_t word_count, id_room;
    uint64_t *key;             /* by id - word_count; NULL before name() */
    uint32_t *words;           /* of all captions, one behind the other */
    struct ch_gram *grams;
    struct ch_ngrams *references;
};

/* Fills s->image with the words of all captions. */
int ch_ngram_word_read(struct ch_ngram_set *s,
                       const struct ch_score_item *item, size_t count,
                       struct ch_err *e);

#endif
