/* test_encoder_spec.c - what describes an encoder is read, and found again */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>

#include "base/file.h"
#include "base/hash.h"
#include "data/encoder.h"
#include "scratch.h"

#define INPUT                                                                  \
    "\"input\":{\"size\":8,\"resize\":\"crop\",\"shorter\":9,"                 \
    "\"channels\":\"bgr\",\"mean\":[1,2,3.5],\"std\":[4,5,6]}"
#define REST "\"name\":\"one\",\"network\":\"net.onnx\",\"pooled\":\"p\""
#define GOOD                                                                   \
    "{\"format\":\"chorus-encoder\",\"version\":1," REST "," INPUT             \
    ",\"grid\":\"g\"}"

/* Where a model lies, beside the encoders. */
#define MODEL scratch_path("model.safetensors")

static struct ch_err e;

static void put_file(const char *name, const char *text)
{
    FILE *f = fopen(scratch_path(name), "w");

    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static int prepare(void **state)
{
    (void)state;
    e = (struct ch_err)CH_ERR_INIT;
    put_file("net.onnx", "numbers");
    put_file("net.xml", "layers");
    put_file("good.json", GOOD);
    return 0;
}

static struct ch_encoder_spec read_good(void)
{
    struct ch_encoder_spec s;

    if (ch_encoder_spec_read(&s, scratch_path("good.json"), &e))
        fail_msg("%s", e.msg);
    return s;
}

static void every_field_is_read(void **state)
{
    const struct ch_encoder_spec s = read_good();

    (void)state;
    assert_string_equal(s.name, "one");
    assert_string_equal(s.pooled, "p");
    assert_string_equal(s.grid, "g");
    assert_int_equal(s.rule.size, 8);
    assert_int_equal(s.rule.resize, CH_RESIZE_CROP);
    assert_int_equal(s.rule.shorter, 9);
    assert_true(s.rule.is_bgr);
    assert_float_equal(s.rule.mean[2], 3.5, 0);
    assert_float_equal(s.rule.std[0], 4, 0);
}

static void the_network_is_beside_and_hashed(void **state)
{
    const struct ch_encoder_spec s = read_good();

    (void)state;
    assert_int_equal(s.network[0], '/');
    assert_string_equal(strrchr(s.network, '/'), "/net.onnx");
    assert_true(s.hash == ch_hash("numbers", 7));
}

/* `text` in place of the description is refused with these words. */
static void expect_refused(const char *text, const char *words)
{
    struct ch_encoder_spec s;

    e = (struct ch_err)CH_ERR_INIT;
    put_file("bad.json", text);
    assert_int_equal(ch_encoder_spec_read(&s, scratch_path("bad.json"), &e),
                     CH_EFORMAT);
    if (!strstr(e.msg, words))
        fail_msg("%s\nfor: %s", e.msg, text);
}

#define HEAD "{\"format\":\"chorus-encoder\",\"version\":1,"
#define WITH(input) HEAD REST ",\"input\":{" input "}}"
#define NUMBERS "\"mean\":[0,0,0],\"std\":[1,1,1]"

static void what_is_wrong_is_said(void **state)
{
    static const struct {
        const char *text, *words;
    } known[] = {
        { "{}", "does not describe an encoder: expected \"format\" "
                "\"chorus-encoder\", version 1" },
        { "[]", "does not describe an encoder" },
        { "{\"format\":\"chorus-encoder\",\"version\":2}",
          "does not describe an encoder" },
        { HEAD "\"pooled\":\"p\"}", "\"name\" is missing or not text" },
        { HEAD "\"name\":\"n\",\"network\":\"net.onnx\"," INPUT "}",
          "net.onnx: not an ONNX network, or cut short" },
        { HEAD "\"name\":\"n\",\"network\":\"net.xml\"," INPUT "}",
          "\"pooled\" is missing or not a text; outputs are found in ONNX "
          "networks only" },
        { WITH("\"size\":8,\"resize\":\"squash\",\"channels\":\"rgb\","
               NUMBERS ",\"crops\":3"), "\"crops\" is 3, expected 1 or 5" },
        { HEAD REST "}", "\"size\" is missing or not a whole number" },
        { WITH("\"size\":0"), "\"size\" is 0, expected 1 to 4096" },
        { WITH("\"size\":5000"), "\"size\" is 5000, expected 1 to 4096" },
        { WITH("\"size\":8,\"resize\":\"pad\",\"channels\":\"rgb\"," NUMBERS),
          "\"resize\" is \"pad\", expected squash|crop" },
        { WITH("\"size\":8,\"resize\":\"squash\",\"channels\":\"hsv\","
               NUMBERS), "\"channels\" is \"hsv\", expected rgb|bgr" },
        { WITH("\"size\":8,\"resize\":\"crop\",\"channels\":\"rgb\","
               NUMBERS), "\"shorter\" is 0, expected 8 to 4096" },
        { WITH("\"size\":8,\"resize\":\"squash\",\"channels\":\"rgb\","
               "\"mean\":[0,0],\"std\":[1,1,1]"),
          "\"mean\" is not a list of three numbers" },
        { WITH("\"size\":8,\"resize\":\"squash\",\"channels\":\"rgb\","
               "\"mean\":[0,0,0],\"std\":[1,0,1]"),
          "\"std\" is not a list of three positive numbers" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        expect_refused(known[i].text, known[i].words);
}

static void corners_need_a_larger_picture(void **state)
{
    struct ch_encoder_spec s;

    (void)state;
    put_file("bad.json", WITH("\"size\":8,\"resize\":\"crop\",\"shorter\":8,"
                              "\"channels\":\"rgb\"," NUMBERS
                              ",\"crops\":5"));
    assert_int_equal(ch_encoder_spec_read(&s, scratch_path("bad.json"), &e),
                     CH_EUSAGE);
    assert_non_null(strstr(e.msg, "corners are cut out of a larger picture"));
}

static void views_are_read_and_recorded(void **state)
{
    struct ch_buffer text = { 0 };
    struct ch_encoder_spec s, found;

    (void)state;
    put_file("good.json", WITH("\"size\":8,\"resize\":\"crop\","
                               "\"shorter\":9,\"channels\":\"rgb\"," NUMBERS
                               ",\"crops\":5,\"flip\":true"));
    s = read_good();
    assert_true(s.rule.corners);
    assert_true(s.rule.flip);
    ch_encoder_spec_json(&s, "f32", &text);
    if (ch_encoder_spec_find(&found, text.at, MODEL, NULL, &e))
        fail_msg("%s", e.msg);
    assert_true(found.rule.corners);
    assert_true(found.rule.flip);
    ch_buffer_release(&text);
}

static void without_names_outputs_are_found(void **state)
{
    const char *path = scratch_path("found.json");
    char *network = realpath("tests/fixture/tiny.onnx", NULL);
    struct ch_encoder_spec s;
    char text[2000];

    (void)state;
    assert_non_null(network);
    snprintf(text, sizeof text, HEAD "\"name\":\"n\",\"network\":\"%s\","
             INPUT "}", network);
    free(network);
    put_file("found.json", text);
    if (ch_encoder_spec_read(&s, path, &e))
        fail_msg("%s", e.msg);
    assert_string_equal(s.pooled, "vector");
    assert_string_equal(s.grid, "map");
}

/* Beside a network of its name each is read; without names outputs are found
 * in it. */
static void descriptions_to_be_copied_are_right(void **state)
{
    char **list, *text, *network, name[100];
    size_t count, n, bytes;

    (void)state;
    assert_int_equal(ch_file_read("tests/fixture/tiny.onnx", 1 << 16, &network,
                                  &bytes, &e), 0);
    assert_int_equal(ch_file_list("data-prep/encoders/specs", "json", &list,
                                  &count, &e), 0);
    assert_true(count >= 8);
    for (size_t i = 0; i < count; i++) {
        struct ch_encoder_spec s;
        const char *at;

        assert_int_equal(ch_file_read(list[i], 1 << 16, &text, &n, &e), 0);
        at = strstr(text, "\"network\"");
        assert_non_null(at);
        assert_int_equal(sscanf(at, "\"network\": \"%99[^\"]\"", name), 1);
        assert_int_equal(ch_file_write(scratch_path(name), network, bytes,
                                       &e), 0);
        put_file("copied.json", text);
        if (ch_encoder_spec_read(&s, scratch_path("copied.json"), &e))
            fail_msg("%s: %s", list[i], e.msg);
        assert_true(s.pooled[0] && s.grid[0]);
        free(text);
    }
    ch_file_list_free(list, count);
    free(network);
}

static void weights_beside_the_network_are_hashed_too(void **state)
{
    static const char text[] = HEAD "\"name\":\"n\",\"network\":\"net.xml\","
                               "\"pooled\":\"p\"," INPUT "}";
    struct ch_encoder_spec s;
    uint64_t alone, with;

    (void)state;
    put_file("good.json", text);
    alone = read_good().hash;
    put_file("net.bin", "weights");
    with = read_good().hash;
    assert_true(alone != with);
    put_file("net.bin", "weightz");
    s = read_good();
    assert_true(s.hash != with && s.hash != alone);
}

static void a_name_too_long_is_refused(void **state)
{
    char text[400];

    (void)state;
    snprintf(text, sizeof text, HEAD "\"name\":\"%064d\",\"pooled\":\"p\"}",
             0);
    expect_refused(text, "\"name\" is longer than 63 bytes");
}

static void a_network_of_another_hash_is_refused(void **state)
{
    (void)state;
    expect_refused(HEAD REST "," INPUT ",\"hash\":\"0123456789abcdef\"}",
                   "not the network that was meant: its hash is ");
}

static void a_network_that_is_gone_is_named(void **state)
{
    struct ch_encoder_spec s;

    (void)state;
    assert_int_equal(unlink(scratch_path("net.onnx")), 0);
    assert_int_equal(ch_encoder_spec_read(&s, scratch_path("good.json"), &e),
                     CH_EIO);
    assert_non_null(strstr(e.msg, "net.onnx"));
}

static void a_description_that_is_gone_is_named(void **state)
{
    struct ch_encoder_spec s;

    (void)state;
    assert_int_equal(ch_encoder_spec_read(&s, scratch_path("none.json"), &e),
                     CH_EIO);
    assert_non_null(strstr(e.msg, "none.json: cannot find the encoder"));
}

/* The recorded text of the good one, with a NUL. */
static const char *record(struct ch_buffer *out)
{
    const struct ch_encoder_spec s = read_good();

    ch_encoder_spec_json(&s, "f32", out);
    ch_buffer_put(out, "", 1);
    assert_false(out->failed);
    return (const char *)out->at;
}

static void what_was_recorded_is_found_again(void **state)
{
    struct ch_buffer text = { 0 };
    const struct ch_encoder_spec s = read_good();
    struct ch_encoder_spec found;

    (void)state;
    if (ch_encoder_spec_find(&found, record(&text), MODEL, NULL,
                             &e))
        fail_msg("%s", e.msg);
    assert_memory_equal(&found.rule, &s.rule, sizeof s.rule);
    assert_string_equal(found.network, s.network);
    assert_string_equal(found.pooled, "p");
    assert_string_equal(found.grid, "g");
    ch_buffer_release(&text);
}

static void the_recorded_rule_is_kept_when_the_description_changes(
    void **state)
{
    struct ch_buffer text = { 0 };
    const char *json = record(&text);
    struct ch_encoder_spec found;

    (void)state;
    put_file("good.json", WITH("\"size\":20,\"resize\":\"squash\","
                               "\"channels\":\"rgb\"," NUMBERS));
    if (ch_encoder_spec_find(&found, json, MODEL, NULL, &e))
        fail_msg("%s", e.msg);
    assert_int_equal(found.rule.size, 8);
    assert_true(found.rule.is_bgr);
    ch_buffer_release(&text);
}

static void another_network_than_the_recorded_is_refused(void **state)
{
    struct ch_buffer text = { 0 };
    const char *json = record(&text);
    struct ch_encoder_spec found;

    (void)state;
    put_file("net.onnx", "other numbers");
    assert_int_equal(ch_encoder_spec_find(&found, json, MODEL, NULL, &e),
                     CH_EUSAGE);
    assert_non_null(strstr(e.msg, "not the network one the features were "
                                  "made with"));
    ch_buffer_release(&text);
}

static void an_encoder_that_moved_is_found_by_its_new_path(void **state)
{
    struct ch_buffer text = { 0 };
    const char *json = record(&text);
    struct ch_encoder_spec found;

    (void)state;
    assert_int_equal(rename(scratch_path("good.json"),
                            scratch_path("moved.json")), 0);
    assert_int_equal(ch_encoder_spec_find(&found, json, MODEL, NULL, &e),
                     CH_EUSAGE);
    assert_non_null(strstr(e.msg, "the encoder one is not beside the model "
                                  "(as "));
    assert_non_null(strstr(e.msg, "good.json); name it with --encoder"));
    e = (struct ch_err)CH_ERR_INIT;
    if (ch_encoder_spec_find(&found, json, MODEL, scratch_path("moved.json"),
                             &e))
        fail_msg("%s", e.msg);
    ch_buffer_release(&text);
}

/* Of the description in a file, as features of it would be recorded. */
static uint64_t identity(const char *name, const char *precision)
{
    struct ch_buffer text = { 0 };
    struct ch_encoder_spec s;
    uint64_t out;

    if (ch_encoder_spec_read(&s, scratch_path(name), &e))
        fail_msg("%s", e.msg);
    ch_encoder_spec_json(&s, precision, &text);
    assert_false(text.failed);
    out = ch_encoder_identity(text.at, text.size);
    ch_buffer_release(&text);
    return out;
}

static void only_the_name_of_its_file_is_recorded(void **state)
{
    struct ch_buffer text = { 0 };
    const char *json = record(&text);

    (void)state;
    assert_non_null(strstr(json, "\"file\":\"good.json\""));
    assert_null(strstr(json, scratch));
    ch_buffer_release(&text);
}

static void an_encoder_is_the_same_wherever_it_lies(void **state)
{
    uint64_t before = identity("good.json", "f32");

    (void)state;
    assert_int_equal(mkdir(scratch_path("moved"), 0777), 0);
    put_file("moved/good.json", GOOD);
    put_file("moved/net.onnx", "numbers");
    assert_true(identity("moved/good.json", "f32") == before);
}

static void an_encoder_is_the_same_however_it_is_called(void **state)
{
    (void)state;
    put_file("called.onnx", "numbers");
    put_file("called.json", HEAD "\"name\":\"two\","
             "\"network\":\"called.onnx\",\"pooled\":\"p\","
             "\"grid\":\"g\"," INPUT "}");
    assert_true(identity("called.json", "f32") ==
                identity("good.json", "f32"));
}

/* GOOD with other words in one place is another encoder. */
static void expect_another(const char *from, const char *to)
{
    static const char good[] = GOOD;
    const char *at = strstr(good, from);
    char text[1024];

    assert_non_null(at);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - good), good, to,
             at + strlen(from));
    put_file("other.json", text);
    if (identity("other.json", "f32") == identity("good.json", "f32"))
        fail_msg("%s is as good as %s", to, from);
}

static void an_encoder_that_sees_otherwise_is_another(void **state)
{
    uint64_t before = identity("good.json", "f32");

    (void)state;
    expect_another("\"size\":8", "\"size\":9");
    expect_another("\"shorter\":9", "\"shorter\":10");
    expect_another("\"resize\":\"crop\"", "\"resize\":\"squash\"");
    expect_another("bgr", "rgb");
    expect_another("3.5", "3.25");
    expect_another("[4,5,6]", "[4,5,7]");
    expect_another("[4,5,6]", "[4,5,6],\"flip\":true");
    expect_another("[4,5,6]", "[4,5,6],\"crops\":5");
    expect_another("\"pooled\":\"p\"", "\"pooled\":\"q\"");
    expect_another("\"grid\":\"g\"", "\"grid\":\"h\"");
    assert_true(identity("good.json", "bf16") != before);
    put_file("net.onnx", "other numbers");
    assert_true(identity("good.json", "f32") != before);
}

static void recorded_text_that_is_damaged_is_refused(void **state)
{
    static const char *const known[] = {
        "", "{", "{}", GOOD,
        HEAD REST "," INPUT ",\"file\":\"x\",\"hash\":\"12\"}"
    };

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct ch_encoder_spec found;
        e = (struct ch_err)CH_ERR_INIT;
        assert_int_equal(ch_encoder_spec_find(&found, known[i], "none", NULL,
                                              &e),
                         CH_EFORMAT);
        assert_non_null(strstr(e.msg, "recorded encoder"));
    }
}

#define CASE(name) cmocka_unit_test_setup(name, prepare)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(every_field_is_read),
        CASE(the_network_is_beside_and_hashed),
        CASE(what_is_wrong_is_said),
        CASE(corners_need_a_larger_picture),
        CASE(views_are_read_and_recorded),
        CASE(without_names_outputs_are_found),
        CASE(descriptions_to_be_copied_are_right),
        CASE(weights_beside_the_network_are_hashed_too),
        CASE(a_name_too_long_is_refused),
        CASE(a_network_of_another_hash_is_refused),
        CASE(a_network_that_is_gone_is_named),
        CASE(a_description_that_is_gone_is_named),
        CASE(what_was_recorded_is_found_again),
        CASE(the_recorded_rule_is_kept_when_the_description_changes),
        CASE(another_network_than_the_recorded_is_refused),
        CASE(an_encoder_that_moved_is_found_by_its_new_path),
        CASE(only_the_name_of_its_file_is_recorded),
        CASE(an_encoder_is_the_same_wherever_it_lies),
        CASE(an_encoder_is_the_same_however_it_is_called),
        CASE(an_encoder_that_sees_otherwise_is_another),
        CASE(recorded_text_that_is_damaged_is_refused),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
