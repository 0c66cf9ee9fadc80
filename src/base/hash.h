/* hash.h - checksums and hashes (XXH3, 64 bits; the door of xxHash) */
#ifndef CH_BASE_HASH_H
#define CH_BASE_HASH_H

#include "chorus/err.h"

uint64_t ch_hash(const void *bytes, size_t n);
/* ch_hash() of pieces that come one after another. */
struct ch_hasher;
int ch_hasher_open(struct ch_hasher **out, struct ch_err *e);
void ch_hasher_add(struct ch_hasher *h, const void *bytes, size_t n);
uint64_t ch_hasher_close(struct ch_hasher *h);   /* frees it */
/* ch_hash() of a whole file, read through. */
int ch_hash_file(const char *path, uint64_t *out, struct ch_err *e);
/* 16 hexadecimal digits and a NUL. */
void ch_hash_hex(uint64_t hash, char out[17]);
int ch_hash_parse(const char *hex, uint64_t *out);   /* 0, or -1 */

/* A map from byte strings to 64-bit numbers, growing, for vocabularies and
 * key sets.  Keys are copied. */
struct ch_table;
struct ch_spill;
int ch_table_open(struct ch_table **out, struct ch_err *e);
/* The same in a spill (base/spill.h), which outlives it; NULL: in memory. */
int ch_table_open_in(struct ch_table **out, struct ch_spill *spill,
                     struct ch_err *e);
void ch_table_close(struct ch_table *t);
/* Pointer to the value of a key, or NULL.  Valid until the next add. */
uint64_t *ch_table_get(const struct ch_table *t, const char *key, size_t n);
/* The same, made with `value` when absent (*added set, if not NULL);
 * NULL when memory ran out. */
uint64_t *ch_table_add(struct ch_table *t, const char *key, size_t n,
                       uint64_t value, int *added);
size_t ch_table_count(const struct ch_table *t);

#endif
