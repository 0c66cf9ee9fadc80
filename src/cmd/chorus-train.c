/* chorus-train.c - shards with features become a model */
#include "chorus/train.h"

#include "chorus/caption.h"
#include "chorus/score.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cli.h"

#define COUNT(field, option, word, from, most, say)                            \
    { .kind = CH_OPTION_COUNT, .name = option, .value = word, .to = &o.field,  \
      .low = from, .high = most, .help = say }
#define NUMBER(field, option, from, most, say)                                 \
    { .kind = CH_OPTION_NUMBER, .name = option, .value = "X", .to = &o.field,  \
      .low = from, .high = most, .help = say }
#define CHOICE(field, option, values, say)                                     \
    { .kind = CH_OPTION_CHOICE, .name = option, .to = &o.field,                \
      .choices = values, .help = say }
#define TEXT(field, option, word, is_needed, say)                              \
    { .kind = CH_OPTION_TEXT, .name = option, .value = word, .to = &o.field,   \
      .required = is_needed, .help = say }
#define GROUP(heading) { .kind = CH_OPTION_GROUP, .name = heading }

/* The largest number of JSON that is exact everywhere. */
#define SEED_MAX 9007199254740991.0
/* The largest double below 1. */
#define BELOW_1 0.99999999999999989

static struct ch_train_options o;      /* filled by the table */
static const char *time_limit, *save_every, *hang_timeout, *config, *stage,
                  *replay;
static bool is_preflight;

static int preset, applied;            /* before the others */

