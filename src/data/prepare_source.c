/* prepare_source.c - from the options to the list of images */
#include "data/prepare_source.h"

#include <string.h>

static const struct {
    const char *word;
    int is_one_file, tells_split;
} formats[] = {
#define FORMAT_ROW(name, word, one, given) { word, one, given },
    CH_ANNOTATIONS(FORMAT_ROW)
#undef FORMAT_ROW
};

static const char *path_of(const struct ch_prepare_options *o,
                           enum ch_split split)
{
    const char *const path[CH_SPLIT_COUNT] = { o->train, o->val, o->test };

    return path[split];
}

const char *ch_prepare_source_images(const struct ch_prepare_options *o,
                                     enum ch_split split)
{
    const char *const own[CH_SPLIT_COUNT] = { o->train_images, o->val_images,
                                              o->test_images };

    return own[split];
}

static double part_of(const struct ch_prepare_options *o, enum ch_split split)
{
    const double part[CH_SPLIT_COUNT] = { 1 - o->val_part - o->test_part,
                                          o->val_part, o->test_part };

    return part[split];
}

int ch_prepare_source_has(const struct ch_prepare_options *o,
                          enum ch_prepare_by by, enum ch_split split)
{
    if (by == CH_PREPARE_GIVEN)
        return 1;
    return by == CH_PREPARE_HASH ? part_of(o, split) > 0
                                 : path_of(o, split) != NULL;
}

const char *ch_prepare_source_file(const struct ch_prepare_options *o,
                                   enum ch_prepare_by by, enum ch_split split)
{
    if (by == CH_PREPARE_FILE || by == CH_PREPARE_LIST)
        return path_of(o, split);
    if (by == CH_PREPARE_GIVEN && split != CH_SPLIT_TRAIN)
        return NULL;
    return ch_prepare_source_has(o, by, split) ? o->captions : NULL;
}

static enum ch_prepare_by choose(const struct ch_prepare_options *o)
{
    if (o->by != CH_PREPARE_AUTO)
        return o->by;
    if (!o->captions)
        return CH_PREPARE_FILE;
    return formats[o->format].tells_split && !o->train ? CH_PREPARE_GIVEN
                                                       : CH_PREPARE_LIST;
}

int ch_prepare_source_check(const struct ch_prepare_options *o,
                            enum ch_prepare_by *by, struct ch_err *e)
{
    const char *word = formats[o->format].word;
    int has_paths = o->train || o->val || o->test;

    *by = choose(o);
    if (!o->captions && formats[o->format].is_one_file)
        return ch_fail(e, CH_EUSAGE, "the format %s needs the file of "
                       "captions (--captions)", word);
    if (!o->captions && *by != CH_PREPARE_FILE)
        return ch_fail(e, CH_EUSAGE, "splits by list, by hash or as given "
                       "need one file of captions (--captions)");
    if (o->captions && *by == CH_PREPARE_FILE)
        return ch_fail(e, CH_EUSAGE, "splits by file have no common file of "
                       "captions (--captions)");
    if (*by == CH_PREPARE_FILE && !o->train)
        return ch_fail(e, CH_EUSAGE, "a training split is needed (--train)");
    if (*by == CH_PREPARE_LIST && o->format == CH_ANNOTATIONS_KARPATHY)
        return ch_fail(e, CH_EUSAGE, "the format karpathy tells the splits "
                       "itself; leave out the lists");
    if (*by == CH_PREPARE_LIST && !o->train)
        return ch_fail(e, CH_EUSAGE, "%s does not say which split an image "
                       "belongs to; give lists of images (--train, --val, "
                       "--test) or pass --split-by hash", o->captions);
    if (*by == CH_PREPARE_GIVEN && !formats[o->format].tells_split)
        return ch_fail(e, CH_EUSAGE, "the format %s does not tell splits; "
                       "split by list or by hash", word);
    if ((*by == CH_PREPARE_GIVEN || *by == CH_PREPARE_HASH) && has_paths)
        return ch_fail(e, CH_EUSAGE, "splits by hash or as given have no "
                       "files of their own; leave out --train, --val and "
                       "--test");
    if (*by == CH_PREPARE_HASH && o->format == CH_ANNOTATIONS_KARPATHY)
        return ch_fail(e, CH_EUSAGE, "the format karpathy tells the splits "
                       "itself; leave out --split-by");
    if (*by == CH_PREPARE_HASH &&
        (o->val_part < 0 || o->test_part < 0 || part_of(o, 0) <= 0))
        return ch_fail(e, CH_EUSAGE, "--val-part and --test-part leave "
                       "nothing for training");
    return 0;
}

