/* test_validate.c - the loss on captions that are not learnt from */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "replica_shards.h"
#include "train/validate.h"


static void open_replica(struct ch_replica *r, uint64_t batch, uint64_t lanes)
{
    struct ch_train_options o = options();

    o.dropout = 0.9;      /* must not be used */
    o.batch = batch;
    o.lanes = lanes;
    if (ch_replica_open(r, comm, &o, &e))
        fail_msg("%s", e.msg);
}

static double loss_of(struct ch_replica *r)
{
    double loss = 0;

    assert_int_equal(ch_validate_loss(r, &loss, &e), 0);
    return loss;
}

/* Parameters of zero make every word as likely as any other. */
static void a_model_that_knows_nothing_has_the_loss_ln_v(void **state)
{
    static struct ch_replica r;

    (void)state;
    open_replica(&r, 8, 3);
    memset(r.model.params, 0, r.model.decoder.float_count * sizeof(float));
    assert_true(fabs(loss_of(&r) - log((double)r.model.decoder.shape.V)) <
                1e-6);
    ch_replica_close(&r);
}

/* Sums of floats in another order: 1e-6. */
static void lanes_and_batches_do_not_change_the_loss(void **state)
{
    static struct ch_replica r;
    static const uint64_t cut[][2] = {
        { 1, 1 }, { 2, 2 }, { 5, 3 }, { 8, 8 }, { 64, 4 }, { 1000, 1 }
    };
    double first = 0;

    (void)state;
    for (size_t i = 0; i < sizeof cut / sizeof *cut; i++) {
        double loss;

        open_replica(&r, cut[i][0], cut[i][1]);
        loss = loss_of(&r);
        first = i ? first : loss;
        assert_true(fabs(loss - first) < 1e-6 * first);
        ch_replica_close(&r);
    }
}

static void validating_twice_gives_the_same_bits(void **state)
{
    static struct ch_replica r;
    double a, b;

    (void)state;
    open_replica(&r, 8, 3);
    a = loss_of(&r);
    b = loss_of(&r);
    assert_memory_equal(&a, &b, sizeof a);
    ch_replica_close(&r);
}

static void a_loss_that_is_not_finite_is_an_error(void **state)
{
    static struct ch_replica r;
    double loss;
    size_t bias;

    (void)state;
    open_replica(&r, 8, 3);
    bias = ch_decoder_param(&r.model.decoder, "output.bias")->offset;
    r.model.params[bias] = (float)NAN;
    assert_int_equal(ch_validate_loss(&r, &loss, &e), CH_EFORMAT);
    assert_string_equal(e.msg, "the validation loss after epoch 1 is not "
                        "finite; begin another run with a lower --rate");
    ch_replica_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_model_that_knows_nothing_has_the_loss_ln_v),
        cmocka_unit_test(lanes_and_batches_do_not_change_the_loss),
        cmocka_unit_test(validating_twice_gives_the_same_bits),
        cmocka_unit_test(a_loss_that_is_not_finite_is_an_error),
    };

    return cmocka_run_group_tests(tests, make_shards, end_all);
}
