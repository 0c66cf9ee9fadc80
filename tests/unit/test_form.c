/* test_form.c - what is said of a photo, as bytes */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "caption/form.h"
#include "scratch.h"

static const char *const words[] = { "a", "dog" };
static const float logp[] = { -0.5f, -0.25f, -1.0f };
static const float attention[] = { 0.25f, 0.75f, 1.0f, 0.0f };
static const struct ch_caption_result best[] = {
    { .caption = "a dog", .logp = -1.75, .score = -0.9 },
    { .caption = "the dog", .logp = -2.5, .score = -1.25 },
};

static void check(enum ch_caption_form form, bool sentence,
                  struct ch_caption_result r, const char *want)
{
    struct ch_buffer b = { 0 };

    ch_form_put(form, sentence, &r, &b);
    assert_string_equal(b.at, want);
    ch_buffer_release(&b);
}

static struct ch_caption_result plain(const char *key)
{
    return (struct ch_caption_result){ .key = key, .image_id = 5,
                                       .caption = "a dog", .logp = -1.75,
                                       .score = -0.9 };
}

static void each_form_has_its_bytes(void **state)
{
    (void)state;
    check(CH_CAPTION_TEXT, false, plain("x.jpg"), "x.jpg\ta dog\n");
    check(CH_CAPTION_TEXT, true, plain("x.jpg"), "x.jpg\tA dog.\n");
    check(CH_CAPTION_JSONL, false, plain("x.jpg"),
          "{\"image\":\"x.jpg\",\"image_id\":5,\"caption\":\"a dog\","
          "\"logp\":-1.75,\"score\":-0.9}\n");
    check(CH_CAPTION_COCO, true, plain("x.jpg"),
          ",\n{\"image_id\":5,\"caption\":\"A dog.\"}");
    check(CH_CAPTION_CSV, false, plain("x.jpg"),
          "x.jpg,5,1,a dog,-1.75,-0.9\r\n");
}

static void json_has_as_many_captions_as_are_wanted(void **state)
{
    static const char start[] = "\"caption\":\"A dog.\",\"logp\":-1.75,"
        "\"score\":-0.9,\"captions\":[{\"caption\":\"A dog.\","
        "\"logp\":-1.75,\"score\":-0.9}";
    struct ch_caption_result r = plain("x.jpg");
    struct ch_buffer b = { 0 };

    (void)state;
    ch_form_json(true, &r, 3, &b);
    assert_int_equal(strncmp(b.at, start, strlen(start)), 0);
    assert_string_equal(b.at + strlen(start), "]");
    ch_buffer_reset(&b);
    r.more_count = 2;
    r.more = best;
    ch_form_json(true, &r, 1, &b);
    assert_string_equal(b.at + strlen(start), "]");
    ch_buffer_reset(&b);
    ch_form_json(true, &r, 5, &b);
    assert_string_equal(b.at + strlen(start), ",{\"caption\":\"The dog.\","
                        "\"logp\":-2.5,\"score\":-1.25}]");
    ch_buffer_release(&b);
}

static void names_cannot_break_a_form(void **state)
{
    (void)state;
    check(CH_CAPTION_TEXT, false, plain("a\tb\nc"), "a b c\ta dog\n");
    check(CH_CAPTION_CSV, false, plain("a,\"b\""),
          "\"a,\"\"b\"\"\",5,1,a dog,-1.75,-0.9\r\n");
    check(CH_CAPTION_JSONL, false, plain("a\"\xff\n"),
          "{\"image\":\"a\\\"\xef\xbf\xbd\\n\",\"image_id\":5,"
          "\"caption\":\"a dog\",\"logp\":-1.75,\"score\":-0.9}\n");
}

static void words_and_maps_are_told_where_there_are_some(void **state)
{
    struct ch_caption_result r = plain("x");

    (void)state;
    r.word_count = 2;
    r.word = words;
    r.word_logp = logp;
    r.places = 2;
    r.attention = attention;
    r.view = 1.25;
    check(CH_CAPTION_JSONL, false, r,
          "{\"image\":\"x\",\"image_id\":5,\"caption\":\"a dog\","
          "\"logp\":-1.75,\"score\":-0.9,\"words\":[\"a\",\"dog\"],"
          "\"word_logp\":[-0.5,-0.25,-1],"
          "\"attention\":[[0.25,0.75],[1,0]],\"view\":1.25}\n");
    r.logp = (double)-INFINITY;
    r.word = NULL;
    r.word_logp = r.attention = NULL;
    check(CH_CAPTION_JSONL, false, r,
          "{\"image\":\"x\",\"image_id\":5,\"caption\":\"a dog\","
          "\"logp\":null,\"score\":-0.9}\n");
}

