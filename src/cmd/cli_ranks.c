/* cli_ranks.c - how a program with ranks begins and ends */
#include "cmd/cli.h"

int ch_cli_begin_ranks(const struct ch_program *program, int argc, char **argv,
                       struct ch_arguments *arguments, struct ch_comm **comm,
                       int *exit_code)
{
    struct ch_err e = CH_ERR_INIT;
    int rc;

    /* Without a rank yet, but what fails now has a name. */
    ch_log_setup(program->name, CH_LOG_INFO, 0, 1);
    rc = ch_comm_open(comm, &e);
    if (rc) {
        *exit_code = ch_cli_end(program, rc, &e);
        return 1;
    }
    if (!ch_cli_begin_rank(program, argc, argv, arguments,
                           ch_comm_rank(*comm), ch_comm_size(*comm),
                           exit_code))
        return 0;
    ch_comm_close(*comm);
    *comm = NULL;
    return 1;
}

int ch_cli_end_ranks(const struct ch_program *program, struct ch_comm *comm,
                     int rc, struct ch_err *e)
{
    int exit_code = ch_cli_end(program, rc, e);

    if (rc == CH_ECOMM)
        ch_comm_abort(comm, exit_code);
    ch_comm_close(comm);
    return exit_code;
}
