/* test_preflight.c - what is found before a run */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <unistd.h>

#include "chorus/preflight.h"
#include "small_run.h"
#include "train/preflight.h"

#define RANKS 3

/* Everything that was found, a line each: "error: ..." or "warning: ...". */
static char told[4096];

static void tell(void *context, bool is_error, const char *sentence)
{
    size_t used = strlen(told);

    (void)context;
    snprintf(told + used, sizeof told - used, "%s: %s\n",
             is_error ? "error" : "warning", sentence);
}

/* Three ranks on three hosts that are alike; changed by tests. */
static struct ch_preflight_rank rank[RANKS];
static size_t host[RANKS] = { 0, 1, 2 };
static struct ch_preflight p;

static int make_alike(void **state)
{
    memset(rank, 0, sizeof rank);
    for (int r = 0; r < RANKS; r++) {
        rank[r] = (struct ch_preflight_rank) {
            .version = "1.0", .build = 7, .kernel = "avx512",
            .blas = "OpenBLAS 0.3", .blas_core = "SkylakeX", .mpi = "MPI 4",
            .libc = "glibc 2", .flops = 30e9, .shards = 9, .shard_count = 2,
            .memory = 1 << 30, .temporary = 1 << 30,
            .bytes_per_s = r ? 1e9 : 0
        };
        snprintf(rank[r].host, sizeof rank[r].host, "host%d", r);
    }
    p = (struct ch_preflight) {
        .rank_count = RANKS, .host_count = RANKS, .rank = rank, .host = host,
        .disk = 1 << 30,
        .plan = { .parameters = 1000, .checkpoint = 12000, .memory = 1 << 20 }
    };
    told[0] = 0;
    return clear_error(state);
}

static void expect(size_t errors, size_t warnings, const char *sentence)
{
    struct ch_train_options o = options("run");

    assert_int_equal(ch_preflight_judge(&p, tell, NULL, &e), 0);
    ch_preflight_judge_room(&p, &o, tell, NULL);
    if (p.errors != errors || p.warnings != warnings ||
        !strstr(told, sentence))
        fail_msg("expected %zu errors, %zu warnings and \"%s\", found:\n%s",
                 errors, warnings, sentence, told);
}

static void of_hosts_that_are_alike_nothing_is_told(void **state)
{
    (void)state;
    expect(0, 0, "");
    assert_string_equal(p.setting, "");
}

static void another_version_is_an_error_that_names_both(void **state)
{
    (void)state;
    strcpy(rank[2].version, "1.1");
    rank[2].build = 8;
    expect(1, 0, "error: version of Chorus: rank 2 (host2) has 1.1, rank 0 "
           "(host0) 1.0; install one on all hosts");
}

static void another_build_of_the_version_is_told(void **state)
{
    (void)state;
    rank[1].build = 8;
    expect(0, 1, "rank 1 (host1) runs another build of chorus 1.0 than rank 0 "
           "(host0)");
}

static void processors_that_differ_get_what_all_of_them_have(void **state)
{
    (void)state;
    strcpy(rank[1].kernel, "avx2");
    strcpy(rank[1].blas_core, "Zen");
    expect(0, 1, "rank 0 (host0) computes with avx512 and SkylakeX, rank 1 "
           "(host1) with avx2 and Zen");
    assert_string_equal(p.setting,
                        "CHORUS_KERNEL=avx2 OPENBLAS_CORETYPE=Haswell");
}

static void cores_of_one_instruction_set_may_differ_too(void **state)
{
    (void)state;
    strcpy(rank[2].blas_core, "Cooperlake");
    expect(0, 1, "the processors differ");
    assert_string_equal(p.setting,
                        "CHORUS_KERNEL=avx512 OPENBLAS_CORETYPE=SkylakeX");
}

static void libraries_that_differ_are_told(void **state)
{
    (void)state;
    strcpy(rank[1].blas, "OpenBLAS 0.2");
    strcpy(rank[1].libc, "glibc 1");
    strcpy(rank[1].mpi, "MPI 3");
    expect(0, 3, "warning: version of OpenBLAS: rank 1 (host1) has OpenBLAS "
           "0.2, rank 0 (host0) OpenBLAS 0.3; the model's bits may differ");
}

static void a_missing_shard_is_an_error_that_names_host_and_file(void **state)
{
    (void)state;
    rank[1].missing = 2;
    strcpy(rank[1].first_missing, "train-1.lmdb");
    rank[1].shards = 3;
    expect(1, 0, "error: host host1 cannot read train-1.lmdb and others");
}

static void other_shards_are_an_error(void **state)
{
    (void)state;
    rank[2].shards = 3;
    expect(1, 0, "error: host host2 sees other shards than host host0");
}

static void a_slow_host_and_a_slow_link_are_named(void **state)
{
    (void)state;
    rank[1].flops = 10e9;
    rank[2].bytes_per_s = 1e8;
    expect(0, 2, "warning: host host1 is slow: 10.0 GFLOP/s a core, others "
           "30.0; the job waits for it");
    assert_non_null(strstr(told, "the network to host host2 is slow: 100 "
                           "MB/s, to others 1000"));
}

