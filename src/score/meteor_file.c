/* meteor_file.c - sections of the file of meteor_data.h, and the file */
#include "score/meteor_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

static int no_memory(struct ch_err *e)
{
    return ch_fail(e, CH_ENOMEM, "no memory to make the data of METEOR");
}

int ch_meteor_file_pair(struct ch_meteor_pairs *p, uint32_t word,
                        uint32_t value, struct ch_err *e)
{
    if (p->count == p->room) {
        size_t room = p->room ? 2 * p->room : 64;
        struct ch_meteor_pair *at = realloc(p->at, room * sizeof *at);

        if (!at)
            return no_memory(e);
        p->at = at;
        p->room = room;
    }
    p->at[p->count++] = (struct ch_meteor_pair){ word, value };
    return 0;
}

static int compare_pairs(const void *a, const void *b)
{
    const struct ch_meteor_pair *x = a, *y = b;

    if (x->word != y->word)
        return x->word < y->word ? -1 : 1;
    return x->value < y->value ? -1 : x->value > y->value;
}

void ch_meteor_file_pairs(struct ch_meteor_pairs *p, size_t words,
                          struct ch_buffer *pool, struct ch_buffer *start)
{
    size_t i = 0;

    if (p->count)
        qsort(p->at, p->count, sizeof *p->at, compare_pairs);
    for (size_t word = 0; word < words; word++) {
        ch_buffer_u32(start, (uint32_t)(pool->size / 4));
        for (; i < p->count && p->at[i].word == word; i++)
            if (i == 0 || compare_pairs(&p->at[i], &p->at[i - 1]) != 0)
                ch_buffer_u32(pool, p->at[i].value);
    }
    ch_buffer_u32(start, (uint32_t)(pool->size / 4));
}

int ch_meteor_file_slots(const struct ch_buffer *text,
                         const struct ch_buffer *start,
                         struct ch_buffer *out, struct ch_err *e)
{
    size_t words = start->size / 4, slots = 16;
    uint32_t *slot;

    while (slots < 2 * words)
        slots *= 2;
    slot = calloc(slots, sizeof *slot);
    if (!slot)
        return no_memory(e);
    for (size_t i = 0; i < words; i++) {
        uint32_t from = 0, to = (uint32_t)text->size;
        size_t at;

        memcpy(&from, start->at + 4 * i, 4);
        if (i + 1 < words)
            memcpy(&to, start->at + 4 * (i + 1), 4);
        at = (size_t)ch_hash(text->at + from, to - from);
        while (slot[at & (slots - 1)])
            at++;
        slot[at & (slots - 1)] = (uint32_t)i + 1;
    }
    for (size_t i = 0; i < slots; i++)
        ch_buffer_u32(out, slot[i]);
    free(slot);
    return 0;
}

static void pad(struct ch_buffer *b)
{
    while (b->size % 8 && !b->failed)
        ch_buffer_put(b, "", 1);
}

int ch_meteor_file_put(const struct ch_buffer *section,
                       struct ch_buffer *out, struct ch_err *e)
{
    static const size_t size_of[CH_METEOR_SECTION_COUNT] = {
#define SIZE_OF(name, bytes) bytes,
        CH_METEOR_SECTIONS(SIZE_OF)
#undef SIZE_OF
    };
    struct ch_buffer rest = { 0 };
    uint64_t offset = CH_METEOR_HEADER, hash;

    for (size_t i = 0; i < CH_METEOR_SECTION_COUNT; i++) {
        ch_buffer_u64(&rest, offset);
        ch_buffer_u64(&rest, section[i].size / size_of[i]);
        offset += (section[i].size + 7) / 8 * 8;
    }
    for (size_t i = 0; i < CH_METEOR_SECTION_COUNT; i++) {
        ch_buffer_put(&rest, section[i].at ? section[i].at : "",
                      section[i].size);
        pad(&rest);
        rest.failed = rest.failed || section[i].failed;
    }
    hash = rest.failed ? 0 : ch_hash(rest.at, rest.size);
    ch_buffer_put(out, CH_METEOR_MAGIC, strlen(CH_METEOR_MAGIC));
    ch_buffer_u32(out, CH_METEOR_VERSION);
    ch_buffer_u32(out, CH_METEOR_SECTION_COUNT);
    ch_buffer_u64(out, hash);
    if (!rest.failed)
        ch_buffer_put(out, rest.at, rest.size);
    out->failed = out->failed || rest.failed;
    ch_buffer_release(&rest);
    return out->failed ? no_memory(e) : 0;
}
