/* test_checkpoint.c - everything a run needs to go on, in one file */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "scratch.h"
#include "train/checkpoint.h"

struct fixture {
    struct ch_checkpoint c;
    float *m, *v;
    const char *path;
};

static const char words[] = "<pad>\n<start>\n<end>\na\ndog\n<unk>\n";

static void fill_model(struct ch_model *m)
{
    struct ch_decoder_shape s = { .V = 6, .E = 3, .H = 4, .F = 2 };
    struct ch_err e = CH_ERR_INIT;

    memset(m, 0, sizeof *m);
    assert_int_equal(ch_vocab_parse(&m->vocab, words, strlen(words), "words",
                                    &e), 0);
    assert_int_equal(ch_decoder_init(&m->decoder, &s, &e), 0);
    m->params = ch_block_get(m->decoder.float_count, sizeof *m->params);
    m->feature_mean = ch_block_get(2, sizeof *m->feature_mean);
    m->feature_std = ch_block_get(2, sizeof *m->feature_std);
    m->encoder = strdup("{\"hash\":\"ab\"}");
    m->max_words = 9;
    assert_true(m->params && m->feature_mean && m->feature_std && m->encoder);
    ch_decoder_start_params(&m->decoder, 3, m->params);
    m->feature_mean[1] = 0.5f;
    m->feature_std[0] = m->feature_std[1] = 2;
}

static int open_fixture(void **state)
{
    static struct fixture f;
    struct ch_checkpoint *c = &f.c;
    size_t count;

    memset(&f, 0, sizeof f);
    fill_model(&c->model);
    count = c->model.decoder.float_count;
    f.m = ch_block_get(count, sizeof *f.m);
    f.v = ch_block_get(count, sizeof *f.v);
    assert_true(f.m && f.v);
    for (size_t i = 0; i < count; i++) {
        f.m[i] = (float)i / 3;
        f.v[i] = (float)i / 7;
    }
    c->block[0] = f.m;
    c->block[1] = f.v;
    ch_train_defaults(&c->options);
    ch_update_settle(&c->options);
    c->options.seed = 9007199254740991;
    c->options.lanes = 4;
    c->data = (struct ch_checkpoint_data) { "00112233445566aa", "ab", 6000,
                                            30000, 500, 2500 };
    ch_schedule_init(&c->schedule);
    ch_schedule_step(&c->schedule, 20, 7);
    ch_schedule_end_epoch(&c->schedule, &c->options, 1.0 / 3, 1.0 / 7);
    ch_schedule_step(&c->schedule, 2.0 / 3, 5);
    f.path = scratch_path("latest.safetensors");
    *state = &f;
    return 0;
}

static int close_fixture(void **state)
{
    struct fixture *f = *state;

    ch_model_release(&f->c.model);
    ch_block_release(f->m);
    ch_block_release(f->v);
    remove(f->path);
    return 0;
}

static void write_it(struct fixture *f)
{
    struct ch_err e = CH_ERR_INIT;

    assert_int_equal(ch_checkpoint_write(&f->c, f->path, &e), 0);
}

static void what_is_written_is_read(void **state)
{
    struct fixture *f = *state;
    struct ch_checkpoint c;
    struct ch_err e = CH_ERR_INIT;
    size_t bytes = f->c.model.decoder.float_count * sizeof(float);

    write_it(f);
    assert_int_equal(ch_checkpoint_read(&c, f->path, &e), 0);
    assert_memory_equal(c.model.params, f->c.model.params, bytes);
    assert_memory_equal(c.block[0], f->m, bytes);
    assert_memory_equal(c.block[1], f->v, bytes);
    assert_memory_equal(&c.schedule, &f->c.schedule, sizeof c.schedule);
    assert_int_equal(ch_checkpoint_compare(&c, &f->c.options, &f->c.data,
                                           f->path, &e), 0);
    ch_checkpoint_release(&c);
}

