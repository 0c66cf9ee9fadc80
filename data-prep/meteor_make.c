/* meteor_make.c - METEOR's files become one file of ours
 *
 *     gzip -dc paraphrase-en.gz | meteor-make SYNSETS EXCEPTIONS FUNCTION
 *                                             PREFIXES OUT
 *
 * The table of paraphrases comes from the standard input: groups of three
 * lines, a probability (which METEOR does not use), a phrase, a paraphrase.
 * data-prep/meteor.sh fetches the files.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "score/meteor_make.h"

/* Of each small file. */
static const size_t MAX_BYTES = (size_t)1 << 30;

/* 1 and a line without its end, 0 at the end, or negative. */
static int next_line(char **line, size_t *room, struct ch_err *e)
{
    ssize_t n = getline(line, room, stdin);

    if (n < 0)
        return ferror(stdin) ? ch_fail_errno(e, "paraphrases", "cannot read")
                             : 0;
    if (n > 0 && (*line)[n - 1] == '\n')
        (*line)[--n] = '\0';
    return strlen(*line) == (size_t)n
               ? 1
               : ch_fail(e, CH_EFORMAT, "paraphrases: found a zero byte");
}

static int read_paraphrases(struct ch_meteor_make *m, size_t *count,
                            struct ch_err *e)
{
    char *line[3] = { NULL };
    size_t room[3] = { 0 };
    int rc = 0;

    for (*count = 0;; ++*count) {
        rc = next_line(&line[0], &room[0], e);
        if (rc <= 0)
            break;
        for (int i = 1; i < 3 && rc > 0; i++)
            rc = next_line(&line[i], &room[i], e);
        if (rc == 0)
            rc = ch_fail(e, CH_EFORMAT, "expected three lines for each "
                         "paraphrase, found the end");
        if (rc > 0)
            rc = ch_meteor_make_paraphrase(m, line[1], line[2], e);
        if (rc < 0)
            break;
    }
    for (int i = 0; i < 3; i++)
        free(line[i]);
    return rc < 0 ? ch_err_wrap(e, "paraphrase %zu", *count + 1) : 0;
}

typedef int (*read_fn)(struct ch_meteor_make *m, struct ch_bytes lines,
                       const char *path, struct ch_err *e);

static int read_file(struct ch_meteor_make *m, read_fn read, const char *path,
                     struct ch_err *e)
{
    char *bytes;
    size_t n;
    int rc = ch_file_read(path, MAX_BYTES, &bytes, &n, e);

    if (!rc) rc = read(m, ch_bytes_of(bytes, n), path, e);
    free(bytes);
    return rc;
}

static int make(char **path, struct ch_err *e)
{
    static const read_fn read[] = {
        ch_meteor_make_synsets, ch_meteor_make_exceptions,
        ch_meteor_make_function, ch_meteor_make_prefixes,
    };
    struct ch_meteor_make *m;
    struct ch_buffer out = { 0 };
    size_t count = 0;
    int rc = ch_meteor_make_open(&m, e);

    /* First, so that the words of phrases get small numbers. */
    if (!rc) rc = read_paraphrases(m, &count, e);
    for (size_t i = 0; i < 4 && !rc; i++)
        rc = read_file(m, read[i], path[i], e);
    if (!rc) rc = ch_meteor_make_finish(m, &out, e);
    if (!rc) rc = ch_file_write(path[4], out.at, out.size, e);
    if (!rc)
        printf("%s: %zu paraphrases, %zu bytes\n", path[4], count, out.size);
    ch_buffer_release(&out);
    ch_meteor_make_close(m);
    return rc;
}

int main(int argc, char **argv)
{
    struct ch_err e = CH_ERR_INIT;
    int rc;

    if (argc != 6) {
        fprintf(stderr, "usage: gzip -dc paraphrase-en.gz | meteor-make "
                        "SYNSETS EXCEPTIONS FUNCTION PREFIXES OUT\n");
        return 2;
    }
    rc = make(argv + 1, &e);
    if (rc)
        fprintf(stderr, "meteor-make: %s\n", e.msg);
    return ch_err_exit(rc);
}
