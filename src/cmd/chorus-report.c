/* chorus-report.c - results as one HTML page */
#include "chorus/page.h"
#include "chorus/score.h"
#include "chorus/score_input.h"
#include "cmd/cli.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct report_options {
    const char *captions, *references, *images, *run, *title, *out;
    uint64_t count;
};

/* The path of an image: as it is, or inside the folder of photos. */
static char *image_path(const struct report_options *o, const char *key)
{
    char *path = NULL;
    size_t n = strlen(key) + (o->images ? strlen(o->images) : 0) + 2;

    path = malloc(n);
    if (!path)
        return NULL;
    if (o->images && key[0] != '/')
        snprintf(path, n, "%s/%s", o->images, key);
    else
        snprintf(path, n, "%s", key);
    return path;
}

/* Photos spread evenly over the list: neither the best nor the worst. */
static int choose(struct ch_page *page, const struct report_options *o,
                  const struct ch_score_item *item,
                  const struct ch_scores *scores, struct ch_err *e)
{
    size_t count = o->count < scores->count ? (size_t)o->count
                                            : scores->count;
    struct ch_page_photo *photo = calloc(count + 1, sizeof *photo);

    if (!photo)
        return ch_fail(e, CH_ENOMEM, "cannot hold %zu photos", count);
    page->photo = photo;
    for (size_t i = 0; i < count; i++) {
        size_t k = i * scores->count / count;
        photo[i].image = image_path(o, item[k].key);
        if (!photo[i].image)
            return ch_fail(e, CH_ENOMEM, "cannot hold a path");
        photo[i].caption = item[k].caption;
        photo[i].reference = item[k].reference;
        photo[i].reference_count = item[k].reference_count;
        photo[i].score =
            scores->item[k * CH_METRIC_COUNT + CH_METRIC_cider_d];
        page->photo_count++;
    }
    return 0;
}

static int read_run(struct ch_page *page, const char *run,
                    struct ch_page_epoch **epoch, struct ch_err *e)
{
    size_t n = strlen(run) + sizeof "/log.jsonl";
    char *path = malloc(n);
    int rc;

    if (!path)
        return ch_fail(e, CH_ENOMEM, "cannot hold a path");
    snprintf(path, n, "%s/log.jsonl", run);
    rc = ch_page_read_log(path, epoch, &page->epoch_count, e);
    page->epoch = *epoch;
    free(path);
    return rc;
}

static int write_page(const struct report_options *o,
                      const struct ch_score_item *item,
                      const struct ch_scores *scores, struct ch_err *e)
{
    struct ch_page_number number[CH_METRIC_COUNT];
    struct ch_page_epoch *epoch = NULL;
    char subtitle[96];
    struct ch_page page = { .title = o->title, .subtitle = subtitle,
                            .number = number };
    int rc;

    for (size_t m = 0; m < CH_METRIC_COUNT; m++)
        if (scores->has[m])
            number[page.number_count++] = (struct ch_page_number) {
                ch_metric_title[m], scores->corpus[m]
            };
    snprintf(subtitle, sizeof subtitle, "%zu photos captioned and scored",
             scores->count);
    rc = choose(&page, o, item, scores, e);
    if (!rc && o->run) rc = read_run(&page, o->run, &epoch, e);
    if (!rc) rc = ch_page_write(&page, o->out, e);
    for (size_t i = 0; i < page.photo_count; i++)
        free((void *)(uintptr_t)page.photo[i].image);
    free((void *)(uintptr_t)page.photo);
    free(epoch);
    return rc;
}

static int run(const struct report_options *o, struct ch_err *e)
{
    struct ch_score_input *input = NULL;
    const struct ch_score_item *item = NULL;
    struct ch_scores scores = { 0 };
    const struct ch_score_files files = {
        .captions = o->captions, .references = &o->references,
        .reference_count = 1, .partial = true,
    };
    char meteor[4096];
    const struct ch_score_options options = {
        .rule = CH_TOKENS_DEFAULT,
        .meteor = ch_score_find_meteor(meteor, sizeof meteor),
    };
    size_t count = 0;
    int rc = ch_score_input_open(&input, &files, e);

    if (!rc) {
        item = ch_score_input_items(input, &count);
        rc = ch_score_run(item, count, &options, &scores, e);
    }
    if (!rc) rc = write_page(o, item, &scores, e);
    if (!rc) printf("%s\n", o->out);
    ch_scores_release(&scores);
    ch_score_input_close(input);
    return rc;
}

int main(int argc, char **argv)
{
    struct report_options o = { .title = "Captions", .count = 10 };
    const struct ch_option options[] = {
        { .kind = CH_OPTION_TEXT, .name = "captions", .value = "FILE",
          .to = &o.captions, .required = true,
          .help = "captions: the JSON lines of chorus caption --json" },
        { .kind = CH_OPTION_TEXT, .name = "references", .value = "FILE",
          .to = &o.references, .required = true,
          .help = "what people wrote, as chorus score reads it" },
        { .kind = CH_OPTION_TEXT, .name = "images", .value = "DIR",
          .to = &o.images, .help = "folder of the photos" },
        { .kind = CH_OPTION_TEXT, .name = "run", .value = "DIR",
          .to = &o.run, .help = "folder of the training run, for the curves" },
        { .kind = CH_OPTION_COUNT, .name = "count", .value = "N",
          .to = &o.count, .low = 1, .high = 10000,
          .help = "photos to show, spread evenly over the captions" },
        { .kind = CH_OPTION_TEXT, .name = "title", .value = "TEXT",
          .to = &o.title, .help = "title of the page" },
        { .kind = CH_OPTION_TEXT, .name = "out", .value = "FILE",
          .to = &o.out, .required = true, .help = "the page to write" },
        { 0 },
    };
    const struct ch_program program = {
        .name = "chorus-report",
        .summary = "show photos, captions, scores and the course of training "
                   "on one HTML page",
        .examples =
            "  chorus report --captions captions.jsonl --references refs.tsv "
            "\\\n    --images photos --run run --out report.html\n",
        .options = options,
    };
    struct ch_arguments arguments;
    struct ch_err e = CH_ERR_INIT;
    int end, rc = 0;

    if (ch_cli_begin(&program, argc, argv, &arguments, &end))
        return end;
    if (arguments.operand_count)
        rc = ch_fail(&e, CH_EUSAGE, "%s: no operands are expected; see --help",
                     arguments.operand[0]);
    if (!rc) rc = run(&o, &e);
    return ch_cli_end(&program, rc, &e);
}