static void the_n_best_follow(void **state)
{
    struct ch_caption_result r = plain("x");

    (void)state;
    r.more_count = 2;
    r.more = best;
    check(CH_CAPTION_TEXT, false, r, "x\ta dog\nx\tthe dog\n");
    check(CH_CAPTION_CSV, true, r,
          "x,5,1,A dog.,-1.75,-0.9\r\nx,5,2,The dog.,-2.5,-1.25\r\n");
    check(CH_CAPTION_COCO, false, r,
          ",\n{\"image_id\":5,\"caption\":\"a dog\"}");
    check(CH_CAPTION_JSONL, false, r,
          "{\"image\":\"x\",\"image_id\":5,\"caption\":\"a dog\","
          "\"logp\":-1.75,\"score\":-0.9,\"captions\":["
          "{\"caption\":\"a dog\",\"logp\":-1.75,\"score\":-0.9},"
          "{\"caption\":\"the dog\",\"logp\":-2.5,\"score\":-1.25}]}\n");
}

/* A file of `count` photos in this form. */
static char *write_file(int form, int count)
{
    const char *path = scratch_path("out");
    const struct ch_caption_output o = { .path = path, .form = form };
    struct ch_caption_result r = plain("x.jpg");
    struct ch_form_file f;
    struct ch_buffer b = { 0 };
    struct ch_err e = CH_ERR_INIT;
    char *text;
    size_t n;

    assert_int_equal(ch_form_open(&f, &o, &e), 0);
    for (int i = 0; i < count; i++) {
        ch_buffer_reset(&b);
        ch_form_put((enum ch_caption_form)form, false, &r, &b);
        assert_int_equal(ch_form_write(&f, b.at, b.size, &e), 0);
        assert_int_equal(ch_form_write(&f, NULL, 0, &e), 0);
    }
    assert_false(ch_file_exists(path));
    assert_int_equal(ch_form_finish(&f, &e), 0);
    ch_form_close(&f);
    ch_buffer_release(&b);
    assert_int_equal(ch_file_read(path, 4096, &text, &n, &e), 0);
    assert_int_equal(unlink(path), 0);
    return text;
}

static void coco_results_are_json_for_any_number(void **state)
{
    (void)state;
    for (int count = 0; count < 4; count++) {
        char *text = write_file(CH_CAPTION_COCO, count);
        struct ch_err e = CH_ERR_INIT;
        struct ch_json *json;

        assert_int_equal(ch_json_parse(&json, text, strlen(text), "x", &e), 0);
        assert_true(ch_json_is_array(json));
        assert_int_equal(ch_json_count(json), count);
        for (int i = 0; i < count; i++)
            assert_int_equal(ch_json_int(ch_json_get(
                ch_json_at(json, (size_t)i), "image_id"), 0), 5);
        ch_json_close(json);
        free(text);
    }
}

static void a_table_has_a_head_also_without_rows(void **state)
{
    static const char head[] = "image,image_id,rank,caption,logp,score\r\n";
    char *none = write_file(CH_CAPTION_CSV, 0);
    char *two = write_file(CH_CAPTION_CSV, 2);

    (void)state;
    assert_string_equal(none, head);
    assert_memory_equal(two, head, sizeof head - 1);
    assert_string_equal(two + sizeof head - 1, "x.jpg,5,1,a dog,-1.75,-0.9\r\n"
                        "x.jpg,5,1,a dog,-1.75,-0.9\r\n");
    free(none);
    free(two);
}

static void a_file_that_is_not_finished_is_not_there(void **state)
{
    const struct ch_caption_output o = { .path = scratch_path("half") };
    struct ch_form_file f;
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    assert_int_equal(ch_form_open(&f, &o, &e), 0);
    assert_int_equal(ch_form_write(&f, "x\ty\n", 4, &e), 0);
    ch_form_close(&f);
    assert_false(ch_file_exists(o.path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_form_has_its_bytes),
        cmocka_unit_test(json_has_as_many_captions_as_are_wanted),
        cmocka_unit_test(names_cannot_break_a_form),
        cmocka_unit_test(words_and_maps_are_told_where_there_are_some),
        cmocka_unit_test(the_n_best_follow),
        cmocka_unit_test(coco_results_are_json_for_any_number),
        cmocka_unit_test(a_table_has_a_head_also_without_rows),
        cmocka_unit_test(a_file_that_is_not_finished_is_not_there),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
