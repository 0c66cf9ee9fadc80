/* stage.c - shards of a host's ranks on a disk of its own
 *
 * The lowest rank of each host copies what the lanes of its ranks are in.  All
 * other shards are links, so the folder is whole: every rank opens all shards,
 * but reads only its own through.
 */
#include "train/stage.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "chorus/log.h"
#include "data/encoder_link.h"
#include "data/lanes.h"
#include "train/reduce.h"
#include "train/settings.h"

#define PIECE ((size_t)1 << 20)
#define NOTE_BYTES 128

/* What a rank reads: records of the two splits it trains and validates on. */
struct need {
    char host[64];
    uint64_t first[2], end[2];
};

static const enum ch_split used[2] = { CH_SPLIT_TRAIN, CH_SPLIT_VAL };

void ch_stage_range(uint64_t images, uint64_t skipped, size_t lanes, int rank,
                    int size, uint64_t *first, uint64_t *end)
{
    uint64_t least = images > skipped ? images - skipped : 0;

    *first = ch_lanes_first(lanes, rank, size) * least / lanes;
    /* The lane's last record, and all that may lie before it. */
    *end = (ch_lanes_first(lanes, rank + 1, size) * images + lanes - 1) /
           lanes + skipped;
    if (*end > images)
        *end = images;
}

/* ----------------------------------------------------------------- a file */

/* "hash size mtime": what a copy is of. */
static void write_note(char out[NOTE_BYTES], uint64_t hash,
                       const struct stat *source)
{
    char hex[17];

    ch_hash_hex(hash, hex);
    snprintf(out, NOTE_BYTES, "%s %lld %lld.%09ld\n", hex,
             (long long)source->st_size, (long long)source->st_mtim.tv_sec,
             source->st_mtim.tv_nsec);
}

static bool is_there(const char *to, const char *note_path,
                     const struct stat *source)
{
    char expected[NOTE_BYTES], *note = NULL;
    struct stat copy;
    uint64_t hash = 0;
    size_t size;
    bool is_same = false;

    if (lstat(to, &copy) || !S_ISREG(copy.st_mode) ||
        copy.st_size != source->st_size ||
        ch_file_read(note_path, NOTE_BYTES, &note, &size, NULL))
        return false;
    if (!ch_hash_file(to, &hash, NULL)) {
        write_note(expected, hash, source);
        is_same = !strcmp(expected, note);
    }
    free(note);
    return is_same;
}

/* The bytes of `from` to `to`, and their hash. */
static int copy_bytes(const char *from, const char *to, uint64_t *hash,
                      struct ch_err *e)
{
    struct ch_writer w = { 0 };
    struct ch_hasher *h = NULL;
    unsigned char *piece = malloc(PIECE);
    FILE *in = fopen(from, "rbe");
    size_t n = 0;
    int rc = 0;

    if (!in)
        rc = ch_fail_errno(e, from, "cannot open");
    else if (!piece)
        rc = ch_fail(e, CH_ENOMEM, "cannot hold %zu bytes", PIECE);
    if (!rc) rc = ch_hasher_open(&h, e);
    if (!rc) rc = ch_writer_open(&w, to, e);
    while (!rc && (n = fread(piece, 1, PIECE, in)) > 0) {
        ch_hasher_add(h, piece, n);
        rc = ch_writer_put(&w, piece, n, e);
    }
    if (!rc && ferror(in))
        rc = ch_fail_errno(e, from, "cannot read");
    if (!rc) rc = ch_writer_finish(&w, e);
    ch_writer_close(&w);
    if (h)
        *hash = ch_hasher_close(h);
    if (in)
        fclose(in);
    free(piece);
    return rc;
}

uint64_t ch_stage_missing(const char *from, const char *to)
{
    struct stat about;
    int64_t size = ch_file_size(from);

    /* A link of an earlier start takes no room, and gives way to a copy. */
    if (!lstat(to, &about) && S_ISREG(about.st_mode))
        size -= (int64_t)about.st_size;
    return size > 0 ? (uint64_t)size : 0;
}

int ch_stage_copy(const char *from, const char *to, uint64_t *bytes,
                  struct ch_err *e)
{
    char note_path[4096 + 8], note[NOTE_BYTES];
    struct stat source;
    uint64_t hash = 0, again = 0;
    int rc;