static void a_run_without_a_best_epoch_is_read(void **state)
{
    struct fixture *f = *state;
    struct ch_checkpoint c;
    struct ch_err e = CH_ERR_INIT;

    ch_schedule_init(&f->c.schedule);
    write_it(f);
    assert_int_equal(ch_checkpoint_read(&c, f->path, &e), 0);
    assert_int_equal(c.schedule.best_epoch, 0);
    assert_true(isinf(c.schedule.best_loss));
    ch_checkpoint_release(&c);
}

static void a_checkpoint_is_a_model_too(void **state)
{
    struct fixture *f = *state;
    struct ch_model m;
    struct ch_err e = CH_ERR_INIT;

    write_it(f);
    assert_int_equal(ch_model_read(&m, f->path, &e), 0);
    assert_int_equal(m.max_words, 9);
    ch_model_release(&m);
}

static void expect_refused(const char *path, const char *part)
{
    struct ch_checkpoint c;
    struct ch_err e = CH_ERR_INIT;

    assert_int_equal(ch_checkpoint_read(&c, path, &e), CH_EFORMAT);
    if (!strstr(e.msg, part))
        fail_msg("expected \"%s\" in \"%s\"", part, e.msg);
}

static void a_model_is_not_a_checkpoint(void **state)
{
    struct fixture *f = *state;
    struct ch_err e = CH_ERR_INIT;

    assert_int_equal(ch_model_write(&f->c.model, f->path, &e), 0);
    expect_refused(f->path, "the metadata has no \"chorus.training\"; this is "
                   "a model, but no checkpoint to go on from");
}

/* Change one byte of the file. */
static void damage(const char *path, long at, char to)
{
    FILE *file = fopen(path, "r+");

    assert_non_null(file);
    assert_int_equal(fseek(file, at, at < 0 ? SEEK_END : SEEK_SET), 0);
    assert_int_equal(fputc(to, file), (unsigned char)to);
    assert_int_equal(fclose(file), 0);
}

static void a_changed_tensor_is_noticed(void **state)
{
    struct fixture *f = *state;

    write_it(f);
    damage(f->path, -1, 0x55);
    expect_refused(f->path, f->path);
}

static void a_cut_file_is_noticed(void **state)
{
    struct fixture *f = *state;

    write_it(f);
    assert_int_equal(truncate(f->path, 2000), 0);
    expect_refused(f->path, f->path);
}

/* A checkpoint whose metadata "chorus.training" is that text. */
static void write_training(struct fixture *f, const char *text)
{
    static struct ch_safetensors_writer w;
    struct ch_buffer hold[2] = { 0 };
    struct ch_err e = CH_ERR_INIT;
    size_t count = f->c.model.decoder.float_count;

    memset(&w, 0, sizeof w);
    assert_int_equal(ch_model_add(&f->c.model, &w, hold, &e), 0);
    ch_safetensors_add(&w, (struct ch_tensor) {
        "adam.m", CH_F32, 1, { count }, f->m, count * sizeof(float)
    });
    ch_safetensors_add_meta(&w, "chorus.training", text);
    assert_int_equal(ch_safetensors_write(&w, f->path, &e), 0);
    ch_buffer_release(&hold[0]);
    ch_buffer_release(&hold[1]);
}

