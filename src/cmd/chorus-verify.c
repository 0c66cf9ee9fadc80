/* chorus-verify.c - every record of a folder of shards, checked */
#include "chorus/verify.h"
#include "cmd/cli.h"

#include <inttypes.h>
#include <stdio.h>

static const struct ch_option options[] = {
    { 0 },
};

static void print_bad(void *context, const char *where, const char *what)
{
    (void)context;
    printf("%s: %s\n", where, what);
}

static void print_result(const struct ch_verify_result *r)
{
    printf("shards     %12" PRIu64 "\n"
           "records    %12" PRIu64 "\n"
           "captions   %12" PRIu64 "\n"
           "pooled     %12" PRIu64 "\n"
           "grids      %12" PRIu64 "\n"
           "skipped    %12" PRIu64 "\n"
           "pending    %12" PRIu64 "\n"
           "bytes      %12" PRIu64 "\n"
           "bad        %12" PRIu64 "\n",
           r->shards, r->records, r->captions, r->pooled, r->grids,
           r->skipped, r->pending, r->bytes, r->bad);
}

int main(int argc, char **argv)
{
    const struct ch_program program = {
        .name = "chorus-verify",
        .summary = "Check every record of a folder of shards against its "
                   "checksum, the manifest and the vocabulary.",
        .operands = "SHARDS",
        .examples = "  chorus verify shards\n",
        .options = options,
    };
    struct ch_arguments arguments;
    struct ch_verify_result result;
    struct ch_err e = CH_ERR_INIT;
    int end, rc = 0;

    if (ch_cli_begin(&program, argc, argv, &arguments, &end))
        return end;
    if (arguments.operand_count != 1)
        rc = ch_fail(&e, CH_EUSAGE, "expected one folder of shards, found "
                     "%zu; see chorus-verify --help",
                     arguments.operand_count);
    if (!rc)
        rc = ch_verify_run(arguments.operand[0], print_bad, NULL, &result, &e);
    if (!rc) {
        print_result(&result);
        if (result.bad)
            rc = ch_fail(&e, CH_EFORMAT, "%s: %" PRIu64 " bad, told above; "
                         "copy or make the shards again",
                         arguments.operand[0], result.bad);
    }
    return ch_cli_end(&program, rc, &e);
}
