/* chorus-inspect.c - what a folder of shards holds, record by record */
#include "chorus/inspect.h"
#include "cmd/cli.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where the options go. */
static struct ch_inspect_options o;
static bool json;

static const struct ch_option options[] = {
    { .kind = CH_OPTION_TEXT, .name = "split", .value = "NAME",
      .to = &o.split, .help = "records of this split alone" },
    { .kind = CH_OPTION_TEXT, .name = "key", .value = "KEY",
      .to = &o.key, .help = "the record of this photo alone" },
    { .kind = CH_OPTION_COUNT, .name = "first", .value = "N",
      .to = &o.first, .low = 0, .high = 1e12,
      .help = "leave out the first N records" },
    { .kind = CH_OPTION_COUNT, .name = "limit", .value = "N",
      .to = &o.limit, .low = 0, .high = 1e12,
      .help = "show no more than N records; 0: all" },
    { .kind = CH_OPTION_FLAG, .name = "json", .to = &json,
      .help = "one JSON object a line, captions as their ids spell them, too" },
    { .kind = CH_OPTION_FLAG, .name = "values", .to = &o.values,
      .help = "print the numbers of the pooled features, too" },
    { 0 },
};

static void print_feature(const char *name, const struct ch_inspect_feature *f)
{
    if (f->dtype)
        printf("\t%s %" PRIu64 " x %" PRIu64 " %s", name, f->rows, f->columns,
               f->dtype);
}

static void print_text(const struct ch_inspect_record *r)
{
    printf("%s\t%s", r->split, r->key);
    if (r->is_region)
        printf("\tregion %" PRIu32 " x %" PRIu32 " at %" PRIu32 ", %" PRIu32,
               r->box[2], r->box[3], r->box[0], r->box[1]);
    print_feature("pooled", &r->pooled);
    print_feature("grid", &r->grid);
    if (r->skipped)
        printf("\tskipped: %s", r->skipped);
    putchar('\n');
    for (size_t c = 0; c < r->caption_count; c++)
        printf("  %s\n", r->raw[c]);
    for (size_t i = 0; r->value && i < r->pooled.rows * r->pooled.columns; i++)
        printf("%s%.9g", i ? " " : "  ", (double)r->value[i]);
    if (r->value)
        putchar('\n');
}

static int show(void *context, const struct ch_inspect_record *r,
                struct ch_err *e)
{
    char *text;

    (void)context;
    if (json) {
        text = ch_inspect_json(r);
        if (!text)
            return ch_fail(e, CH_ENOMEM, "cannot hold a record");
        puts(text);
        free(text);
    } else {
        print_text(r);
    }
    if (ferror(stdout))
        return ch_fail(e, CH_EIO, "cannot write on stdout: %s",
                       strerror(errno));
    return 0;
}

int main(int argc, char **argv)
{
    const struct ch_program program = {
        .name = "chorus-inspect",
        .summary = "List the records of a folder of shards: key, captions, "
                   "features.",
        .operands = "SHARDS",
        .examples = "  chorus inspect shards --split val --limit 3\n"
                    "  chorus inspect shards --key 000001.jpg --json "
                    "--values\n",
        .options = options,
    };
    struct ch_arguments arguments;
    struct ch_err e = CH_ERR_INIT;
    int end, rc = 0;

    if (ch_cli_begin(&program, argc, argv, &arguments, &end))
        return end;
    if (arguments.operand_count != 1)
        rc = ch_fail(&e, CH_EUSAGE, "expected one folder of shards, found "
                     "%zu; see chorus-inspect --help",
                     arguments.operand_count);
    else
        o.shards = arguments.operand[0];
    if (!rc) rc = ch_inspect_run(&o, show, NULL, &e);
    return ch_cli_end(&program, rc, &e);
}
