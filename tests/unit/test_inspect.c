/* test_inspect.c - what shards hold is shown as it is */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>

#include "base/json.h"
#include "chorus/inspect.h"
#include "scratch.h"
#include "small_shards.h"

static char folder[600];
static struct ch_inspect_options o;
static struct ch_buffer keys;      /* of the records shown, blank behind each */

static int make(void **state)
{
    struct ch_err e = CH_ERR_INIT;

    if (scratch_make(state) || small_shards(scratch, &e)) {
        print_error("%s\n", e.msg);
        return -1;
    }
    snprintf(folder, sizeof folder, "%s/shards", scratch);
    return 0;
}

static int fresh(void **state)
{
    (void)state;
    o = (struct ch_inspect_options){ .shards = folder };
    ch_buffer_reset(&keys);
    return 0;
}

static int add_key(void *context, const struct ch_inspect_record *r,
                   struct ch_err *e)
{
    (void)context;
    (void)e;
    ch_buffer_format(&keys, "%s ", r->key);
    return 0;
}

static void expect_keys(const char *want)
{
    struct ch_err e = CH_ERR_INIT;

    if (ch_inspect_run(&o, add_key, NULL, &e))
        fail_msg("%s", e.msg);
    assert_string_equal(keys.at, want);
}

static void records_come_in_the_order_of_the_set(void **state)
{
    (void)state;
    o.split = "val";
    expect_keys("013.jpg 014.jpg 015.jpg 016.jpg 017.jpg ");
}

static void a_part_can_be_asked_for(void **state)
{
    (void)state;
    o.first = 11;
    o.limit = 4;
    expect_keys("011.jpg 012.jpg 013.jpg 014.jpg ");
    ch_buffer_reset(&keys);
    o = (struct ch_inspect_options){ .shards = folder, .key = "004.jpg" };
    expect_keys("004.jpg ");
}

static int check_json(void *context, const struct ch_inspect_record *r,
                      struct ch_err *e)
{
    char *text = ch_inspect_json(r);
    struct ch_json *d;
    const struct ch_json *captions, *pooled;

    (void)context;
    assert_non_null(text);
    assert_int_equal(ch_json_parse(&d, text, strlen(text), "x", e), 0);
    assert_string_equal(ch_json_text(ch_json_get(d, "key"), ""), r->key);
    captions = ch_json_get(d, "captions");
    assert_int_equal(ch_json_count(captions), r->caption_count);
    assert_string_equal(ch_json_text(ch_json_get(ch_json_at(captions, 0),
                                                 "raw"), ""), r->raw[0]);
    pooled = ch_json_get(d, "pooled");
    assert_string_equal(ch_json_text(ch_json_get(pooled, "dtype"), ""), "f32");
    assert_int_equal(ch_json_int(ch_json_get(pooled, "columns"), 0),
                     SMALL_FEATURES);
    assert_int_equal(ch_json_count(ch_json_get(d, "values")), SMALL_FEATURES);
    assert_true(ch_json_real(ch_json_at(ch_json_get(d, "values"),
                                        SMALL_FEATURES - 1), 0) == 0.25);
    ch_json_close(d);
    free(text);
    return 0;
}

static void json_tells_all_of_a_record(void **state)
{
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    o.limit = 3;
    o.values = true;
    if (ch_inspect_run(&o, check_json, NULL, &e))
        fail_msg("%s", e.msg);
}

static int check_words(void *context, const struct ch_inspect_record *r,
                       struct ch_err *e)
{
    (void)context;
    (void)e;
    /* Written as "wa wb ", and no word is rare. */
    for (size_t c = 0; c < r->caption_count; c++)
        assert_memory_equal(r->raw[c], r->words[c], strlen(r->words[c]));
    return 0;
}

static void ids_spell_the_captions(void **state)
{
    (void)state;
    o.split = "train";
    assert_int_equal(ch_inspect_run(&o, check_words, NULL, NULL), 0);
}

static void what_is_not_there_is_told(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    char want[700];

    (void)state;
    o.split = "test";
    snprintf(want, sizeof want, "%s: the shards have no split \"test\"",
             folder);
    assert_int_equal(ch_inspect_run(&o, add_key, NULL, &e), CH_EUSAGE);
    assert_string_equal(e.msg, want);
    o.split = NULL;
    o.key = "none.jpg";
    snprintf(want, sizeof want, "%s: no record has the key none.jpg", folder);
    assert_int_equal(ch_inspect_run(&o, add_key, NULL, &e), CH_EUSAGE);
    assert_string_equal(e.msg, want);
}

static int clean(void **state)
{
    ch_buffer_release(&keys);
    return scratch_remove(state);
}

#define FRESH(test) cmocka_unit_test_setup(test, fresh)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(records_come_in_the_order_of_the_set),
        FRESH(a_part_can_be_asked_for),
        FRESH(json_tells_all_of_a_record),
        FRESH(ids_spell_the_captions),
        FRESH(what_is_not_there_is_told),
    };

    return cmocka_run_group_tests(tests, make, clean);
}
