/* meteor_data.c - what METEOR knows of English, in one mapped file
 *
 * Opening checks the hash and that all sections lie in the file and have
 * lengths that fit together.  Numbers inside sections are checked where they
 * are used: a file whose hash was forged gives wrong answers, but is not read
 * past its end.
 */
#include "score/meteor_data.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/hash.h"

struct ch_meteor_data {
    struct ch_map map;           /* empty when the bytes are borrowed */
    const uint8_t *text, *flag;
    const uint32_t *word, *slot, *synset, *synset_of, *base, *base_of;
    const uint32_t *child, *phrase, *list;
    const uint16_t *node_word;
    size_t count[CH_METEOR_SECTION_COUNT];
    size_t words, nodes;
    size_t roots;                /* nodes of one word */
};

#define COUNT(d, name) ((d)->count[CH_METEOR_SECTION_##name])

static int damaged(const char *path, uint64_t offset, const char *what,
                   struct ch_err *e)
{
    return ch_fail_at(e, CH_EFORMAT, path, offset,
                      "damaged data of METEOR: %s; make it again (make "
                      "meteor)", what);
}

/* at[]: where each section is. */
static int find_sections(struct ch_meteor_data *d, struct ch_bytes *b,
                         const unsigned char **at, const char *path,
                         struct ch_err *e)
{
    static const size_t size_of[CH_METEOR_SECTION_COUNT] = {
#define SIZE_OF(name, bytes) bytes,
        CH_METEOR_SECTIONS(SIZE_OF)
#undef SIZE_OF
    };

    for (size_t i = 0; i < CH_METEOR_SECTION_COUNT; i++) {
        uint64_t place = b->used, offset = ch_bytes_u64(b);
        uint64_t count = ch_bytes_u64(b);

        if (b->bad || offset % 8 || offset < CH_METEOR_HEADER ||
            offset > b->size || count > (b->size - offset) / size_of[i])
            return damaged(path, place, "a section lies outside the file", e);
        at[i] = b->at + offset;
        d->count[i] = (size_t)count;
    }
    return 0;
}

static int check_counts(struct ch_meteor_data *d, const char *path,
                        struct ch_err *e)
{
    size_t slots = COUNT(d, slot);

    d->words = COUNT(d, flag);
    d->nodes = COUNT(d, node_word);
    if (d->words >= UINT32_MAX || d->nodes >= UINT32_MAX ||
        COUNT(d, word) != d->words + 1 || slots == 0 || slots & (slots - 1) ||
        COUNT(d, synset_of) != d->words + 1 ||
        COUNT(d, base_of) != d->words + 1 ||
        COUNT(d, child) != d->nodes + 1 || COUNT(d, phrase) != d->nodes)
        return damaged(path, CH_METEOR_HASHED,
                       "lengths of sections do not fit together", e);
    return 0;
}

static int read_header(struct ch_meteor_data *d, const void *file, size_t size,
                       const char *path, struct ch_err *e)
{
    struct ch_bytes b = ch_bytes_of(file, size);
    const unsigned char *at[CH_METEOR_SECTION_COUNT];
    const char *magic = ch_bytes_run(&b, strlen(CH_METEOR_MAGIC));
    uint32_t version = ch_bytes_u32(&b), sections = ch_bytes_u32(&b);
    uint64_t hash = ch_bytes_u64(&b);
    const uint16_t one = 1;
    int rc;

    if (!magic || memcmp(magic, CH_METEOR_MAGIC, strlen(CH_METEOR_MAGIC)))
        return ch_fail_at(e, CH_EFORMAT, path, 0,
                          "expected data of METEOR, found something else; "
                          "make it with make meteor");
    if (b.bad || version != CH_METEOR_VERSION ||
        sections != CH_METEOR_SECTION_COUNT)
        return ch_fail_at(e, CH_EFORMAT, path, 8,
                          "expected data of METEOR, version %d, found version "
                          "%u; make it again (make meteor)",
                          CH_METEOR_VERSION, version);
    if (*(const unsigned char *)&one != 1)
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "the numbers of this file are little endian, those "
                          "of this machine are not");
    if (ch_hash(b.at + CH_METEOR_HASHED, size - CH_METEOR_HASHED) != hash)
        return damaged(path, CH_METEOR_HASHED, "its hash is another one", e);
    rc = find_sections(d, &b, at, path, e);
    if (!rc) rc = check_counts(d, path, e);
    if (rc)
        return rc;
