/* test_page_run.c - a run's log, read as far as it goes, then what is new */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "page/page_run.h"
#include "scratch.h"

static char path[5000];

static const char settings[] = "{\"kind\":\"settings\",\"epochs\":3}\n";
static const char first[] = "{\"kind\":\"epoch\",\"epoch\":1,\"step\":1,"
                            "\"train_loss\":4,\"val_loss\":4}\n";
static const char second[] = "{\"kind\":\"epoch\",\"epoch\":2,\"step\":2,"
                             "\"train_loss\":3,\"val_loss\":3}\n";
static const char third[] = "{\"kind\":\"epoch\",\"epoch\":3,\"step\":3,"
                            "\"train_loss\":2,\"val_loss\":2}\n";

/* How: as fopen() knows it. */
static void put(const char *how, const char *text)
{
    FILE *f = fopen(path, how);

    assert_non_null(f);
    assert_int_equal(fputs(text, f) >= 0, 1);
    assert_int_equal(fclose(f), 0);
}

/* A run of two epochs, which is open. */
static struct ch_page_run *begin(void)
{
    struct ch_page_run *r;

    snprintf(path, sizeof path, "%s/log.jsonl", scratch);
    put("w", settings);
    put("a", first);
    put("a", second);
    assert_int_equal(ch_page_run_open(&r, scratch, NULL), 0);
    assert_int_equal(r->epochs, 2);
    return r;
}

static void only_what_is_new_of_a_log_is_read(void **state)
{
    struct ch_page_run *r = begin();

    (void)state;
    /* What was read before is no JSON any more, and nobody looks. */
    put("r+", "]]]]");
    put("a", "{\"kind\":\"epo");
    assert_int_equal(ch_page_run_update(r, NULL), 0);
    assert_int_equal(r->epochs, 2);
    put("a", third + strlen("{\"kind\":\"epo"));
    assert_int_equal(ch_page_run_update(r, NULL), 0);
    assert_int_equal(ch_page_run_update(r, NULL), 0);
    assert_int_equal(r->epochs, 3);
    ch_page_run_close(r);
}

static void another_log_in_its_place_is_read_from_the_start(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_page_run *r = begin();
    char text[4096];

    (void)state;
    /* Renamed into its place, as a run that goes on does. */
    snprintf(text, sizeof text, "%s%s", settings, third);
    assert_int_equal(ch_file_write(path, text, strlen(text), NULL), 0);
    assert_int_equal(ch_page_run_update(r, NULL), 0);
    assert_int_equal(r->epochs, 1);
    assert_true(r->epoch[0].epoch == 3);
    /* Written over, and longer by now. */
    snprintf(text, sizeof text, "%s%s%s", settings, first, second);
    put("w", text);
    assert_int_equal(ch_page_run_update(r, NULL), 0);
    assert_int_equal(r->epochs, 2);
    assert_true(r->epoch[1].epoch == 2);
    /* Gone, and back. */
    assert_int_equal(remove(path), 0);
    assert_int_equal(ch_page_run_update(r, &e), CH_EIO);
    put("w", settings);
    assert_int_equal(ch_page_run_update(r, NULL), 0);
    assert_int_equal(r->epochs, 0);
    ch_page_run_close(r);
}

/* Whoever follows it hears of the line each time, and goes on when it is
 * mended. */
static void a_broken_line_is_told_until_it_is_mended(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_page_run *r = begin();
    char text[4096];

    (void)state;
    put("a", "{]\n");
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ch_page_run_update(r, &e), CH_EFORMAT);
        assert_non_null(strstr(e.msg, "line 4: "));
        e = (struct ch_err) CH_ERR_INIT;
    }
    snprintf(text, sizeof text, "%s%s%s%s", settings, first, second, third);
    put("w", text);
    assert_int_equal(ch_page_run_update(r, NULL), 0);
    assert_int_equal(r->epochs, 3);
    ch_page_run_close(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_is_new_of_a_log_is_read),
        cmocka_unit_test(another_log_in_its_place_is_read_from_the_start),
        cmocka_unit_test(a_broken_line_is_told_until_it_is_mended),
    };

    return cmocka_run_group_tests_name("page_run", tests, scratch_make,
                                       scratch_remove);
}
