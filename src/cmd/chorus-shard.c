/* chorus-shard.c - annotation files and photos become shards */
#include "chorus/check.h"
#include "chorus/prepare.h"
#include "chorus/reshard.h"
#include "cmd/cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMATS "flickr|flickr-csv|coco|karpathy|genome|tsv|csv|jsonl"

/* No index into them: --format was not given. */
#define NO_FORMAT (-1)

/* Where the options go. */
static struct ch_prepare_options o;
static int format = NO_FORMAT, by, regions;
static uint64_t reshard;
static bool merge, check, json;
static struct ch_check_options look;

static void print_result(const struct ch_prepare_result *r)
{
    const char *const name[3] = { "train", "val", "test" };

    printf("%-10s %10s %10s %10s\n", "split", "images", "captions", "words");
    for (int i = 0; i < 3; i++)
        if (r->split[i].images)
            printf("%-10s %10" PRIu64 " %10" PRIu64 " %10" PRIu64 "\n",
                   name[i], r->split[i].images, r->split[i].captions,
                   r->split[i].words);
    if (reshard)
        printf("vocabulary %10" PRIu64 " ids\n", r->vocabulary);
    else
        printf("vocabulary %10" PRIu64 " ids, %.2f %% of the training words\n",
               r->vocabulary, r->words_all ? 100.0 * (double)r->words_kept /
                                                 (double)r->words_all
                                           : 0.0);
    if (r->captions_cut)
        printf("cut        %10" PRIu64 " captions to %" PRIu64 " words\n",
               r->captions_cut, o.max_length);
    if (r->skipped && !reshard)
        printf("skipped    %10" PRIu64 " images, %" PRIu64
               " captions (see %s/skipped.jsonl)\n", r->images_skipped,
               r->captions_skipped, o.out);
}

