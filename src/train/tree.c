/* tree.c - the order in which the gradients of lanes are added up */
#include "train/tree.h"

#include <string.h>

/* First lane of the second half. */
static size_t middle(size_t first, size_t end)
{
    return first + (end - first + 1) / 2;
}

/* The first half leaves one buffer; a lane alone is added to it. */
static size_t buffers_of(size_t first, size_t end)
{
    size_t mid = middle(first, end), left, right;

    if (end - first == 1)
        return 1;
    left = buffers_of(first, mid);
    right = end - mid == 1 ? 1 : 1 + buffers_of(mid, end);
    return left > right ? left : right;
}

static struct ch_tree_part part_of(size_t first, size_t end)
{
    return (struct ch_tree_part) { first, end, buffers_of(first, end) };
}

/* ------------------------------------------------------------------ parts */

/* Whole nodes below [low, high) that lie in [first, end). */
static size_t find(size_t low, size_t high, size_t first, size_t end,
                   struct ch_tree_part *part)
{
    size_t mid = middle(low, high), n;

    if (high <= first || low >= end)
        return 0;
    if (low >= first && high <= end) {
        *part = part_of(low, high);
        return 1;
    }
    n = find(low, mid, first, end, part);
    return n + find(mid, high, first, end, part + n);
}

static size_t size_of(const struct ch_tree_part *p)
{
    return p->end - p->first;
}

static size_t largest(const struct ch_tree_part *part, size_t count)
{
    size_t most = 0;

    for (size_t i = 1; i < count; i++)
        if (size_of(&part[i]) > size_of(&part[most]))
            most = i;
    return most;
}

size_t ch_tree_parts(size_t lane_count, size_t first, size_t end, size_t least,
                     struct ch_tree_part *part)
{
    size_t count = find(0, lane_count, first, end, part);

    for (; count < least && count < end - first; count++) {
        size_t at = largest(part, count);
        struct ch_tree_part p = part[at];
        size_t mid = middle(p.first, p.end);

        memmove(part + at + 1, part + at, (count - at) * sizeof *part);
        part[at] = part_of(p.first, mid);
        part[at + 1] = part_of(mid, p.end);
    }
    return count;
}

/* ------------------------------------------------------------------ lanes */

static void place(size_t first, size_t end, size_t buffer,
                  struct ch_tree_lane *lane)
{
    size_t mid = middle(first, end);

    if (end - first == 1) {
        lane[first] = (struct ch_tree_lane) { .buffer = buffer };
        return;
    }
    place(first, mid, buffer, lane);
    if (end - mid == 1) {
        lane[mid] = (struct ch_tree_lane) { .buffer = buffer,
                                            .is_added = true };
        return;
    }
    place(mid, end, buffer + 1, lane);
    lane[end - 1].folds++;
}

void ch_tree_lanes(const struct ch_tree_part *part, struct ch_tree_lane *lane)
{
    place(part->first, part->end, 0, lane);
}

/* ----------------------------------------------------------------- merges */

struct merger {
    const struct ch_tree_part *part;
    struct ch_tree_merge *merge;
    size_t parts, merges;      /* found so far */
};

/* Parts come in order; the one that becomes the sum of [low, high). */
static size_t merge(struct merger *m, size_t low, size_t high)
{
    size_t mid = middle(low, high), to, from;

    if (m->part[m->parts].first == low && m->part[m->parts].end == high)
        return m->parts++;
    to = merge(m, low, mid);
    from = merge(m, mid, high);
    m->merge[m->merges++] = (struct ch_tree_merge) { to, from };
    return to;
}

size_t ch_tree_merges(size_t lane_count, const struct ch_tree_part *part,
                      struct ch_tree_merge *out)
{
    struct merger m = { .part = part, .merge = out };

    merge(&m, 0, lane_count);
    return m.merges;
}
