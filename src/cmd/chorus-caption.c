/* chorus-caption.c - a model says what it sees */
#include "chorus/caption.h"
#include "chorus/comm.h"
#include "cmd/cli.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>

struct caption_options {
    struct ch_caption_options caption;
    struct ch_caption_input in;
    struct ch_caption_output out;
    struct ch_texts list, model;
    bool json, skip_bad;
};

static struct caption_options chosen = { .in.split = "val" };

static const struct ch_option options[] = {
    { .kind = CH_OPTION_TEXTS, .name = "model", .value = "FILE",
      .to = &chosen.model, .required = true,
      .help = "the trained model; several speak together" },
    { .kind = CH_OPTION_TEXT, .name = "encoder", .value = "FILE",
      .to = &chosen.caption.encoder,
      .help = "the model's encoder, if it is not beside the model" },
    { .kind = CH_OPTION_COUNT, .name = "batch", .value = "N",
      .to = &chosen.caption.batch, .low = 1, .high = 4096,
      .help = "photos searched together" },
    { .kind = CH_OPTION_COUNT, .name = "threads", .value = "N",
      .to = &chosen.caption.threads, .low = 0, .high = 1024,
      .help = "of each rank, for the encoder; 0: all cores, shared" },
    { .kind = CH_OPTION_CHOICE, .name = "precision",
      .to = &chosen.caption.precision, .choices = CH_CAPTION_PRECISIONS,
      .help = "of the decoder's products: as it was trained, f32 or bf16" },
    { .kind = CH_OPTION_GROUP, .name = "Input" },
    { .kind = CH_OPTION_TEXTS, .name = "list", .value = "FILE",
      .to = &chosen.list,
      .help = "photos and folders, a name a line; -: standard input" },
    { .kind = CH_OPTION_TEXT, .name = "shards", .value = "DIR",
      .to = &chosen.in.shards,
      .help = "caption encoded shards instead of photos" },
    { .kind = CH_OPTION_TEXT, .name = "split", .value = "NAME",
      .to = &chosen.in.split, .help = "of the shards: train, val or test" },
    { .kind = CH_OPTION_COUNT, .name = "limit", .value = "N",
      .to = &chosen.in.limit, .help = "photos at most; 0: all" },
    { .kind = CH_OPTION_TEXT, .name = "ids", .value = "FILE",
      .to = &chosen.in.ids,
      .help = "each photo's image_id: COCO's JSON, or name, tab, number" },
    { .kind = CH_OPTION_FLAG, .name = "skip-bad", .to = &chosen.skip_bad,
      .help = "unreadable photos are told, but no failure" },
    { .kind = CH_OPTION_GROUP, .name = "Search" },
    { .kind = CH_OPTION_COUNT, .name = "beam", .value = "K",
      .to = &chosen.caption.decode.beam, .low = 1, .high = 100,
      .help = "beginnings kept side by side; 1: greedy" },
    { .kind = CH_OPTION_COUNT, .name = "n-best", .value = "N",
      .to = &chosen.caption.decode.n_best, .low = 1, .high = 100,
      .help = "captions of each photo: at most K; of --sample: drawn" },
    { .kind = CH_OPTION_CHOICE, .name = "length",
      .to = &chosen.caption.decode.length, .choices = CH_DECODE_LENGTHS,
      .help = "ranked by ln p, / words^X, / words, / ((5 + words) / 6)^X" },
    { .kind = CH_OPTION_NUMBER, .name = "length-power", .value = "X",
      .to = &chosen.caption.decode.length_power, .low = 0, .high = 10,
      .help = "the X of --length" },
    { .kind = CH_OPTION_COUNT, .name = "groups", .value = "G",
      .to = &chosen.caption.decode.groups, .low = 1, .high = 100,
      .help = "of the beam, that keep away from each other" },
    { .kind = CH_OPTION_NUMBER, .name = "diversity", .value = "X",
      .to = &chosen.caption.decode.diversity, .low = 0, .high = 100,
      .help = "what a word costs that an earlier group says now" },
    { .kind = CH_OPTION_GROUP, .name = "What may be said" },
    { .kind = CH_OPTION_COUNT, .name = "min-words", .value = "N",
      .to = &chosen.caption.decode.min_words, .low = 0, .high = 100,
      .help = "shortest caption" },
    { .kind = CH_OPTION_COUNT, .name = "max-words", .value = "N",
      .to = &chosen.caption.decode.max_words, .low = 0, .high = 100,
      .help = "longest caption; 0: as in training" },
    { .kind = CH_OPTION_COUNT, .name = "no-repeat", .value = "N",
      .to = &chosen.caption.decode.no_repeat, .low = 0, .high = 100,
      .help = "no N words in a row are said twice; 0: they may" },
    { .kind = CH_OPTION_TEXT, .name = "endings", .value = "WORDS",
      .to = &chosen.caption.decode.endings,
      .help = "no caption ends in these, joined by commas, or none" },
    { .kind = CH_OPTION_TEXT, .name = "must", .value = "WORDS",
      .to = &chosen.caption.decode.must,
      .help = "what is said in any case: dog|dogs,fire hydrant" },
    { .kind = CH_OPTION_FLAG, .name = "allow-unk",
      .to = &chosen.caption.decode.allow_unk, .help = "let <unk> be said" },
    { .kind = CH_OPTION_GROUP, .name = "Sampling" },
    { .kind = CH_OPTION_FLAG, .name = "sample",
      .to = &chosen.caption.decode.sample,
      .help = "draw the words, in place of searching" },
    { .kind = CH_OPTION_NUMBER, .name = "temperature", .value = "X",
      .to = &chosen.caption.decode.temperature, .low = 0.01, .high = 100,
      .help = "words are drawn in proportion to p^(1/X)" },
    { .kind = CH_OPTION_COUNT, .name = "top-k", .value = "N",
      .to = &chosen.caption.decode.top_k, .low = 0, .high = 1000000,
      .help = "of the N likeliest; 0: of all" },
    { .kind = CH_OPTION_NUMBER, .name = "top-p", .value = "X",
      .to = &chosen.caption.decode.top_p, .low = 0.001, .high = 1,
      .help = "of the fewest that have the probability X together" },
    { .kind = CH_OPTION_COUNT, .name = "seed", .value = "N",
      .to = &chosen.caption.decode.seed,
      .help = "another seed, other captions" },
    { .kind = CH_OPTION_GROUP, .name = "Output" },
    { .kind = CH_OPTION_CHOICE, .name = "format", .to = &chosen.out.form,
      .choices = CH_CAPTION_FORMS,
      .help = "photo, tab, caption; JSON lines; COCO results; CSV" },
    { .kind = CH_OPTION_FLAG, .name = "json", .to = &chosen.json,
      .help = "the same as --format jsonl" },
    { .kind = CH_OPTION_FLAG, .name = "words",
      .to = &chosen.caption.decode.words,
      .help = "each word and its ln p, in JSON lines" },
    { .kind = CH_OPTION_FLAG, .name = "attention",
      .to = &chosen.caption.decode.attention,
      .help = "where each word looks, in JSON lines" },
    { .kind = CH_OPTION_FLAG, .name = "sentence", .to = &chosen.out.sentence,
      .help = "with a capital and a full stop" },
    { .kind = CH_OPTION_TEXT, .name = "maps", .value = "DIR",
      .to = &chosen.out.maps,
      .help = "a page per photo that shows where each word looks" },
    { .kind = CH_OPTION_TEXT, .name = "out", .value = "FILE",
      .to = &chosen.out.path, .is_output = true,
      .help = "write there, whole or not at all, instead of stdout" },
    { .name = NULL },
};

