/* test_answer.c - marks, skips and undo, and who may do them */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "rate/answer.h"
#include "rate_study.h"

static struct ch_study study;

static int setup(void **state)
{
    struct ch_rate_new o;

    if (scratch_make(state))
        return -1;
    study_files();
    o = study_options(study_path("study"));
    study_new(&o);
    study_open(&study, study_path("study"));
    return 0;
}

static int teardown(void **state)
{
    ch_study_close(&study);
    return scratch_remove(state);
}

/* The task that the rater sees, and the mark of its first question. */
static int64_t seen(int64_t rater, uint32_t *mark)
{
    struct ch_answer_task t = { 0 };
    struct ch_err e = CH_ERR_INIT;
    int rc = ch_answer_task(&study, rater, &t, &e);
    int64_t id = t.id;

    if (rc < 0)
        fail_msg("%s", e.msg);
    if (mark)
        *mark = t.mark[0];
    ch_answer_release(&t);
    return rc ? id : 0;
}

static const uint32_t good[] = { 5, 4, 3 };

static void a_task_is_marked_done_and_undone(void **state)
{
    int64_t first = seen(1, NULL), second;
    uint32_t mark;

    (void)state;
    assert_int_equal(ch_answer_mark(&study, 1, first, 0, 2, NULL), 1);
    assert_int_equal(seen(1, &mark), first);
    assert_int_equal(mark, 2);
    assert_int_equal(ch_answer_done(&study, 1, first, good, NULL), 1);
    second = seen(1, &mark);
    assert_true(second != first && mark == 0);
    assert_int_equal(ch_answer_skip(&study, 1, second, NULL), 1);
    assert_true(seen(1, NULL) != second);
    assert_int_equal(ch_answer_undo(&study, 1, NULL), 1);
    assert_int_equal(seen(1, NULL), second);
    assert_int_equal(ch_answer_undo(&study, 1, NULL), 1);
    assert_int_equal(seen(1, &mark), first);
    assert_int_equal(mark, 5);
    assert_int_equal(ch_answer_undo(&study, 1, NULL), 0);
}

static void what_is_done_can_be_corrected_but_not_marked(void **state)
{
    static const uint32_t other[] = { 1, 1, 1 };
    int64_t task = seen(1, NULL);

    (void)state;
    assert_int_equal(ch_answer_done(&study, 1, task, good, NULL), 1);
    assert_int_equal(ch_answer_mark(&study, 1, task, 0, 2, NULL), 0);
    assert_int_equal(ch_answer_skip(&study, 1, task, NULL), 0);
    assert_int_equal(ch_answer_done(&study, 1, task, other, NULL), 1);
    assert_int_equal(study_number(&study, "SELECT sum(value) FROM mark JOIN "
        "task ON task.id = task WHERE state = 1"), 3);
}

static void values_and_questions_that_are_not_are_refused(void **state)
{
    static const uint32_t low[] = { 5, 0, 3 }, high[] = { 5, 6, 3 };
    int64_t task = seen(1, NULL);
    int64_t before = study_number(&study, "SELECT count(*) FROM event");

    (void)state;
    assert_int_equal(ch_answer_mark(&study, 1, task, 0, 0, NULL), 0);
    assert_int_equal(ch_answer_mark(&study, 1, task, 0, 6, NULL), 0);
    assert_int_equal(ch_answer_mark(&study, 1, task, 3, 1, NULL), 0);
    assert_int_equal(ch_answer_done(&study, 1, task, low, NULL), 0);
    assert_int_equal(ch_answer_done(&study, 1, task, high, NULL), 0);
    assert_int_equal(ch_answer_mark(&study, 1, 999999, 0, 1, NULL), 0);
    assert_int_equal(study_number(&study, "SELECT count(*) FROM event"),
                     before);
}

static void nobody_touches_the_tasks_of_others(void **state)
{
    int64_t theirs = seen(2, NULL);
    int64_t before = study_number(&study, "SELECT count(*) FROM event");

    (void)state;
    assert_int_equal(ch_answer_mark(&study, 1, theirs, 0, 1, NULL), 0);
    assert_int_equal(ch_answer_done(&study, 1, theirs, good, NULL), 0);
    assert_int_equal(ch_answer_skip(&study, 1, theirs, NULL), 0);
    assert_int_equal(seen(2, NULL), theirs);
    assert_int_equal(study_number(&study, "SELECT count(*) FROM event"),
                     before);
}

static void photos_are_those_of_own_tasks(void **state)
{
    char name[64];

    (void)state;
    assert_int_equal(ch_answer_photo(&study, 1, 3, name, sizeof name, NULL),
                     1);
    assert_string_equal(name, "3.jpg");
    assert_int_equal(ch_answer_photo(&study, 1, 7, name, sizeof name, NULL),
                     0);
    assert_int_equal(ch_answer_photo(&study, 9, 3, name, sizeof name, NULL),
                     0);
}

static void a_whole_study_ends_and_skipped_ones_come_again(void **state)
{
    struct ch_answer_rater r;
    struct ch_sql_rows *row;
    char token[32];
    int64_t task;

    (void)state;
    assert_int_equal(ch_sql_query(&row, study.sql, NULL, "SELECT token FROM "
                                  "rater WHERE id = 2", ""), 0);
    assert_int_equal(ch_sql_next(row, NULL), 1);
    snprintf(token, sizeof token, "%s", ch_sql_text(row, 0));
    ch_sql_rows_close(row);
    for (int i = 0; (task = seen(2, NULL)) != 0; i++)
        assert_int_equal(i % 3 ? ch_answer_done(&study, 2, task, good, NULL)
                               : ch_answer_skip(&study, 2, task, NULL), 1);
    assert_int_equal(ch_answer_find(&study, token, &r, NULL), 1);
    assert_int_equal(r.id, 2);
    assert_int_equal(r.done, 8);
    assert_int_equal(r.skipped, 4);
    assert_int_equal(r.all, 12);
    assert_int_equal(ch_answer_again(&study, 2, NULL), 1);
    assert_true(seen(2, NULL) != 0);
    token[0] = token[0] == 'a' ? 'b' : 'a';
    assert_int_equal(ch_answer_find(&study, token, &r, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_task_is_marked_done_and_undone),
        cmocka_unit_test(what_is_done_can_be_corrected_but_not_marked),
        cmocka_unit_test(values_and_questions_that_are_not_are_refused),
        cmocka_unit_test(nobody_touches_the_tasks_of_others),
        cmocka_unit_test(photos_are_those_of_own_tasks),
        cmocka_unit_test(a_whole_study_ends_and_skipped_ones_come_again),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
