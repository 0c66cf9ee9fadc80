/* scratch.h - a folder for one test program, and what it wrote on a stream
 *
 * Include after <cmocka.h>.
 */
#ifndef TESTS_UNIT_SCRATCH_H
#define TESTS_UNIT_SCRATCH_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char scratch[512];      /* the folder; "" before scratch_make() */

/* Group setup: an empty folder. */
static inline int scratch_make(void **state)
{
    const char *tmp = getenv("TMPDIR");

    (void)state;
    snprintf(scratch, sizeof scratch, "%s/chorus-test-XXXXXX",
             tmp && *tmp ? tmp : "/tmp");
    return mkdtemp(scratch) ? 0 : -1;
}

static inline int scratch_delete(const char *path, const struct stat *s,
                                 int kind, struct FTW *f)
{
    (void)s, (void)kind, (void)f;
    return remove(path);
}

/* Group teardown. */
static inline int scratch_remove(void **state)
{
    (void)state;
    return nftw(scratch, scratch_delete, 16, FTW_DEPTH | FTW_PHYS);
}

/* The path of a file in the folder; four of them live at a time. */
static inline const char *scratch_path(const char *name)
{
    static char path[4][1024];
    static unsigned next;
    char *out = path[next++ % 4];

    snprintf(out, sizeof path[0], "%s/%s", scratch, name);
    return out;
}

/* Between start and stop, what is written on descriptor fd goes to a file;
 * stop gives it back as text, in a buffer of its own. */
struct capture {
    int fd, saved;
    FILE *file;
    char text[1 << 15];
};

static inline void capture_start(struct capture *c, int fd)
{
    fflush(NULL);
    c->fd = fd;
    c->file = tmpfile();
    assert_non_null(c->file);
    c->saved = dup(fd);
    assert_true(dup2(fileno(c->file), fd) >= 0);
}

static inline const char *capture_stop(struct capture *c)
{
    size_t n;

    fflush(NULL);
    dup2(c->saved, c->fd);
    close(c->saved);
    rewind(c->file);
    n = fread(c->text, 1, sizeof c->text - 1, c->file);
    c->text[n] = '\0';
    fclose(c->file);
    return c->text;
}

#endif
