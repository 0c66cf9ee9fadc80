/* small_damage.h - small shards of which some records are damaged
 *
 * Include after small_shards.h.
 */
#ifndef TESTS_UNIT_SMALL_DAMAGE_H
#define TESTS_UNIT_SMALL_DAMAGE_H

#include "small_shards.h"

/* One changed bit in a record of DIR/shards, whatever its checksum says. */
static inline int small_damage(const char *dir, const char *file, char kind,
                               uint32_t index, struct ch_err *e)
{
    unsigned char key[CH_SHARD_KEY_BYTES];
    struct ch_buffer copy = { 0 };
    struct ch_store *store;
    const void *value;
    char path[2048];
    size_t n;
    int rc;

    snprintf(path, sizeof path, "%s/shards/%s", dir, file);
    ch_shard_key(kind, index, key);
    rc = ch_store_open_write(&store, path, e);
    if (!rc && ch_store_get(store, key, sizeof key, &value, &n, e) != 1)
        rc = CH_EFORMAT;
    if (!rc) {
        ch_buffer_put(&copy, value, n);
        copy.at[n / 2] ^= 16;
        rc = ch_store_put(store, key, sizeof key, copy.at, n, e);
    }
    if (!rc) rc = ch_store_commit(store, e);
    ch_store_close(store);
    ch_buffer_release(&copy);
    return rc;
}

/* Captions and features of some records of both splits. */
static inline int small_damages(const char *dir, struct ch_err *e)
{
    int rc = small_damage(dir, "train-00000-of-00002.lmdb", 'c', 3, e);

    if (!rc) rc = small_damage(dir, "train-00001-of-00002.lmdb", 'f', 2, e);
    if (!rc) rc = small_damage(dir, "val-00000-of-00002.lmdb", 'f', 1, e);
    return rc ? rc : small_damage(dir, "val-00001-of-00002.lmdb", 'c', 0, e);
}

#endif