static int read_file(const struct ch_prepare_options *o, const char *path,
                     const struct ch_split_rule *rule, struct ch_source *s,
                     struct ch_err *e)
{
    const struct ch_source_regions how = {
        .is_crop = o->regions == CH_REGIONS_CROP,
        .min_side = (uint32_t)o->min_region
    };

    switch (o->format) {
    case CH_ANNOTATIONS_FLICKR:
        return ch_source_flickr(s, path, rule, e);
    case CH_ANNOTATIONS_FLICKR_CSV:
        return ch_source_flickr_csv(s, path, rule, e);
    case CH_ANNOTATIONS_COCO:
        return ch_source_coco(s, path, rule, e);
    case CH_ANNOTATIONS_KARPATHY:
        return ch_source_karpathy(s, path, o->restval, e);
    case CH_ANNOTATIONS_GENOME:
        return ch_source_genome(s, path, &how, rule, e);
    case CH_ANNOTATIONS_CSV:
        return ch_source_csv(s, path, rule, e);
    case CH_ANNOTATIONS_JSONL:
        return ch_source_jsonl(s, path, rule, e);
    default:
        return ch_source_tsv(s, path, rule, e);
    }
}

/* A list may lack the ending of its names. */
static int is_met(const void *context, const char *name, size_t n)
{
    const struct ch_source *s = context;
    char with_ending[512];
    size_t index;

    if (ch_source_find(s, name, n, &index))
        return 1;
    if (n + sizeof ".jpg" > sizeof with_ending)
        return 0;
    memcpy(with_ending, name, n);
    memcpy(with_ending + n, ".jpg", sizeof ".jpg");
    return ch_source_find(s, with_ending, n + 4, &index);
}

static int read_by_list(const struct ch_prepare_options *o,
                        struct ch_source *s, struct ch_err *e)
{
    const char *const list[CH_SPLIT_COUNT] = { o->train, o->val, o->test };
    int is_crop = o->format == CH_ANNOTATIONS_GENOME &&
                  o->regions == CH_REGIONS_CROP;
    struct ch_split_rule rule;
    int rc = ch_split_lists_open(&rule, list, e);

    if (!rc) rc = read_file(o, o->captions, &rule, s, e);
    /* The names of crops are not those of the lists. */
    if (!rc && !is_crop)
        rc = ch_split_lists_check(list, o->captions, is_met, s, e);
    ch_split_lists_close(&rule);
    return rc;
}

int ch_prepare_source_read(const struct ch_prepare_options *o,
                           enum ch_prepare_by by, struct ch_source *s,
                           struct ch_err *e)
{
    const struct ch_split_rule one = {
        .by = by == CH_PREPARE_HASH ? CH_SPLIT_HASH : CH_SPLIT_GIVEN,
        .val_part = o->val_part, .test_part = o->test_part
    };
    int rc = 0;

    if (by == CH_PREPARE_LIST)
        return read_by_list(o, s, e);
    if (by != CH_PREPARE_FILE)
        return read_file(o, o->captions, &one, s, e);
    for (int i = 0; i < CH_SPLIT_COUNT && !rc; i++) {
        const char *path = path_of(o, (enum ch_split)i);

        if (path)
            rc = read_file(o, path, &ch_split_all[i], s, e);
    }
    return rc;
}
