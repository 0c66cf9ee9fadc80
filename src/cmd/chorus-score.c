/* chorus-score.c - how near captions are to what people wrote */
#include "chorus/score.h"
#include "cmd/cli.h"

#include <stdio.h>

struct score_options {
    const char *captions, *references, *per_image;
    bool json;
};

static void print_table(const struct ch_scores *s, size_t unscored)
{
    for (size_t m = 0; m < CH_METRIC_COUNT; m++)
        printf("%-9s %.4f\n", ch_metric_title[m], s->corpus[m]);
    printf("%-9s %zu\n", "images", s->count);
    printf("%-9s %zu\n", "unscored", unscored);
    printf("%-9s %s\n", "tokens", CH_SCORE_RULE_TEXT);
}

static void print_json(const struct ch_scores *s, size_t unscored)
{
    printf("{");
    for (size_t m = 0; m < CH_METRIC_COUNT; m++)
        printf("\"%s\":%.17g,", ch_metric_title[m], s->corpus[m]);
    printf("\"images\":%zu,\"unscored\":%zu,\"tokens\":\"%s\"}\n", s->count,
           unscored, CH_SCORE_RULE);
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

static int run(const struct score_options *o, struct ch_err *e)
{
    struct ch_score_input *input = NULL;
    struct ch_scores scores = { 0 };
    const struct ch_score_item *item = NULL;
    size_t count = 0, unscored = 0;
    int rc = ch_score_input_open(&input, o->captions, o->references, e);

    if (!rc) {
        item = ch_score_input_items(input, &count, &unscored);
        rc = ch_score_run(item, count, &scores, e);
    }
    if (!rc && o->per_image)
        rc = ch_scores_write(&scores, item, o->per_image, e);
    if (!rc && o->json)
        print_json(&scores, unscored);
    else if (!rc)
        print_table(&scores, unscored);
    ch_scores_release(&scores);
    ch_score_input_close(input);
    return rc;
}

int main(int argc, char **argv)
{
    struct score_options o = { 0 };
    const struct ch_option options[] = {
        { .kind = CH_OPTION_TEXT, .name = "captions", .value = "FILE",
          .to = &o.captions,
          .help = "captions to score, in place of the operand: the JSON lines "
                  "of chorus caption --json, or COCO results" },
        { .kind = CH_OPTION_TEXT, .name = "references", .value = "FILE",
          .to = &o.references, .required = true,
          .help = "what people wrote: a Flickr token file, COCO captions, or "
                  "lines of image, tab, caption" },
        { .kind = CH_OPTION_FLAG, .name = "json", .to = &o.json,
          .help = "print one JSON object with all digits" },
        { .kind = CH_OPTION_TEXT, .name = "per-image", .value = "FILE",
          .to = &o.per_image,
          .help = "write the scores of each image as JSON lines" },
        { .name = NULL },
    };
    const struct ch_program program = {
        .name = "chorus-score",
        .summary = "Compare captions with what people wrote: BLEU-1 to 4, "
                   "ROUGE-L and CIDEr-D as coco-caption computes them, on "
                   "words made by a simple rule.",
        .operands = "[CAPTIONS]",
        .examples = "chorus score captions.jsonl --references test.tsv\n",
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
