/* ngram_index.c - the n-grams of one caption, found by their ids */
#include "score/ngram.h"

#include <stdlib.h>
#include <string.h>

int ch_ngram_index_init(struct ch_ngram_index *x, size_t most,
                        struct ch_err *e)
{
    size_t room = 8;

    while (room < 2 * most)
        room *= 2;
    *x = (struct ch_ngram_index) {
        .place = malloc(room * sizeof *x->place),
        .id = malloc(room * sizeof *x->id),
        .slot_room = room,
    };
    if (!x->place || !x->id)
        return ch_fail(e, CH_ENOMEM, "no memory to find n-grams");
    return 0;
}

void ch_ngram_index_set(struct ch_ngram_index *x, const struct ch_ngrams *g)
{
    uint32_t count = g->start[CH_NGRAM_ORDERS];
    size_t room = 8;

    /* As small as it can be: it stays in the nearest cache. */
    while (room < 2 * (size_t)count)
        room *= 2;
    x->mask = (uint32_t)room - 1;
    memset(x->place, 0xff, room * sizeof *x->place);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = ch_ngram_mix(g->gram[i].id) & x->mask;

        while (x->place[at] != UINT32_MAX)
            at = (at + 1) & x->mask;
        x->place[at] = i;
        x->id[at] = g->gram[i].id;
    }
}

void ch_ngram_index_release(struct ch_ngram_index *x)
{
    free(x->place);
    free(x->id);
    *x = (struct ch_ngram_index) { 0 };
}
