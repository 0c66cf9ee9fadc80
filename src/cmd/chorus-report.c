/* chorus-report.c - runs and captions as one HTML page */
#include "chorus/page.h"
#include "chorus/score.h"
#include "chorus/score_input.h"
#include "chorus/significance.h"
#include "cmd/cli.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Draws and level of the intervals, as chorus score has them. */
#define DRAWS 1000
#define LEVEL 0.95

struct report_options {
    const char *captions, *references, *images, *title, *out, *host;
    uint64_t count, best, port;
    bool live;
};

static volatile sig_atomic_t stopped;

static void on_stop(int signal)
{
    (void)signal;
    stopped = 1;
}

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

static int add_photo(struct ch_page *page, const struct report_options *o,
                     const struct ch_score_item *item,
                     const struct ch_scores *scores, size_t k,
                     const char *heading, struct ch_err *e)
{
    struct ch_page_photo photo = {
        .image = image_path(o, item[k].key), .caption = item[k].caption,
        .reference = item[k].reference,
        .reference_count = item[k].reference_count,
        .score = scores->item[k * CH_METRIC_COUNT + CH_METRIC_cider_d],
        .heading = heading,
    };

    if (!photo.image)
        return ch_fail(e, CH_ENOMEM, "cannot hold a path");
    memcpy((void *)(uintptr_t)&page->photo[page->photo_count++], &photo,
           sizeof photo);
    return 0;
}

struct ranked {
    double score;
    size_t place;
};

/* The highest first; of the same score, in the order of the file. */
static int descending(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    if (x->score != y->score)
        return x->score < y->score ? 1 : -1;
    return (x->place > y->place) - (x->place < y->place);
}

/* The best and the worst by CIDEr-D, no photo twice, and photos spread evenly
 * over the list, which are neither. */
static int choose(struct ch_page *page, const struct report_options *o,
                  const struct ch_score_item *item,
                  const struct ch_scores *scores, struct ch_err *e)
{
    size_t n = scores->count;
    size_t count = o->count < n ? (size_t)o->count : n;
    size_t best = o->best < n / 2 ? (size_t)o->best : n / 2;
    struct ranked *rank = calloc(n + 1, sizeof *rank);
    int rc = 0;

    page->photo = calloc(count + 2 * best + 1, sizeof *page->photo);
    if (!page->photo || !rank) {
        free(rank);
        return ch_fail(e, CH_ENOMEM, "cannot hold %zu photos", n);
    }
    for (size_t i = 0; i < n; i++)
        rank[i] = (struct ranked) {
            scores->item[i * CH_METRIC_COUNT + CH_METRIC_cider_d], i
        };
    qsort(rank, n, sizeof *rank, descending);
    for (size_t i = 0; i < best && !rc; i++)
        rc = add_photo(page, o, item, scores, rank[i].place,
                       i ? NULL : "Best captions by CIDEr-D", e);
    for (size_t i = 0; i < best && !rc; i++)
        rc = add_photo(page, o, item, scores, rank[n - 1 - i].place,
                       i ? NULL : "Worst captions by CIDEr-D", e);
    for (size_t i = 0; i < count && !rc; i++)
        rc = add_photo(page, o, item, scores, i * n / count,
                       i ? NULL : "Captions, a fair sample", e);
    free(rank);
    return rc;
}

/* The scores and photos of the captions. */
static int add_captions(struct ch_page *page, const struct report_options *o,
                        const struct ch_score_item *item,
                        const struct ch_scores *scores,
                        struct ch_page_number number[CH_METRIC_COUNT],
                        struct ch_err *e)
{
    const struct ch_significance_options draws = {
        .draws = DRAWS, .seed = 1, .level = LEVEL,
    };
    struct ch_interval interval[CH_METRIC_COUNT];
    int rc = ch_significance_interval(scores, &draws, interval, e);

    if (rc)
        return rc;
    page->number = number;
    for (size_t m = 0; m < CH_METRIC_COUNT; m++)
        if (scores->has[m])
            number[page->number_count++] = (struct ch_page_number) {
                ch_metric_title[m], scores->corpus[m], interval[m].low,
                interval[m].high
            };
    return choose(page, o, item, scores, e);
}

