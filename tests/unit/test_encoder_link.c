/* test_encoder_link.c - where the encoder of shards and models is found */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/encoder_link.h"
#include "scratch.h"

#define JSON "{\"file\":\"eye.json\"}"

static void write_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static int leads_to(const char *path, const char *file)
{
    char a[PATH_MAX], b[PATH_MAX];
    struct stat s;

    return !lstat(path, &s) && S_ISLNK(s.st_mode) && realpath(path, a) &&
           realpath(file, b) && !strcmp(a, b);
}

/* Every test has a folder of its own, and works there. */
static int begin(void **state)
{
    if (scratch_make(state) || chdir(scratch))
        return -1;
    mkdir("shards", 0755);
    mkdir("run", 0755);
    mkdir("mean", 0755);
    write_text("eye.json", "1");
    write_text("other.json", "2");
    return 0;
}

static int leave(void **state)
{
    return chdir("/") || scratch_remove(state);
}

static void a_model_has_the_encoder_of_its_shards(void **state)
{
    (void)state;
    ch_encoder_link("eye.json", "shards", CH_ENCODER_LINK);
    assert_true(leads_to("shards/encoder.json", "eye.json"));
    ch_encoder_link_model(JSON, "shards", "run/best.safetensors");
    assert_true(leads_to("run/eye.json", "eye.json"));
    ch_encoder_link_like(JSON, "run/best.safetensors", "mean/m.safetensors");
    assert_true(leads_to("mean/eye.json", "eye.json"));
}

static void a_link_follows_an_encoder_that_moved(void **state)
{
    (void)state;
    ch_encoder_link("eye.json", "shards", CH_ENCODER_LINK);
    ch_encoder_link("other.json", "shards", CH_ENCODER_LINK);
    assert_true(leads_to("shards/encoder.json", "other.json"));
}

static void what_is_not_there_is_no_link(void **state)
{
    (void)state;
    ch_encoder_link_shards("shards", "run");
    assert_int_equal(access("run/encoder.json", F_OK), -1);
    ch_encoder_link_model(JSON, "shards", "run/best.safetensors");
    assert_int_equal(access("run/eye.json", F_OK), -1);
    ch_encoder_link("gone.json", "shards", CH_ENCODER_LINK);
    assert_int_equal(access("shards/encoder.json", F_OK), -1);
}

static void files_and_folders_outside_are_left_alone(void **state)
{
    struct stat s;

    (void)state;
    write_text("run/eye.json", "mine");
    ch_encoder_link("eye.json", "shards", CH_ENCODER_LINK);
    ch_encoder_link_model(JSON, "shards", "run/best.safetensors");
    assert_int_equal(lstat("run/eye.json", &s), 0);
    assert_true(S_ISREG(s.st_mode));
    ch_encoder_link_model("{\"file\":\"../out.json\"}", "shards",
                          "run/best.safetensors");
    assert_int_equal(access("out.json", F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_model_has_the_encoder_of_its_shards,
                                        begin, leave),
        cmocka_unit_test_setup_teardown(a_link_follows_an_encoder_that_moved,
                                        begin, leave),
        cmocka_unit_test_setup_teardown(what_is_not_there_is_no_link, begin,
                                        leave),
        cmocka_unit_test_setup_teardown(
            files_and_folders_outside_are_left_alone, begin, leave),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