static const struct ch_option options[] = {
    TEXT(shards, "shards", "DIR", false,
         "folder of encoded shards, in place of the operand"),
    TEXT(run, "run", "DIR", true,
         "folder of the run: best.safetensors, latest.safetensors, "
         "log.jsonl"),
    { .kind = CH_OPTION_TEXT, .name = "stage", .value = "DIR", .to = &stage,
      .help = "first copy the shards that the ranks of each host read to this "
      "folder, on a disk of the host, and hold them against checksums" },
    { .kind = CH_OPTION_CONFIG, .name = "config", .value = "FILE",
      .to = &config, .help = "read options from a file: lines of name = value; "
      "the command line overrides it" },
    { .kind = CH_OPTION_FLAG, .name = "dry-run", .to = &o.is_dry,
      .help = "train a few steps, say what the run would need, write nothing" },
    { .kind = CH_OPTION_FLAG, .name = "preflight", .to = &is_preflight,
      .help = "hold ranks, hosts, shards and room against one another and "
      "measure them, in less than 20 s; write nothing" },
    { .kind = CH_OPTION_FLAG, .name = "resume", .to = &o.resume,
      .help = "go on from latest.safetensors, on any number of ranks" },
    COUNT(seed, "seed", "N", 0, SEED_MAX,
          "of all random numbers; same seed, same model"),
    GROUP("Decoder"),
    { .kind = CH_OPTION_CHOICE, .name = "preset", .to = &preset,
      .choices = CH_TRAIN_PRESETS,
      .help = "published settings, below those given beside it" },
    CHOICE(decoder, "decoder", "nic|sat|att2in|updown",
           "nic: the image once; the others look at its grid for every word"),
    COUNT(embed, "embed", "N", 1, 65536, "width of word vectors"),
    COUNT(hidden, "hidden", "N", 1, 65536, "width of the cells"),
    CHOICE(cell, "cell", "lstm|gru", "kind of recurrent cells"),
    COUNT(attention, "attention", "N", 1, 65536,
          "width of attention; not nic"),
    NUMBER(penalty, "attention-penalty", 0, 1000,
           "strength of looking once at each place of the grid, in all; "
           "not nic"),
    COUNT(layers, "layers", "N", 1, 4, "layers of cells"),
    CHOICE(image, "image", "first|every|state|merge",
           "feed the image as the first input, at every step, as the first "
           "state, or after the cells"),
    CHOICE(image_norm, "image-norm", "none|layer",
           "scale what is projected from an image, or from each place of its "
           "grid, to mean 0 and variance 1, with a learnt gain and bias"),
    { .kind = CH_OPTION_FLAG, .name = "tied", .to = &o.tied,
      .help = "words have one vector, for reading and for saying them" },
    { .kind = CH_OPTION_FLAG, .name = "word-relu", .to = &o.word_relu,
      .help = "word vectors that are fed are cut at 0" },
    CHOICE(precision, "precision", "f32|bf16",
           "of the products with weights; bf16 rounds what is multiplied, and "
           "sums in f32"),
    NUMBER(forget_bias, "forget-bias", -100, 100,
           "added to the LSTM's forget gate at the start"),
    NUMBER(dropout, "dropout", 0, BELOW_1,
           "part of what enters and leaves the cells that is dropped"),
    { .kind = CH_OPTION_FLAG, .name = "variational", .to = &o.variational,
      .help = "drop the same at all steps of a caption" },
    NUMBER(smoothing, "label-smoothing", 0, BELOW_1,
           "part of the target that is any word"),
    NUMBER(word_dropout, "word-dropout", 0, 1,
           "part of the words fed that become <unk>"),
    NUMBER(sampling, "sampling", 0, 1,
           "part of the words fed that the model says itself, at most"),
    NUMBER(sampling_step, "sampling-step", 0, 1,
           "it grows by so much, from none ..."),
    COUNT(sampling_every, "sampling-every", "N", 0, 1000,
          "... after so many epochs each; 0: all at once"),
    GROUP("Batches"),
    COUNT(batch, "batch", "N", 1, 1 << 20,
          "captions per step, over all ranks"),
    { .kind = CH_OPTION_FLAG, .name = "together", .to = &o.together,
      .help = "all captions of an image in a row: an image that is looked at "
      "is prepared once for all of them" },
    COUNT(lanes, "lanes", "N", 0, 1024,
          "pieces the batch is cut into, and most ranks that can share "
          "it; 0: by the batch"),
    COUNT(threads, "threads", "N", 0, 64,
          "of each rank, that share its lanes; 0: its part of the cores"),
    CHOICE(reduce, "reduce", CH_TRAIN_REDUCES,
           "how the ranks add their gradients: in the order of the lanes, or "
           "as MPI does"),
    COUNT(epochs, "epochs", "N", 1, 1000, "at most"),
    COUNT(patience, "patience", "N", 0, 1000,
          "stop after so many epochs without a better validation loss; "
          "0: never"),
    NUMBER(min_delta, "min-delta", 0, 1000,
           "what a validation loss must gain for --patience to begin anew"),
    CHOICE(select, "select", CH_TRAIN_SELECTS,
           "the best epoch by the validation loss, or by CIDEr-D or BLEU-4 of "
           "greedy captions of the validation images"),
    COUNT(show, "show", "N", 0, 64,
          "validation images whose captions the log has after each epoch, for "
          "chorus report; 0: none"),
    COUNT(max_steps, "max-steps", "N", 0, SEED_MAX,
          "stop after so many steps in all; 0: no limit"),
    { .kind = CH_OPTION_TEXT, .name = "time-limit", .value = "TIME",
      .to = &time_limit, .help = "save and end with exit code 75 after so "
      "long, as 90s, 30m, 12h or 2d; SLURM's end of the job counts, too" },
    GROUP("Safety"),
    { .kind = CH_OPTION_TEXT, .name = "save-every", .value = "N|TIME",
      .to = &save_every, .help = "a checkpoint inside epochs, too, every so "
      "many steps, or every 90s, 30m or 2h" },
    COUNT(keep, "keep", "N", 1, 1000,
          "checkpoints that are kept, the newest included"),
    COUNT(check_steps, "check-every", "N", 0, SEED_MAX,
          "compare the weights and the optimiser's state of all ranks every so "
          "many steps and before a checkpoint; 0: never"),
    { .kind = CH_OPTION_TEXT, .name = "hang-timeout", .value = "TIME",
      .to = &hang_timeout, .help = "a rank that is silent for so long is named "
      "and ends the job with exit code 1, as 90s or 1h; 0: never (default: "
      "5m)" },
    { .kind = CH_OPTION_FLAG, .name = "skip-bad", .to = &o.skip_bad,
      .help = "leave out records that are damaged, tell and count them" },
    CHOICE(on_nan, "on-nan", CH_TRAIN_ON_NAN,
           "after a loss or gradient that is not finite: end, or go back to "
           "the last checkpoint with a tenth of the rate"),
    COUNT(nan_retries, "nan-retries", "N", 0, 1000,
          "times that a run may go back"),
    GROUP("Measuring"),
    { .kind = CH_OPTION_FLAG, .name = "profile", .to = &o.profile,
      .help = "after each epoch a table on stderr: where the time of its steps "
      "went, on all ranks" },
    { .kind = CH_OPTION_TEXT, .name = "trace", .value = "FILE", .to = &o.trace,
      .is_output = true,
      .help = "a timeline of the first 200 steps of all ranks, in the format "
      "of Chrome's tracing" },
    GROUP("Debugging"),
    { .kind = CH_OPTION_FLAG, .name = "debug", .to = &o.debug,
      .help = "every check in every step, and hashes of all that is computed; "
      "in 10 steps on 64 images, unless --max-steps and --images say more" },
    { .kind = CH_OPTION_TEXT, .name = "replay", .value = "STEP:LANE",
      .to = &replay, .help = "one process alone computes a lane of a step of "
      "the run again, to the last bit, from the checkpoint before; writes "
      "nothing" },
    COUNT(images, "images", "N", 0, SEED_MAX,
          "only the first so many of training and of validation; 0: all"),
    GROUP("Learning"),
    CHOICE(optimiser, "optimiser", CH_TRAIN_OPTIMISERS,
           "how the weights follow the gradient"),
    NUMBER(rate, "rate", 0, 1000,
           "learning rate; 0: the optimiser's own, 0.01 for rmsprop and "
           "adagrad, otherwise 0.001"),
    NUMBER(momentum, "momentum", 0, BELOW_1, "of sgd and rmsprop; 0: none"),
    { .kind = CH_OPTION_FLAG, .name = "nesterov", .to = &o.nesterov,
      .help = "the momentum of sgd looks ahead" },
    NUMBER(alpha, "alpha", 0, BELOW_1,
           "rmsprop's memory of the squared gradient"),
    NUMBER(beta1, "beta1", 0, BELOW_1,
           "memory of the mean gradient of adam, adamw and radam"),
    NUMBER(beta2, "beta2", 0, BELOW_1, "memory of its square"),
    NUMBER(epsilon, "epsilon", 0, 1,
           "added to the root of it; 0: the optimiser's own, 1e-10 for "
           "adagrad, otherwise 1e-8"),
    NUMBER(weight_decay, "weight-decay", -1, 1e6,
           "part of the weights, but not of biases, that is added to the "
           "gradient, or taken from them (adamw); -1: the optimiser's own, "
           "0.01 for adamw, otherwise 0"),
    NUMBER(clip, "clip", 0, 1e30,
           "longest gradient that is followed; 0: any"),
    CHOICE(clip_by, "clip-by", CH_TRAIN_CLIPS,
           "clip the gradient's norm, or each of its values"),
    NUMBER(ema, "ema", 0, BELOW_1,
           "memory of a moving average of the weights, which is validated "
           "and saved as the best model; 0: the weights themselves"),
    GROUP("Learning rate"),
    CHOICE(schedule, "schedule", CH_TRAIN_SCHEDULES,
           "how the rate falls"),
    COUNT(warmup, "warmup", "N", 0, SEED_MAX,
          "steps in which the rate grows from 0, before any schedule"),
    NUMBER(decay, "decay", 1e-6, 1,
           "what the rate is multiplied by (step, exponential, plateau)"),
    COUNT(decay_every, "decay-every", "N", 0, 1000,
          "epochs from one decay to the next (step); 0: no decay"),
    NUMBER(rate_min, "rate-min", 0, 1000,
           "the rate falls no lower"),
    COUNT(cosine_epochs, "cosine-epochs", "N", 0, 1000,
          "epochs until the lowest rate (cosine); 0: --epochs"),
    COUNT(plateau, "plateau", "N", 0, 1000,
          "epochs that may be no better before the rate decays (plateau)"),
    { .name = NULL },
};

