/* chorus-tag.c - captions and nouns of a collection of photos */
#include "chorus/tag.h"
#include "cmd/cli.h"

#include <inttypes.h>
#include <stdio.h>

static struct ch_tag_options o;
static bool json, skip_bad;

static const struct ch_option options[] = {
    { .kind = CH_OPTION_TEXT, .name = "index", .value = "FILE",
      .to = &o.index, .required = true,
      .help = "the SQLite file that holds what is on the photos" },
    CH_CLI_CAPTION(o.caption),
    { .kind = CH_OPTION_COUNT, .name = "batch", .value = "N",
      .to = &o.caption.batch, .low = 1, .high = 4096,
      .help = "photos that are captioned and written at once" },
    { .kind = CH_OPTION_COUNT, .name = "threads", .value = "N",
      .to = &o.caption.threads, .low = 0, .high = 1024,
      .help = "for the encoder; 0: all cores" },
    { .kind = CH_OPTION_FLAG, .name = "skip-bad", .to = &skip_bad,
      .help = "unreadable photos and folders are told, but no failure" },
    { .kind = CH_OPTION_FLAG, .name = "json", .to = &json,
      .help = "the counts at the end as JSON" },
    { .kind = CH_OPTION_GROUP, .name = "Links" },
    { .kind = CH_OPTION_TEXT, .name = "links", .value = "DIR",
      .to = &o.links,
      .help = "a folder there for each tag, with links to its photos" },
    { .kind = CH_OPTION_FLAG, .name = "hard", .to = &o.hard,
      .help = "hard links in place of symbolic ones" },
    { .name = NULL },
};

static const struct ch_program program = {
    .name = "chorus-tag",
    .summary = "Captions and nouns of a collection of photos, in one file.",
    .operands = "[PHOTO|FOLDER]...",
    .examples = "  chorus tag photos --index photos.db --model "
                "run/best.safetensors\n"
                "  chorus tag --index photos.db --links by-tag\n"
                "  chorus find \"dog on a beach\" --index photos.db\n",
    .options = options,
};

static int check(struct ch_err *e)
{
    if (!o.photo_count && !o.links)
        return ch_fail(e, CH_EUSAGE, "expected photos to index, or --links; "
                       "see chorus-tag --help");
    if (o.photo_count && !o.caption.model)
        return ch_fail(e, CH_EUSAGE, "expected --model, which captions the "
                       "photos");
    if (!o.photo_count && o.caption.model)
        return ch_fail(e, CH_EUSAGE, "expected photos for --model");
    if (o.hard && !o.links)
        return ch_fail(e, CH_EUSAGE, "--hard says how --links links");
    return 0;
}

static void tell(const struct ch_tag_counts *n)
{
    if (json)
        printf("{\"photos\":%" PRIu64 ",\"captioned\":%" PRIu64
               ",\"kept\":%" PRIu64 ",\"gone\":%" PRIu64 ",\"bad\":%" PRIu64
               ",\"folders_bad\":%" PRIu64 ",\"links\":%" PRIu64
               ",\"links_kept\":%" PRIu64 ",\"links_gone\":%" PRIu64
               ",\"links_bad\":%" PRIu64 "}\n", n->photos, n->captioned,
               n->kept, n->gone, n->bad, n->unread, n->links, n->links_kept,
               n->links_gone, n->links_bad);
    else if (o.photo_count)
        printf("%" PRIu64 " photos: %" PRIu64 " captioned, %" PRIu64
               " as before, %" PRIu64 " bad; %" PRIu64 " gone\n", n->photos,
               n->captioned, n->kept, n->bad, n->gone);
    if (!json && o.links)
        printf("%" PRIu64 " links, %" PRIu64 " there before, %" PRIu64
               " not made; %" PRIu64 " removed\n", n->links, n->links_kept,
               n->links_bad, n->links_gone);
}

int main(int argc, char **argv)
{
    struct ch_arguments arguments;
    struct ch_tag_counts n;
    struct ch_err e = CH_ERR_INIT;
    int exit_code, rc;

    ch_caption_defaults(&o.caption);
    if (ch_cli_begin(&program, argc, argv, &arguments, &exit_code))
        return exit_code;
    o.photo = arguments.operand;
    o.photo_count = arguments.operand_count;
    rc = check(&e);
    if (!rc) rc = ch_tag_run(&o, &n, &e);
    if (!rc) {
        tell(&n);
        if (n.bad && !skip_bad)
            rc = ch_fail(&e, CH_EFORMAT, "%" PRIu64 " photos could not be "
                         "captioned", n.bad);
        else if (n.unread && !skip_bad)
            rc = ch_fail(&e, CH_EIO, "%" PRIu64 " of the folders could not be "
                         "read; what the index has of them stays", n.unread);
        else if (n.links_bad)
            rc = ch_fail(&e, CH_EIO, "%" PRIu64 " links could not be made or "
                         "removed", n.links_bad);
    }
    return ch_cli_end(&program, rc, &e);
}
