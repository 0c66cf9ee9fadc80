/* census.c - what each rank of a job is, has and sees
 *
 * Two rounds: hosts first, so that the lowest rank of each looks at the shards
 * for all of them.
 */
#include "train/census.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "chorus/version.h"
#include "data/shard.h"
#include "kernel/kernel.h"

#define MANIFEST_LIMIT ((size_t)256 << 20)
/* A shard is read at so many places: enough to tell another one of its size,
 * and soon done where there are thousands. */
#define SAMPLES 8
#define SAMPLE_BYTES 4096

/* Not inlined, so that a version stays whole in the program's file, where a
 * test makes another of it. */
static void __attribute__((noinline)) copy(char *to, size_t size,
                                           const char *from)
{
    snprintf(to, size, "%s", from);
}

/* The rest of the line of a file of "name : value" lines, or "". */
static void find_line(const char *path, const char *name, char *out,
                      size_t size)
{
    FILE *f = fopen(path, "r");
    char line[512];

    out[0] = 0;
    while (f && !out[0] && fgets(line, sizeof line, f))
        if (!strncmp(line, name, strlen(name))) {
            const char *at = line + strlen(name);

            at += strspn(at, " \t:");
            copy(out, size, at);
            out[strcspn(out, "\n")] = 0;
        }
    if (f)
        fclose(f);
}

/* What the kernel thinks it could give, or what SLURM allows if less. */
static uint64_t free_memory(void)
{
    const char *allowed = getenv("SLURM_MEM_PER_NODE");
    char text[64];
    uint64_t free_bytes, limit;

    find_line("/proc/meminfo", "MemAvailable", text, sizeof text);
    free_bytes = strtoull(text, NULL, 10) << 10;
    limit = allowed ? strtoull(allowed, NULL, 10) << 20 : 0;
    return limit && limit < free_bytes ? limit : free_bytes;
}

int ch_census_disk(const char *path, uint64_t *bytes, struct ch_err *e)
{
    char folder[4096];
    char *slash;

    copy(folder, sizeof folder, path);
    while (!ch_file_is_folder(folder)) {
        slash = strrchr(folder, '/');
        if (!slash)
            copy(folder, sizeof folder, ".");
        else if (slash == folder)
            folder[1] = 0;
        else
            *slash = 0;
    }
    if (access(folder, W_OK))
        return ch_fail_errno(e, path, "cannot be written");
    return ch_file_free(folder, bytes, e);
}

/* ------------------------------------------------------------- the shards */

static void add_number(struct ch_hasher *h, uint64_t number)
{
    ch_hasher_add(h, &number, sizeof number);
}

/* A file's size and samples; 0 when it can be read. */
static int add_file(struct ch_hasher *h, const char *path, uint64_t *bytes)
{
    unsigned char sample[SAMPLE_BYTES];
    struct stat about;
    int file = open(path, O_RDONLY | O_CLOEXEC), rc;

    if (file < 0)
        return -1;
    rc = fstat(file, &about);
    if (!rc)
        add_number(h, (uint64_t)about.st_size);
    for (int i = 0; i < SAMPLES && !rc; i++) {
        off_t last = about.st_size > SAMPLE_BYTES
                     ? about.st_size - SAMPLE_BYTES : 0;
        ssize_t n = pread(file, sample, sizeof sample,
                          last / (SAMPLES - 1) * i);

        rc = n < 0 ? -1 : 0;
        if (n > 0)
            ch_hasher_add(h, sample, (size_t)n);
    }
    close(file);
    if (!rc)
        *bytes += (uint64_t)about.st_size;
    return rc;
}

static void miss(struct ch_preflight_rank *r, const char *file)
{
    if (!r->missing++)
        copy(r->first_missing, sizeof r->first_missing, file);
}

static void add_shards(struct ch_preflight_rank *r, struct ch_hasher *h,
                       const struct ch_manifest *m)
{
    char path[4096];

    for (int s = 0; s < CH_SPLIT_COUNT; s++)
        for (size_t i = 0; i < m->split[s].shard_count; i++) {
            const char *file = m->split[s].shard[i].file;

            r->shard_count++;
            if (ch_file_join(path, sizeof path, m->folder, file, NULL) ||
                add_file(h, path, &r->shard_bytes))
                miss(r, file);
        }
}

