/* chorus-encode.c - photos in shards become CNN features */
#include "chorus/comm.h"
#include "chorus/encode.h"
#include "cmd/cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static int find_shards(struct ch_encode_options *o,
                       const struct ch_arguments *a, struct ch_err *e)
{
    if (a->operand_count + (o->shards != NULL) != 1)
        return ch_fail(e, CH_EUSAGE, "expected one folder of shards, found "
                       "%zu; see --help",
                       a->operand_count + (o->shards != NULL));
    if (!o->shards)
        o->shards = a->operand[0];
    return 0;
}

/* What all ranks did, in all[0..size). */
static int gather(struct ch_comm *comm, const struct ch_encode_result *mine,
                  struct ch_encode_result *sum, struct ch_err *e)
{
    size_t size = (size_t)ch_comm_size(comm);
    struct ch_encode_result *all = calloc(size, sizeof *all);
    int rc = all ? 0 : ch_fail(e, CH_ENOMEM, "cannot hold %zu ranks", size);

    rc = ch_comm_agree(comm, rc, e);
    if (!rc) rc = ch_comm_gather_each(comm, mine, all, sizeof *all, e);
    *sum = *mine;
    for (size_t r = 0; r < size && !rc; r++) {
        if (r == (size_t)ch_comm_rank(comm))
            continue;
        sum->encoded += all[r].encoded;
        sum->skipped += all[r].skipped;
        if (all[r].seconds > sum->seconds)
            sum->seconds = all[r].seconds;
    }
    free(all);
    return rc;
}

static void print_result(const struct ch_encode_result *r,
                         const struct ch_encode_total *total)
{
    printf("images    %10" PRIu64 "\n", r->images);
    printf("encoded   %10" PRIu64 " by this run\n", r->encoded);
    printf("skipped   %10" PRIu64 "%s\n", total->skipped,
           total->skipped ? " (see skipped.jsonl)" : "");
    printf("features  %10" PRIu64 " per image", r->feature_count);
    if (r->grid_rows)
        printf(", and %" PRIu64 " x %" PRIu64, r->grid_rows, r->grid_columns);
    printf("\nstoring   %10.1e off, rms of all; one value by %.1e at most\n",
           total->rms_error, total->largest_error);
    printf("speed     %10.1f images/s\n",
           r->seconds > 0 ? (double)r->encoded / r->seconds : 0);
}

static int count(void *comm, size_t counter, int64_t n, int64_t *before,
                 struct ch_err *e)
{
    return ch_comm_count(comm, counter, n, before, e);
}

static int run(struct ch_comm *comm, struct ch_encode_options *o,
               struct ch_err *e)
{
    const struct ch_encode_share share = { count, comm };
    struct ch_encode_result mine = { 0 }, sum = { 0 };
    struct ch_encode_total total = { 0 };
    struct ch_encode *encode = NULL;
    size_t cores = 1;
    int rc;

    o->rank = ch_comm_rank(comm);
    o->size = ch_comm_size(comm);
    rc = ch_comm_cores(comm, &cores, e);
    if (!o->threads)
        o->threads = cores;
    if (!rc) rc = ch_encode_open(&encode, o, e);
    rc = ch_comm_agree(comm, rc, e);
    if (!rc) rc = ch_comm_counters(comm, ch_encode_counters(encode), e);
    if (!rc) {
        int last;

        rc = ch_encode_run(encode, &share, &mine, e);
        last = ch_comm_count_last(comm, rc ? NULL : e);
        rc = ch_comm_agree(comm, rc ? rc : last, e);
    }
    if (!rc) rc = gather(comm, &mine, &sum, e);
    if (!rc && o->rank == 0)
        rc = ch_encode_finish(encode, &total, e);
    rc = ch_comm_agree(comm, rc, e);
    if (!rc && o->rank == 0)
        print_result(&sum, &total);
    ch_encode_close(encode);
    return rc;
}

int main(int argc, char **argv)
{
    struct ch_encode_options o;
    ch_encode_defaults(&o);
    const struct ch_option options[] = {
        { .kind = CH_OPTION_TEXT, .name = "shards", .value = "DIR",
          .to = &o.shards,
          .help = "folder of shards, in place of the operand" },
        { .kind = CH_OPTION_TEXT, .name = "encoder", .value = "FILE",
          .to = &o.encoder, .required = true,
          .help = "JSON file that describes the network" },
        { .kind = CH_OPTION_CHOICE, .name = "dtype", .to = &o.dtype,
          .choices = "f32|f16|bf16", .help = "how features are stored" },
        { .kind = CH_OPTION_CHOICE, .name = "precision", .to = &o.precision,
          .choices = "f32|bf16", .help = "how features are computed" },
        { .kind = CH_OPTION_FLAG, .name = "grid", .to = &o.grid,
          .help = "store the last feature map too" },
        { .kind = CH_OPTION_FLAG, .name = "flip", .to = &o.flip,
          .help = "mean over each photo and its mirror image" },
        { .kind = CH_OPTION_CHOICE, .name = "crops", .to = &o.crops,
          .choices = CH_ENCODE_CROPS,
          .help = "mean over the centre and four corners; 10: mirrored, too" },
        { .kind = CH_OPTION_COUNT, .name = "threads", .value = "N",
          .to = &o.threads, .low = 0, .high = 1024,
          .help = "of each rank; 0: all cores, shared among the ranks" },
        { .kind = CH_OPTION_COUNT, .name = "max-pixels", .value = "N",
          .to = &o.max_pixels, .low = 1, .high = UINT64_C(1) << 40,
          .help = "a photo with more pixels is a bad one" },
        { .kind = CH_OPTION_COUNT, .name = "piece", .value = "N",
          .to = &o.piece, .low = 1, .high = 1000000,
          .help = "photos a rank takes at a time, and a kill costs at most" },
        { .kind = CH_OPTION_FLAG, .name = "skip-bad", .to = &o.skip_bad,
          .help = "list unreadable photos in skipped.jsonl instead of "
                  "stopping" },
        { .kind = CH_OPTION_FLAG, .name = "again", .to = &o.again,
          .help = "replace features of another encoder or type" },
        { 0 },
    };
    const struct ch_program program = {
        .name = "chorus-encode",
        .summary = "Make features of the photos in shards with a frozen CNN; "
                   "a run that was stopped goes on.",
        .operands = "[SHARDS]",
        .examples = "  chorus encode shards --encoder efficientnet-lite2.json\n"
                    "  mpirun -n 4 chorus-encode shards --encoder e.json\n",
        .options = options,
    };
    struct ch_arguments arguments = { 0 };
    struct ch_comm *comm = NULL;
    struct ch_err e = CH_ERR_INIT;
    int exit_code, rc;

    if (ch_cli_begin_ranks(&program, argc, argv, &arguments, &comm, &exit_code))
        return exit_code;
    rc = find_shards(&o, &arguments, &e);
    if (!rc) rc = run(comm, &o, &e);
    return ch_cli_end_ranks(&program, comm, rc, &e);
}
