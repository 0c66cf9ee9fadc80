/* chorus-alt.c - alt texts for the pictures of a web site */
#include "chorus/alt.h"
#include "cmd/cli.h"

#include <inttypes.h>
#include <stdio.h>

static struct ch_alt_options o;
static const char *copy;

static const struct ch_option options[] = {
    { .kind = CH_OPTION_TEXT, .name = "review", .value = "FILE",
      .to = &o.review, .required = true,
      .help = "CSV of what is proposed, to be read and changed by people" },
    { .kind = CH_OPTION_FLAG, .name = "empty", .to = &o.empty,
      .help = "pictures with alt=\"\" too, which are said to be decoration" },
    { .kind = CH_OPTION_GROUP, .name = "Proposing" },
    { .kind = CH_OPTION_TEXT, .name = "model", .value = "FILE",
      .to = &o.caption.model, .help = "the trained model" },
    { .kind = CH_OPTION_TEXT, .name = "encoder", .value = "FILE",
      .to = &o.caption.encoder,
      .help = "the model's encoder, if it is not beside the model" },
    { .kind = CH_OPTION_COUNT, .name = "beam", .value = "K",
      .to = &o.caption.decode.beam, .low = 1, .high = 100,
      .help = "beginnings kept side by side; 1: greedy" },
    { .kind = CH_OPTION_COUNT, .name = "threads", .value = "N",
      .to = &o.caption.threads, .low = 0, .high = 1024,
      .help = "for the encoder; 0: all cores" },
    { .kind = CH_OPTION_GROUP, .name = "Applying" },
    { .kind = CH_OPTION_TEXT, .name = "apply", .value = "DIR", .to = &copy,
      .help = "write the pages that change there, with the texts of --review" },
    { .name = NULL },
};

static const struct ch_program program = {
    .name = "chorus-alt",
    .summary = "Alt texts for the pictures of a web site.",
    .operands = "SITE",
    .examples = "chorus alt site --model run/best.safetensors "
                "--review alt.csv\n"
                "chorus alt site --review alt.csv --apply changed\n",
    .options = options,
};

static int propose(struct ch_err *e)
{
    struct ch_alt_counts n;
    int rc;

    if (!o.caption.model)
        return ch_fail(e, CH_EUSAGE, "expected --model to propose texts, or "
                       "--apply to write those of --review");
    rc = ch_alt_propose(&o, &n, e);
    if (rc)
        return rc;
    printf("%" PRIu64 " pages, %" PRIu64 " pictures without alt: %" PRIu64
           " proposed, %" PRIu64 " in the review file before, %" PRIu64
           " elsewhere, %" PRIu64 " missing, %" PRIu64 " bad\n", n.pages,
           n.images, n.proposed, n.kept, n.elsewhere, n.missing, n.bad);
    return n.bad ? ch_fail(e, CH_EFORMAT, "%" PRIu64 " pictures could not be "
                           "captioned", n.bad) : 0;
}

static int apply(struct ch_err *e)
{
    struct ch_alt_counts n;
    int rc = ch_alt_apply(&o, copy, &n, e);

    if (!rc)
        printf("%" PRIu64 " pages written, %" PRIu64 " alt texts, %" PRIu64
               " rows without a place\n", n.pages, n.images, n.unused);
    return rc;
}

int main(int argc, char **argv)
{
    struct ch_arguments arguments;
    struct ch_err e = CH_ERR_INIT;
    int exit_code, rc;

    ch_caption_defaults(&o.caption);
    if (ch_cli_begin(&program, argc, argv, &arguments, &exit_code))
        return exit_code;
    if (arguments.operand_count != 1) {
        rc = ch_fail(&e, CH_EUSAGE, "expected one folder, found %zu; see "
                     "chorus-alt --help", arguments.operand_count);
    } else if (copy && o.caption.model) {
        rc = ch_fail(&e, CH_EUSAGE, "--model proposes, --apply writes what was "
                     "reviewed: one at a time");
    } else {
        o.site = arguments.operand[0];
        rc = copy ? apply(&e) : propose(&e);
    }
    return ch_cli_end(&program, rc, &e);
}
