/* chorus-encode.c - photos in shards become CNN features */
#include "chorus/comm.h"
#include "chorus/encode.h"
#include "cmd/cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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
    size_t *bytes = calloc(size, sizeof *bytes);
    int rc = all && bytes ? 0 : ch_fail(e, CH_ENOMEM, "cannot hold %zu ranks",
                                        size);

    rc = ch_comm_agree(comm, rc, e);
    for (size_t r = 0; r < size && !rc; r++)
        bytes[r] = sizeof *all;
    if (!rc) rc = ch_comm_gather(comm, mine, all, bytes, e);
    *sum = *mine;
    for (size_t r = 0; r < size && !rc; r++) {
        if (r == (size_t)ch_comm_rank(comm))
            continue;
        sum->images += all[r].images;
        sum->encoded += all[r].encoded;
        sum->skipped += all[r].skipped;
        if (all[r].feature_count)
            sum->feature_count = all[r].feature_count;
        if (all[r].seconds > sum->seconds)
            sum->seconds = all[r].seconds;
    }
    free(all);
    free(bytes);
    return rc;
}

static void print_result(const struct ch_encode_result *r, uint64_t skipped)
{
    printf("images    %10" PRIu64 "\n", r->images);
    printf("encoded   %10" PRIu64 " by this run\n", r->encoded);
    printf("skipped   %10" PRIu64 "%s\n", skipped,
           skipped ? " (see skipped.jsonl)" : "");
    printf("features  %10" PRIu64 " per image", r->feature_count);
    if (r->grid_rows)
        printf(", and %" PRIu64 " x %" PRIu64, r->grid_rows,
               r->feature_count);
    printf("\nspeed     %10.1f images/s\n",
           r->seconds > 0 ? (double)r->encoded / r->seconds : 0);
}

static int run(struct ch_comm *comm, struct ch_encode_options *o,
               struct ch_err *e)
{
    struct ch_encode_result mine = { 0 }, sum = { 0 };
    uint64_t skipped = 0;
    int rc;

    o->rank = ch_comm_rank(comm);
    o->size = ch_comm_size(comm);
    /* Ranks of one host share its cores. */
    if (!o->threads && o->size > 1) {
        long cores = sysconf(_SC_NPROCESSORS_ONLN);
        o->threads = cores > o->size ? (uint64_t)(cores / o->size) : 1;
    }
    rc = ch_comm_agree(comm, ch_encode_run(o, &mine, e), e);
    if (!rc) rc = gather(comm, &mine, &sum, e);
    if (!rc && o->rank == 0)
        rc = ch_encode_list_skipped(o->shards, &skipped, e);
    rc = ch_comm_agree(comm, rc, e);
    if (!rc && o->rank == 0)
        print_result(&sum, skipped);
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
        { .kind = CH_OPTION_COUNT, .name = "threads", .value = "N",
          .to = &o.threads, .low = 0, .high = 1024,
          .help = "of each rank; 0: all cores, shared among the ranks" },
        { .kind = CH_OPTION_COUNT, .name = "max-pixels", .value = "N",
          .to = &o.max_pixels, .low = 1, .high = UINT64_C(1) << 40,
          .help = "a photo with more pixels is a bad one" },
        { .kind = CH_OPTION_FLAG, .name = "skip-bad", .to = &o.skip_bad,
          .help = "list unreadable photos in skipped.jsonl instead of "
                  "stopping" },
        { .kind = CH_OPTION_FLAG, .name = "again", .to = &o.again,
          .help = "replace features of another encoder" },
        { 0 },
    };
    const struct ch_program program = {
        .name = "chorus-encode",
        .summary = "Make features of the photos in shards with a frozen CNN; "
                   "a run that was stopped goes on.",
        .operands = "[SHARDS]",
        .examples = "chorus encode shards --encoder efficientnet-lite2.json\n"
                    "mpirun -n 4 chorus-encode shards --encoder e.json\n",
        .options = options,
    };
    struct ch_arguments arguments = { 0 };
    struct ch_comm *comm = NULL;
    struct ch_err e = CH_ERR_INIT;
    int exit_code, rc = ch_comm_open(&comm, &e);

    if (rc)
        return ch_cli_end(&program, rc, &e);
    if (ch_cli_begin_rank(&program, argc, argv, &arguments,
                          ch_comm_rank(comm), ch_comm_size(comm),
                          &exit_code)) {
        ch_comm_close(comm);
        return exit_code;
    }
    rc = find_shards(&o, &arguments, &e);
    if (!rc) rc = run(comm, &o, &e);
    exit_code = ch_cli_end(&program, rc, &e);
    /* The other ranks may be lost, and wait for nobody. */
    if (rc == CH_ECOMM)
        ch_comm_abort(comm, exit_code);
    ch_comm_close(comm);
    return exit_code;
}
