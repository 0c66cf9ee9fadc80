/* test_judge.c - the validation set captioned, and the captions scored
 *
 * A judge of its own: it says what the features ask for, so the test knows
 * every caption, and it hands the items out instead of scoring them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "replica_shards.h"
#include "train/judge.h"

static struct ch_replica r;
static size_t calls, scored;

/* Words 3, 4, ... of a length that the first feature decides. */
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
        assert_true(length[i] <= most);
        for (size_t w = 0; w < length[i]; w++)
            id[i * most + w] = (int32_t)(3 + w);
    }
    calls += n;
    return 0;
}

/* Each image once, in order, with all that people wrote. */
static int look(const struct ch_score_item *item, size_t count,
                double found[2], struct ch_err *err)
{
    static struct ch_caption_record record;

    (void)err;
    assert_int_equal(count, SMALL_VAL);
    for (size_t i = 0; i < count; i++) {
        float feature[SMALL_FEATURES];
        size_t words = 1;

        assert_int_equal(ch_set_captions(r.val, i, &record, &e), 0);
        assert_int_equal(strlen(item[i].key), record.key_bytes);
        assert_memory_equal(item[i].key, record.key, record.key_bytes);
        assert_int_equal(item[i].reference_count, record.caption_count);
        for (size_t c = 0; c < record.caption_count; c++) {
            assert_int_equal(strlen(item[i].reference[c]),
                             record.caption[c].raw_bytes);
            assert_memory_equal(item[i].reference[c], record.caption[c].raw,
                                record.caption[c].raw_bytes);
        }
        assert_int_equal(ch_set_feature(r.val, i, feature, &e), 0);
        ch_model_standardise(&r.model, 1, feature, feature);
        for (const char *at = item[i].caption; *at; at++)
            words += *at == ' ';
        assert_int_equal(words, length_for(feature[0]));
        assert_memory_equal(item[i].caption,
                            ch_vocab_word(r.model.vocab, 3), 2);
    }
    scored++;
    found[0] = 0.75;
    found[1] = 0.5;
    return 0;
}

static const struct ch_train_judge judge = { say, look };

static void open_replica(int select)
{
    struct ch_train_options o = options();

    o.select = select;
    o.judge = &judge;
    if (ch_replica_open(&r, comm, &o, &e))
        fail_msg("%s", e.msg);
}

static void every_image_is_captioned_once_and_scored(void **state)
{
    struct ch_judge *j;
    struct ch_judge_score s;

    (void)state;
    open_replica(CH_SELECT_CIDER);
    assert_int_equal(ch_judge_open(&j, &r, &e), 0);
    assert_non_null(j);
    for (size_t times = 1; times <= 2; times++) {
        assert_int_equal(ch_judge_score(j, &s, &e), 0);
        assert_int_equal(calls, times * SMALL_VAL);
        assert_int_equal(scored, times);
        assert_true(s.cider_d == 0.75 && s.bleu_4 == 0.5);
    }
    ch_judge_close(j);
    ch_replica_close(&r);
}

static void by_the_loss_nothing_is_captioned(void **state)
{
    struct ch_judge *j;

    (void)state;
    open_replica(CH_SELECT_LOSS);
    assert_int_equal(ch_judge_open(&j, &r, &e), 0);
    assert_null(j);
    ch_judge_close(j);
    ch_replica_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_image_is_captioned_once_and_scored),
        cmocka_unit_test(by_the_loss_nothing_is_captioned),
    };

    return cmocka_run_group_tests(tests, make_shards, end_all);
}