static const struct ch_option options[] = {
    { .kind = CH_OPTION_GROUP, .name = "Input" },
    { .kind = CH_OPTION_CHOICE, .name = "format", .to = &format,
      .choices = FORMATS,
      .help = "the form of the annotation files" },
    { .kind = CH_OPTION_TEXT, .name = "captions", .value = "FILE",
      .to = &o.captions,
      .help = "annotations of all splits in one file; flickr, flickr-csv, "
              "karpathy and genome have no other form" },
    { .kind = CH_OPTION_TEXT, .name = "train", .value = "FILE",
      .to = &o.train,
      .help = "training split: an annotation file; with --captions, a "
              "list of images, one a line" },
    { .kind = CH_OPTION_TEXT, .name = "val", .value = "FILE",
      .to = &o.val, .help = "validation split, in the same form" },
    { .kind = CH_OPTION_TEXT, .name = "test", .value = "FILE",
      .to = &o.test, .help = "test split, in the same form" },
    { .kind = CH_OPTION_CHOICE, .name = "split-by", .to = &by,
      .choices = CH_PREPARE_BY,
      .help = "how images are divided: a file per split, given in the "
              "file of captions, lists of images, or a hash of their "
              "names" },
    { .kind = CH_OPTION_NUMBER, .name = "val-part", .value = "P",
      .to = &o.val_part, .low = 0, .high = 1,
      .help = "by hash: part of the images for validation" },
    { .kind = CH_OPTION_NUMBER, .name = "test-part", .value = "P",
      .to = &o.test_part, .low = 0, .high = 1,
      .help = "by hash: part of the images for the test" },
    { .kind = CH_OPTION_FLAG, .name = "restval", .to = &o.restval,
      .help = "karpathy: the photos of restval join the training split" },
    { .kind = CH_OPTION_CHOICE, .name = "regions", .to = &regions,
      .choices = CH_PREPARE_REGIONS,
      .help = "genome: each region is a picture of its own, or a caption "
              "of the whole photo" },
    { .kind = CH_OPTION_COUNT, .name = "min-region", .value = "N",
      .to = &o.min_region, .low = 1, .high = 100000,
      .help = "genome: regions cropped to less than N pixels a side are "
              "skipped" },
    { .kind = CH_OPTION_TEXT, .name = "images", .value = "DIR",
      .to = &o.images,
      .help = "folder of the photos; not needed when each split has its "
              "own" },
    { .kind = CH_OPTION_TEXT, .name = "train-images", .value = "DIR",
      .to = &o.train_images,
      .help = "folder of the training photos, where it differs" },
    { .kind = CH_OPTION_TEXT, .name = "val-images", .value = "DIR",
      .to = &o.val_images,
      .help = "folder of the validation photos, where it differs" },
    { .kind = CH_OPTION_TEXT, .name = "test-images", .value = "DIR",
      .to = &o.test_images,
      .help = "folder of the test photos, where it differs" },
    { .kind = CH_OPTION_FLAG, .name = "skip-bad", .to = &o.skip_bad,
      .help = "list missing images and captions without words in "
              "skipped.jsonl instead of stopping" },
    { .kind = CH_OPTION_GROUP, .name = "Looking before the long run" },
    { .kind = CH_OPTION_FLAG, .name = "check", .to = &check,
      .help = "decode the photos, and tell what is bad, what the words are, "
              "and what features will need; makes nothing" },
    { .kind = CH_OPTION_FLAG, .name = "json", .to = &json,
      .help = "check: one JSON object, with all that is bad" },
    { .kind = CH_OPTION_FLAG, .name = "all", .to = &look.all,
      .help = "check: decode every photo, not a sample alone" },
    { .kind = CH_OPTION_COUNT, .name = "threads", .value = "N",
      .to = &look.threads, .low = 0, .high = 1024,
      .help = "check: photos decoded at a time; 0: as many as cores" },
    { .kind = CH_OPTION_COUNT, .name = "min-side", .value = "N",
      .to = &look.min_side, .low = 1, .high = 10000,
      .help = "check: photos with a side shorter than N pixels are told" },
    { .kind = CH_OPTION_TEXT, .name = "encoder", .value = "FILE",
      .to = &look.encoder,
      .help = "check: JSON of the network that will see; a sample goes "
              "through it, to tell the time and memory that encoding needs" },
    { .kind = CH_OPTION_CHOICE, .name = "precision", .to = &look.precision,
      .choices = "f32|bf16",
      .help = "check: numbers the encoder computes with" },
    { .kind = CH_OPTION_COUNT, .name = "feature-count", .value = "N",
      .to = &look.feature_count, .low = 1, .high = 1000000,
      .help = "check: numbers an encoder gives, for the room they need" },
    { .kind = CH_OPTION_COUNT, .name = "grid-rows", .value = "N",
      .to = &look.grid_rows, .low = 1, .high = 100000,
      .help = "check: cells of an encoder's grid" },
    { .kind = CH_OPTION_GROUP, .name = "Instead of annotations" },
    { .kind = CH_OPTION_COUNT, .name = "reshard", .value = "N",
      .to = &reshard, .low = 1, .high = 99999,
      .help = "move the records of SHARDS, with their features, into N files "
              "per split" },
    { .kind = CH_OPTION_FLAG, .name = "merge", .to = &merge,
      .help = "join several sets, NAME=SHARDS...; keys get NAME/ in front, "
              "the vocabulary is built anew" },
    { .kind = CH_OPTION_GROUP, .name = "Output" },
    { .kind = CH_OPTION_TEXT, .name = "out", .value = "DIR",
      .to = &o.out,
      .help = "folder of shards to make; must not exist" },
    { .kind = CH_OPTION_COUNT, .name = "shards", .value = "N",
      .to = &o.shards, .low = 1, .high = 99999,
      .help = "files per split, at most" },
    { .kind = CH_OPTION_COUNT, .name = "vocab", .value = "N",
      .to = &o.max_words, .low = 1, .high = 1000000,
      .help = "keep the N most frequent words of the training split" },
    { .kind = CH_OPTION_COUNT, .name = "min-count", .value = "N",
      .to = &o.min_count, .low = 1, .high = 1000000,
      .help = "words seen less often than N times become <unk>" },
    { .kind = CH_OPTION_COUNT, .name = "max-length", .value = "N",
      .to = &o.max_length, .low = 1, .high = 50,
      .help = "words of a caption that are kept" },
    { 0 },
};

