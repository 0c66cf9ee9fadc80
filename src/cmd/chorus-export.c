/* chorus-export.c - a model's weights, for PyTorch */
#include "chorus/export.h"
#include "cmd/cli.h"

#include <stdio.h>

static struct ch_export_options o;
static int to;

static const struct ch_option options[] = {
    { .kind = CH_OPTION_TEXT, .name = "out", .value = "FILE", .to = &o.out,
      .required = true, .is_output = true, .help = "the file to write" },
    { .kind = CH_OPTION_CHOICE, .name = "to", .to = &to, .choices = "pytorch",
      .help = "whose names and layouts: safetensors with PyTorch's" },
    { .kind = CH_OPTION_TEXT, .name = "vocabulary", .value = "FILE",
      .to = &o.vocabulary, .is_output = true,
      .help = "write the words, too: one a line, in the order of their "
      "numbers" },
    { 0 },
};

static void show(void *context, const char *name, size_t rows, size_t columns)
{
    (void)context;
    if (columns)
        printf("%-32s %zu x %zu\n", name, rows, columns);
    else
        printf("%-32s %zu\n", name, rows);
}

int main(int argc, char **argv)
{
    const struct ch_program program = {
        .name = "chorus-export",
        .summary = "Write a model's weights for PyTorch, without what only "
                   "training goes on with.",
        .operands = "MODEL",
        .examples = "  chorus export run/best.safetensors --to pytorch "
                    "--out weights.safetensors\n",
        .options = options,
    };
    struct ch_arguments arguments;
    struct ch_err e = CH_ERR_INIT;
    int end, rc = 0;

    if (ch_cli_begin(&program, argc, argv, &arguments, &end))
        return end;
    if (arguments.operand_count != 1)
        rc = ch_fail(&e, CH_EUSAGE, "expected one model, found %zu",
                     arguments.operand_count);
    o.show = show;
    if (!rc) {
        o.model = arguments.operand[0];
        rc = ch_export_run(&o, &e);
    }
    return ch_cli_end(&program, rc, &e);
}
