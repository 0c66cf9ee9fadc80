/* test_settings.c - the options of a run: what they may be */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "train/settings.h"

static struct ch_train_options o;
static struct ch_err e;

static int set(void **state)
{
    (void)state;
    e = (struct ch_err) CH_ERR_INIT;
    ch_train_defaults(&o);
    o.shards = "shards";
    o.run = "run";
    return 0;
}

static void the_defaults_are_good(void **state)
{
    (void)state;
    assert_int_equal(ch_settings_check(&o, &e), 0);
}

#define REFUSE(change, words)                                                  \
    set(NULL);                                                                 \
    o.change;                                                                  \
    assert_int_equal(ch_settings_check(&o, &e), CH_EUSAGE);                    \
    assert_string_equal(e.msg, words)

static void what_cannot_be_is_named(void **state)
{
    (void)state;
    REFUSE(run = NULL, "training needs shards and a run folder");
    REFUSE(hidden = 0, "embed and hidden must be at least 1");
    REFUSE(dropout = 1, "dropout must be in [0, 1)");
    REFUSE(dropout = (double)NAN, "dropout must be in [0, 1)");
    REFUSE(rate = -1, "rate must be above 0");
    REFUSE(rate = (double)INFINITY, "rate must be above 0");
    REFUSE(epochs = 1001, "epochs must be between 1 and 1000");
    REFUSE(optimiser = 6,
           "optimiser must be one of sgd|rmsprop|adagrad|adam|adamw|radam");
    REFUSE(nesterov = true, "nesterov needs a momentum");
    REFUSE(ema = 1, "ema must be in [0, 1)");
    REFUSE(schedule = CH_RATE_NOAM,
           "the schedule noam needs a warmup of at least 1 step");
    REFUSE(decay = 0, "decay must be in (0, 1]");
    REFUSE(keep = 0, "keep must be at least 1");
    REFUSE(save_s = -1, "times must be 0 or above");
    REFUSE(image_norm = 2, "image-norm must be one of none|layer");
    REFUSE(on_nan = 2, "on-nan must be one of stop|rollback");
}

static void what_would_have_no_effect_is_refused(void **state)
{
    static const char own[] = "cell, layers and image are of the decoder nic; "
                              "the others have their own";

    (void)state;
    REFUSE(decoder = 1; o.cell = 1, own);
    REFUSE(decoder = 2; o.layers = 2, own);
    REFUSE(decoder = 3; o.image = 1, own);
    REFUSE(penalty = 1, "attention-penalty is of decoders that look at a "
           "grid, not of nic");
    REFUSE(sampling = 0.5; o.sampling_every = 5,
           "sampling-step and sampling-every go together");
    REFUSE(sampling = 0.5; o.sampling_step = 0.05,
           "sampling-step and sampling-every go together");
    REFUSE(momentum = 0.9, "momentum is of sgd and rmsprop");
    REFUSE(optimiser = CH_RMSPROP; o.momentum = 0.9; o.nesterov = true,
           "nesterov is of sgd");
    REFUSE(rate_min = 0.002, "rate-min is above the rate, 0.001");
    REFUSE(cosine_epochs = 5, "cosine-epochs is of the schedule cosine");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_defaults_are_good, set),
        cmocka_unit_test_setup(what_cannot_be_is_named, set),
        cmocka_unit_test_setup(what_would_have_no_effect_is_refused, set),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