static int run_captions(struct ch_page *page, const struct report_options *o,
                        struct ch_err *e)
{
    struct ch_score_input *input = NULL;
    const struct ch_score_item *item = NULL;
    struct ch_scores scores = { 0 };
    struct ch_page_looks *looks = NULL;
    struct ch_page_number number[CH_METRIC_COUNT];
    const struct ch_score_files files = {
        .captions = o->captions, .references = &o->references,
        .reference_count = 1, .partial = true,
    };
    char meteor[4096], subtitle[128];
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
    if (!rc)
        rc = ch_page_looks_open(&looks, o->captions,
                                (struct ch_page_photo *)(uintptr_t)page->photo,
                                page->photo_count, e);
    if (!rc) {
        snprintf(subtitle, sizeof subtitle, "%zu photos captioned and "
                 "scored; intervals of %.0f%%, bootstrap of photos",
                 scores.count, 100 * LEVEL);
        page->subtitle = subtitle;
        rc = ch_page_write(page, o->out, e);
    }
    for (size_t i = 0; i < page->photo_count; i++)
        free((void *)(uintptr_t)page->photo[i].image);
    free((void *)(uintptr_t)page->photo);
    ch_page_looks_close(looks);
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
    if (o->live && (o->captions || o->out || !runs))
        return ch_fail(e, CH_EUSAGE, "--live follows runs: expected their "
                       "folders, no --captions, and no --out; see --help");
    if (!o->live && !o->out)
        return ch_fail(e, CH_EUSAGE, "--out: expected the page to write, or "
                       "--live; see --help");
    if (runs > CH_PAGE_RUNS_MOST)
        return ch_fail(e, CH_EUSAGE, "%zu runs: expected %d at most on one "
                       "page", runs, CH_PAGE_RUNS_MOST);
    return 0;
}

static void when_ready(const char *base)
{
    printf("%s\n", base);
    fflush(stdout);
}

static int follow(const struct report_options *o, const struct ch_arguments *a,
                  struct ch_err *e)
{
    const struct ch_page_live live = {
        .title = o->title, .images = o->images, .folder = a->operand,
        .folder_count = a->operand_count, .host = o->host,
        .port = (uint16_t)o->port, .stop = &stopped, .ready = when_ready,
    };
    struct sigaction action = { .sa_handler = on_stop };

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    return ch_page_live(&live, e);
}

static int run(const struct report_options *o, const struct ch_arguments *a,
               struct ch_err *e)
{
    struct ch_page_run *run[CH_PAGE_RUNS_MOST] = { NULL };
    struct ch_page page = { .title = o->title, .run = run,
                            .images = o->images };
    int rc = check(o, a->operand_count, e);

    if (!rc && o->live)
        return follow(o, a, e);
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
    struct report_options o = { .title = "Report", .count = 10, .best = 3,
                                .host = "127.0.0.1", .port = 8600 };
    const struct ch_option options[] = {
        { .kind = CH_OPTION_TEXT, .name = "captions", .value = "FILE",
          .to = &o.captions,
          .help = "captions: the JSON lines of chorus caption --json; with "
                  "--attention, the page shows where the model looked" },
        { .kind = CH_OPTION_TEXT, .name = "references", .value = "FILE",
          .to = &o.references,
          .help = "what people wrote, as chorus score reads it" },
        { .kind = CH_OPTION_TEXT, .name = "images", .value = "DIR",
          .to = &o.images, .help = "folder of the photos, of captions and of "
          "runs" },
        { .kind = CH_OPTION_COUNT, .name = "count", .value = "N",
          .to = &o.count, .low = 1, .high = 10000,
          .help = "photos to show, spread evenly over the captions" },
        { .kind = CH_OPTION_COUNT, .name = "best", .value = "N",
          .to = &o.best, .high = 10000,
          .help = "photos with the best captions by CIDEr-D, and with the "
                  "worst, so many each" },
        { .kind = CH_OPTION_TEXT, .name = "title", .value = "TEXT",
          .to = &o.title, .help = "title of the page" },
        { .kind = CH_OPTION_TEXT, .name = "out", .value = "FILE",
          .to = &o.out, .is_output = true, .help = "the page to write" },
        { .kind = CH_OPTION_FLAG, .name = "live", .to = &o.live,
          .help = "serve the page, which follows the runs, in place of writing "
                  "it" },
        { .kind = CH_OPTION_TEXT, .name = "host", .value = "ADDRESS",
          .to = &o.host, .help = "with --live, the address to listen on" },
        { .kind = CH_OPTION_COUNT, .name = "port", .value = "N", .to = &o.port,
          .low = 0, .high = 65535, .help = "with --live; 0: any" },
        { 0 },
    };
    const struct ch_program program = {
        .name = "chorus-report",
        .summary = "Show runs, their settings, curves and time, and photos, "
                   "captions and scores on one HTML page.",
        .operands = "[RUN...]",
        .examples =
            "  chorus report run --out report.html\n"
            "  chorus report run --live\n"
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
