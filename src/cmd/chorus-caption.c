/* chorus-caption.c - a model says what it sees */
#include "chorus/caption.h"
#include "cmd/cli.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct caption_options {
    struct ch_caption_options caption;
    const char *shards, *split, *out;
    uint64_t limit;
    bool json;
};

struct output {
    FILE *file;
    bool json;
};

/* A JSON string; UTF-8 goes through as it is. */
static void put_json(FILE *f, const char *text)
{
    putc('"', f);
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            fprintf(f, "\\%c", c);
        else if (c < 0x20)
            fprintf(f, "\\u%04x", c);
        else
            putc(c, f);
    }
    putc('"', f);
}

static int say(void *context, const struct ch_caption_result *r,
               struct ch_err *e)
{
    struct output *out = context;

    if (out->json) {
        fputs("{\"image\":", out->file);
        put_json(out->file, r->key);
        fprintf(out->file, ",\"image_id\":%" PRId64 ",\"caption\":",
                r->image_id);
        put_json(out->file, r->caption);
        fprintf(out->file, ",\"logp\":%.9g,\"score\":%.9g}\n", r->logp,
                r->score);
    } else {
        fprintf(out->file, "%s\t%s\n", r->key, r->caption);
    }
    if (ferror(out->file))
        return ch_fail(e, CH_EIO, "cannot write the captions: %s",
                       strerror(errno));
    return 0;
}

static int check(const struct caption_options *o, const struct ch_arguments *a,
                 struct ch_err *e)
{
    if (o->shards && a->operand_count)
        return ch_fail(e, CH_EUSAGE, "photos or --shards, not both");
    if (!o->shards && !a->operand_count)
        return ch_fail(e, CH_EUSAGE, "nothing to caption: name photos, "
                       "folders, or --shards; see --help");
    return 0;
}

static int run(const struct caption_options *o, const struct ch_arguments *a,
               struct ch_err *e)
{
    struct output out = { .file = stdout, .json = o->json };
    struct ch_captioner *c = NULL;
    uint64_t skipped = 0;
    int rc = ch_captioner_open(&c, &o->caption, e);

    if (!rc && o->out && !(out.file = fopen(o->out, "we")))
        rc = ch_fail_errno(e, o->out, "cannot write");
    if (!rc && o->shards)
        rc = ch_captioner_shards(c, o->shards, o->split, o->limit, say, &out,
                                 e);
    else if (!rc)
        rc = ch_captioner_photos(c, a->operand, a->operand_count, say, &out,
                                 &skipped, e);
    if (out.file && out.file != stdout && fclose(out.file) != 0 && !rc)
        rc = ch_fail_errno(e, o->out, "cannot write");
    if (skipped)
        ch_log(CH_LOG_WARN, "%" PRIu64 " photos skipped", skipped);
    ch_captioner_close(c);
    return rc;
}

int main(int argc, char **argv)
{
    struct caption_options o = { .split = "val" };
    ch_caption_defaults(&o.caption);
    const struct ch_option options[] = {
        { .kind = CH_OPTION_TEXT, .name = "model", .value = "FILE",
          .to = &o.caption.model, .required = true,
          .help = "the trained model, one file" },
        { .kind = CH_OPTION_TEXT, .name = "encoder", .value = "FILE",
          .to = &o.caption.encoder,
          .help = "where the model's encoder is now, if it was moved" },
        { .kind = CH_OPTION_TEXT, .name = "shards", .value = "DIR",
          .to = &o.shards,
          .help = "caption encoded shards instead of photos" },
        { .kind = CH_OPTION_TEXT, .name = "split", .value = "NAME",
          .to = &o.split, .help = "of the shards: train, val or test" },
        { .kind = CH_OPTION_COUNT, .name = "limit", .value = "N",
          .to = &o.limit, .help = "photos of the shards, at most; 0: all" },
        { .kind = CH_OPTION_GROUP, .name = "Search" },
        { .kind = CH_OPTION_COUNT, .name = "beam", .value = "K",
          .to = &o.caption.beam, .low = 1, .high = 100,
          .help = "beginnings kept side by side; 1: greedy" },
        { .kind = CH_OPTION_COUNT, .name = "max-words", .value = "N",
          .to = &o.caption.max_words, .low = 0, .high = 100,
          .help = "longest caption; 0: as in training" },
        { .kind = CH_OPTION_NUMBER, .name = "length-power", .value = "X",
          .to = &o.caption.length_power, .low = 0, .high = 10,
          .help = "captions are ranked by ln p / words^X" },
        { .kind = CH_OPTION_FLAG, .name = "allow-unk",
          .to = &o.caption.allow_unk, .help = "let <unk> be said" },
        { .kind = CH_OPTION_COUNT, .name = "batch", .value = "N",
          .to = &o.caption.batch, .low = 1, .high = 4096,
          .help = "photos decoded together" },
        { .kind = CH_OPTION_COUNT, .name = "threads", .value = "N",
          .to = &o.caption.threads, .low = 0, .high = 1024,
          .help = "for the encoder; 0: all cores" },
        { .kind = CH_OPTION_GROUP, .name = "Output" },
        { .kind = CH_OPTION_FLAG, .name = "json", .to = &o.json,
          .help = "JSON lines instead of photo, tab, caption" },
        { .kind = CH_OPTION_TEXT, .name = "out", .value = "FILE",
          .to = &o.out, .help = "write there instead of stdout" },
        { .kind = CH_OPTION_FLAG, .name = "skip-bad",
          .to = &o.caption.skip_bad,
          .help = "report unreadable photos and go on" },
        { .name = NULL },
    };
    const struct ch_program program = {
        .name = "chorus-caption",
        .summary = "Caption photos, folders of photos, or shards.",
        .operands = "[PHOTO|FOLDER...]",
        .examples = "chorus caption --model run/best.safetensors photo.jpg\n"
                    "chorus caption --model run/best.safetensors --shards "
                    "shards --json\n",
        .options = options,
    };
    struct ch_arguments arguments = { 0 };
    struct ch_err e = CH_ERR_INIT;
    int end, rc;

    if (ch_cli_begin(&program, argc, argv, &arguments, &end))
        return end;
    rc = check(&o, &arguments, &e);
    if (!rc) rc = run(&o, &arguments, &e);
    return ch_cli_end(&program, rc, &e);
}
