/* group.c - the groups of beams, and what it costs to say the same */
#include "caption/group.h"

#include "base/arena.h"

#include <stdlib.h>

int ch_groups_open(struct ch_groups *g, size_t photos, size_t beam,
                   size_t groups, double diversity, size_t V, size_t forced,
                   struct ch_err *e)
{
    bool costs = groups > 1 && diversity > 0;

    *g = (struct ch_groups){ .count = groups, .beam = beam / groups,
                             .diversity = (float)diversity };
    g->room = g->beam + (g->beam + 1) * forced + 1;
    g->at = calloc(photos * groups, sizeof *g->at);
    g->list.at = calloc(g->room, sizeof *g->list.at);
    g->charged = calloc(beam, sizeof *g->charged);
    if (costs)
        g->cost = ch_block_get(V, sizeof *g->cost);
    if (g->at && g->list.at && g->charged && (g->cost || !costs))
        return 0;
    ch_groups_close(g);
    return ch_fail(e, CH_ENOMEM, "cannot hold %zu beams of %zu", photos, beam);
}

void ch_groups_close(struct ch_groups *g)
{
    free(g->at);
    free(g->list.at);
    free(g->charged);
    ch_block_release(g->cost);
    *g = (struct ch_groups){ 0 };
}

void ch_groups_begin(struct ch_groups *g, size_t photos)
{
    for (size_t i = 0; i < photos * g->count; i++)
        g->at[i] = (struct ch_group){ .first = i, .count = 1 };
}

void ch_groups_charge(struct ch_groups *g, int32_t word)
{
    if (!g->cost)
        return;
    g->cost[word] += g->diversity;
    g->charged[g->charged_count++] = word;
}

void ch_groups_forgive(struct ch_groups *g)
{
    for (size_t i = 0; i < g->charged_count; i++)
        g->cost[g->charged[i]] = 0;
    g->charged_count = 0;
}