static const struct ch_program program = {
    .name = "chorus-train",
    .summary = "Train a caption decoder on shards with features; the "
               "model is the same for any number of ranks.",
    .operands = "[SHARDS]",
    .examples = "  mpirun -n 2 chorus-train shards --run run\n"
                "  mpirun -n 4 chorus-train shards --run run --resume\n",
    .options = options,
};

/* The shards are an operand or --shards, once. */
static int find_shards(const struct ch_arguments *a, struct ch_err *e)
{
    size_t given = a->operand_count + (o.shards != NULL);

    if (given > 1)
        return ch_fail(e, CH_EUSAGE, "expected one folder of shards, found "
                       "%zu", given);
    if (a->operand_count)
        o.shards = a->operand[0];
    if (!o.shards)
        return ch_fail(e, CH_EUSAGE, "no shards; give the folder that chorus "
                       "shard made, encoded by chorus encode");
    return 0;
}

/* "90s", "30m", "12h", "2d" in seconds. */
static int read_time(const char *option, const char *text, double *seconds,
                     struct ch_err *e)
{
    static const struct { char letter; double s; } unit[] = {
        { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }
    };
    char *end;
    double v = strtod(text, &end);

    for (size_t i = 0; i < sizeof unit / sizeof *unit; i++)
        if (*end == unit[i].letter && !end[1] && end > text && v > 0 &&
            v < 1e9 && strspn(text, "0123456789.") == strlen(text) - 1) {
            *seconds = v * unit[i].s;
            return 0;
        }
    return ch_fail(e, CH_EUSAGE, "--%s: expected %sa time as 90s, 30m, 12h or "
                   "2d, found '%s'", option,
                   strcmp(option, "save-every") ? "" : "a number of steps, or ",
                   text);
}

