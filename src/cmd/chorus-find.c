/* chorus-find.c - photos of an index that chorus tag made */
#include "chorus/find.h"
#include "cmd/cli.h"

static struct ch_find_options o = { .distance = CH_FIND_DISTANCE,
                                    .limit = 50 };
static bool json, null;

static const struct ch_option options[] = {
    { .kind = CH_OPTION_TEXT, .name = "index", .value = "FILE",
      .to = &o.index, .required = true,
      .help = "the file that chorus tag made" },
    { .kind = CH_OPTION_COUNT, .name = "limit", .value = "N", .to = &o.limit,
      .high = 1e15, .help = "photos, tags or groups at most; 0: all" },
    { .kind = CH_OPTION_FLAG, .name = "json", .to = &json,
      .help = "JSON, an object a line" },
    { .kind = CH_OPTION_FLAG, .name = "null", .to = &null,
      .help = "paths alone, as they are, each with a NUL behind it" },
    { .kind = CH_OPTION_GROUP, .name = "What is looked for" },
    { .kind = CH_OPTION_FLAG, .name = "any", .to = &o.any,
      .help = "one of the words is enough" },
    { .kind = CH_OPTION_TEXT, .name = "tag", .value = "NOUN", .to = &o.tag,
      .help = "photos with this tag, by path" },
    { .kind = CH_OPTION_FLAG, .name = "tags", .to = &o.tags,
      .help = "the tags, and how many photos have them" },
    { .kind = CH_OPTION_TEXT, .name = "like", .value = "PHOTO", .to = &o.like,
      .help = "photos that look like this one, the nearest first" },
    { .kind = CH_OPTION_TEXT, .name = "encoder", .value = "FILE",
      .to = &o.encoder,
      .help = "of --like: the model's encoder, if it is not beside the model" },
    { .kind = CH_OPTION_FLAG, .name = "duplicates", .to = &o.duplicates,
      .help = "groups of photos that look almost the same" },
    { .kind = CH_OPTION_NUMBER, .name = "distance", .value = "X",
      .to = &o.distance, .low = 0, .high = 2,
      .help = "of duplicates: 1 - cosine of the features, at most" },
    { .kind = CH_OPTION_COUNT, .name = "threads", .value = "N",
      .to = &o.threads, .low = 0, .high = 1024,
      .help = "of --duplicates; 0: all cores" },
    { .name = NULL },
};

static const struct ch_program program = {
    .name = "chorus-find",
    .summary = "Find photos by words, by tag, by picture, or near-duplicates.",
    .operands = "[WORD]...",
    .examples = "  chorus find \"dog on a beach\" --index photos.db\n"
                "  chorus find --like photo.jpg --index photos.db\n"
                "  chorus find --duplicates --index photos.db\n",
    .options = options,
};

static int check(struct ch_err *e)
{
    int asked = (o.word_count > 0) + (o.tag != NULL) + o.tags +
                (o.like != NULL) + o.duplicates;

    if (asked != 1)
        return ch_fail(e, CH_EUSAGE, "expected words, or one of --tag, --tags, "
                       "--like and --duplicates");
    if (json && null)
        return ch_fail(e, CH_EUSAGE, "--json and --null: one at a time");
    if (o.any && !o.word_count)
        return ch_fail(e, CH_EUSAGE, "--any is for words");
    if (o.encoder && !o.like)
        return ch_fail(e, CH_EUSAGE, "--encoder is for --like");
    return 0;
}

int main(int argc, char **argv)
{
    struct ch_arguments arguments;
    struct ch_err e = CH_ERR_INIT;
    uint64_t count = 0;
    int exit_code, rc;

    if (ch_cli_begin(&program, argc, argv, &arguments, &exit_code))
        return exit_code;
    o.word = arguments.operand;
    o.word_count = arguments.operand_count;
    o.form = json ? CH_FIND_JSON : null ? CH_FIND_NULL : CH_FIND_TEXT;
    rc = check(&e);
    if (!rc) rc = ch_find_run(&o, &count, &e);
    if (!rc && !count)
        ch_log(CH_LOG_INFO, "nothing found%s", o.word_count > 0 && !o.any
               ? "; with --any one of several words is enough" : "");
    return ch_cli_end(&program, rc, &e);
}
