/* chorus-score.c - how near captions are to what people wrote */
#include "chorus/agreement.h"
#include "chorus/log.h"
#include "chorus/score_input.h"
#include "chorus/score_output.h"
#include "chorus/score_report.h"
#include "cmd/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Below so many images CIDEr's weights say little. */
#define FEW_IMAGES 100

/* Draws of --compare when --bootstrap does not say how many. */
#define USUAL_DRAWS 1000

struct score_options {
    struct ch_texts references;
    const char *captions, *compare, *ratings, *train_captions, *split;
    const char *df, *write_df, *meteor;
    const char *per_image, *csv;
    uint64_t threads, draws, seed;
    double level;
    int tokens;
    bool json, partial, stats;
};

/* One file of captions, and what became of it. */
struct side {
    struct ch_score_input *input;
    const struct ch_score_item *item;
    struct ch_tokens tokens;
    struct ch_scores scores;
    size_t count;
};

/* What was read and computed; all is released at the end. */
struct job {
    const struct score_options *o;
    struct side first, second;
    char meteor[4096];               /* path of its data, or "" */
    struct ch_significance_options draws;
    struct ch_interval interval[CH_METRIC_COUNT];
    struct ch_comparison comparison[CH_METRIC_COUNT];
    struct ch_score_stats stats;
};

static void release_side(struct side *s)
{
    ch_scores_release(&s->scores);
    ch_tokens_release(&s->tokens);
    ch_score_input_close(s->input);
}

/* METEOR's data as the option says, or where it is looked for. */
static void find_meteor(struct job *j)
{
    if (j->o->meteor) {
        snprintf(j->meteor, sizeof j->meteor, "%s", j->o->meteor);
    } else if (!ch_score_find_meteor(j->meteor, sizeof j->meteor)) {
        j->meteor[0] = '\0';
        ch_log(CH_LOG_INFO, "without METEOR, whose data is not there: `make "
               "meteor` makes it, --meteor FILE or CHORUS_METEOR names it");
    }
}

static struct ch_score_options score_options(const struct job *j)
{
    return (struct ch_score_options) {
        .rule = (enum ch_token_rule)j->o->tokens,
        .threads = (size_t)j->o->threads,
        .meteor = j->meteor[0] ? j->meteor : NULL,
        .df = j->o->df,
    };
}

static int read_side(const struct job *j, const char *captions,
                     struct side *s, struct ch_err *e)
{
    const struct ch_score_files files = {
        .captions = captions,
        .references = j->o->references.at,
        .reference_count = j->o->references.count,
        .split = j->o->split,
        .partial = j->o->partial,
    };
    const struct ch_score_options options = score_options(j);
    int rc = ch_score_input_open(&s->input, &files, e);

    if (rc)
        return rc;
    s->item = ch_score_input_items(s->input, &s->count);
    return ch_tokens_read(&s->tokens, s->item, s->count, &options, e);
}

static int score_side(const struct job *j, const char *captions,
                      struct side *s, struct ch_err *e)
{
    const struct ch_score_options options = score_options(j);
    int rc = read_side(j, captions, s, e);

    if (!rc)
        rc = ch_score_tokens(s->tokens.item, s->count, &options, &s->scores,
                             e);
    return rc;
}

static bool has_same_references(const struct ch_score_item *a,
                                const struct ch_score_item *b)
{
    if (a->reference_count != b->reference_count)
        return false;
    for (size_t r = 0; r < a->reference_count; r++)
        if (strcmp(a->reference[r], b->reference[r]))
            return false;
    return true;
}

/* Both were joined to the references of one file: the same references are of
 * the same image. */
