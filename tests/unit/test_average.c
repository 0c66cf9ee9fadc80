/* test_average.c - several models of one run become one, by their mean */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "small_run.h"
#include "chorus/average.h"
#include "net/model.h"

/* A run of 4 checkpoints: step 3 epochs before, and the newest. */
static void train_run(const char *run)
{
    struct ch_train_options o = options(run);

    o.keep = 4;
    train(&o);
}

/* Steps of an epoch may differ from data to data: found by name. */
static size_t checkpoints(const char *run, char path[4][1024])
{
    size_t count = 0;

    for (int step = 1; step < 100 && count < 3; step++) {
        char name[64];

        snprintf(name, sizeof name, "%s/step-%010d.safetensors", run, step);
        if (ch_file_exists(scratch_path(name)))
            snprintf(path[count++], 1024, "%s", scratch_path(name));
    }
    snprintf(path[count++], 1024, "%s/%s/latest.safetensors", scratch, run);
    return count;
}

static void the_mean_is_of_every_weight(void **state)
{
    char path[4][1024], *list[4];
    struct ch_model one[4], mean;
    size_t count;

    (void)state;
    train_run("many");
    count = checkpoints("many", path);
    assert_int_equal(count, 4);
    for (size_t i = 0; i < 4; i++) {
        list[i] = path[i];
        assert_int_equal(ch_model_read(&one[i], path[i], &e), 0);
    }
    assert_int_equal(ch_average_run(list, 4,
                                    scratch_path("mean.safetensors"), &e), 0);
    assert_int_equal(ch_model_read(&mean, scratch_path("mean.safetensors"),
                                   &e), 0);
    for (size_t i = 0; i < mean.decoder.float_count; i++) {
        double sum = 0;

        for (size_t k = 0; k < 4; k++)
            sum += (double)one[k].params[i];
        assert_true(mean.params[i] == (float)(sum / 4));
    }
    assert_true(memcmp(mean.params, one[3].params,
                       mean.decoder.float_count * sizeof(float)));
    assert_int_equal(mean.max_words, one[0].max_words);
    for (size_t i = 0; i < 4; i++)
        ch_model_release(&one[i]);
    ch_model_release(&mean);
}

static void expect_error(char *a, char *b, const char *out, const char *part)
{
    char *list[2] = { a, b };

    assert_int_equal(ch_average_run(list, 2, out, &e), CH_EUSAGE);
    if (!strstr(e.msg, part))
        fail_msg("expected \"%s\" in \"%s\"", part, e.msg);
    clear_error(NULL);
}

/* Write a copy of a model with something changed. */
static char *changed(const char *from, const char *name, const char *what)
{
    static char path[1024];
    struct ch_model m;

    assert_int_equal(ch_model_read(&m, from, &e), 0);
    if (!strcmp(what, "encoder"))
        m.encoder[strlen(m.encoder) - 3] ^= 1;
    else
        m.feature_std[0] *= 2;
    snprintf(path, sizeof path, "%s/%s", scratch, name);
    assert_int_equal(ch_model_write(&m, path, &e), 0);
    ch_model_release(&m);
    return path;
}

static void models_of_other_runs_are_refused(void **state)
{
    struct ch_train_options o = options("wide");
    char path[1024], wide[1024], *twice[1] = { path };
    char out[1024];

    (void)state;
    snprintf(out, sizeof out, "%s/none.safetensors", scratch);
    snprintf(path, sizeof path, "%s/many/latest.safetensors", scratch);
    snprintf(wide, sizeof wide, "%s/wide/latest.safetensors", scratch);
    o.hidden++;
    o.max_steps = 1;
    train(&o);
    expect_error(path, wide, out, "has another shape of decoder than");
    expect_error(path, changed(path, "e.safetensors", "encoder"), out,
                 "has another encoder than");
    expect_error(path, changed(path, "s.safetensors", "std"), out,
                 "has another scale of features than");
    expect_error(path, path, path, "is there already");
    assert_int_equal(ch_average_run(twice, 1, out, &e), CH_EUSAGE);
    assert_false(ch_file_exists(out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_mean_is_of_every_weight),
        TEST(models_of_other_runs_are_refused),
    };

    return cmocka_run_group_tests(tests, make_shards, end_all);
}
