/* chorus-rate.c - people rate captions: a study, its server, its report */
#include "chorus/rate.h"
#include "chorus/score.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cli.h"

/* Where the server listens, unless told otherwise. */
#define PORT 8060

struct rate_options {
    struct ch_texts captions, references;
    const char *images, *title, *host, *url, *csv, *html;
    uint64_t raters, photos, tasks, seed, port;
    double checks, repeats, min_checks;
    bool human, pairs, json;
};

static volatile sig_atomic_t stopped;

static void on_stop(int signal)
{
    (void)signal;
    stopped = 1;
}

/* What stands before "/r/TOKEN": as told, or where serve listens. */
static int print_links(const struct rate_options *o, const char *study,
                       struct ch_err *e)
{
    char usual[64], *text = NULL;
    int rc;

    snprintf(usual, sizeof usual, "http://127.0.0.1:%llu",
             (unsigned long long)o->port);
    rc = ch_rate_links(study, o->url ? o->url : usual, &text, e);
    if (!rc)
        fputs(text, stdout);
    free(text);
    return rc;
}

/* ------------------------------------------------------------------- verbs */

static int run_new(struct rate_options *o, const struct ch_arguments *a,
                   struct ch_err *e)
{
    struct ch_rate_made made;
    struct ch_rate_new n = {
        .study = a->operand[1], .captions = o->captions.at,
        .references = o->references.at,
        .reference_count = o->references.count, .images = o->images,
        .title = o->title, .mode = o->pairs ? CH_RATE_PAIRS : CH_RATE_SCALES,
        .human = o->human, .raters = (uint32_t)o->raters,
        .photos = (uint32_t)o->photos, .tasks = (uint32_t)o->tasks,
        .checks = o->checks, .repeats = o->repeats, .seed = o->seed,
    };
    int rc;

    if (!o->images)
        return ch_fail(e, CH_EUSAGE, "missing --images DIR; see chorus-rate "
                       "--help");
    /* --captions a.json b.json: all but the first are operands. */
    for (size_t i = 2; i < a->operand_count; i++) {
        if (o->captions.count == CH_TEXTS_LIMIT)
            return ch_fail(e, CH_EUSAGE, "--captions: expected at most %d "
                           "files", CH_TEXTS_LIMIT);
        o->captions.at[o->captions.count++] = a->operand[i];
    }
    n.caption_count = o->captions.count;
    rc = ch_rate_new(&n, &made, e);
    if (rc)
        return rc;
    ch_log(CH_LOG_INFO, "%zu systems, %zu photos, %zu captions; %zu raters, "
           "%zu tasks", made.systems, made.photos, made.captions, made.raters,
           made.tasks);
    if (made.not_found)
        ch_log(CH_LOG_WARN, "%zu captions are of photos that are not below %s",
               made.not_found, o->images);
    if (made.not_captioned)
        ch_log(CH_LOG_WARN, "%zu photos are left out: not every system "
               "captions them", made.not_captioned);
    return print_links(o, n.study, e);
}

static int run_add(struct rate_options *o, const struct ch_arguments *a,
                   struct ch_err *e)
{
    int rc = ch_rate_add(a->operand[1], (uint32_t)o->raters, e);

    return rc ? rc : print_links(o, a->operand[1], e);
}

static int run_links(struct rate_options *o, const struct ch_arguments *a,
                     struct ch_err *e)
{
    return print_links(o, a->operand[1], e);
}

struct serving {
    const struct rate_options *o;
    const char *study;
};

static void when_ready(void *context, const char *base)
{
    const struct serving *s = context;
    struct rate_options o = *s->o;
    struct ch_err e = CH_ERR_INIT;

    if (!o.url)
        o.url = base;
    if (print_links(&o, s->study, &e))
        ch_log(CH_LOG_WARN, "%s", e.msg);
    fflush(stdout);
    ch_log(CH_LOG_INFO, "listening on %s; stop with Ctrl-C", base);
}