static int check_same_images(const struct job *j, struct ch_err *e)
{
    const struct side *a = &j->first, *b = &j->second;
    size_t count = a->count < b->count ? a->count : b->count;

    for (size_t i = 0; i < count; i++)
        if (!has_same_references(&a->item[i], &b->item[i]))
            return ch_fail(e, CH_EUSAGE, "%s and %s do not caption the same "
                           "images: the first to differ are %s and %s",
                           j->o->captions, j->o->compare, a->item[i].key,
                           b->item[i].key);
    if (a->count != b->count)
        return ch_fail(e, CH_EUSAGE, "%s has captions of %zu images, %s of "
                       "%zu: expected the same images", j->o->captions,
                       a->count, j->o->compare, b->count);
    return 0;
}

static int draw(struct job *j, struct ch_err *e)
{
    int rc = 0;

    j->draws = (struct ch_significance_options) {
        .draws = j->o->draws ? (uint32_t)j->o->draws : USUAL_DRAWS,
        .seed = j->o->seed, .level = j->o->level,
        .threads = (size_t)j->o->threads,
    };
    if (j->o->compare) {
        rc = score_side(j, j->o->compare, &j->second, e);
        if (!rc) rc = check_same_images(j, e);
        if (!rc)
            rc = ch_significance_compare(&j->first.scores, &j->second.scores,
                                         &j->draws, j->comparison, e);
    }
    if (!rc && j->o->draws)
        rc = ch_significance_interval(&j->first.scores, &j->draws,
                                      j->interval, e);
    return rc;
}

static int describe(struct job *j, struct ch_err *e)
{
    struct ch_score_texts texts = { 0 };
    struct ch_tokens tokens = { 0 };
    struct ch_score_item all = { .key = j->o->train_captions, .caption = "" };
    const struct ch_score_options options = score_options(j);
    int rc = 0;

    if (j->o->train_captions) {
        rc = ch_score_texts_read(&texts, j->o->train_captions, e);
        all.reference = texts.text;
        all.reference_count = texts.count;
        if (!rc)
            rc = ch_tokens_read(&tokens, &all, 1, &options, e);
    }
    if (!rc)
        rc = ch_score_stats_read(&j->stats, j->first.tokens.item,
                                 j->first.count, tokens.reference,
                                 texts.count, e);
    ch_tokens_release(&tokens);
    ch_score_texts_release(&texts);
    return rc;
}

static void warn_of_few(const struct job *j)
{
    size_t count = j->first.scores.cider_images;

    if (!j->o->df && count < FEW_IMAGES)
        ch_log(CH_LOG_WARN, "CIDEr weighs n-grams by only %zu image%s: compare "
               "it with nothing else, or give --df", count,
               count == 1 ? "" : "s");
}

static int print_report(const struct job *j, struct ch_err *e)
{
    const struct score_options *o = j->o;
    const struct ch_score_report report = {
        .scores = &j->first.scores,
        .left = ch_score_input_left(j->first.input),
        .rule = (enum ch_token_rule)o->tokens,
        .df = o->df,
        .draws = o->draws || o->compare ? &j->draws : NULL,
        .interval = o->draws ? j->interval : NULL,
        .other = o->compare,
        .other_scores = &j->second.scores,
        .comparison = o->compare ? j->comparison : NULL,
        .stats = o->stats ? &j->stats : NULL,
    };
    char *text = NULL;
    int rc = o->json ? ch_score_report_json(&report, &text, e)
                     : ch_score_report_text(&report, &text, e);

    if (!rc)
        fputs(text, stdout);
    free(text);
    return rc;
}

static int score(struct job *j, struct ch_err *e)
{
    const struct score_options *o = j->o;
    const struct side *s = &j->first;
    int rc;

    find_meteor(j);
    rc = score_side(j, o->captions, &j->first, e);
    if (!rc && o->write_df)
        rc = ch_score_write_df(s->tokens.item, s->count,
                               (enum ch_token_rule)o->tokens, o->write_df, e);
    if (!rc)
        warn_of_few(j);
    if (!rc && (o->draws || o->compare)) rc = draw(j, e);
    if (!rc && o->stats) rc = describe(j, e);
    if (!rc && o->per_image)
        rc = ch_scores_write(&s->scores, s->item, o->per_image, e);
    if (!rc && o->csv)
        rc = ch_scores_write_csv(&s->scores, s->item, o->csv, e);
    return rc ? rc : print_report(j, e);
}