static int read_times(struct ch_err *e)
{
    int rc = 0;

    if (time_limit)
        rc = read_time("time-limit", time_limit, &o.time_limit_s, e);
    if (!rc && hang_timeout && !strcmp(hang_timeout, "0"))
        o.hang_s = 0;
    else if (!rc && hang_timeout)
        rc = read_time("hang-timeout", hang_timeout, &o.hang_s, e);
    if (rc || !save_every)
        return rc;
    if (!*save_every ||
        strspn(save_every, "0123456789") < strlen(save_every) ||
        strlen(save_every) > 15)
        return read_time("save-every", save_every, &o.save_s, e);
    o.save_steps = strtoull(save_every, NULL, 10);
    return 0;
}

/* What a debug run does unless it is told: little, and looked at often.  All
 * ranks speak. */
static void settle_debug(int rank, int size)
{
    if (!o.images)
        o.images = 64;
    if (!o.max_steps)
        o.max_steps = 10;
    if (!save_every)
        o.save_steps = 1;
    if (o.keep < 1000)
        o.keep = 1000;
    if (!hang_timeout)
        o.hang_s = 60;
    o.check_steps = 1;
    ch_log_setup(program.name, CH_LOG_DEBUG, rank, size);
}

/* "12:3" */
static int read_replay(uint64_t *step, uint64_t *lane, struct ch_err *e)
{
    const char *colon = strchr(replay, ':');
    size_t digits = strspn(replay, "0123456789");

    if (!colon || colon != replay + digits || !digits || digits > 15 ||
        !colon[1] || strlen(colon + 1) > 15 ||
        strspn(colon + 1, "0123456789") != strlen(colon + 1))
        return ch_fail(e, CH_EUSAGE, "--replay: expected STEP:LANE as 12:3, "
                       "found '%s'", replay);
    *step = strtoull(replay, NULL, 10);
    *lane = strtoull(colon + 1, NULL, 10);
    return 0;
}

static int play_again(struct ch_comm *comm, struct ch_err *e)
{
    struct ch_train_replay p;
    uint64_t step = 0, lane = 0;
    int rc = read_replay(&step, &lane, e);

    if (!rc) rc = ch_train_replay(comm, &o, step, lane, &p, e);
    if (rc)
        return rc;
    printf("step         %llu of epoch %llu, lane %llu\n",
           (unsigned long long)step, (unsigned long long)p.epoch,
           (unsigned long long)lane);
    if (p.from_step)
        printf("from         the checkpoint of step %llu\n",
               (unsigned long long)p.from_step);
    else
        printf("from         the beginning\n");
    printf("words        %llu\n", (unsigned long long)p.words);
    printf("loss         %.9g nats\n", p.loss);
    printf("gradient     %016llx\n", (unsigned long long)p.gradient);
    return 0;
}

/* What the best is chosen by. */
static int score(const struct ch_score_item *item, size_t count,
                 double found[2], struct ch_err *e)
{
    struct ch_scores s = { 0 };
    int rc = ch_score_run(item, count, NULL, &s, e);

    found[0] = s.corpus[CH_METRIC_cider_d];
    found[1] = s.corpus[CH_METRIC_bleu_4];
    ch_scores_release(&s);
    return rc;
}

static const struct ch_train_judge judge = { ch_caption_greedy, score };

static void print_left_out(uint64_t count)
{
    if (count)
        printf("left out     %llu damaged record%s\n",
               (unsigned long long)count, count == 1 ? "" : "s");
}

