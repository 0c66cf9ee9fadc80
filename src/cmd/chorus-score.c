/* chorus-score.c - how near captions are to what people wrote */
#include "chorus/score.h"
#include "chorus/score_input.h"
#include "chorus/score_output.h"
#include "cmd/cli.h"

#include <stdio.h>

struct score_options {
    struct ch_texts references;
    const char *captions, *per_image, *csv;
    uint64_t threads;
    int tokens;
    bool json, partial;
};

/* What was read and computed; all is released at the end. */
struct job {
    struct ch_score_input *input;
    const struct ch_score_item *item;
    size_t count;
    struct ch_scores scores;
};

static void print_left(const struct ch_score_left *left)
{
    printf("%-11s %zu\n", "unscored", left->missing);
    if (left->extra)
        printf("%-11s %zu\n", "extra", left->extra);
    if (left->repeated)
        printf("%-11s %zu\n", "repeated", left->repeated);
}

static void print_table(const struct score_options *o, const struct job *j)
{
    struct ch_score_left left = ch_score_input_left(j->input);

    for (size_t m = 0; m < CH_METRIC_COUNT; m++)
        if (j->scores.has[m])
            printf("%-11s %.4f\n", ch_metric_title[m], j->scores.corpus[m]);
    printf("%-11s %zu\n", "images", j->scores.count);
    print_left(&left);
    printf("%-11s %s (%s)\n", "tokens", ch_token_rule_name[o->tokens],
           ch_token_rule_text[o->tokens]);
}

static void print_json(const struct score_options *o, const struct job *j)
{
    struct ch_score_left left = ch_score_input_left(j->input);

    printf("{");
    for (size_t m = 0; m < CH_METRIC_COUNT; m++)
        if (j->scores.has[m])
            printf("\"%s\":%.17g,", ch_metric_title[m], j->scores.corpus[m]);
    printf("\"images\":%zu,\"unscored\":%zu,\"extra\":%zu,\"repeated\":%zu,"
           "\"tokens\":\"%s\"}\n", j->scores.count, left.missing, left.extra,
           left.repeated, ch_token_rule_name[o->tokens]);
}

/* The captions are an operand or an option, once. */
static int find_captions(struct score_options *o, const struct ch_arguments *a,
                         struct ch_err *e)
{
    size_t given = a->operand_count + (o->captions != NULL);

    if (given != 1)
        return ch_fail(e, CH_EUSAGE, "expected one file of captions, found "
                       "%zu; see --help", given);
    if (!o->captions)
        o->captions = a->operand[0];
    return 0;
}

static int score(const struct score_options *o, struct job *j,
                 struct ch_err *e)
{
    const struct ch_score_files files = {
        .captions = o->captions,
        .references = o->references.at,
        .reference_count = o->references.count,
        .partial = o->partial,
    };
    const struct ch_score_options options = {
        .rule = (enum ch_token_rule)o->tokens,
        .threads = (size_t)o->threads,
    };
    int rc = ch_score_input_open(&j->input, &files, e);

    if (!rc) {
        j->item = ch_score_input_items(j->input, &j->count);
        rc = ch_score_run(j->item, j->count, &options, &j->scores, e);
    }
    return rc;
}

static int run(const struct score_options *o, struct ch_err *e)
{
    struct job j = { 0 };
    int rc = score(o, &j, e);

    if (!rc && o->per_image)
        rc = ch_scores_write(&j.scores, j.item, o->per_image, e);
    if (!rc && o->csv)
        rc = ch_scores_write_csv(&j.scores, j.item, o->csv, e);
    if (!rc && o->json)
        print_json(o, &j);
    else if (!rc)
        print_table(o, &j);
    ch_scores_release(&j.scores);
    ch_score_input_close(j.input);
    return rc;
}

int main(int argc, char **argv)
{
    struct score_options o = { .tokens = CH_TOKENS_DEFAULT, .threads = 1 };
    const struct ch_option options[] = {
        { .kind = CH_OPTION_GROUP, .name = "Input" },
        { .kind = CH_OPTION_TEXT, .name = "captions", .value = "FILE",
          .to = &o.captions,
          .help = "captions to score, in place of the operand: the JSON lines "
                  "of chorus caption --json, COCO results, lines of image, "
                  "tab, caption, or plain lines" },
        { .kind = CH_OPTION_TEXTS, .name = "references", .value = "FILE",
          .to = &o.references, .required = true,
          .help = "what people wrote: COCO captions, a Flickr token file, "
                  "lines of image, tab, caption, JSON lines, or plain lines, "
                  "then one file for each person" },
        { .kind = CH_OPTION_FLAG, .name = "partial", .to = &o.partial,
          .help = "score what can be scored: images without a caption, "
                  "captions without an image and second captions are counted, "
                  "not refused" },
        { .kind = CH_OPTION_CHOICE, .name = "tokens", .value = "RULE",
          .to = &o.tokens, .choices = "simple|none",
          .help = "how words are made: simple drops case and punctuation, "
                  "none splits what is tokenised already" },
        { .kind = CH_OPTION_GROUP, .name = "Output" },
        { .kind = CH_OPTION_FLAG, .name = "json", .to = &o.json,
          .help = "print one JSON object with all digits" },
        { .kind = CH_OPTION_TEXT, .name = "per-image", .value = "FILE",
          .to = &o.per_image,
          .help = "write the scores of each image as JSON lines" },
        { .kind = CH_OPTION_TEXT, .name = "csv", .value = "FILE",
          .to = &o.csv,
          .help = "write the scores of each image as CSV, with its caption" },
        { .kind = CH_OPTION_COUNT, .name = "threads", .value = "N",
          .to = &o.threads, .low = 1, .high = 1024,
          .help = "threads that score; the result is the same" },
        { .name = NULL },
    };
    const struct ch_program program = {
        .name = "chorus-score",
        .summary = "Compare captions with what people wrote: BLEU-1 to 4, "
                   "ROUGE-L and CIDEr-D as coco-caption computes them, and "
                   "plain CIDEr.",
        .operands = "[CAPTIONS]",
        .examples =
            "  chorus score results.json --references captions_val2017.json\n"
            "  chorus score said.txt --references one.txt --references "
            "two.txt\n",
        .options = options,
    };
    struct ch_arguments arguments = { 0 };
    struct ch_err e = CH_ERR_INIT;
    int exit_code, rc;

    if (ch_cli_begin(&program, argc, argv, &arguments, &exit_code))
        return exit_code;
    rc = find_captions(&o, &arguments, &e);
    if (!rc) rc = run(&o, &e);
    return ch_cli_end(&program, rc, &e);
}