#define POINT(name, bytes)                                                     \
    d->name = (const void *)at[CH_METEOR_SECTION_##name];
    CH_METEOR_SECTIONS(POINT)
#undef POINT
    d->roots = d->nodes ? d->child[0] : 0;
    if (d->roots > d->nodes)
        d->roots = d->nodes;
    return 0;
}

int ch_meteor_data_read(struct ch_meteor_data **out, const void *bytes,
                        size_t size, const char *path, struct ch_err *e)
{
    struct ch_meteor_data *d = calloc(1, sizeof *d);
    int rc;

    *out = NULL;
    if (!d)
        return ch_fail(e, CH_ENOMEM, "no memory for a handle of METEOR");
    rc = read_header(d, bytes, size, path, e);
    if (rc)
        ch_meteor_data_close(d);
    else
        *out = d;
    return rc;
}

int ch_meteor_data_open(struct ch_meteor_data **out, const char *path,
                        struct ch_err *e)
{
    struct ch_map map;
    int rc = ch_map_open(&map, path, e);

    *out = NULL;
    if (rc)
        return rc;
    rc = ch_meteor_data_read(out, map.at, map.size, path, e);
    if (rc)
        ch_map_close(&map);
    else
        (*out)->map = map;
    return rc;
}

void ch_meteor_data_close(struct ch_meteor_data *d)
{
    if (!d)
        return;
    ch_map_close(&d->map);
    free(d);
}

/* ------------------------------------------------------------------ words */

static bool is_word(const struct ch_meteor_data *d, uint32_t id,
                    const char *word, size_t n)
{
    uint32_t from, to;

    if (id >= d->words)
        return false;
    from = d->word[id];
    to = d->word[id + 1];
    return from <= to && to <= COUNT(d, text) && to - from == n &&
           memcmp(d->text + from, word, n) == 0;
}

uint32_t ch_meteor_data_word(const struct ch_meteor_data *d, const char *word,
                             size_t n)
{
    size_t slots = COUNT(d, slot);
    size_t at = (size_t)ch_hash(word, n);

    /* A full table has no free slot to stop at. */
    for (size_t tries = 0; tries < slots; tries++, at++) {
        uint32_t slot = d->slot[at & (slots - 1)];

        if (slot == 0)
            break;
        if (is_word(d, slot - 1, word, n))
            return slot - 1;
    }
    return CH_METEOR_NONE;
}

unsigned ch_meteor_data_flags(const struct ch_meteor_data *d, uint32_t word)
{
    return word < d->words ? d->flag[word] : 0;
}

/* What of[word] to of[word + 1] means in a pool. */
static struct ch_meteor_run run_of(const struct ch_meteor_data *d,
                                   uint32_t word, const uint32_t *of,
                                   const uint32_t *pool, size_t pool_count)
{
    struct ch_meteor_run run = { 0 };

    if (word < d->words && of[word] <= of[word + 1] &&
        of[word + 1] <= pool_count) {
        run.at = pool + of[word];
        run.count = of[word + 1] - of[word];
    }
    return run;
}

struct ch_meteor_run ch_meteor_data_synsets(const struct ch_meteor_data *d,
                                            uint32_t word)
{
    return run_of(d, word, d->synset_of, d->synset, COUNT(d, synset));
}

struct ch_meteor_run ch_meteor_data_bases(const struct ch_meteor_data *d,
                                          uint32_t word)
{
    return run_of(d, word, d->base_of, d->base, COUNT(d, base));
}

/* ---------------------------------------------------------------- phrases */

uint32_t ch_meteor_data_phrase(const struct ch_meteor_data *d, uint32_t node,
                               uint32_t word)
{
    size_t low, high;

    if (node == CH_METEOR_NONE)
        return word < d->roots ? word : CH_METEOR_NONE;
    if (node >= d->nodes)
        return CH_METEOR_NONE;
    low = d->child[node];
    high = d->child[node + 1];
    if (high > d->nodes)
        return CH_METEOR_NONE;
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (d->node_word[middle] < word)
            low = middle + 1;
        else
            high = middle;
    }
    /* `low` may be one past the children, where another word stands or none. */
    return low < d->child[node + 1] && d->node_word[low] == word
               ? (uint32_t)low
               : CH_METEOR_NONE;
}

struct ch_meteor_run ch_meteor_data_paraphrases(const struct ch_meteor_data *d,
                                                uint32_t node)
{
    struct ch_meteor_run run = { 0 };
    size_t lists = COUNT(d, list), at = node < d->nodes ? d->phrase[node] : 0;

    if (at > 0 && at < lists && d->list[at] < lists - at) {
        run.at = d->list + at + 1;
        run.count = d->list[at];
    }
    return run;
}