/* Of hundreds of hosts only the first are tried. */
static void a_link_that_was_not_tried_is_not_slow(void **state)
{
    (void)state;
    rank[2].bytes_per_s = 0;
    expect(0, 0, "");
}

static void of_two_hosts_the_slower_is_the_slow_one(void **state)
{
    (void)state;
    p.rank_count = p.host_count = 2;
    rank[0].flops = 20e9;
    expect(0, 1, "host host0 is slow");
}

static void a_host_is_as_slow_as_its_slowest_rank(void **state)
{
    (void)state;
    strcpy(rank[1].host, "host0");
    host[1] = 2;
    p.host_count = 2;
    rank[1].flops = 10e9;
    expect(0, 1, "host host0 is slow: 10.0");
    host[1] = 1;
}

static void full_disks_are_errors(void **state)
{
    (void)state;
    p.disk = 20000;
    rank[2].temporary = 0;
    expect(2, 0, "/run has room for 0.0 MB, a run takes 0.0 MB; free some");
    assert_non_null(strstr(told, "host host2 has no room for temporary "
                           "files"));
}

static void memory_that_may_not_do_is_told(void **state)
{
    (void)state;
    rank[1].memory = 1000000;
    expect(0, 1, "host host1 has 1.0 MB of memory free, its ranks may take "
           "1.0 MB");
}

/* ------------------------------------------------------- a job of one rank */

static void a_job_that_is_fit_is_measured(void **state)
{
    struct ch_train_options o = options("fit");
    struct ch_preflight found;

    (void)state;
    assert_int_equal(ch_preflight_run(comm, &o, tell, NULL, &found, &e), 0);
    assert_int_equal(found.errors, 0);
    assert_int_equal(found.rank_count, 1);
    assert_int_equal(found.host_count, 1);
    assert_true(found.rank[0].flops > 0 && found.rank[0].memory > 0);
    assert_true(found.rank[0].shard_bytes > 0);
    assert_true(found.plan.step_s >= found.plan.compute_s);
    assert_true(found.plan.compute_s > 0);
    /* Weights and Adam's two moments. */
    assert_int_equal(found.plan.checkpoint, 12 * found.plan.parameters);
    assert_false(ch_file_exists(o.run));
    ch_preflight_release(&found);
}

static void what_a_host_sees_changes_with_a_shard(void **state)
{
    struct ch_train_options o = options("changed");
    struct ch_preflight found;
    char path[2048], aside[2048];
    uint64_t hash;

    (void)state;
    assert_int_equal(ch_preflight_run(comm, &o, tell, NULL, &found, &e), 0);
    hash = found.rank[0].shards;
    ch_preflight_release(&found);
    snprintf(path, sizeof path, "%s/train-00000-of-00002.lmdb", shards);
    snprintf(aside, sizeof aside, "%s/aside", shards);
    assert_int_equal(rename(path, aside), 0);
    assert_int_equal(ch_preflight_run(comm, &o, tell, NULL, &found, &e),
                     CH_EIO);
    assert_string_equal(e.msg, "not fit to train: 1 thing is wrong");
    assert_non_null(strstr(told, "cannot read train-00000-of-00002.lmdb"));
    assert_int_equal(found.rank[0].missing, 1);
    assert_int_not_equal(found.rank[0].shards, hash);
    ch_preflight_release(&found);
    assert_int_equal(rename(aside, path), 0);
}

static void settings_that_cannot_be_are_refused(void **state)
{
    struct ch_train_options o = options("wrong");
    struct ch_preflight found;

    (void)state;
    o.dropout = 2;
    assert_int_equal(ch_preflight_run(comm, &o, tell, NULL, &found, &e),
                     CH_EUSAGE);
    ch_preflight_release(&found);
}

int main(void)
{
#define ALIKE(f) cmocka_unit_test_setup(f, make_alike)
    const struct CMUnitTest tests[] = {
        ALIKE(of_hosts_that_are_alike_nothing_is_told),
        ALIKE(another_version_is_an_error_that_names_both),
        ALIKE(another_build_of_the_version_is_told),
        ALIKE(processors_that_differ_get_what_all_of_them_have),
        ALIKE(cores_of_one_instruction_set_may_differ_too),
        ALIKE(libraries_that_differ_are_told),
        ALIKE(a_missing_shard_is_an_error_that_names_host_and_file),
        ALIKE(other_shards_are_an_error),
        ALIKE(a_slow_host_and_a_slow_link_are_named),
        ALIKE(a_link_that_was_not_tried_is_not_slow),
        ALIKE(of_two_hosts_the_slower_is_the_slow_one),
        ALIKE(a_host_is_as_slow_as_its_slowest_rank),
        ALIKE(full_disks_are_errors),
        ALIKE(memory_that_may_not_do_is_told),
        ALIKE(a_job_that_is_fit_is_measured),
        ALIKE(what_a_host_sees_changes_with_a_shard),
        ALIKE(settings_that_cannot_be_are_refused),
    };

    return cmocka_run_group_tests(tests, make_shards, end_all);
}