#define SETTINGS "\"settings\":{\"seed\":1,\"embed\":3,\"hidden\":4,"          \
    "\"decoder\":\"nic\",\"attention\":1,\"attention-penalty\":0,"            \
    "\"cell\":\"lstm\",\"layers\":1,\"tied\":false,\"forget-bias\":0,"       \
    "\"label-smoothing\":0,\"word-dropout\":0,\"sampling\":0,"                \
    "\"sampling-step\":0,\"sampling-every\":0,"                                \
    "\"variational\":false,\"together\":false,\"reduce\":\"exact\","          \
    "\"word-relu\":false,"                                                     \
    "\"image\":\"first\",\"dropout\":0,\"batch\":8,\"lanes\":2,"               \
    "\"optimiser\":\"adam\",\"rate\":1,\"momentum\":0,\"nesterov\":false,"     \
    "\"alpha\":0.9,\"beta1\":0.9,\"beta2\":0.9,\"epsilon\":1,"                 \
    "\"weight-decay\":0,\"clip\":1,\"clip-by\":\"norm\",\"ema\":0,"            \
    "\"schedule\":\"step\",\"warmup\":0,\"decay\":1,\"decay-every\":1,"        \
    "\"rate-min\":0,\"cosine-epochs\":1,\"plateau\":1,"             \
    "\"select\":\"loss\"}"
#define DATA "\"data\":{\"vocabulary\":\"aa\",\"encoder\":\"bb\","             \
    "\"images\":1,\"captions\":1,\"val_images\":1,\"val_captions\":1}"
#define COUNTS "\"step\":1,\"words\":1,\"epoch_step\":1,\"epoch_words\":1,"    \
    "\"epoch_loss\":1,\"best_score\":1,\"plateau_best\":1,"                   \
    "\"plateau_bad\":0,\"plateau_scale\":1,\"rollbacks\":0"

static void bad_training_is_refused_with_a_sentence(void **state)
{
    static const struct { const char *text, *part; } bad[] = {
        { "{", "latest.safetensors" },
        { "[]", "\"version\" is missing" },
        { "{\"version\":1}",
          "checkpoint version 1, this program reads version 3" },
        { "{\"version\":3}", "\"seed\" is missing" },
        { "{\"version\":3," SETTINGS "}",
          "\"vocabulary\" is missing or not a hash" },
        { "{\"version\":3," SETTINGS "," DATA "}", "\"epoch\" is missing" },
        { "{\"version\":3," SETTINGS "," DATA ",\"epoch\":-1}", "\"epoch\"" },
        { "{\"version\":3," SETTINGS "," DATA ",\"epoch\":2," COUNTS
          ",\"best_epoch\":3,\"best_loss\":1}",
          "epoch 2 with best epoch 3, expected at most 1000 epochs" },
        { "{\"version\":3," SETTINGS "," DATA ",\"epoch\":5000," COUNTS
          ",\"best_epoch\":0}",
          "epoch 5000 with best epoch 0, expected at most 1000 epochs" },
        { "{\"version\":3," SETTINGS "," DATA ",\"epoch\":2," COUNTS
          ",\"best_epoch\":0,\"history\":[[1,1,1]]}",
          "\"history\" has 1 entries, expected one for each of 2 epochs" },
        { "{\"version\":3," SETTINGS "," DATA ",\"epoch\":0," COUNTS
          ",\"best_epoch\":0,\"history\":[]}",
          "tensor \"adam.v\" is missing" },
    };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_training(*state, bad[i].text);
        expect_refused(((struct fixture *)*state)->path, bad[i].part);
    }
}

static void a_moment_that_is_not_finite_is_refused(void **state)
{
    struct fixture *f = *state;

    f->m[5] = (float)NAN;
    write_it(f);
    expect_refused(f->path, "tensor \"adam.m\" has a value that is not finite "
                   "(element 5)");
}

static void expect_different(struct fixture *f,
                             const struct ch_train_options *o,
                             const struct ch_checkpoint_data *d,
                             const char *message)
{
    struct ch_err e = CH_ERR_INIT;

    assert_int_equal(ch_checkpoint_compare(&f->c, o, d, "run/x", &e),
                     CH_EUSAGE);
    assert_string_equal(e.msg, message);
}