/* The manifest's own bytes differ where another encode wrote it. */
static int see_shards(struct ch_preflight_rank *r, const char *folder,
                      struct ch_err *e)
{
    struct ch_manifest *m = calloc(1, sizeof *m);
    struct ch_hasher *h = NULL;
    char path[4096], *text = NULL;
    size_t size = 0;
    int rc = m ? 0 : ch_fail(e, CH_ENOMEM, "cannot hold a manifest");

    if (!rc) rc = ch_hasher_open(&h, e);
    if (rc) {
        free(m);
        return rc;
    }
    /* That it cannot be read is a finding, not a failure. */
    if (ch_file_join(path, sizeof path, folder, "manifest.json", NULL) ||
        ch_file_read(path, MANIFEST_LIMIT, &text, &size, NULL) ||
        ch_manifest_read(m, folder, NULL)) {
        miss(r, "manifest.json");
    } else {
        ch_hasher_add(h, text, size);
        add_shards(r, h, m);
        ch_manifest_release(m);
    }
    r->shards = ch_hasher_close(h);
    free(text);
    free(m);
    return 0;
}

/* ------------------------------------------------------------------- all */

static int describe(struct ch_preflight_rank *r, struct ch_comm *comm,
                    struct ch_err *e)
{
    char *space;

    copy(r->version, sizeof r->version, CH_VERSION);
    copy(r->kernel, sizeof r->kernel, ch_kernel_get()->name);
    copy(r->blas, sizeof r->blas, ch_gemm_library());
    /* Name and version; what follows names the core, too. */
    space = strchr(r->blas, ' ');
    if (space)
        space[1 + strcspn(space + 1, " ")] = 0;
    copy(r->blas_core, sizeof r->blas_core, ch_gemm_core());
    copy(r->mpi, sizeof r->mpi, ch_comm_library(comm));
    r->mpi[strcspn(r->mpi, "\n,")] = 0;    /* MPICH says more lines */
    confstr(_CS_GNU_LIBC_VERSION, r->libc, sizeof r->libc);
    find_line("/proc/cpuinfo", "model name", r->processor,
              sizeof r->processor);
    return ch_hash_file("/proc/self/exe", &r->build, e);
}

static int describe_host(struct ch_preflight_rank *r, const char *shards,
                         struct ch_err *e)
{
    const char *temporary = getenv("TMPDIR");

    r->memory = free_memory();
    /* Where nothing may be written there is no room. */
    if (ch_census_disk(temporary && *temporary ? temporary : "/tmp",
                       &r->temporary, NULL))
        r->temporary = 0;
    return see_shards(r, shards, e);
}

static void find_hosts(struct ch_preflight *p)
{
    for (size_t r = 0; r < p->rank_count; r++) {
        size_t h = 0;

        while (h < p->host_count &&
               strcmp(p->rank[p->host[h]].host, p->rank[r].host))
            h++;
        if (h == p->host_count)
            p->host[p->host_count++] = r;
    }
}

int ch_census_take(struct ch_comm *comm, const struct ch_train_options *o,
                   struct ch_preflight *p, struct ch_err *e)
{
    size_t size = (size_t)ch_comm_size(comm);
    struct ch_preflight_rank *mine;
    int rc = 0;

    p->rank_count = size;
    p->rank = calloc(size, sizeof *p->rank);
    p->host = calloc(size, sizeof *p->host);
    if (!p->rank || !p->host)
        rc = ch_fail(e, CH_ENOMEM, "cannot hold %zu ranks", size);
    rc = ch_comm_agree(comm, rc, e);
    if (rc)
        return rc;
    mine = &p->rank[ch_comm_rank(comm)];
    copy(mine->host, sizeof mine->host, ch_comm_host(comm));
    rc = ch_comm_agree(comm, describe(mine, comm, e), e);
    if (!rc) rc = ch_comm_gather_each(comm, mine, p->rank, sizeof *mine, e);
    if (rc)
        return rc;
    find_hosts(p);
    for (size_t h = 0; h < p->host_count; h++)
        if (p->host[h] == (size_t)ch_comm_rank(comm))
            rc = describe_host(mine, o->shards, e);
    rc = ch_comm_agree(comm, rc, e);
    return rc ? rc
              : ch_comm_gather_each(comm, mine, p->rank, sizeof *mine, e);
}