static void print_result(const struct ch_train_result *r)
{
    static const char *const unit[] = { "nats per word", "CIDEr-D",
                                        "BLEU-4" };

    printf("parameters   %llu\n", (unsigned long long)r->parameters);
    printf("epochs       %llu%s\n", (unsigned long long)r->epochs,
           r->stopped_early ? " (no better for a while)" : "");
    printf("steps        %llu\n", (unsigned long long)r->steps);
    print_left_out(r->left_out);
    printf("train loss   %.4f nats per word\n", r->train_loss);
    if (r->best_epoch)
        printf("best         %.4f %s on validation, epoch %llu\n",
               r->best_score, unit[o.select],
               (unsigned long long)r->best_epoch);
    printf("speed        %.0f words/s\n", r->words_per_s);
    printf("time         %.1f s\n", r->seconds);
    printf("model        %s/%s.safetensors\n", o.run,
           r->best_epoch ? "best" : "latest");
}

static int plan(struct ch_comm *comm, struct ch_err *e)
{
    struct ch_train_plan p;
    int rc = ch_train_plan(comm, &o, &p, e);

    if (rc || ch_comm_rank(comm) > 0)
        return rc;
    printf("parameters   %llu\n", (unsigned long long)p.parameters);
    printf("memory       %.1f MB per rank, %d rank%s\n",
           (double)p.memory / 1e6, ch_comm_size(comm),
           ch_comm_size(comm) == 1 ? "" : "s");
    printf("captions     %llu of %llu images\n",
           (unsigned long long)p.captions, (unsigned long long)p.images);
    printf("epoch        %llu words, %llu steps, %.1f s\n",
           (unsigned long long)p.epoch_words,
           (unsigned long long)p.epoch_steps, p.epoch_s);
    printf("speed        %.0f words/s\n", p.words_per_s);
    printf("time         %.1f s for %llu epochs\n", p.total_s,
           (unsigned long long)o.epochs);
    return 0;
}

/* A preset sets what other options then change, wherever they stand. */
static void apply_preset(int argc, char **argv)
{
    const char *name = "none";

    for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
        if (!strncmp(argv[i], "--preset=", 9))
            name = argv[i] + 9;
        else if (!strcmp(argv[i], "--preset") && i + 1 < argc)
            name = argv[++i];
    ch_train_preset(&o, name);
    applied = ch_train_find_preset(name);
}

/* A preset of a file of options would come after what it is to be below. */
static int check_preset(struct ch_err *e)
{
    if (preset == applied)
        return 0;
    return ch_fail(e, CH_EUSAGE, "a preset in a file of options has no effect; "
                   "give --preset on the command line");
}

int main(int argc, char **argv)
{
    struct ch_arguments arguments = { 0 };
    struct ch_train_result result = { 0 };
    struct ch_comm *comm = NULL;
    struct ch_err e = CH_ERR_INIT;
    int exit_code, rc;

    ch_train_defaults(&o);
    o.judge = &judge;
    apply_preset(argc, argv);
    if (ch_cli_begin_ranks(&program, argc, argv, &arguments, &comm,
                           &exit_code)) {
        ch_arguments_release(&arguments);
        return exit_code;
    }
    rc = check_preset(&e);
    if (!rc && is_preflight && o.is_dry)
        rc = ch_fail(&e, CH_EUSAGE, "--preflight trains a few steps, as "
                     "--dry-run does; give one of them");
    if (!rc) rc = find_shards(&arguments, &e);
    if (!rc) rc = read_times(&e);
    if (!rc && stage && !is_preflight && !o.is_dry) {
        rc = ch_train_stage(comm, &o, stage, &e);
        o.shards = stage;
    }
    if (!rc && o.debug)
        settle_debug(ch_comm_rank(comm), ch_comm_size(comm));
    if (!rc && replay) {
        rc = play_again(comm, &e);
    } else if (!rc && is_preflight) {
        rc = ch_cli_preflight(comm, &o, &e);
    } else if (!rc && o.is_dry) {
        rc = plan(comm, &e);
    } else if (!rc) {
        rc = ch_train_run(comm, &o, &result, &e);
        if (!rc && ch_comm_rank(comm) == 0)
            print_result(&result);
    }
    exit_code = ch_cli_end_ranks(&program, comm, rc, &e);
    ch_arguments_release(&arguments);
    return exit_code;
}
