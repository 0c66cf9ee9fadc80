/* pages.c - whether the pages of an LMDB file can be walked
 *
 * The layout is that of LMDB 0.9 where a size_t has 8 bytes, little endian:
 *
 *   page   u64 number, u16 pad, u16 flags, u16 lower, u16 upper; then u16
 *          offsets of nodes up to `lower`; nodes from `upper` on.  Of an
 *          overflow page lower and upper are one u32, the count of its pages
 *   node   u32 size of the value, u16 flags, u16 size of the key, key, value.
 *          In a branch the first 6 bytes are the page below.  Flag 1: the
 *          value is the number of an overflow page
 *   meta   pages 0 and 1: page head, u32 magic, u32 version, 16 bytes, two
 *          trees of 48 bytes (free pages, records), u64 last page, u64 time
 *   tree   u32 (page size), u16 flags, u16 depth, 4 u64, u64 root (all ones:
 *          empty)
 */
#include "data/pages.h"

#include "base/file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD = 16, NODE = 8, META = 152, MAX_DEPTH = 32 };
enum { IS_BRANCH = 1, IS_LEAF = 2, IS_OVERFLOW = 4 };   /* of a page */
enum { IS_BIG = 1 };                                   /* of a node */
enum { INTEGER_KEYS = 8, KIND = 0x7e };                /* of a tree */
#define MAGIC UINT32_C(0xbeefc0de)
#define NO_PAGE UINT64_MAX

struct pages {
    const unsigned char *at;
    size_t size, page;             /* bytes of the file, and of a page */
    uint64_t last;                 /* page in use */
    unsigned char *seen;           /* a bit for each page */
    int is_free;                   /* the tree of free pages is read */
    int is_deep;                   /* look at large values, too */
    const char *path;
};

struct tree {
    unsigned flags, depth;
    uint64_t entries, root;
};

static struct ch_bytes from(const struct pages *p, uint64_t at)
{
    return ch_bytes_of(p->at + at, p->size - at);
}

static int damaged(const struct pages *p, uint64_t page, const char *what,
                   struct ch_err *e)
{
    return ch_fail_at(e, CH_EFORMAT, p->path, CH_NO_OFFSET,
                      "page %" PRIu64 " is damaged: %s; copy or make the "
                      "shard again", page, what);
}

/* Page `number` is in use, not met before, and is what it says it is. */
static int visit(struct pages *p, uint64_t number, uint16_t *flags,
                 uint32_t *bounds, struct ch_err *e)
{
    struct ch_bytes b;
    unsigned char bit;

    if (number < 2 || number > p->last)
        return damaged(p, number, "it is not one of the file's", e);
    bit = (unsigned char)(1u << number % 8);
    if (p->seen[number / 8] & bit)
        return damaged(p, number, "it stands twice in the trees", e);
    p->seen[number / 8] |= bit;
    b = from(p, number * p->page);
    if (ch_bytes_u64(&b) != number)
        return damaged(p, number, "it says it is another", e);
    (void)ch_bytes_u16(&b);
    *flags = ch_bytes_u16(&b);
    *bounds = ch_bytes_u32(&b);
    return 0;
}

/* The pages of one large value. */
static int check_overflow(struct pages *p, uint64_t number, uint64_t bytes,
                          struct ch_err *e)
{
    uint64_t count = (bytes + HEAD + p->page - 1) / p->page;
    uint16_t flags;
    uint32_t pages;
    int rc;

    if (number < 2 || number > p->last || count > p->last - number + 1)
        return damaged(p, number, "a large value leads out of the file", e);
    if (!p->is_deep)
        return 0;
    rc = visit(p, number, &flags, &pages, e);
    if (rc)
        return rc;
    if (flags != IS_OVERFLOW)
        return damaged(p, number, "expected a large value", e);
    if (pages != count)
        return damaged(p, number, "a large value of another size", e);
    for (uint64_t i = 1; i < count; i++) {
        unsigned char bit = (unsigned char)(1u << (number + i) % 8);

        if (p->seen[(number + i) / 8] & bit)
            return damaged(p, number + i, "it stands twice in the trees", e);
        p->seen[(number + i) / 8] |= bit;
    }
    return 0;
}

static int check_page(struct pages *p, uint64_t number, unsigned depth,
                      uint64_t *entries, struct ch_err *e);

/* The node at `offset` of a page. */
static int check_node(struct pages *p, uint64_t number, size_t offset,
                      unsigned depth, uint64_t *entries, struct ch_err *e)
{
    struct ch_bytes b = from(p, number * p->page + offset);
    uint32_t low = ch_bytes_u32(&b);
    uint64_t flags = ch_bytes_u16(&b);
    size_t key = ch_bytes_u16(&b), room = p->page - offset - NODE;

    if (key > room)
        return damaged(p, number, "a key leads out of it", e);
    if (depth > 1)
        return check_page(p, low | flags << 32, depth - 1, entries, e);
    ++*entries;
    room -= key;
    if (flags & ~(uint64_t)IS_BIG)
        return damaged(p, number, "a value of an unknown kind", e);
    if (!(flags & IS_BIG))
        return low > room ? damaged(p, number, "a value leads out of it", e)
                          : 0;
    if (room < 8)
        return damaged(p, number, "a value leads out of it", e);
    (void)ch_bytes_run(&b, key);
    return check_overflow(p, ch_bytes_u64(&b), low, e);
}