    snprintf(note_path, sizeof note_path, "%s.xxh3", to);
    if (stat(from, &source))
        return ch_fail_errno(e, from, "cannot look at the file");
    if (is_there(to, note_path, &source))
        return 0;
    rc = copy_bytes(from, to, &hash, e);
    if (!rc) rc = ch_hash_file(to, &again, e);
    if (!rc && hash != again)
        rc = ch_fail_at(e, CH_EIO, to, CH_NO_OFFSET, "reads otherwise than it "
                        "was written; is the disk sound?");
    if (rc)
        return rc;
    *bytes += (uint64_t)source.st_size;
    write_note(note, hash, &source);
    return ch_file_write(note_path, note, strlen(note), e);
}

int ch_stage_link(const char *from, const char *to, struct ch_err *e)
{
    char whole[PATH_MAX], note_path[4096 + 8], beside[4096 + 32];
    int rc = 0;

    snprintf(note_path, sizeof note_path, "%s.xxh3", to);
    snprintf(beside, sizeof beside, "%s.tmp.%ld", to, (long)getpid());
    if (!realpath(from, whole))
        return ch_fail_errno(e, from, "cannot find the file");
    if ((unlink(beside) && errno != ENOENT) || symlink(whole, beside))
        return ch_fail_errno(e, to, "cannot make a link to %s", whole);
    if (rename(beside, to) || (unlink(note_path) && errno != ENOENT))
        rc = ch_fail_errno(e, to, "cannot make a link to %s", whole);
    if (rc)
        unlink(beside);
    return rc;
}

/* ----------------------------------------------------------------- a host */

/* Whether any rank of this host reads records [first, first + count). */
static bool is_needed(const struct need *all, int size, int leader, int split,
                      uint64_t first, uint64_t count)
{
    for (int r = leader; r < size; r++)
        if (!strcmp(all[r].host, all[leader].host) &&
            all[r].first[split] < first + count && first < all[r].end[split])
            return true;
    return false;
}

/* What is done with each shard: once to count, once to do it. */
struct work {
    const struct ch_manifest *m;
    const char *folder;
    const struct need *all;
    int leader, size;
    bool is_counting;
    uint64_t bytes;            /* of those counted, or copied */
    size_t copied, linked;
};

static int stage_shard(struct work *w, const char *file, bool is_mine,
                       struct ch_err *e)
{
    char from[4096], to[4096];
    int rc = ch_file_join(from, sizeof from, w->m->folder, file, e);

    if (!rc) rc = ch_file_join(to, sizeof to, w->folder, file, e);
    if (rc)
        return rc;
    if (w->is_counting) {
        w->bytes += is_mine ? ch_stage_missing(from, to) : 0;
        return 0;
    }
    if (is_mine)
        w->copied++;
    else
        w->linked++;
    return is_mine ? ch_stage_copy(from, to, &w->bytes, e)
                   : ch_stage_link(from, to, e);
}

static int stage_shards(struct work *w, struct ch_err *e)
{
    int rc = 0;

    for (int s = 0; s < CH_SPLIT_COUNT; s++) {
        const struct ch_manifest_split *split = &w->m->split[s];
        uint64_t first = 0;

        for (size_t i = 0; i < split->shard_count && !rc; i++) {
            bool is_mine = false;

            for (int k = 0; k < 2; k++)
                is_mine |= s == (int)used[k] &&
                           is_needed(w->all, w->size, w->leader, k, first,
                                     split->shard[i].records);
            rc = stage_shard(w, split->shard[i].file, is_mine, e);
            first += split->shard[i].records;
        }
    }
    return rc;
}

static int check_room(const char *folder, uint64_t need, struct ch_err *e)
{
    uint64_t room;
    int rc = ch_file_free(folder, &room, e);

    if (rc || need <= room)
        return rc;
    return ch_fail_at(e, CH_EIO, folder, CH_NO_OFFSET, "has room for %.1f MB, "
                      "the shards of this host take %.1f MB; give another "
                      "--stage, or none", (double)room / 1e6,
                      (double)need / 1e6);
}

/* Shards that were not staged are somebody's only ones, perhaps those that are
 * to be staged: nothing is written over them.  Nor is what was staged staged to
 * where it is: a shard would become a link to itself. */