static const struct ch_program program = {
    .name = "chorus-caption",
    .summary = "Caption photos, folders of photos, lists, or shards.",
    .operands = "[PHOTO|FOLDER|@LIST|-]...",
    .examples = "  chorus caption --model run/best.safetensors photo.jpg\n"
                "  find photos -name '*.jpg' | chorus caption "
                "--model run/best.safetensors \\\n"
                "    --list - --sentence\n"
                "  mpirun -n 4 chorus-caption --model run/best.safetensors "
                "val2014 \\\n"
                "    --format coco --out results.json\n",
    .options = options,
};

/* What reads from standard input: it can be read once, and by one. */
static size_t count_stdin(const struct caption_options *o, bool *has_photo)
{
    size_t count = 0;

    *has_photo = false;
    for (size_t i = 0; i < o->in.path_count; i++) {
        *has_photo |= !strcmp(o->in.path[i], "-");
        count += !strcmp(o->in.path[i], "-") || !strcmp(o->in.path[i], "@-");
    }
    for (size_t i = 0; i < o->list.count; i++)
        count += !strcmp(o->list.at[i], "-");
    return count;
}

static int check(struct caption_options *o, const struct ch_arguments *a,
                 int ranks, struct ch_err *e)
{
    bool has_photo;

    o->caption.model = o->model.at[0];
    o->caption.more = o->model.at + 1;
    o->caption.more_count = o->model.count - 1;
    o->caption.decode.attention |= o->out.maps != NULL;
    o->in.path = a->operand;
    o->in.path_count = a->operand_count;
    o->in.list = o->list.at;
    o->in.list_count = o->list.count;
    if (o->json && o->out.form != CH_CAPTION_TEXT &&
        o->out.form != CH_CAPTION_JSONL)
        return ch_fail(e, CH_EUSAGE, "--json or another --format, not both");
    if (o->json)
        o->out.form = CH_CAPTION_JSONL;
    if (o->in.shards && (a->operand_count || o->list.count))
        return ch_fail(e, CH_EUSAGE, "photos or --shards, not both");
    if (o->in.shards && o->in.ids)
        return ch_fail(e, CH_EUSAGE, "shards hold their numbers; leave out "
                       "--ids");
    if (!o->in.shards && !a->operand_count && !o->list.count)
        return ch_fail(e, CH_EUSAGE, "nothing to caption: name photos, "
                       "folders, or --shards; see --help");
    if (count_stdin(o, &has_photo) > 1)
        return ch_fail(e, CH_EUSAGE, "standard input is named twice: expected "
                       "one list or one photo there");
    if (has_photo && ranks > 1)
        return ch_fail(e, CH_EUSAGE, "a photo on standard input is for one "
                       "rank; write it to a file");
    return 0;
}

