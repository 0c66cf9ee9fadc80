/* test_show.c - a few images, the same ones for everybody, and their captions
 *
 * A judge of its own says as many words as the features ask for, so the test
 * knows every caption.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "replica_shards.h"
#include "train/show.h"

static struct ch_replica r;
static size_t calls;

static size_t length_for(float feature)
{
    return 1 + (size_t)(fabsf(feature) * 10) % 5;
}

static int say(const struct ch_model *m, const float *feature, size_t n,
               size_t most, int32_t *id, size_t *length, struct ch_err *err)
{
    (void)err;
    for (size_t i = 0; i < n; i++) {
        length[i] = length_for(feature[i * m->decoder.shape.F]);
        for (size_t w = 0; w < length[i]; w++)
            id[i * most + w] = (int32_t)(3 + w);
    }
    calls += n;
    return 0;
}

static int look(const struct ch_score_item *item, size_t count,
                double found[2], struct ch_err *err)
{
    (void)item, (void)count, (void)err;
    found[0] = found[1] = 0.5;
    return 0;
}

static const struct ch_train_judge judge = { say, look };

static void open_replica(int select, uint64_t show)
{
    struct ch_train_options o = options();

    o.select = select;
    o.judge = &judge;
    o.show = show;
    if (ch_replica_open(&r, comm, &o, &e))
        fail_msg("%s", e.msg);
    calls = 0;
}

/* What the log has of captions, a line each; the caller frees it. */
static char *tell(struct ch_show *s, const char *name)
{
    const char *path = scratch_path(name);
    struct ch_trainlog *log;
    char *text;
    size_t n;

    remove(path);
    assert_int_equal(ch_trainlog_open(&log, path, &e), 0);
    assert_int_equal(ch_show_tell(s, log, 2, 20, &e), 0);
    ch_trainlog_close(log);
    assert_int_equal(ch_file_read(path, 1 << 20, &text, &n, &e), 0);
    return text;
}

/* Each line is of an image whose hash is not above `most`, and says what its
 * features ask for.  Returns how many. */
static size_t check(const char *text, uint64_t *most)
{
    static struct ch_caption_record record;
    struct ch_bytes b = ch_bytes_of(text, strlen(text));
    size_t n, count = 0;
    const char *line;

    *most = 0;
    for (; ch_bytes_line(&b, &line, &n); count++) {
        struct ch_json *o;
        const char *key, *caption;
        size_t words = 1, i = 0;
        float feature[SMALL_FEATURES];
        uint64_t hash;

        assert_int_equal(ch_json_parse(&o, line, n, "log", &e), 0);
        assert_string_equal(ch_json_text(ch_json_get(o, "kind"), ""),
                            "caption");
        assert_int_equal(ch_json_int(ch_json_get(o, "epoch"), 0), 2);
        assert_int_equal(ch_json_int(ch_json_get(o, "step"), 0), 20);
        key = ch_json_text(ch_json_get(o, "image"), "");
        caption = ch_json_text(ch_json_get(o, "caption"), "");
        for (; i < SMALL_VAL; i++) {
            assert_int_equal(ch_set_captions(r.val, i, &record, &e), 0);
            if (record.key_bytes == strlen(key) &&
                !memcmp(record.key, key, record.key_bytes))
                break;
        }
        assert_true(i < SMALL_VAL);
        hash = ch_hash(key, strlen(key));
        assert_true(hash >= *most);
        *most = hash;
        assert_int_equal(ch_set_feature(r.val, i, feature, &e), 0);
        ch_model_standardise(&r.model, 1, feature, feature);
        for (const char *at = caption; *at; at++)
            words += *at == ' ';
        assert_int_equal(words, length_for(feature[0]));
        ch_json_close(o);
    }
    return count;
}

static void images_of_the_least_hashes_are_said(void **state)
{
    static struct ch_caption_record record;
    struct ch_show *s;
    uint64_t most;
    size_t below = 0;
    char *text;

    (void)state;
    open_replica(CH_SELECT_LOSS, 3);
    assert_int_equal(ch_show_open(&s, &r, &e), 0);
    assert_int_equal(ch_show_say(s, NULL, &e), 0);
    assert_int_equal(calls, 3);
    text = tell(s, "log.jsonl");
    assert_int_equal(check(text, &most), 3);
    for (size_t i = 0; i < SMALL_VAL; i++) {
        assert_int_equal(ch_set_captions(r.val, i, &record, &e), 0);
        below += ch_hash(record.key, record.key_bytes) <= most;
    }
    assert_int_equal(below, 3);
    free(text);
    ch_show_close(s);
    ch_replica_close(&r);
}

static void a_judge_has_said_them_already(void **state)
{
    struct ch_judge_score score;
    struct ch_judge *j;
    struct ch_show *s;
    char *own, *judged;
    uint64_t most;

    (void)state;
    open_replica(CH_SELECT_CIDER, 3);
    assert_int_equal(ch_judge_open(&j, &r, &e), 0);
    assert_int_equal(ch_show_open(&s, &r, &e), 0);
    assert_int_equal(ch_show_say(s, NULL, &e), 0);
    own = tell(s, "own.jsonl");
    assert_int_equal(ch_judge_score(j, &score, &e), 0);
    calls = 0;
    assert_int_equal(ch_show_say(s, j, &e), 0);
    assert_int_equal(calls, 0);
    judged = tell(s, "judged.jsonl");
    assert_int_equal(check(judged, &most), 3);
    assert_string_equal(own, judged);
    free(own);
    free(judged);
    ch_show_close(s);
    ch_judge_close(j);
    ch_replica_close(&r);
}

static void more_than_there_are_is_all_of_them(void **state)
{
    struct ch_show *s;
    uint64_t most;
    char *text;

    (void)state;
    open_replica(CH_SELECT_LOSS, SMALL_VAL + 5);
    assert_int_equal(ch_show_open(&s, &r, &e), 0);
    assert_int_equal(ch_show_say(s, NULL, &e), 0);
    text = tell(s, "log.jsonl");
    assert_int_equal(check(text, &most), SMALL_VAL);
    free(text);
    ch_show_close(s);
    ch_replica_close(&r);
}

static void none_are_said_where_none_are_wanted(void **state)
{
    struct ch_show *s;

    (void)state;
    open_replica(CH_SELECT_LOSS, 0);
    assert_int_equal(ch_show_open(&s, &r, &e), 0);
    assert_null(s);
    assert_int_equal(ch_show_say(s, NULL, &e), 0);
    assert_int_equal(calls, 0);
    ch_show_close(s);
    ch_replica_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_of_the_least_hashes_are_said),
        cmocka_unit_test(a_judge_has_said_them_already),
        cmocka_unit_test(more_than_there_are_is_all_of_them),
        cmocka_unit_test(none_are_said_where_none_are_wanted),
    };

    return cmocka_run_group_tests(tests, make_shards, end_all);
}
