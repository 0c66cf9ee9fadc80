/* chorus-import.c - weights that PyTorch trained become a model */
#include "chorus/export.h"
#include "cmd/cli.h"

#include <stdio.h>

static struct ch_import_options o;

static const struct ch_option options[] = {
    { .kind = CH_OPTION_TEXT, .name = "out", .value = "FILE", .to = &o.out,
      .required = true, .is_output = true, .help = "the model to write" },
    { .kind = CH_OPTION_TEXT, .name = "like", .value = "MODEL", .to = &o.like,
      .help = "all but the weights is as in this model" },
    { .kind = CH_OPTION_TEXT, .name = "shards", .value = "DIR",
      .to = &o.shards,
      .help = "the words and the encoder are those of these shards, the "
      "decoder is found from the weights" },
    { .kind = CH_OPTION_CHOICE, .name = "image", .to = &o.image,
      .choices = "auto|first|every|state|merge",
      .help = "with --shards: how the decoder nic is fed the image" },
    { .kind = CH_OPTION_FLAG, .name = "word-relu", .to = &o.word_relu,
      .help = "with --shards: word vectors that are fed are cut at 0" },
    { .kind = CH_OPTION_COUNT, .name = "max-words", .value = "N",
      .to = &o.max_words, .low = 0, .high = 10000,
      .help = "longest caption; 0: as the model or the shards say" },
    { 0 },
};

static void show(void *context, const char *name, size_t rows, size_t columns)
{
    size_t *count = context;

    (void)name;
    *count += rows * (columns ? columns : 1);
}

int main(int argc, char **argv)
{
    const struct ch_program program = {
        .name = "chorus-import",
        .summary = "Make a model of weights that PyTorch trained.",
        .operands = "WEIGHTS",
        .examples = "  chorus import tuned.safetensors "
                    "--like run/best.safetensors \\\n"
                    "    --out tuned-model.safetensors\n",
        .options = options,
    };
    struct ch_arguments arguments;
    struct ch_err e = CH_ERR_INIT;
    size_t parameters = 0;
    int end, rc = 0;

    if (ch_cli_begin(&program, argc, argv, &arguments, &end))
        return end;
    if (arguments.operand_count != 1)
        rc = ch_fail(&e, CH_EUSAGE, "expected one file of weights, found %zu",
                     arguments.operand_count);
    o.show = show;
    o.context = &parameters;
    if (!rc) {
        o.weights = arguments.operand[0];
        rc = ch_import_run(&o, &e);
    }
    if (!rc)
        printf("parameters  %zu\nmodel       %s\n", parameters, o.out);
    return ch_cli_end(&program, rc, &e);
}
