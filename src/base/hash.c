/* hash.c - checksums, hashes, and the table built on them
 *
 * The table is open addressing over slots that name entries; keys lie one
 * behind the other in one run of bytes, and entries stay in the order they
 * were added.  A key is compared only where all 64 bits of its hash agree.
 */
#include "base/hash.h"

#include "base/spill.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

uint64_t ch_hash(const void *bytes, size_t n)
{
    return XXH3_64bits(bytes, n);
}

int ch_hasher_open(struct ch_hasher **out, struct ch_err *e)
{
    XXH3_state_t *state = XXH3_createState();

    *out = (struct ch_hasher *)state;
    if (!state)
        return ch_fail(e, CH_ENOMEM, "cannot hold a hash");
    XXH3_64bits_reset(state);
    return 0;
}

void ch_hasher_add(struct ch_hasher *h, const void *bytes, size_t n)
{
    XXH3_64bits_update((XXH3_state_t *)h, bytes, n);
}

uint64_t ch_hasher_close(struct ch_hasher *h)
{
    uint64_t hash = XXH3_64bits_digest((XXH3_state_t *)h);

    XXH3_freeState((XXH3_state_t *)h);
    return hash;
}

int ch_hash_file(const char *path, uint64_t *out, struct ch_err *e)
{
    enum { PIECE = 1 << 18 };
    struct ch_hasher *h = NULL;
    unsigned char *piece = NULL;
    FILE *f = fopen(path, "rbe");
    int rc = 0;
    size_t n;

    if (!f)
        return ch_fail_errno(e, path, "cannot open");
    piece = malloc(PIECE);
    rc = piece ? ch_hasher_open(&h, e)
               : ch_fail(e, CH_ENOMEM, "cannot hold %d bytes", (int)PIECE);
    if (rc)
        goto out;
    while ((n = fread(piece, 1, PIECE, f)) > 0)
        ch_hasher_add(h, piece, n);
    *out = ch_hasher_close(h);
    if (ferror(f))
        rc = ch_fail_errno(e, path, "cannot read");
out:
    fclose(f);
    free(piece);
    return rc;
}

void ch_hash_hex(uint64_t hash, char out[17])
{
    for (int i = 15; i >= 0; i--, hash >>= 4)
        out[i] = "0123456789abcdef"[hash & 15];
    out[16] = '\0';
}

int ch_hash_parse(const char *hex, uint64_t *out)
{
    uint64_t v = 0;
    int i;

    for (i = 0; i < 16 && hex[i]; i++) {
        const char *digits = "0123456789abcdef";
        const char *at = strchr(digits, hex[i]);

        if (!at)
            return -1;
        v = v << 4 | (uint64_t)(at - digits);
    }
    if (i != 16 || hex[16])
        return -1;
    *out = v;
    return 0;
}

/* ------------------------------------------------------------------ table */

struct entry {
    uint64_t hash, value;
    size_t start, length;      /* of the key */
};

struct ch_table {
    struct ch_spill *spill;    /* holds the three below; may be NULL */
    struct entry *entry;
    size_t count, entry_room;
    char *key;
    size_t key_size, key_room;
    uint32_t *slot;            /* 0: free; otherwise number of an entry + 1 */
    size_t slot_count;         /* a power of two */
};

int ch_table_open(struct ch_table **out, struct ch_err *e)
{
    return ch_table_open_in(out, NULL, e);
}

int ch_table_open_in(struct ch_table **out, struct ch_spill *spill,
                     struct ch_err *e)
{
    struct ch_table *t = calloc(1, sizeof *t);

    *out = NULL;
    if (t) {
        t->spill = spill;
        t->slot_count = 64;
        t->slot = ch_spill_resize(spill, NULL, 0,
                                  t->slot_count * sizeof *t->slot);
    }
    if (!t || !t->slot) {
        ch_table_close(t);
        return ch_fail(e, CH_ENOMEM, "cannot hold a table");
    }
    *out = t;
    return 0;
}