static int broadcast(void *comm, void *data, size_t bytes, struct ch_err *e)
{
    return ch_comm_broadcast(comm, data, bytes, e);
}

static int gather(void *comm, const void *mine, void *all,
                  const size_t *bytes, struct ch_err *e)
{
    return ch_comm_gather(comm, mine, all, bytes, e);
}

static int agree(void *comm, int rc, struct ch_err *e)
{
    return ch_comm_agree(comm, rc, e);
}

/* What is wrong with the only photo, or how many were bad. */
static int judge(const struct caption_options *o,
                 const struct ch_caption_counts *n, struct ch_err *e)
{
    if (n->bad == 0 || o->skip_bad) {
        if (n->bad && n->photos == 1)
            ch_log(CH_LOG_WARN, "skipped: %s", n->first.msg);
        else if (n->bad)
            ch_log(CH_LOG_WARN, "%" PRIu64 " photo%s skipped", n->bad,
                   n->bad == 1 ? "" : "s");
        return 0;
    }
    if (n->photos == 1) {
        *e = n->first;
        return n->first.code;
    }
    return ch_fail(e, CH_EFORMAT, "%" PRIu64 " of %" PRIu64 " photos could "
                   "not be captioned; pass --skip-bad if that is no failure",
                   n->bad, n->photos);
}

static int run(struct ch_comm *comm, struct caption_options *o,
               struct ch_err *e)
{
    const struct ch_caption_share share = {
        .rank = ch_comm_rank(comm), .size = ch_comm_size(comm),
        .context = comm, .broadcast = broadcast, .gather = gather,
        .agree = agree
    };
    struct ch_caption_counts counts = { 0 };
    struct ch_captioner *c = NULL;
    size_t cores = 1;
    int rc = ch_comm_cores(comm, &cores, e);

    if (!o->caption.threads)
        o->caption.threads = cores;
    if (!rc) rc = ch_captioner_open(&c, &o->caption, e);
    rc = ch_comm_agree(comm, rc, e);
    if (!rc)
        rc = ch_captioner_run(c, &o->in, &o->out, &share, &counts, e);
    if (!rc) rc = judge(o, &counts, e);
    ch_captioner_close(c);
    return rc;
}

int main(int argc, char **argv)
{
    struct ch_arguments arguments = { 0 };
    struct ch_comm *comm = NULL;
    struct ch_err e = CH_ERR_INIT;
    int exit_code, rc;

    ch_caption_defaults(&chosen.caption);
    /* A reader that left is told as a write that failed. */
    signal(SIGPIPE, SIG_IGN);
    if (ch_cli_begin_ranks(&program, argc, argv, &arguments, &comm, &exit_code))
        return exit_code;
    rc = check(&chosen, &arguments, ch_comm_size(comm), &e);
    if (!rc) rc = run(comm, &chosen, &e);
    return ch_cli_end_ranks(&program, comm, rc, &e);
}
