/* meteor_data.h - what METEOR knows of English, in one mapped file
 *
 * Words with synsets (synonyms share one), base forms of irregular words,
 * function words, words that keep their full stop, and phrases with their
 * paraphrases.  Made by ch_meteor_make() (meteor_make.h); `make meteor` makes
 * it of METEOR's own files.
 *
 * Life:     open -> look up... -> close
 * Owner:    runs point into the file, valid until close.
 * Threads:  read only: any number of threads share a handle.
 * Format:   version 1, little endian.  A header of CH_METEOR_HEADER bytes:
 *           "CHMETEOR", u32 version, u32 count of sections, u64 hash (XXH3) of
 *           all bytes behind the hash, then for each section u64 offset (a
 *           multiple of 8) and u64 count of elements.  Sections, with N words
 *           and M nodes:
 *             text      u8   the words, one behind the other
 *             word      u32  [N + 1] where each begins in text
 *             flag      u8   [N] CH_METEOR_FUNCTION_WORD and so on
 *             slot      u32  [power of 2] hash table: word + 1, or 0; a word's
 *                            place is its XXH3, then the next free one
 *             synset    u32  synsets of the words, ascending for each
 *             synset_of u32  [N + 1] where each word's begin in synset
 *             base      u32  base forms of the words
 *             base_of   u32  [N + 1] where each word's begin in base
 *             node_word u16  [M] last word of the phrase
 *             child     u32  [M + 1] where a node's children begin: nodes,
 *                            ascending by their word
 *             phrase    u32  [M] where a phrase's paraphrases begin, or 0
 *             list      u32  at each such place a count and so many nodes
 *           Phrases are a tree: the nodes of one word come first, so that a
 *           word below their number is its own node.
 */
#ifndef CH_SCORE_METEOR_DATA_H
#define CH_SCORE_METEOR_DATA_H

#include "chorus/err.h"

#define CH_METEOR_MAGIC "CHMETEOR"
#define CH_METEOR_VERSION 1

/* X(name, bytes of an element) */
#define CH_METEOR_SECTIONS(X)                                                  \
    X(text, 1)                                                                 \
    X(word, 4)                                                                 \
    X(flag, 1)                                                                 \
    X(slot, 4)                                                                 \
    X(synset, 4)                                                               \
    X(synset_of, 4)                                                            \
    X(base, 4)                                                                 \
    X(base_of, 4)                                                              \
    X(node_word, 2)                                                            \
    X(child, 4)                                                                \
    X(phrase, 4)                                                               \
    X(list, 4)

enum ch_meteor_section {
#define CH_METEOR_SECTION_ENUM(name, bytes) CH_METEOR_SECTION_##name,
    CH_METEOR_SECTIONS(CH_METEOR_SECTION_ENUM)
#undef CH_METEOR_SECTION_ENUM
    CH_METEOR_SECTION_COUNT
};

/* The hash covers what follows it. */
#define CH_METEOR_HASHED 24
#define CH_METEOR_HEADER (CH_METEOR_HASHED + 16 * CH_METEOR_SECTION_COUNT)

/* No phrase has more words. */
#define CH_METEOR_MAX_PHRASE 16

/* Kinds of a word. */
enum {
    CH_METEOR_FUNCTION_WORD = 1,
    CH_METEOR_PREFIX = 2,             /* "mr": its full stop ends nothing */
    CH_METEOR_NUMBER_PREFIX = 4       /* "no": the same before a digit */
};

/* No word, no node. */
#define CH_METEOR_NONE UINT32_MAX

struct ch_meteor_data;
/* CH_EFORMAT when it is no such file, or is damaged. */
int ch_meteor_data_open(struct ch_meteor_data **out, const char *path,
                        struct ch_err *e);
/* The same of bytes in memory, borrowed until close, at an address that is a
 * multiple of 8.  path: for messages only. */
int ch_meteor_data_read(struct ch_meteor_data **out, const void *bytes,
                        size_t size, const char *path, struct ch_err *e);
void ch_meteor_data_close(struct ch_meteor_data *d);

struct ch_meteor_run {
    const uint32_t *at;
    size_t count;
};

/* The number of a word, or CH_METEOR_NONE.  What follows takes any number and
 * gives nothing for one that is none. */
uint32_t ch_meteor_data_word(const struct ch_meteor_data *d, const char *word,
                             size_t n);
unsigned ch_meteor_data_flags(const struct ch_meteor_data *d, uint32_t word);
struct ch_meteor_run ch_meteor_data_synsets(const struct ch_meteor_data *d,
                                            uint32_t word);
struct ch_meteor_run ch_meteor_data_bases(const struct ch_meteor_data *d,
                                          uint32_t word);
/* The phrase that `word` continues; node CH_METEOR_NONE begins one.
 * CH_METEOR_NONE when no phrase of the file goes on so. */
uint32_t ch_meteor_data_phrase(const struct ch_meteor_data *d, uint32_t node,
                               uint32_t word);
/* Phrases, as nodes, in the order of METEOR's table. */
struct ch_meteor_run ch_meteor_data_paraphrases(const struct ch_meteor_data *d,
                                                uint32_t node);

#endif