void ch_table_close(struct ch_table *t)
{
    if (!t)
        return;
    ch_spill_resize(t->spill, t->entry, t->entry_room * sizeof *t->entry, 0);
    ch_spill_resize(t->spill, t->key, t->key_room, 0);
    ch_spill_resize(t->spill, t->slot, t->slot_count * sizeof *t->slot, 0);
    free(t);
}

size_t ch_table_count(const struct ch_table *t)
{
    return t->count;
}

/* The slot of a key, or the free one where it would be. */
static size_t find(const struct ch_table *t, uint64_t hash, const char *key,
                   size_t n)
{
    size_t mask = t->slot_count - 1;

    for (size_t i = (size_t)hash & mask;; i = (i + 1) & mask) {
        const struct entry *x;

        if (!t->slot[i])
            return i;
        x = &t->entry[t->slot[i] - 1];
        if (x->hash == hash && x->length == n &&
            (n == 0 || memcmp(t->key + x->start, key, n) == 0))
            return i;
    }
}

uint64_t *ch_table_get(const struct ch_table *t, const char *key, size_t n)
{
    size_t i = find(t, ch_hash(key, n), key, n);

    return t->slot[i] ? &t->entry[t->slot[i] - 1].value : NULL;
}

/* Twice the slots, entries put in again; 0 when memory ran out. */
static int grow_slots(struct ch_table *t)
{
    size_t count = 2 * t->slot_count;
    uint32_t *slot = ch_spill_resize(t->spill, NULL, 0,
                                     count * sizeof *slot);

    if (!slot)
        return 0;
    for (size_t x = 0; x < t->count; x++) {
        size_t i = (size_t)t->entry[x].hash & (count - 1);

        while (slot[i])
            i = (i + 1) & (count - 1);
        slot[i] = (uint32_t)x + 1;
    }
    ch_spill_resize(t->spill, t->slot, t->slot_count * sizeof *slot, 0);
    t->slot = slot;
    t->slot_count = count;
    return 1;
}

/* Room for one more entry with a key of n bytes; 0 when there is none. */
static int make_room(struct ch_table *t, size_t n)
{
    if (t->count >= UINT32_MAX - 1 || n > SIZE_MAX / 4 - t->key_size)
        return 0;
    if (t->count == t->entry_room) {
        size_t room = t->entry_room ? 2 * t->entry_room : 32;
        struct entry *entry =
            ch_spill_resize(t->spill, t->entry,
                            t->entry_room * sizeof *entry,
                            room * sizeof *entry);

        if (!entry)
            return 0;
        t->entry = entry;
        t->entry_room = room;
    }
    if (t->key_size + n > t->key_room) {
        size_t room = 2 * (t->key_size + n);
        char *key = ch_spill_resize(t->spill, t->key, t->key_room, room);

        if (!key)
            return 0;
        t->key = key;
        t->key_room = room;
    }
    /* At most half full: searches stay short. */
    return 2 * (t->count + 1) <= t->slot_count || grow_slots(t);
}

uint64_t *ch_table_add(struct ch_table *t, const char *key, size_t n,
                       uint64_t value, int *added)
{
    uint64_t hash = ch_hash(key, n);
    size_t i = find(t, hash, key, n);

    if (added)
        *added = 0;
    if (t->slot[i])
        return &t->entry[t->slot[i] - 1].value;
    if (!make_room(t, n))
        return NULL;
    i = find(t, hash, key, n);
    t->entry[t->count] = (struct entry){
        .hash = hash, .value = value, .start = t->key_size, .length = n
    };
    if (n)
        memcpy(t->key + t->key_size, key, n);
    t->key_size += n;
    t->slot[i] = (uint32_t)++t->count;
    if (added)
        *added = 1;
    return &t->entry[t->count - 1].value;
}
