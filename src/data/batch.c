/* batch.c - examples become the arrays one step of a lane computes on */
#include "data/batch.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

struct ch_batch_pick {
    struct ch_example example;
    uint32_t number;
};

int ch_batch_init(struct ch_batch_rows *b, size_t B, size_t T, size_t L,
                  size_t F, struct ch_err *e)
{
    memset(b, 0, sizeof *b);
    b->L = L;
    b->F = F;
    b->room_B = B = B ? B : 1;
    b->room_T = T = T ? T : 1;
    b->live = calloc(T, sizeof *b->live);
    b->input = calloc(B * T, sizeof *b->input);
    b->target = calloc(B * T, sizeof *b->target);
    b->feature = ch_block_room(B * (L ? L : 1) * F, sizeof *b->feature);
    b->image = calloc(B, sizeof *b->image);
    b->example = calloc(B, sizeof *b->example);
    b->record = malloc(sizeof *b->record);
    b->pick = calloc(B, sizeof *b->pick);
    b->ids = calloc(B * (T + 1), sizeof *b->ids);
    if (b->live && b->input && b->target && b->feature && b->image &&
        b->example && b->record && b->pick && b->ids)
        return 0;
    ch_batch_release(b);
    return ch_fail(e, CH_ENOMEM, "cannot hold a batch of %zu captions of %zu "
                   "words and %zu features", B, T, F);
}

void ch_batch_release(struct ch_batch_rows *b)
{
    free(b->live);
    free(b->input);
    free(b->target);
    ch_block_release(b->feature);
    free(b->image);
    free(b->example);
    free(b->record);
    free(b->pick);
    free(b->ids);
    memset(b, 0, sizeof *b);
}

/* Insertion sort: a lane's batch is small, and equal lengths must stay in
 * their order, which qsort() does not promise. */
static void sort_by_length(struct ch_batch_pick *pick, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct ch_batch_pick p = pick[i];
        size_t at = i;

        for (; at > 0 && pick[at - 1].example.words < p.example.words; at--)
            pick[at] = pick[at - 1];
        pick[at] = p;
    }
}

/* The ids of one row, checked: a shard of another vocabulary must not index
 * beyond the tables. */
static int read_ids(const struct ch_caption *caption, size_t vocab_size,
                    size_t record, int32_t *id, struct ch_err *e)
{
    for (size_t i = 0; i < caption->id_count; i++) {
        id[i] = ch_caption_id(caption, i);
        if (id[i] < 0 || (size_t)id[i] >= vocab_size)
            return ch_fail(e, CH_EFORMAT, "image %zu has word id %d, but the "
                           "vocabulary has %zu words; make the shards again",
                           record, id[i], vocab_size);
    }
    return 0;
}

/* Pooled features are each row's own; a grid is read for the first row of its
 * image, and shared. */
static int read_image(struct ch_batch_rows *b, struct ch_set *set, size_t row,
                      struct ch_err *e)
{
    size_t record = b->pick[row].example.record;

    b->image[row] = (uint32_t)b->M;
    for (size_t r = 0; b->L && r < row; r++)
        if (b->pick[r].example.record == record) {
            b->image[row] = b->image[r];
            return 0;
        }
    b->M++;
    return b->L ? ch_set_grid(set, record, b->feature + b->image[row] * b->L *
                              b->F, e)
                : ch_set_feature(set, record, b->feature + row * b->F, e);
}

static int read_row(struct ch_batch_rows *b, struct ch_set *set, size_t row,
                    size_t vocab_size, struct ch_err *e)
{
    const struct ch_example *x = &b->pick[row].example;
    int rc;

    rc = ch_set_captions(set, x->record, b->record, e);
    if (rc)
        return rc;
    if (x->caption >= b->record->caption_count ||
        b->record->caption[x->caption].id_count != (size_t)x->words + 1)
        return ch_fail(e, CH_EFORMAT, "the captions of image %u changed while "
                       "training; do not write to shards in use", x->record);
    rc = read_ids(&b->record->caption[x->caption], vocab_size, x->record,
                  b->ids + row * (b->room_T + 1), e);
    return rc ? rc : read_image(b, set, row, e);
}

/* Rows of ids become steps in time. */
static void turn(struct ch_batch_rows *b)
{
    size_t n = 0;

    for (size_t t = 0; t < b->T; t++) {
        size_t row = 0;

        for (; row < b->B && b->pick[row].example.words > t; row++, n++) {
            const int32_t *id = b->ids + row * (b->room_T + 1);

            b->input[n] = id[t];
            b->target[n] = id[t + 1];
        }
        b->live[t] = row;
    }
    b->N = n;
}

int ch_batch_fill(struct ch_batch_rows *b, struct ch_set *set,
                  const struct ch_lane *lane, size_t first, size_t count,
                  size_t vocab_size, struct ch_err *e)
{
    int rc = 0;

    b->B = count;
    b->T = b->N = b->M = 0;
    if (!count)
        return 0;
    assert(count <= b->room_B && first + count <= lane->example_count);
    for (size_t i = 0; i < count; i++) {
        uint32_t at = lane->order[first + i];

        b->pick[i].example = lane->example[at];
        b->pick[i].number = (uint32_t)(lane->first_example + at);
    }
    sort_by_length(b->pick, count);
    b->T = b->pick[0].example.words;
    assert(b->T <= b->room_T);
    for (size_t row = 0; row < count && !rc; row++) {
        b->example[row] = b->pick[row].number;
        rc = read_row(b, set, row, vocab_size, e);
    }
    if (!rc)
        turn(b);
    return rc;
}