static int run_serve(struct rate_options *o, const struct ch_arguments *a,
                     struct ch_err *e)
{
    struct serving s = { o, a->operand[1] };
    const struct ch_rate_serve serve = {
        .study = s.study, .host = o->host, .port = (uint16_t)o->port,
        .url = o->url, .stop = &stopped, .ready = when_ready, .context = &s,
    };
    struct sigaction action = { .sa_handler = on_stop };

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    return ch_rate_serve(&serve, e);
}

static int run_report(struct rate_options *o, const struct ch_arguments *a,
                      struct ch_err *e)
{
    char meteor[4096], *text = NULL;
    const struct ch_rate_report r = {
        .study = a->operand[1], .min_checks = o->min_checks, .json = o->json,
        .csv = o->csv, .html = o->html,
        .meteor = ch_score_find_meteor(meteor, sizeof meteor),
    };
    int rc = ch_rate_report(&r, &text, e);

    if (!rc)
        fputs(text, stdout);
    free(text);
    return rc;
}

static int run_import(struct rate_options *o, const struct ch_arguments *a,
                      struct ch_err *e)
{
    struct ch_rate_imported made;
    int rc;

    (void)o;
    if (a->operand_count != 3)
        return ch_fail(e, CH_EUSAGE, "import: expected a study and a file of "
                       "ratings; see chorus-rate --help");
    rc = ch_rate_import(a->operand[1], a->operand[2], &made, e);
    if (!rc)
        ch_log(CH_LOG_INFO, "%zu ratings came in, %zu raters are new, %zu rows "
               "of checks were left", made.tasks, made.raters, made.checks);
    return rc;
}

static const struct {
    const char *name;
    int (*run)(struct rate_options *o, const struct ch_arguments *a,
               struct ch_err *e);
} verb[] = {
    { "new", run_new }, { "add", run_add }, { "links", run_links },
    { "serve", run_serve }, { "report", run_report }, { "import", run_import },
};
#define VERB_COUNT (sizeof verb / sizeof *verb)

static int run(struct rate_options *o, const struct ch_arguments *a,
               struct ch_err *e)
{
    const char *name = a->operand_count ? a->operand[0] : "nothing";

    for (size_t i = 0; i < VERB_COUNT; i++) {
        if (strcmp(verb[i].name, name))
            continue;
        if (a->operand_count < 2)
            return ch_fail(e, CH_EUSAGE, "%s: expected the folder of a study; "
                           "see chorus-rate --help", name);
        if (a->operand_count > 2 && verb[i].run != run_new &&
            verb[i].run != run_import)
            return ch_fail(e, CH_EUSAGE, "%s: expected one study, found '%s', "
                           "too", name, a->operand[2]);
        return verb[i].run(o, a, e);
    }
    return ch_fail(e, CH_EUSAGE, "expected new, add, links, serve, report or "
                   "import, found %s; see chorus-rate --help", name);
}

