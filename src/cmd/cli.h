/* cli.h - what every program does around its one library call
 *
 * A program's main() is: describe options, parse, one library call, print the
 * result.  ch_cli_end() prints the error, once, on stderr and gives the exit
 * code.
 */
#ifndef CH_CMD_CLI_H
#define CH_CMD_CLI_H

#include "chorus/comm.h"
#include "chorus/err.h"
#include "chorus/log.h"
#include "chorus/options.h"

/* Options of what captions photos by a model; o: struct ch_caption_options. */
#define CH_CLI_CAPTION(o)                                                      \
    { .kind = CH_OPTION_TEXT, .name = "model", .value = "FILE",                \
      .to = &(o).model, .help = "the trained model" },                         \
    { .kind = CH_OPTION_TEXT, .name = "encoder", .value = "FILE",              \
      .to = &(o).encoder,                                                      \
      .help = "the model's encoder, if it is not beside the model" },          \
    { .kind = CH_OPTION_COUNT, .name = "beam", .value = "K",                   \
      .to = &(o).decode.beam, .low = 1, .high = 100,                           \
      .help = "beginnings kept side by side; 1: greedy" }

/* Parse and set the log up (rank 0 of 1).  0; or 1: end with *exit_code (help,
 * version, or bad usage that has been told). */
int ch_cli_begin(const struct ch_program *program, int argc, char **argv,
                 struct ch_arguments *arguments, int *exit_code);

/* The same for programs with ranks: only rank 0 speaks, and the stdout of the
 * others leads nowhere. */
int ch_cli_begin_rank(const struct ch_program *program, int argc, char **argv,
                      struct ch_arguments *arguments, int rank, int size,
                      int *exit_code);

/* 0 -> 0; otherwise "chorus-x: message" on stderr, and the exit code.  Flushes
 * stdout first: results that could not be written are an error, too.  Of
 * ranks, 0 tells the error; the others only a lost rank (CH_ECOMM). */
int ch_cli_end(const struct ch_program *program, int rc, struct ch_err *e);

/* Both for a program whose ranks talk (cli_ranks.c).  Begin opens *comm, and
 * closes it again when it returns 1.  End closes it; after CH_ECOMM the other
 * ranks may be lost and wait for nobody: it ends the whole job. */
int ch_cli_begin_ranks(const struct ch_program *program, int argc, char **argv,
                       struct ch_arguments *arguments, struct ch_comm **comm,
                       int *exit_code);
int ch_cli_end_ranks(const struct ch_program *program, struct ch_comm *comm,
                     int rc, struct ch_err *e);

/* Of chorus-train (cli_preflight.c).  Collective: what ch_preflight_run() finds
 * and returns; rank 0 tells it. */
struct ch_train_options;
int ch_cli_preflight(struct ch_comm *comm, const struct ch_train_options *o,
                     struct ch_err *e);

#endif