/* --write-df without captions: references alone. */
static int write_df(struct job *j, struct ch_err *e)
{
    int rc = read_side(j, NULL, &j->first, e);

    if (!rc)
        rc = ch_score_write_df(j->first.tokens.item, j->first.count,
                               (enum ch_token_rule)j->o->tokens,
                               j->o->write_df, e);
    return rc;
}

static int agree(struct job *j, struct ch_err *e)
{
    struct ch_score_options options;
    struct ch_agreement a;
    char *text = NULL;
    int rc;

    if (j->o->references.count != 1)
        return ch_fail(e, CH_EUSAGE, "--ratings: expected one --references, "
                       "found %zu", j->o->references.count);
    find_meteor(j);
    options = score_options(j);
    rc = ch_agreement_run(&a, j->o->ratings, j->o->references.at[0], &options,
                          e);
    if (!rc)
        rc = ch_score_report_agreement(&a, options.rule, j->o->json, &text, e);
    if (!rc)
        fputs(text, stdout);
    free(text);
    return rc;
}

/* The captions are an operand or an option, once; ratings and --write-df do
 * without. */
static int find_captions(struct score_options *o, const struct ch_arguments *a,
                         struct ch_err *e)
{
    size_t given = a->operand_count + (o->captions != NULL);

    if (o->ratings && given == 0)
        return 0;
    if (o->ratings)
        return ch_fail(e, CH_EUSAGE, "--ratings: expected no captions, ratings "
                       "name them; found %zu files", given);
    if (given == 0 && o->write_df)
        return 0;
    if (given != 1)
        return ch_fail(e, CH_EUSAGE, "expected one file of captions, found "
                       "%zu; see --help", given);
    if (!o->captions)
        o->captions = a->operand[0];
    if (o->train_captions)
        o->stats = true;
    return 0;
}

static int run(const struct score_options *o, struct ch_err *e)
{
    struct job j = { .o = o };
    int rc = o->ratings ? agree(&j, e)
             : o->captions ? score(&j, e) : write_df(&j, e);

    release_side(&j.first);
    release_side(&j.second);
    return rc;
}

static struct score_options o = { .tokens = CH_TOKENS_DEFAULT,
                                  .level = 0.95,
                                  .split = "val",
                                  .seed = 1 };
