/* tree.h - the order in which the gradients of lanes are added up
 *
 * In pairs: lanes [first, end) are the sum of their first half, rounded up,
 * plus the sum of the others.  So the order is a function of the lanes alone,
 * and whoever computes the lanes of a part of the tree one after the other
 * needs few buffers: 1 for 2 or 3 lanes, 2 for up to 7.
 *
 * Threads:  plain functions of numbers.
 */
#ifndef CH_TRAIN_TREE_H
#define CH_TRAIN_TREE_H

#include <stdbool.h>
#include <stddef.h>

/* Lanes that one thread computes, into so many buffers; the sum is in the
 * first. */
struct ch_tree_part {
    size_t first, end, buffers;
};

/* Into which buffer of its part a lane is written, or added; so often the last
 * buffer in use is then added to the one before. */
struct ch_tree_lane {
    size_t buffer, folds;
    bool is_added;
};

/* Part `from` is added to part `to`. */
struct ch_tree_merge {
    size_t to, from;
};

/* The parts that lanes [first, end) of lane_count are made of, in order: as few
 * as there are, but `least` when there are as many lanes; how many. */
size_t ch_tree_parts(size_t lane_count, size_t first, size_t end, size_t least,
                     struct ch_tree_part *part);
/* lane[first ...] of the part. */
void ch_tree_lanes(const struct ch_tree_part *part, struct ch_tree_lane *lane);
/* How all parts of all lanes become one, the first; how many steps: one less
 * than there are parts. */
size_t ch_tree_merges(size_t lane_count, const struct ch_tree_part *part,
                      struct ch_tree_merge *merge);

#endif
