/* chorus-shard.c - annotation files and photos become shards */
#include "chorus/prepare.h"
#include "cmd/cli.h"

#include <inttypes.h>
#include <stdio.h>

#define FORMATS "flickr|flickr-csv|coco|karpathy|genome|tsv|csv|jsonl"

/* Where the options go. */
static struct ch_prepare_options o;
static int format, by, regions;

static void print_result(const struct ch_prepare_result *r)
{
    const char *const name[3] = { "train", "val", "test" };

    printf("%-10s %10s %10s %10s\n", "split", "images", "captions", "words");
    for (int i = 0; i < 3; i++)
        if (r->split[i].images)
            printf("%-10s %10" PRIu64 " %10" PRIu64 " %10" PRIu64 "\n",
                   name[i], r->split[i].images, r->split[i].captions,
                   r->split[i].words);
    printf("vocabulary %10" PRIu64 " ids, %.2f %% of the training words\n",
           r->vocabulary,
           r->words_all ? 100.0 * (double)r->words_kept / (double)r->words_all
                        : 0.0);
    if (r->captions_cut)
        printf("cut        %10" PRIu64 " captions to %" PRIu64 " words\n",
               r->captions_cut, o.max_length);
    if (r->skipped)
        printf("skipped    %10" PRIu64 " images, %" PRIu64
               " captions (see %s/skipped.jsonl)\n", r->images_skipped,
               r->captions_skipped, o.out);
}

static const struct ch_option options[] = {
    { .kind = CH_OPTION_GROUP, .name = "Input" },
    { .kind = CH_OPTION_CHOICE, .name = "format", .to = &format,
      .choices = FORMATS, .required = true,
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
    { .kind = CH_OPTION_GROUP, .name = "Output" },
    { .kind = CH_OPTION_TEXT, .name = "out", .value = "DIR",
      .to = &o.out, .required = true,
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
            "\\\n    --images . --out shards\n",
        .options = options,
    };
    struct ch_arguments arguments;
    struct ch_prepare_result result;
    struct ch_err e = CH_ERR_INIT;
    int end, rc;

    ch_prepare_defaults(&o);
    if (ch_cli_begin(&program, argc, argv, &arguments, &end))
        return end;
    o.format = (enum ch_annotations)format;
    o.by = (enum ch_prepare_by)by;
    o.regions = (enum ch_prepare_regions)regions;
    rc = ch_prepare_run(&o, &result, &e);
    if (!rc) print_result(&result);
    return ch_cli_end(&program, rc, &e);
}
