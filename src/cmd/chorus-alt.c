/* chorus-alt.c - alt texts for a web site, or for a folder of photos */
#include "chorus/alt.h"
#include "chorus/alt_photo.h"
#include "cmd/cli.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>

static struct ch_alt_options o;        /* what is of photos alone is in p */
static struct ch_alt_photo_options p;
static const char *copy;
static bool photos;
static volatile sig_atomic_t stopped;

static const struct ch_option options[] = {
    { .kind = CH_OPTION_TEXT, .name = "review", .value = "FILE",
      .to = &o.review, .required = true, .is_output = true,
      .help = "what is proposed, to be read and changed by people: CSV, or "
              "JSON when its name ends in .json" },
    { .kind = CH_OPTION_FLAG, .name = "photos", .to = &photos,
      .help = "photos, although a page (.html, .htm) is in the folder" },
    { .kind = CH_OPTION_FLAG, .name = "empty", .to = &o.empty,
      .help = "of a site: pictures with alt=\"\" too, which are said to be "
              "decoration" },
    { .kind = CH_OPTION_GROUP, .name = "Proposing" },
    CH_CLI_CAPTION(o.caption),
    { .kind = CH_OPTION_COUNT, .name = "threads", .value = "N",
      .to = &o.caption.threads, .low = 0, .high = 1024,
      .help = "for the encoder; 0: all cores" },
    { .kind = CH_OPTION_FLAG, .name = "watch", .to = &p.watch,
      .help = "of photos: go on with those that come, until it is stopped" },
    { .kind = CH_OPTION_GROUP, .name = "Applying" },
    { .kind = CH_OPTION_TEXT, .name = "apply", .value = "DIR", .to = &copy,
      .help = "write the texts of --review there: of a site the pages that "
              "change, in a new folder; of photos XMP sidecars, also beside "
              "the photos" },
    { .kind = CH_OPTION_FLAG, .name = "extend", .to = &p.extend,
      .help = "of photos: sidecars that are there get the description or the "
              "alt text they lack; otherwise they stay as they are" },
    { .name = NULL },
};

static const struct ch_program program = {
    .name = "chorus-alt",
    .summary = "Alt texts for the pictures of a web site, or of a folder.",
    .operands = "DIR",
    .examples = "  chorus alt site --model run/best.safetensors "
                "--review alt.csv\n"
                "  chorus alt site --review alt.csv --apply changed\n"
                "  chorus alt photos --model run/best.safetensors "
                "--review alt.json --watch\n"
                "  chorus alt photos --review alt.json --apply photos\n",
    .options = options,
};

static int bad_pictures(uint64_t bad, struct ch_err *e)
{
    return bad ? ch_fail(e, CH_EFORMAT, "%" PRIu64 " pictures could not be "
                         "captioned", bad) : 0;
}

static int propose(struct ch_err *e)
{
    struct ch_alt_counts n;
    int rc = ch_alt_propose(&o, &n, e);

    if (rc)
        return rc;
    printf("%" PRIu64 " pages, %" PRIu64 " pictures without alt: %" PRIu64
           " proposed, %" PRIu64 " in the review file before, %" PRIu64
           " elsewhere, %" PRIu64 " missing, %" PRIu64 " bad\n", n.pages,
           n.images, n.proposed, n.kept, n.elsewhere, n.missing, n.bad);
    return bad_pictures(n.bad, e);
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

static void on_stop(int signal)
{
    (void)signal;
    stopped = 1;
}

static int propose_photos(struct ch_err *e)
{
    struct sigaction action = { .sa_handler = on_stop };
    struct ch_alt_photo_counts n;
    int rc;

    p.stop = &stopped;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    rc = ch_alt_photo_propose(&p, &n, e);
    if (rc)
        return rc;
    printf("%" PRIu64 " photos: %" PRIu64 " proposed, %" PRIu64 " in the "
           "review file before, %" PRIu64 " described by a sidecar, %" PRIu64
           " bad\n", n.photos, n.proposed, n.kept, n.described, n.bad);
    /* Who watches has been told of each. */
    return p.watch ? 0 : bad_pictures(n.bad, e);
}

static int apply_photos(struct ch_err *e)
{
    struct ch_alt_photo_counts n;
    int rc = ch_alt_photo_apply(&p, copy, &n, e);

    if (rc)
        return rc;
    printf("%" PRIu64 " rows: %" PRIu64 " sidecars written, %" PRIu64
           " extended, %" PRIu64 " left as they are, %" PRIu64 " bad, %" PRIu64
           " without a photo\n", n.photos, n.written, n.extended, n.there,
           n.bad, n.unused);
    return n.bad ? ch_fail(e, CH_EFORMAT, "%" PRIu64 " sidecars are no XMP",
                           n.bad) : 0;
}

static int run(const char *folder, struct ch_err *e)
{
    int is_photos = photos ? 1 : ch_alt_photo_is_folder(folder, e);

    if (is_photos < 0)
        return is_photos;
    if (is_photos && o.empty)
        return ch_fail(e, CH_EUSAGE, "--empty is of a web site, and no page "
                       "(.html, .htm) is in %s", folder);
    if (!is_photos && (p.watch || p.extend))
        return ch_fail(e, CH_EUSAGE, "--%s is of photos, and a page is in %s; "
                       "--photos leaves pages alone",
                       p.watch ? "watch" : "extend", folder);
    if (!copy && !o.caption.model)
        return ch_fail(e, CH_EUSAGE, "expected --model to propose texts, or "
                       "--apply to write those of --review");
    if (copy && (o.caption.model || p.watch))
        return ch_fail(e, CH_EUSAGE, "--%s proposes, --apply writes what was "
                       "reviewed: one at a time",
                       o.caption.model ? "model" : "watch");
    if (!copy && p.extend)
        return ch_fail(e, CH_EUSAGE, "--extend is of --apply");
    o.site = p.folder = folder;
    p.review = o.review;
    p.caption = o.caption;
    if (is_photos)
        return copy ? apply_photos(e) : propose_photos(e);
    return copy ? apply(e) : propose(e);
}

int main(int argc, char **argv)
{
    struct ch_arguments arguments;
    struct ch_err e = CH_ERR_INIT;
    int exit_code, rc;

    ch_caption_defaults(&o.caption);
    if (ch_cli_begin(&program, argc, argv, &arguments, &exit_code))
        return exit_code;
    if (arguments.operand_count != 1)
        rc = ch_fail(&e, CH_EUSAGE, "expected one folder, found %zu; see "
                     "chorus-alt --help", arguments.operand_count);
    else
        rc = run(arguments.operand[0], &e);
    return ch_cli_end(&program, rc, &e);
}