/* "coco=shards/coco": its name is cut out in place. */
static int run_merge(const struct ch_arguments *a,
                     struct ch_prepare_result *result, struct ch_err *e)
{
    const char **part = calloc(2 * a->operand_count + 1, sizeof *part);
    const struct ch_merge_options m = {
        .folder = part, .name = part + a->operand_count,
        .count = a->operand_count, .out = o.out, .shards = o.shards,
        .max_words = o.max_words, .min_count = o.min_count,
        .max_length = o.max_length, .skip_bad = o.skip_bad
    };
    int rc = part ? 0 : ch_fail(e, CH_ENOMEM, "cannot hold the sets");

    for (size_t i = 0; i < a->operand_count && !rc; i++) {
        char *equals = strchr(a->operand[i], '=');

        if (!equals) {
            rc = ch_fail(e, CH_EUSAGE, "expected NAME=SHARDS, found '%s'",
                         a->operand[i]);
            break;
        }
        *equals = '\0';
        part[a->operand_count + i] = a->operand[i];
        part[i] = equals + 1;
    }
    if (!rc) rc = ch_merge_run(&m, result, e);
    free(part);
    return rc;
}

static int run_check(struct ch_err *e)
{
    struct ch_check_result r;
    char *text;
    int rc;

    look.input = o;
    rc = ch_check_run(&look, &r, e);
    if (rc)
        return rc;
    text = json ? ch_check_json(&r) : ch_check_page(&r);
    ch_check_release(&r);
    if (!text)
        return ch_fail(e, CH_ENOMEM, "cannot hold the page");
    fputs(text, stdout);
    free(text);
    return 0;
}

static int run(const struct ch_arguments *a, struct ch_prepare_result *result,
               struct ch_err *e)
{
    int ways = (format != NO_FORMAT) + (reshard > 0) + merge;

    if (ways != 1)
        return ch_fail(e, CH_EUSAGE, "expected one of --format, --reshard and "
                       "--merge; see chorus-shard --help");
    if (!check && !(o.out && *o.out))
        return ch_fail(e, CH_EUSAGE, "an output folder is needed (--out)");
    if (check && format == NO_FORMAT)
        return ch_fail(e, CH_EUSAGE, "--check looks at annotations; name "
                       "their --format");
    if (merge)
        return run_merge(a, result, e);
    if (reshard && a->operand_count != 1)
        return ch_fail(e, CH_EUSAGE, "expected one folder of shards, found "
                       "%zu; see chorus-shard --help", a->operand_count);
    if (reshard)
        return ch_reshard_run(a->operand[0], reshard, o.out, result, e);
    if (a->operand_count)
        return ch_fail(e, CH_EUSAGE, "expected only options, found '%s'; see "
                       "chorus-shard --help", a->operand[0]);
    o.format = (enum ch_annotations)format;
    o.by = (enum ch_prepare_by)by;
    o.regions = (enum ch_prepare_regions)regions;
    return check ? run_check(e) : ch_prepare_run(&o, result, e);
}

int main(int argc, char **argv)
{
    const struct ch_program program = {
        .name = "chorus-shard",
        .summary = "Read captions and a folder of photos, build the "
                   "vocabulary, and write shards.",
        .examples =
            "  chorus shard --format flickr --captions Flickr8k.token.txt \\\n"
            "    --train Flickr_8k.trainImages.txt \\\n"
            "    --val Flickr_8k.devImages.txt --images photos --out shards\n"
            "  chorus shard --format karpathy --captions dataset_coco.json \\\n"
            "    --images coco --out shards\n"
            "  chorus shard --format csv --captions mine.csv --split-by hash "
            "\\\n    --images . --out shards\n"
            "  chorus shard --check --format csv --captions mine.csv \\\n"
            "    --split-by hash --images . --encoder resnet50.json\n"
            "  chorus shard --reshard 32 shards --out shards32\n"
            "  chorus shard --merge coco=a flickr=b --out both\n",
        .operands = "[SHARDS...]",
        .options = options,
    };
    struct ch_arguments arguments;
    struct ch_prepare_result result;
    struct ch_err e = CH_ERR_INIT;
    int end, rc;

    ch_prepare_defaults(&o);
    ch_check_defaults(&look);
    if (ch_cli_begin(&program, argc, argv, &arguments, &end))
        return end;
    rc = run(&arguments, &result, &e);
    if (!rc && !check) print_result(&result);
    return ch_cli_end(&program, rc, &e);
}
