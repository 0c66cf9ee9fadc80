/* option_paths.c - what a program writes is none of its other files */
#include "base/option_paths.h"

#include "base/file.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* The folder that holds a path. */
static bool find_folder(const char *path, struct stat *folder)
{
    const char *slash = strrchr(path, '/');
    int n = slash ? (int)(slash - path) + 1 : 0;
    char text[4096];
    int need = snprintf(text, sizeof text, "%.*s", n, path);

    return need >= 0 && (size_t)need < sizeof text &&
           !stat(n ? text : ".", folder);
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* One file, by this name or another; of files that are not there, one name in
 * one folder. */
static bool is_same_file(const char *a, const char *b)
{
    struct stat of_a, of_b;
    bool is_a = !stat(a, &of_a), is_b = !stat(b, &of_b);

    if (is_a || is_b)
        return is_a && is_b && S_ISREG(of_a.st_mode) && is_same(&of_a, &of_b);
    return !strcmp(ch_file_last(a), ch_file_last(b)) &&
           find_folder(a, &of_a) && find_folder(b, &of_b) &&
           is_same(&of_a, &of_b);
}

static int compare(const struct ch_option *out, const char *what,
                   const char *path, struct ch_err *e)
{
    const char *written = *(const char **)out->to;
    const char *behind = *path == '@' ? path : strchr(path, '=');

    if (!is_same_file(written, path) &&
        !(behind && is_same_file(written, behind + 1)))
        return 0;
    return ch_fail(e, CH_EUSAGE, "--%s %s would be written over %s; give "
                   "another name", out->name, written, what);
}

static bool is_file(const struct ch_option *o)
{
    return o->value && (!strncmp(o->value, "FILE", 4) ||
                        !strcmp(o->value, "MODEL"));
}

static int compare_option(const struct ch_option *out,
                          const struct ch_option *o, struct ch_err *e)
{
    const struct ch_texts *texts = o->to;
    const char *path;
    char what[80];
    int rc = 0;

    snprintf(what, sizeof what, "what --%s names", o->name);
    if (o->kind == CH_OPTION_TEXTS) {
        for (size_t i = 0; i < texts->count && !rc; i++)
            rc = compare(out, what, texts->at[i], e);
        return rc;
    }
    path = *(const char **)o->to;
    return path ? compare(out, what, path, e) : 0;
}

static int compare_all(const struct ch_program *program,
                       const struct ch_arguments *a,
                       const struct ch_option *out, struct ch_err *e)
{
    /* "new|add STUDY": the first operand is a word. */
    const char *words = program->operands ? program->operands : "";
    size_t first = *words >= 'a' && *words <= 'z';
    int rc = 0;

    for (const struct ch_option *o = program->options; o->name && !rc; o++)
        if (o != out && is_file(o))
            rc = compare_option(out, o, e);
    for (size_t i = first; i < a->operand_count && !rc; i++) {
        char what[300];

        snprintf(what, sizeof what, "the operand %.200s", a->operand[i]);
        rc = compare(out, what, a->operand[i], e);
    }
    return rc;
}

int ch_option_paths_check(const struct ch_program *program,
                          const struct ch_arguments *arguments,
                          struct ch_err *e)
{
    int rc = 0;

    for (const struct ch_option *o = program->options; o && o->name && !rc;
         o++)
        if (o->is_output && *(const char **)o->to)
            rc = compare_all(program, arguments, o, e);
    return rc;
}
