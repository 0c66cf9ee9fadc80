/* driver.c - run a fuzz target over files, and over mutations of them
 *
 *     fuzz_x FILE|FOLDER...
 *
 * Each file is given to the target as it is, then cut at many places, then with
 * bytes changed, removed and doubled.  The changes are a function of the
 * file's bytes alone: what fails once fails always.  CHORUS_FUZZ_RUNS sets how
 * many changed inputs are made of each file (default 500).  libFuzzer brings a
 * main() of its own; leave this file out then.
 */
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* Changes of one input; cuts come on top. */
#define RUNS 500
/* A file is cut at no more places than this. */
#define CUTS 256

static size_t inputs, files, runs = RUNS;

/* splitmix64 */
static uint64_t next(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* In a block of exactly n bytes, so that a sanitizer sees one read too far. */
static void run(const uint8_t *bytes, size_t n)
{
    uint8_t *copy = malloc(n ? n : 1);

    if (!copy)
        abort();
    if (n)
        memcpy(copy, bytes, n);
    LLVMFuzzerTestOneInput(copy, n);
    free(copy);
    inputs++;
}

static void run_cuts(const uint8_t *bytes, size_t n)
{
    size_t step = n > CUTS ? n / CUTS : 1;

    for (size_t cut = 0; cut < n; cut += step)
        run(bytes, cut);
    for (size_t left = 1; left <= 16 && left < n; left++)
        run(bytes, n - left);
}

/* Change a few places; returns the new length.  Room: n + 16. */
static size_t mutate(uint8_t *b, size_t n, uint64_t *state)
{
    static const uint8_t telling[] = { 0, 1, '"', '{', '}', '\t', '\n', '#',
                                       '-', '9', 0x7f, 0x80, 0xc3, 0xff };
    size_t room = n + 16;

    for (size_t k = 1 + next(state) % 4; k > 0 && n > 0; k--) {
        size_t at = next(state) % n;

        switch (next(state) % 4) {
        case 0:
            b[at] ^= (uint8_t)(1u << next(state) % 8);
            break;
        case 1:
            b[at] = telling[next(state) % sizeof telling];
            break;
        case 2:
            memmove(b + at, b + at + 1, n - at - 1);
            n--;
            break;
        default:
            if (n == room)
                break;
            memmove(b + at + 1, b + at, n - at);
            n++;
            break;
        }
    }
    return n;
}

static void run_mutations(const uint8_t *bytes, size_t n)
{
    uint8_t *b = malloc(n + 16);
    uint64_t state = n;

    if (!b)
        abort();
    for (size_t i = 0; i < n; i++)
        state = state * 31 + bytes[i];
    for (size_t i = 0; i < runs; i++) {
        if (n)
            memcpy(b, bytes, n);
        run(b, mutate(b, n, &state));
    }
    free(b);
}

static int run_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t *bytes = NULL;
    long n = -1;
    int rc = -1;

    if (f && fseek(f, 0, SEEK_END) == 0)
        n = ftell(f);
    if (n >= 0 && fseek(f, 0, SEEK_SET) == 0)
        bytes = malloc((size_t)n + 1);
    if (bytes && fread(bytes, 1, (size_t)n, f) == (size_t)n) {
        run(bytes, (size_t)n);
        run_cuts(bytes, (size_t)n);
        run_mutations(bytes, (size_t)n);
        files++;
        rc = 0;
    }
    if (rc)
        fprintf(stderr, "%s: cannot read\n", path);
    free(bytes);
    if (f)
        fclose(f);
    return rc;
}

static int visit(const char *path, const struct stat *s, int kind)
{
    (void)s;
    return kind == FTW_F ? run_file(path) : 0;
}

int main(int argc, char **argv)
{
    const char *wanted = getenv("CHORUS_FUZZ_RUNS");

    if (wanted)
        runs = strtoul(wanted, NULL, 10);
    for (int i = 1; i < argc; i++) {
        if (ftw(argv[i], visit, 16) != 0) {
            fprintf(stderr, "%s: cannot walk\n", argv[i]);
            return 1;
        }
    }
    printf("%zu inputs from %zu files\n", inputs, files);
    /* A corpus that is not found must not look like one without faults. */
    return files ? 0 : 1;
}
