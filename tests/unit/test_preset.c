/* test_preset.c - published settings by name */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "net/decoder.h"
#include "train/settings.h"

static struct ch_train_options options(const char *preset)
{
    struct ch_train_options o;

    ch_train_defaults(&o);
    o.shards = "shards";
    o.run = "run";
    ch_train_preset(&o, preset);
    return o;
}

static void every_preset_may_be_trained(void **state)
{
    const char *const name[] = { "none", "nic", "nic-gru", "sat", "att2in",
                                 "updown" };
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
        struct ch_train_options o = options(name[i]);

        if (ch_settings_check(&o, &e))
            fail_msg("%s: %s", name[i], e.msg);
    }
}

static void none_and_unknown_names_change_nothing(void **state)
{
    struct ch_train_options before, o;

    (void)state;
    ch_train_defaults(&before);
    memcpy(&o, &before, sizeof o);
    ch_train_preset(&o, "none");
    ch_train_preset(&o, "nics");
    ch_train_preset(&o, "");
    assert_memory_equal(&o, &before, sizeof o);
}

static void presets_are_what_was_published(void **state)
{
    struct ch_train_options o = options("nic");

    (void)state;
    assert_int_equal(o.decoder, CH_DECODER_NIC);
    assert_int_equal(o.optimiser, CH_SGD);
    assert_true(o.rate == 2 && o.decay == 0.5 && o.clip == 5);
    o = options("nic-gru");
    assert_int_equal(o.cell, CH_CELL_GRU);
    assert_int_equal(o.batch, 32);
    o = options("sat");
    assert_int_equal(o.decoder, CH_DECODER_SAT);
    assert_true(o.penalty == 1 && o.rate == 4e-4 && o.clip == 5);
    assert_int_equal(o.clip_by, CH_CLIP_VALUE);
    /* More than so many: x 0.8 after 8 epochs that are no better. */
    assert_true(o.plateau == 7 && o.decay == 0.8);
    o = options("att2in");
    assert_int_equal(o.decoder, CH_DECODER_ATT2IN);
    assert_int_equal(o.hidden, 512);
    assert_true(o.word_relu && o.together);
    o = options("updown");
    assert_int_equal(o.decoder, CH_DECODER_UPDOWN);
    assert_int_equal(o.embed, 1000);
    assert_true(o.word_relu && o.together);
    assert_int_equal(o.hidden, 1000);
    assert_int_equal(o.attention, 512);
    assert_true(o.clip == 0.1 && o.rate == 5e-4 && o.sampling == 0.25);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_preset_may_be_trained),
        cmocka_unit_test(none_and_unknown_names_change_nothing),
        cmocka_unit_test(presets_are_what_was_published),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
