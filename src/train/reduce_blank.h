/* reduce_blank.h - parts of a gradient that are zero take no memory
 *
 * A lane has gradients of the vectors of its own words only, and these are few.
 * So where the ranks share memory, the blocks of a buffer that hold nothing but
 * word vectors are blank (holes, base/hole.h) until they are used; which ones
 * are is written beside the buffer, for all ranks to see.  What is blank is
 * neither added nor read; the sums have the same bits, as adding zeros changes
 * none.
 */
#ifndef CH_TRAIN_REDUCE_BLANK_H
#define CH_TRAIN_REDUCE_BLANK_H

#include "train/reduce.h"

/* Bytes that are beside a buffer of so many floats. */
size_t ch_reduce_blank_bytes(size_t count);
/* Of own buffers, once they are there: [first, end) is of word vectors, or
 * empty. */
void ch_reduce_blank_begin(struct ch_reduce *r, size_t first, size_t end);

/* Of a buffer, for each block: 0 while it is blank. */
static inline unsigned char *ch_reduce_used(const struct ch_reduce *r,
                                            float *buffer)
{
    return (unsigned char *)(buffer + r->used_at);
}

/* A block of a buffer will be written. */
int ch_reduce_use_block(struct ch_reduce *r, float *buffer, size_t block,
                        struct ch_err *e);
/* Floats [at, end), whole blocks, of one buffer are added to another. */
int ch_reduce_add_used(struct ch_reduce *r, float *from, float *to, size_t at,
                       size_t end, struct ch_err *e);

#endif