static int check_staged(const char *shards, const char *folder,
                        struct ch_err *e)
{
    char manifest[4096], note[4096];
    struct stat from, to;
    int rc = ch_file_join(manifest, sizeof manifest, folder, "manifest.json",
                          e);

    if (!rc)
        rc = ch_file_join(note, sizeof note, folder, "manifest.json.xxh3", e);
    if (!rc && ch_file_exists(manifest) && !ch_file_exists(note))
        rc = ch_fail_at(e, CH_EUSAGE, folder, CH_NO_OFFSET, "holds shards that "
                        "were not staged; give another --stage");
    if (!rc && !stat(shards, &from) && !stat(folder, &to) &&
        from.st_dev == to.st_dev && from.st_ino == to.st_ino)
        rc = ch_fail_at(e, CH_EUSAGE, folder, CH_NO_OFFSET, "holds the shards "
                        "themselves; give another --stage, or none");
    return rc;
}

static int stage_host(struct work *w, struct ch_err *e)
{
    static const char *const small[] = { "vocabulary.txt", "manifest.json" };
    char from[4096], to[4096];
    uint64_t bytes = 0;
    int rc = ch_file_folder(w->folder, e);

    if (!rc) rc = check_staged(w->m->folder, w->folder, e);
    w->is_counting = true;
    if (!rc) rc = stage_shards(w, e);
    if (!rc) rc = check_room(w->folder, w->bytes, e);
    w->is_counting = false;
    w->bytes = 0;
    if (!rc) rc = stage_shards(w, e);
    for (size_t i = 0; i < sizeof small / sizeof *small && !rc; i++) {
        rc = ch_file_join(from, sizeof from, w->m->folder, small[i], e);
        if (!rc) rc = ch_file_join(to, sizeof to, w->folder, small[i], e);
        if (!rc) rc = ch_stage_copy(from, to, &bytes, e);
    }
    if (rc)
        return rc;
    ch_encoder_link_shards(w->m->folder, w->folder);
    ch_log(CH_LOG_INFO, "%s: %zu shards are there, of which %.1f MB were "
           "copied now; %zu are links", w->folder, w->copied,
           (double)w->bytes / 1e6, w->linked);
    return 0;
}

/* --------------------------------------------------------------- the ranks */

/* What every rank reads, to all. */
static int gather_needs(struct ch_comm *comm, const struct ch_manifest *m,
                        size_t lanes, struct need *all, struct ch_err *e)
{
    int rank = ch_comm_rank(comm), size = ch_comm_size(comm);
    struct need *mine = &all[rank];
    uint64_t images = 0, skipped;

    for (int s = 0; s < CH_SPLIT_COUNT; s++)
        images += m->split[s].images;
    skipped = images > m->features.images ? images - m->features.images : 0;
    snprintf(mine->host, sizeof mine->host, "%s", ch_comm_host(comm));
    for (int k = 0; k < 2; k++)
        ch_stage_range(m->split[used[k]].images, skipped, lanes, rank, size,
                       &mine->first[k], &mine->end[k]);
    return ch_comm_gather_each(comm, mine, all, sizeof *all, e);
}

int ch_train_stage(struct ch_comm *comm, const struct ch_train_options *o,
                   const char *folder, struct ch_err *e)
{
    size_t lanes = ch_settings_lanes(o);
    struct work w = { .folder = folder, .size = ch_comm_size(comm) };
    struct ch_manifest *m = calloc(1, sizeof *m);
    struct need *all = calloc((size_t)w.size, sizeof *all);
    bool is_read = false;
    int rc = m && all ? 0 : ch_fail(e, CH_ENOMEM, "cannot hold a manifest");

    if (!rc) rc = ch_reduce_check(comm, lanes, e);
    if (!rc) {
        rc = ch_manifest_read(m, o->shards, e);
        is_read = !rc;
    }
    rc = ch_comm_agree(comm, rc, e);
    if (!rc) rc = gather_needs(comm, m, lanes, all, e);
    w.m = m;
    w.all = all;
    while (!rc && strcmp(all[w.leader].host, ch_comm_host(comm)))
        w.leader++;
    if (!rc && w.leader == ch_comm_rank(comm))
        rc = stage_host(&w, e);
    rc = ch_comm_agree(comm, rc, e);
    if (is_read)
        ch_manifest_release(m);
    free(m);
    free(all);
    return rc;
}
