/* np_mean.c - the loss is the mean over all words, of all ranks, each once
 *
 * Weights of zero but for the bias of <end>, -BIAS: every word costs ln Z, and
 * <end> BIAS more, so what a mean is taken over can be told from its value:
 * ln Z + BIAS captions / words.  Ranks hold captions of different lengths, so a
 * mean of the ranks' means is another number.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "../unit/scratch.h"
#include "../unit/small_shards.h"
#include "chorus/log.h"
#include "train/learn.h"
#include "train/resume.h"
#include "train/validate.h"

#define BIAS 3.0
/* Sums of floats. */
#define LIMIT 1e-5

static struct ch_comm *comm;
static struct ch_replica r;
static struct ch_replica_report report[CH_LANES_MAX], total;
static struct ch_learn_task task[CH_LANES_MAX];
static char shards[1024];
static struct ch_err e;

static void check(int rc)
{
    if (rc)
        fail_msg("%s", e.msg);
}

static int open_replica(void **state)
{
    struct ch_train_options o;
    size_t end;

    (void)state;
    e = (struct ch_err) CH_ERR_INIT;
    ch_train_defaults(&o);
    o.shards = shards;
    o.run = scratch_path("run");
    o.embed = 6;
    o.hidden = 8;
    o.dropout = 0;
    o.batch = 1000;           /* every caption in the first step */
    o.lanes = 7;
    check(ch_replica_open(&r, comm, &o, &e));
    end = ch_decoder_param(&r.model.decoder, "output.bias")->offset +
          CH_WORD_END;
    if (ch_comm_rank(comm) == 0) {
        memset(r.reduce.params, 0, r.model.decoder.float_count *
                                   sizeof(float));
        r.reduce.params[end] = (float)-BIAS;
    }
    check(ch_reduce_spread(&r.reduce, &e));
    return 0;
}

static int close_replica(void **state)
{
    (void)state;
    ch_replica_close(&r);
    return 0;
}

static double ln_z(void)
{
    return log((double)r.model.decoder.shape.V - 1 + exp(-BIAS));
}

/* All captions of a set, read one by one. */
static void count(struct ch_set *set, double *captions, double *words)
{
    static struct ch_caption_record record;

    *captions = *words = 0;
    for (size_t i = 0; i < ch_set_count(set); i++) {
        check(ch_set_captions(set, i, &record, &e));
        for (size_t c = 0; c < record.caption_count; c++) {
            *captions += 1;
            *words += (double)record.caption[c].id_count - 1;
        }
    }
}

static void expect(double found, double expected)
{
    if (!(fabs(found - expected) < LIMIT))
        fail_msg("found %.9g, expected %.9g", found, expected);
}

static void learn(void)
{
    memset(report, 0, sizeof report);
    ch_learn_lanes(&r, task, report, &e);
    check(ch_replica_gather(&r, report, &total, &e));
}

static void the_loss_is_the_mean_over_words_not_of_means(void **state)
{
    double captions, words, naive = 0;
    int ranks = ch_comm_size(comm);

    (void)state;
    count(r.train, &captions, &words);
    learn();
    assert_true((double)total.words == words);
    expect(total.loss / (double)total.words,
           ln_z() + BIAS * captions / words);
    for (int q = 0; q < ranks; q++) {
        double loss = 0, of = 0;

        for (size_t l = ch_lanes_first(7, q, ranks);
             l < ch_lanes_first(7, q + 1, ranks); l++) {
            loss += report[l].loss;
            of += (double)report[l].words;
        }
        naive += loss / of / ranks;
    }
    /* The test must be able to fail: a mean of means is another number. */
    if (ranks > 1)
        assert_true(fabs(naive - total.loss / (double)total.words) >
                    100 * LIMIT);
}

/* Of <end>'s bias: its probability, less how often it comes. */
static void the_gradient_is_that_of_the_mean(void **state)
{
    size_t end = ch_decoder_param(&r.model.decoder, "output.bias")->offset +
                 CH_WORD_END;
    double captions, words;

    (void)state;
    count(r.train, &captions, &words);
    learn();
    check(ch_reduce_sum(&r.reduce, &e));
    if (end >= r.reduce.first && end < r.reduce.end)
        expect((double)r.reduce.sum[end - r.reduce.first] / words,
               exp(-BIAS - ln_z()) - captions / words);
    check(ch_comm_barrier(comm, &e));
}

static void validation_counts_every_caption_once(void **state)
{
    double captions, words, loss;

    (void)state;
    count(r.val, &captions, &words);
    check(ch_validate_loss(&r, &loss, &e));
    expect(loss, ln_z() + BIAS * captions / words);
    /* One caption more or less would show. */
    assert_true(BIAS / words > 100 * LIMIT);
}

static int make_all(void)
{
    int rc = 0;

    ch_log_setup("np_mean", CH_LOG_WARN, ch_comm_rank(comm),
                 ch_comm_size(comm));
    if (ch_comm_rank(comm) == 0 && scratch_make(NULL))
        rc = ch_fail(&e, CH_EIO, "cannot make a folder");
    if (!rc && ch_comm_rank(comm) == 0)
        rc = small_shards(scratch, &e);
    rc = ch_comm_agree(comm, rc, &e);
    if (!rc) rc = ch_comm_broadcast(comm, scratch, sizeof scratch, &e);
    snprintf(shards, sizeof shards, "%s/shards", scratch);
    return rc;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_replica, close_replica)
        TEST(the_loss_is_the_mean_over_words_not_of_means),
        TEST(the_gradient_is_that_of_the_mean),
        TEST(validation_counts_every_caption_once),
    };
    int failed;

    if (ch_comm_open(&comm, &e) || make_all()) {
        fprintf(stderr, "np_mean: %s\n", e.msg);
        return 1;
    }
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (failed)      /* others may wait for ever */
        ch_comm_abort(comm, 1);
    ch_comm_barrier(comm, &e);
    if (ch_comm_rank(comm) == 0)
        scratch_remove(NULL);
    ch_comm_close(comm);
    return 0;
}