static int check_page(struct pages *p, uint64_t number, unsigned depth,
                      uint64_t *entries, struct ch_err *e)
{
    uint16_t flags;
    uint32_t bounds;
    size_t lower, upper;
    struct ch_bytes b;
    int rc = visit(p, number, &flags, &bounds, e);

    if (rc)
        return rc;
    if (flags != (depth > 1 ? IS_BRANCH : IS_LEAF))
        return damaged(p, number, depth > 1 ? "expected a branch of the tree"
                                            : "expected a leaf of the tree",
                       e);
    lower = bounds & 0xffff;
    upper = bounds >> 16;
    if (lower < HEAD || lower % 2 || lower > upper || upper > p->page ||
        lower == HEAD || (depth > 1 && !p->is_free && lower < HEAD + 4))
        return damaged(p, number, "its nodes overlap", e);
    b = from(p, number * p->page + HEAD);
    for (size_t i = 0; i < (lower - HEAD) / 2 && !rc; i++) {
        size_t offset = ch_bytes_u16(&b);

        /* A node begins on an even byte: LMDB reads whole words of it. */
        if (offset < upper || offset % 2 || offset > p->page - NODE)
            return damaged(p, number, "a node leads out of it", e);
        rc = check_node(p, number, offset, depth, entries, e);
    }
    return rc;
}

/* page: the size of a page, where the tree of free pages keeps it. */
static struct tree read_tree(struct ch_bytes *b, size_t *page)
{
    struct tree t;

    *page = ch_bytes_u32(b);
    t.flags = ch_bytes_u16(b);
    t.depth = ch_bytes_u16(b);
    (void)ch_bytes_run(b, 24);
    t.entries = ch_bytes_u64(b);
    t.root = ch_bytes_u64(b);
    return t;
}

static int check_tree(struct pages *p, const struct tree *t, struct ch_err *e)
{
    uint64_t entries = 0;
    int rc;

    if ((t->flags & KIND) != (p->is_free ? INTEGER_KEYS : 0))
        return damaged(p, 0, "a tree of another kind", e);
    if (t->root == NO_PAGE)
        return t->depth || t->entries
                   ? damaged(p, 0, "an empty tree that holds records", e)
                   : 0;
    if (t->depth < 1 || t->depth > MAX_DEPTH)
        return damaged(p, 0, "a tree that is too high", e);
    rc = check_page(p, t->root, t->depth, &entries, e);
    if (!rc && entries != t->entries)
        rc = damaged(p, 0, "a tree with another count of records", e);
    return rc;
}

/* The younger of pages 0 and 1 tells the trees. */
static int read_meta(struct pages *p, struct tree tree[2], struct ch_err *e)
{
    uint64_t newest = 0;
    int is_found = 0;

    for (uint64_t i = 0; i < 2; i++) {
        struct ch_bytes b;
        struct tree t[2];
        uint64_t last, time;
        size_t page, unused;

        if (p->page * i + META > p->size)
            return damaged(p, i, "the file is cut short", e);
        b = from(p, p->page * i + HEAD);
        if (ch_bytes_u32(&b) != MAGIC || ch_bytes_u32(&b) != 1)
            return damaged(p, i, "it does not begin an LMDB file", e);
        (void)ch_bytes_run(&b, 16);
        t[0] = read_tree(&b, &page);
        t[1] = read_tree(&b, &unused);
        last = ch_bytes_u64(&b);
        time = ch_bytes_u64(&b);
        if (page < 512 || page > 65536 || (page & (page - 1)) ||
            (p->page && page != p->page))
            return damaged(p, i, "its size of a page cannot be", e);
        p->page = page;
        if (!is_found || time > newest) {
            newest = time;
            p->last = last;
            tree[0] = t[0];
            tree[1] = t[1];
        }
        is_found = 1;
    }
    if (p->last < 1 || p->last >= p->size / p->page)
        return damaged(p, p->last, "the file ends before it", e);
    return 0;
}

int ch_pages_check_bytes(const void *bytes, size_t n, const char *path,
                         int is_deep, struct ch_err *e)
{
    struct pages p = { .at = bytes, .size = n, .path = path,
                       .is_deep = is_deep };
    struct tree tree[2];
    int rc = read_meta(&p, tree, e);

    if (rc)
        return rc;
    p.seen = calloc((size_t)p.last / 8 + 1, 1);
    if (!p.seen)
        return ch_fail(e, CH_ENOMEM, "cannot hold the pages of %s", path);
    p.is_free = 1;
    rc = check_tree(&p, &tree[0], e);
    p.is_free = 0;
    if (!rc) rc = check_tree(&p, &tree[1], e);
    free(p.seen);
    return rc;
}

int ch_pages_check(const char *path, int is_deep, struct ch_err *e)
{
    struct ch_map m;
    int rc = ch_map_open(&m, path, e);

    if (rc)
        return rc;
    rc = ch_pages_check_bytes(m.at, m.size, path, is_deep, e);
    ch_map_close(&m);
    return rc;
}