static struct rate_options o = {
    .title = "Captions of photos", .host = "127.0.0.1", .raters = 3,
    .checks = 0.05, .repeats = 0.05, .seed = 1, .port = PORT,
};
static const struct ch_option options[] = {
    { .kind = CH_OPTION_GROUP, .name = "A new study" },
    { .kind = CH_OPTION_TEXTS, .name = "captions", .value = "FILE...",
      .to = &o.captions,
      .help = "captions of one system or, one after another, of several: "
              "FILE, or NAME=FILE to name the system, as chorus score reads "
              "them" },
    { .kind = CH_OPTION_TEXT, .name = "images", .value = "DIR",
      .to = &o.images, .help = "folder of the photos, which stay there" },
    { .kind = CH_OPTION_TEXTS, .name = "references", .value = "FILE",
      .to = &o.references,
      .help = "what people wrote, as chorus score reads it: for --human and "
              "for the metrics in the report" },
    { .kind = CH_OPTION_FLAG, .name = "human", .to = &o.human,
      .help = "one reference of each photo is rated, too, unknown to the "
              "raters" },
    { .kind = CH_OPTION_FLAG, .name = "pairs", .to = &o.pairs,
      .help = "raters choose the better one of two captions, in place of "
              "three scales from 1 to 5" },
    { .kind = CH_OPTION_COUNT, .name = "raters", .value = "N",
      .to = &o.raters, .low = 1, .high = 10000,
      .help = "raters, each with a link; of add, how many more" },
    { .kind = CH_OPTION_COUNT, .name = "photos", .value = "N",
      .to = &o.photos, .low = 0, .high = 1000000,
      .help = "photos, drawn from all; 0: all" },
    { .kind = CH_OPTION_COUNT, .name = "tasks", .value = "N",
      .to = &o.tasks, .low = 0, .high = 1000000,
      .help = "captions or pairs that one rater judges; 0: all" },
    { .kind = CH_OPTION_NUMBER, .name = "checks", .value = "X",
      .to = &o.checks, .low = 0, .high = 0.5,
      .help = "attention checks for each task: captions of another photo" },
    { .kind = CH_OPTION_NUMBER, .name = "repeats", .value = "X",
      .to = &o.repeats, .low = 0, .high = 0.5,
      .help = "share of the tasks that come a second time" },
    { .kind = CH_OPTION_TEXT, .name = "title", .value = "TEXT",
      .to = &o.title, .help = "what raters see above the page" },
    { .kind = CH_OPTION_COUNT, .name = "seed", .value = "N", .to = &o.seed,
      .help = "of what is drawn and of the raters' orders" },
    { .kind = CH_OPTION_GROUP, .name = "Serving" },
    { .kind = CH_OPTION_TEXT, .name = "host", .value = "ADDRESS",
      .to = &o.host,
      .help = "address to listen on; 0.0.0.0 lets other machines in" },
    { .kind = CH_OPTION_COUNT, .name = "port", .value = "N", .to = &o.port,
      .low = 0, .high = 65535, .help = "port to listen on; 0: any" },
    { .kind = CH_OPTION_TEXT, .name = "url", .value = "URL", .to = &o.url,
      .help = "what the links begin with, where raters reach the server by "
              "another name" },
    { .kind = CH_OPTION_GROUP, .name = "The report" },
    { .kind = CH_OPTION_FLAG, .name = "json", .to = &o.json,
      .help = "print one JSON object with all digits" },
    { .kind = CH_OPTION_TEXT, .name = "csv", .value = "FILE", .to = &o.csv,
      .is_output = true,
      .help = "write every rating as CSV, which import reads" },
    { .kind = CH_OPTION_TEXT, .name = "html", .value = "FILE", .to = &o.html,
      .is_output = true,
      .help = "write a page with all results" },
    { .kind = CH_OPTION_NUMBER, .name = "min-checks", .value = "X",
      .to = &o.min_checks, .low = 0, .high = 1,
      .help = "leave out raters who passed a smaller share of their checks" },
    { .name = NULL },
};
static const struct ch_program program = {
    .name = "chorus-rate",
    .summary = "People rate captions for fluency, relevance and "
               "descriptiveness, or choose the better one of two.",
    .operands = "new|add|links|serve|report|import STUDY [FILE...]",
    .examples =
        "  chorus rate new study --captions a.json b.json --images photos \\\n"
        "    --references refs.tsv --human --raters 5\n"
        "  chorus rate serve study\n"
        "  chorus rate report study --html report.html --csv ratings.csv\n",
    .options = options,
};

int main(int argc, char **argv)
{
    struct ch_arguments arguments;
    struct ch_err e = CH_ERR_INIT;
    int exit_code, rc;

    if (ch_cli_begin(&program, argc, argv, &arguments, &exit_code))
        return exit_code;
    rc = run(&o, &arguments, &e);
    return ch_cli_end(&program, rc, &e);
}
