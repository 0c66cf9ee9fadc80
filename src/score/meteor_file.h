/* meteor_file.h - sections of the file of meteor_data.h, and the file */
#ifndef CH_SCORE_METEOR_FILE_H
#define CH_SCORE_METEOR_FILE_H

#include "base/bytes.h"
#include "score/meteor_data.h"

/* What a word is paired with: a synset or a base form. */
struct ch_meteor_pair {
    uint32_t word, value;
};

struct ch_meteor_pairs {
    struct ch_meteor_pair *at;     /* freed with free() */
    size_t count, room;
};
int ch_meteor_file_pair(struct ch_meteor_pairs *p, uint32_t word,
                        uint32_t value, struct ch_err *e);

/* Append what each of `words` words is paired with, ascending and each once,
 * and where each word's run begins.  Sorts the pairs. */
void ch_meteor_file_pairs(struct ch_meteor_pairs *p, size_t words,
                          struct ch_buffer *pool, struct ch_buffer *start);
/* Append the hash table of words, which lie in `text` from start[i] on (u32).
 * At least half of its slots are free. */
int ch_meteor_file_slots(const struct ch_buffer *text,
                         const struct ch_buffer *start,
                         struct ch_buffer *out, struct ch_err *e);
/* Append the whole file: section[CH_METEOR_SECTION_COUNT]. */
int ch_meteor_file_put(const struct ch_buffer *section,
                       struct ch_buffer *out, struct ch_err *e);

#endif