static const struct ch_option options[] = {
    { .kind = CH_OPTION_GROUP, .name = "Input" },
    { .kind = CH_OPTION_TEXT, .name = "captions", .value = "FILE",
      .to = &o.captions,
      .help = "captions to score, in place of the operand: the JSON lines "
              "of chorus caption --json, COCO results, lines of image, "
              "tab, caption, or plain lines" },
    { .kind = CH_OPTION_TEXTS, .name = "references", .value = "FILE",
      .to = &o.references, .required = true,
      .help = "what people wrote: COCO captions, a Flickr token file, "
              "lines of image, tab, caption, JSON lines, a folder of "
              "shards, or plain lines, then one file for each person" },
    { .kind = CH_OPTION_TEXT, .name = "split", .value = "NAME",
      .to = &o.split, .help = "of the shards: train, val or test" },
    { .kind = CH_OPTION_FLAG, .name = "partial", .to = &o.partial,
      .help = "score what can be scored: images without a caption, "
              "captions without an image and second captions are counted, "
              "not refused" },
    { .kind = CH_OPTION_GROUP, .name = "Metrics" },
    { .kind = CH_OPTION_CHOICE, .name = "tokens", .value = "RULE",
      .to = &o.tokens, .choices = "ptb|simple|none",
      .help = "how words are made: ptb as coco-caption makes them, simple "
              "drops case and punctuation, none splits what is tokenised "
              "already" },
    { .kind = CH_OPTION_TEXT, .name = "meteor", .value = "FILE",
      .to = &o.meteor,
      .help = "METEOR's data, as `make meteor` makes it" },
    { .kind = CH_OPTION_TEXT, .name = "df", .value = "FILE", .to = &o.df,
      .help = "document frequencies for CIDEr, in place of those of the "
              "references: for small sets and single images" },
    { .kind = CH_OPTION_TEXT, .name = "write-df", .value = "FILE",
      .to = &o.write_df, .is_output = true,
      .help = "write the references' document frequencies; needs no "
              "captions" },
    { .kind = CH_OPTION_GROUP, .name = "How sure, and how different" },
    { .kind = CH_OPTION_COUNT, .name = "bootstrap", .value = "N",
      .to = &o.draws, .low = 0, .high = 1000000,
      .help = "draw the images N times: an interval for each score" },
    { .kind = CH_OPTION_TEXT, .name = "compare", .value = "FILE",
      .to = &o.compare,
      .help = "other captions of the same images: is the difference more "
              "than chance?" },
    { .kind = CH_OPTION_COUNT, .name = "seed", .value = "N",
      .to = &o.seed, .help = "of the draws" },
    { .kind = CH_OPTION_NUMBER, .name = "level", .value = "X",
      .to = &o.level, .low = 0.01, .high = 0.9999,
      .help = "share of the draws inside an interval" },
    { .kind = CH_OPTION_FLAG, .name = "stats", .to = &o.stats,
      .help = "words, lengths and repetitions of the captions" },
    { .kind = CH_OPTION_TEXT, .name = "train-captions", .value = "FILE",
      .to = &o.train_captions,
      .help = "captions of the training set, for --stats: how many are "
              "novel" },
    { .kind = CH_OPTION_TEXT, .name = "ratings", .value = "FILE",
      .to = &o.ratings,
      .help = "people's ratings (lines of image, caption id, ratings): how "
              "each metric agrees with them; takes no captions" },
    { .kind = CH_OPTION_GROUP, .name = "Output" },
    { .kind = CH_OPTION_FLAG, .name = "json", .to = &o.json,
      .help = "print one JSON object with all digits" },
    { .kind = CH_OPTION_TEXT, .name = "per-image", .value = "FILE",
      .to = &o.per_image, .is_output = true,
      .help = "write the scores of each image as JSON lines" },
    { .kind = CH_OPTION_TEXT, .name = "csv", .value = "FILE",
      .to = &o.csv, .is_output = true,
      .help = "write the scores of each image as CSV, with its caption" },
    { .kind = CH_OPTION_COUNT, .name = "threads", .value = "N",
      .to = &o.threads, .low = 0, .high = 1024,
      .help = "threads that score, 0 for as many as there are cores; the "
              "result is the same" },
    { .name = NULL },
};
static const struct ch_program program = {
    .name = "chorus-score",
    .summary = "Compare captions with what people wrote: BLEU-1 to 4, "
               "METEOR, ROUGE-L and CIDEr-D as coco-caption computes them, "
               "and plain CIDEr.",
    .operands = "[CAPTIONS]",
    .examples =
        "  chorus score results.json --references captions_val2017.json\n"
        "  chorus score said.txt --references one.txt --references "
        "two.txt\n"
        "  chorus score new.json --compare old.json --references refs.json "
        "\\\n    --bootstrap 1000\n",
    .options = options,
};

int main(int argc, char **argv)
{
    struct ch_arguments arguments = { 0 };
    struct ch_err e = CH_ERR_INIT;
    int exit_code, rc;

    if (ch_cli_begin(&program, argc, argv, &arguments, &exit_code))
        return exit_code;
    rc = find_captions(&o, &arguments, &e);
    if (!rc) rc = run(&o, &e);
    return ch_cli_end(&program, rc, &e);
}
