/* vocab.h - words and their numbers
 *
 * 0 <pad>, 1 <start>, 2 <end>, then words by falling frequency (ties: first
 * seen) from 3, then <unk> as the last id.  Built from the training split only.
 *
 * Life:   builder: count... -> build        vocabulary: parse or build -> close
 * File:   vocabulary.txt: one word a line, in order of id, the three marks and
 *         <unk> included; its hash (ch_vocab_hash) is kept wherever ids are.
 */
#ifndef CH_DATA_VOCAB_H
#define CH_DATA_VOCAB_H

#include "base/bytes.h"

enum { CH_WORD_PAD = 0, CH_WORD_START = 1, CH_WORD_END = 2, CH_WORD_FIRST = 3 };

struct ch_vocab;

struct ch_vocab_builder;
int ch_vocab_builder_open(struct ch_vocab_builder **out, struct ch_err *e);
/* Count the words of one normalised caption (base/text.h). */
int ch_vocab_builder_count(struct ch_vocab_builder *b, const char *caption,
                           struct ch_err *e);
/* Keep words seen min_count times or more, at most max_words of them (0: all).
 * `kept` (may be NULL): words of the text in the vocabulary, and all. */
int ch_vocab_build(const struct ch_vocab_builder *b, size_t max_words,
                   uint64_t min_count, struct ch_vocab **out,
                   uint64_t kept[2], struct ch_err *e);
void ch_vocab_builder_close(struct ch_vocab_builder *b);

/* From the text of vocabulary.txt; path is for messages. */
int ch_vocab_parse(struct ch_vocab **out, const char *text, size_t n,
                   const char *path, struct ch_err *e);
void ch_vocab_text(const struct ch_vocab *v, struct ch_buffer *out);
void ch_vocab_close(struct ch_vocab *v);

size_t ch_vocab_size(const struct ch_vocab *v);     /* ids are below it */
int32_t ch_vocab_unk(const struct ch_vocab *v);
uint64_t ch_vocab_hash(const struct ch_vocab *v);
int32_t ch_vocab_id(const struct ch_vocab *v, const char *word, size_t n);
const char *ch_vocab_word(const struct ch_vocab *v, int32_t id);

/* <start> words <end> of a normalised caption; at most max_words words are
 * kept before <end>.  Returns how many ids were written; room for
 * max_words + 2 is needed. */
size_t ch_vocab_encode(const struct ch_vocab *v, const char *caption,
                       size_t max_words, int32_t *id);
/* id[0..n) padded with 0 to `length`. */
void ch_vocab_pad(int32_t *id, size_t n, size_t length);
/* Words of ids up to <end>, with single spaces; marks are left out. */
void ch_vocab_decode(const struct ch_vocab *v, const int32_t *id, size_t n,
                     struct ch_buffer *out);

#endif
