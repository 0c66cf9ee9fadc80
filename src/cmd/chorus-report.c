/* chorus-report.c - runs and captions as one HTML page */
#include "chorus/page.h"
#include "chorus/score.h"
#include "chorus/score_input.h"
#include "cmd/cli.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct report_options {
    const char *captions, *references, *images, *title, *out;
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

/* The scores and photos of the captions. */
static int add_captions(struct ch_page *page, const struct report_options *o,
                        const struct ch_score_item *item,
                        const struct ch_scores *scores,
                        struct ch_page_number number[CH_METRIC_COUNT],
                        struct ch_err *e)
{
    page->number = number;
    for (size_t m = 0; m < CH_METRIC_COUNT; m++)
        if (scores->has[m])
            number[page->number_count++] = (struct ch_page_number) {
                ch_metric_title[m], scores->corpus[m]
            };
    return choose(page, o, item, scores, e);
}

static int run_captions(struct ch_page *page, const struct report_options *o,
                        struct ch_err *e)
{
    struct ch_score_input *input = NULL;
    const struct ch_score_item *item = NULL;
    struct ch_scores scores = { 0 };
    struct ch_page_number number[CH_METRIC_COUNT];
    const struct ch_score_files files = {
        .captions = o->captions, .references = &o->references,
        .reference_count = 1, .partial = true,
    };
    char meteor[4096], subtitle[96];
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
    if (!rc) rc = add_captions(page, o, item, &scores, number, e);
    if (!rc) {
        snprintf(subtitle, sizeof subtitle, "%zu photos captioned and scored",
                 scores.count);
        page->subtitle = subtitle;
        rc = ch_page_write(page, o->out, e);
    }
    for (size_t i = 0; i < page->photo_count; i++)
        free((void *)(uintptr_t)page->photo[i].image);
    free((void *)(uintptr_t)page->photo);
    ch_scores_release(&scores);
    ch_score_input_close(input);
    return rc;
}

static int check(const struct report_options *o, size_t runs,
                 struct ch_err *e)
{
    if (!o->captions != !o->references)
        return ch_fail(e, CH_EUSAGE, "--captions and --references go together; "
                       "see --help");
    if (!runs && !o->captions)
        return ch_fail(e, CH_EUSAGE, "expected the folder of a run, or "
                       "--captions and --references; see --help");
    if (runs > CH_PAGE_RUNS_MOST)
        return ch_fail(e, CH_EUSAGE, "%zu runs: expected %d at most on one "
                       "page", runs, CH_PAGE_RUNS_MOST);
    return 0;
}

static int run(const struct report_options *o, const struct ch_arguments *a,
               struct ch_err *e)
{
    struct ch_page_run *run[CH_PAGE_RUNS_MOST] = { NULL };
    struct ch_page page = { .title = o->title, .run = run };
    int rc = check(o, a->operand_count, e);

    for (size_t i = 0; i < a->operand_count && !rc; i++) {
        rc = ch_page_run_open(&run[i], a->operand[i], e);
        page.run_count++;
    }
    if (!rc && o->captions)
        rc = run_captions(&page, o, e);
    else if (!rc)
        rc = ch_page_write(&page, o->out, e);
    if (!rc) printf("%s\n", o->out);
    for (size_t i = 0; i < CH_PAGE_RUNS_MOST; i++)
        ch_page_run_close(run[i]);
    return rc;
}

int main(int argc, char **argv)
{
    struct report_options o = { .title = "Report", .count = 10 };
    const struct ch_option options[] = {
        { .kind = CH_OPTION_TEXT, .name = "captions", .value = "FILE",
          .to = &o.captions,
          .help = "captions: the JSON lines of chorus caption --json" },
        { .kind = CH_OPTION_TEXT, .name = "references", .value = "FILE",
          .to = &o.references,
          .help = "what people wrote, as chorus score reads it" },
        { .kind = CH_OPTION_TEXT, .name = "images", .value = "DIR",
          .to = &o.images, .help = "folder of the photos" },
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
        .summary = "show runs, their settings, curves and time, and photos, "
                   "captions and scores on one HTML page",
        .operands = "[RUN...]",
        .examples =
            "  chorus report run --out report.html\n"
            "  chorus report run-1 run-2 --title Compared --out report.html\n"
            "  chorus report run --captions captions.jsonl \\\n"
            "    --references refs.tsv --images photos --out report.html\n",
        .options = options,
    };
    struct ch_arguments arguments;
    struct ch_err e = CH_ERR_INIT;
    int end, rc;

    if (ch_cli_begin(&program, argc, argv, &arguments, &end))
        return end;
    rc = run(&o, &arguments, &e);
    return ch_cli_end(&program, rc, &e);
}
