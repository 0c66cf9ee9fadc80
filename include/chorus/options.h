/* options.h - one grammar for every program's command line
 *
 * A program describes its options in one table; parsing, --help and the test
 * that compares help with the man page read that table.
 *
 *     --name VALUE   --name=VALUE   --flag   --no-flag   -v   --   operands
 *
 * Every program also understands --help, --version, -v (more words, may be
 * repeated) and -q (fewer); they are added to the table here.
 */
#ifndef CHORUS_OPTIONS_H
#define CHORUS_OPTIONS_H

#include "chorus/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ch_option_kind {
    CH_OPTION_FLAG,    /* bool */
    CH_OPTION_COUNT,   /* uint64_t, between low and high */
    CH_OPTION_NUMBER,  /* double, between low and high */
    CH_OPTION_TEXT,    /* const char *, borrowed from argv or the file */
    CH_OPTION_TEXTS,   /* struct ch_texts: may be given several times */
    CH_OPTION_CHOICE,  /* int: index into choices, "first|every" */
    CH_OPTION_CONFIG,  /* const char *: a file of options, read before the
                          command line, which overrides it: lines of
                          name = value (base/option_file.h) */
    CH_OPTION_GROUP    /* no option: a heading in the help */
};

/* The values of an option that may be given several times, in order. */
#define CH_TEXTS_LIMIT 64
struct ch_texts {
    const char *at[CH_TEXTS_LIMIT];   /* borrowed from argv */
    size_t count;
};

struct ch_option {
    enum ch_option_kind kind;
    const char *name;     /* without the dashes; for a group its heading */
    const char *value;    /* what the value is called in the help: "DIR" */
    void *to;             /* where it goes; holds the default before parsing */
    double low, high;     /* bounds of COUNT and NUMBER; 0, 0: none */
    const char *choices;  /* for CHOICE, joined by | */
    const char *help;     /* one sentence, lower case, no full stop */
    bool required;
    bool is_output;       /* TEXT: a file that is written; that of no other
                             option, and no operand, or CH_EUSAGE */
};

struct ch_program {
    const char *name;      /* "chorus-shard" */
    const char *summary;   /* one sentence: what it does */
    const char *operands;  /* "PHOTO..." or NULL when it takes none */
    const char *examples;  /* whole lines for the end of --help, or NULL */
    const struct ch_option *options; /* ends with a name of NULL */
};

struct ch_arguments {
    char **operand;        /* borrowed from argv */
    size_t operand_count;
    int verbosity;         /* 0 usual, +1 per -v, -1 per -q */
    char *config;          /* text of the file that values point into, or NULL;
                              freed with ch_arguments_release() */
    bool done;             /* --help or --version was answered: end with 0 */
};

/* Parse argv.  0, or CH_EUSAGE with a sentence that names the option, the
 * value and what was expected (for an unknown option, the nearest known one).
 * --help and --version print on stdout and set done; CH_EIO when stdout
 * refuses. */
int ch_options_parse(const struct ch_program *program, int argc, char **argv,
                     struct ch_arguments *arguments, struct ch_err *e);

/* Only where there is an option of the kind CONFIG; after the last use of the
 * values. */
void ch_arguments_release(struct ch_arguments *arguments);

/* The text of --help, as ch_options_parse prints it, into a caller's buffer;
 * returns the length that was needed (as snprintf does). */
size_t ch_options_help(const struct ch_program *program, char *out,
                       size_t size);

/* The name of `count` that is nearest to `word` by edit distance, or NULL when
 * none is near enough to be what was meant. */
const char *ch_options_nearest(const char *word, const char *const *name,
                               size_t count);

#endif
