/* sentence.h - words become a sentence as people write it
 *
 * A capital at the begin, a full stop at the end, marks without a space before
 * them, brackets and quotes around what they hold; 's and n't join the word
 * before them ("the dog 's ball" -> "The dog's ball."), "i" is "I".
 */
#ifndef CH_CAPTION_SENTENCE_H
#define CH_CAPTION_SENTENCE_H

#include "base/bytes.h"

/* words: with single spaces between them.  Nothing for no words. */
void ch_sentence_put(const char *words, struct ch_buffer *out);

#endif
