/* cli.c - what every program does around its one library call */
#include "cmd/cli.h"

#include <stdio.h>

/* Who this process is, for the end: set once, by begin. */
static int rank_here;
static enum ch_log_level level_here = CH_LOG_INFO;

static enum ch_log_level level_of(int verbosity)
{
    int level = CH_LOG_INFO + verbosity;

    if (level < CH_LOG_ERROR)
        return CH_LOG_ERROR;
    return level > CH_LOG_DEBUG ? CH_LOG_DEBUG : (enum ch_log_level)level;
}

int ch_cli_begin_rank(const struct ch_program *program, int argc, char **argv,
                      struct ch_arguments *arguments, int rank, int size,
                      int *exit_code)
{
    struct ch_err e = CH_ERR_INIT;
    int rc = 0;

    rank_here = rank;
    *arguments = (struct ch_arguments){ 0 };
    ch_log_setup(program->name, CH_LOG_INFO, rank, size);
    /* Every rank reads the same words; one answers. */
    if (rank > 0 && !freopen("/dev/null", "w", stdout))
        rc = ch_fail_errno(&e, "/dev/null", "cannot open");
    if (!rc)
        rc = ch_options_parse(program, argc, argv, arguments, &e);
    level_here = level_of(arguments->verbosity);
    ch_log_setup(program->name, level_here, rank, size);
    if (rc || arguments->done) {
        *exit_code = ch_cli_end(program, rc, &e);
        return 1;
    }
    return 0;
}

int ch_cli_begin(const struct ch_program *program, int argc, char **argv,
                 struct ch_arguments *arguments, int *exit_code)
{
    return ch_cli_begin_rank(program, argc, argv, arguments, 0, 1, exit_code);
}

int ch_cli_end(const struct ch_program *program, int rc, struct ch_err *e)
{
    (void)program;   /* the log has its name */
    if ((fflush(stdout) || ferror(stdout)) && !rc)
        rc = ch_fail_errno(e, NULL, "cannot write the results on stdout");
    /* All ranks leave with the same error, and one tells it.  A lost rank may
     * have been that one. */
    if (rc && (rank_here == 0 || rc == CH_ECOMM)) {
        if (level_here == CH_LOG_DEBUG && e->file)
            ch_log(CH_LOG_ERROR, "%s (%s:%d)", e->msg, e->file, e->line);
        else
            ch_log(CH_LOG_ERROR, "%s", e->msg);
    }
    return ch_err_exit(rc);
}
