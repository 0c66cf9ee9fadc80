/* chorus-average.c - several models of one run become one */
#include "chorus/average.h"
#include "cmd/cli.h"

#include <stdio.h>

static const char *out;

static const struct ch_option options[] = {
    { .kind = CH_OPTION_TEXT, .name = "out", .value = "FILE", .to = &out,
      .required = true, .is_output = true, .help = "the model to write" },
    { 0 },
};

int main(int argc, char **argv)
{
    const struct ch_program program = {
        .name = "chorus-average",
        .summary = "Average models or checkpoints of one run: often better "
                   "than each of them.",
        .operands = "MODEL...",
        .examples = "  chorus average run/step-*.safetensors "
                    "run/latest.safetensors \\\n"
                    "    --out mean.safetensors\n",
        .options = options,
    };
    struct ch_arguments arguments;
    struct ch_err e = CH_ERR_INIT;
    int end, rc;

    if (ch_cli_begin(&program, argc, argv, &arguments, &end))
        return end;
    rc = ch_average_run(arguments.operand, arguments.operand_count, out, &e);
    if (!rc)
        printf("models  %zu\nmodel   %s\n", arguments.operand_count, out);
    return ch_cli_end(&program, rc, &e);
}
