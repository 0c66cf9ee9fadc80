/* meteor_tree.h - the tree of phrases while it grows
 *
 * A node is a phrase: its parent is the phrase without the last word.  The
 * nodes of one word are the numbers of the words.
 */
#ifndef CH_SCORE_METEOR_TREE_H
#define CH_SCORE_METEOR_TREE_H

#include "base/bytes.h"
#include "score/meteor_data.h"

/* What a phrase of one word continues. */
#define CH_METEOR_NO_NODE CH_METEOR_NONE

struct ch_meteor_tree;
int ch_meteor_tree_open(struct ch_meteor_tree **out, struct ch_err *e);
void ch_meteor_tree_close(struct ch_meteor_tree *t);

/* The node of `parent` and one word more, made when it is new.  Words from
 * 65,536 on are CH_EFORMAT. */
int ch_meteor_tree_grow(struct ch_meteor_tree *t, uint32_t parent,
                        uint32_t word, uint32_t *node, struct ch_err *e);
/* One entry of the table. */
int ch_meteor_tree_pair(struct ch_meteor_tree *t, uint32_t from, uint32_t to,
                        struct ch_err *e);
/* Append the sections. */
int ch_meteor_tree_write(const struct ch_meteor_tree *t,
                         struct ch_buffer *node_word, struct ch_buffer *child,
                         struct ch_buffer *phrase, struct ch_buffer *list,
                         struct ch_err *e);

#endif