static void another_setting_is_named(void **state)
{
    struct fixture *f = *state;
    struct ch_train_options o = f->c.options;

    o.hidden = 256;
    expect_different(f, &o, &f->c.data, "run/x: was trained with --hidden "
                     "512, found 256; give the same to go on, or begin "
                     "another run");
    o = f->c.options;
    o.rate = 0.002;
    expect_different(f, &o, &f->c.data, "run/x: was trained with --rate "
                     "0.001, found 0.002; give the same to go on, or begin "
                     "another run");
    o = f->c.options;
    o.image = 1;
    expect_different(f, &o, &f->c.data, "run/x: was trained with --image "
                     "first, found every; give the same to go on, or begin "
                     "another run");
}

static void every_setting_that_shapes_the_result_is_compared(void **state)
{
    struct fixture *f = *state;
    struct ch_err e = CH_ERR_INIT;
    struct ch_train_options o;

#define CHANGE_COUNT(field) o.field += 1
#define CHANGE_CHOICE(field) o.field = !o.field
#define CHANGE_FLAG(field) o.field = !o.field
#define CHANGE_NUMBER(field) o.field = nextafter(o.field, -1)
#define CHECK_CHANGE(kind, field, name)                                        \
    o = f->c.options;                                                          \
    CHANGE_##kind(field);                                                      \
    assert_int_equal(ch_checkpoint_compare(&f->c, &o, &f->c.data, "x", &e),    \
                     CH_EUSAGE);                                               \
    assert_non_null(strstr(e.msg, "--" name " "));
    CH_CHECKPOINT_SETTINGS(CHECK_CHANGE)
}

static void how_long_to_train_may_change(void **state)
{
    struct fixture *f = *state;
    struct ch_train_options o = f->c.options;
    struct ch_err e = CH_ERR_INIT;

    o.epochs = 99;
    o.patience = 99;
    o.max_steps = 99;
    assert_int_equal(ch_checkpoint_compare(&f->c, &o, &f->c.data, "x", &e), 0);
}

static void other_shards_are_refused(void **state)
{
    struct fixture *f = *state;
    struct ch_checkpoint_data d = f->c.data;

    d.vocabulary[0] = 'f';
    expect_different(f, &f->c.options, &d, "run/x: was trained with another "
                     "vocabulary (hash 00112233445566aa) than these shards "
                     "have (f0112233445566aa); give its shards, or begin "
                     "another run");
    d = f->c.data;
    d.encoder[0] = 'f';
    expect_different(f, &f->c.options, &d, "run/x: was trained on features of "
                     "another encoder (hash ab) than these shards have (fb); "
                     "give its shards, or begin another run");
    d = f->c.data;
    d.captions = 29999;
    expect_different(f, &f->c.options, &d, "run/x: was trained on 6000 images "
                     "with 30000 captions and validated on 500 with 2500, "
                     "these shards have 6000, 29999, 500, 2500; give its "
                     "shards, or begin another run");
}

static void the_same_state_has_the_same_bytes(void **state)
{
    struct fixture *f = *state;
    struct ch_err e = CH_ERR_INIT;
    char *a, *b;
    size_t n, k;

    write_it(f);
    assert_int_equal(ch_file_read(f->path, 1 << 20, &a, &n, &e), 0);
    f->c.options.epochs = 77;       /* no part of it */
    write_it(f);
    assert_int_equal(ch_file_read(f->path, 1 << 20, &b, &k, &e), 0);
    assert_int_equal(n, k);
    assert_memory_equal(a, b, n);
    free(a);
    free(b);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_fixture, close_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_written_is_read),
        TEST(a_run_without_a_best_epoch_is_read),
        TEST(a_checkpoint_is_a_model_too),
        TEST(a_model_is_not_a_checkpoint),
        TEST(a_changed_tensor_is_noticed),
        TEST(a_cut_file_is_noticed),
        TEST(bad_training_is_refused_with_a_sentence),
        TEST(a_moment_that_is_not_finite_is_refused),
        TEST(another_setting_is_named),
        TEST(every_setting_that_shapes_the_result_is_compared),
        TEST(how_long_to_train_may_change),
        TEST(other_shards_are_refused),
        TEST(the_same_state_has_the_same_bytes),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
