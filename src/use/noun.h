/* noun.h - the nouns of an English caption, which are its tags
 *
 * A rule, and no tagger: function words, adjectives, verbs and words in -ing,
 * -ed and -ly are left out by lists; a word that may be noun or verb ("ride",
 * "slides") counts where a noun may begin: behind an article, a number, an
 * adjective or a preposition.  What remains is a noun, in the singular.  Of
 * other languages all words remain.
 */
#ifndef CH_USE_NOUN_H
#define CH_USE_NOUN_H

#include "base/bytes.h"

#include <stdbool.h>

/* Longer words are no nouns. */
#define CH_NOUN_BYTES 64

/* Append the nouns of a caption (lower case, words with single spaces), each
 * once, in its order, with single spaces between them. */
void ch_noun_put(const char *caption, struct ch_buffer *out);

/* A word that says how others belong together: "on", "a". */
bool ch_noun_is_function(const char *word, size_t n);
/* The singular of a plural, or the word itself; out has CH_NOUN_BYTES; n below
 * that.  Returns its length. */
size_t ch_noun_singular(const char *word, size_t n, char *out);

#endif
