/* test_trace.c - timelines that viewers can read */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "scratch.h"
#include "train/trace.h"

static struct ch_comm *comm;
static struct ch_err e;

static int make_all(void **state)
{
    return scratch_make(state) || ch_comm_open(&comm, &e);
}

static int remove_all(void **state)
{
    ch_comm_close(comm);
    return scratch_remove(state);
}

/* The events of the file, which must hold `count`: the first names the rank. */
static const struct ch_json *events(struct ch_json **document,
                                    const char *name, size_t count)
{
    const struct ch_json *all;

    if (ch_json_load(document, scratch_path(name), &e))
        fail_msg("%s", e.msg);
    all = ch_json_get(*document, "traceEvents");
    assert_int_equal(ch_json_count(all), count);
    assert_string_equal(ch_json_text(ch_json_get(ch_json_at(all, 0), "name"),
                                     ""), "process_name");
    return all;
}

static void a_trace_begins_as_an_empty_one(void **state)
{
    struct ch_json *document;
    struct ch_trace *t;

    (void)state;
    assert_int_equal(ch_trace_open(&t, comm, 3, scratch_path("empty"), &e), 0);
    ch_trace_close(t);
    events(&document, "empty", 1);
    ch_json_close(document);
}

static void a_span_has_its_phase_thread_and_time(void **state)
{
    struct ch_json *document;
    struct ch_trace *t;
    const struct ch_json *span;
    double now_s;

    (void)state;
    assert_int_equal(ch_trace_open(&t, comm, 3, scratch_path("one"), &e), 0);
    now_s = ch_clock_s();
    ch_trace_span(t, CH_PHASE_OUTPUT, 5, now_s, now_s + 0.25);
    assert_false(ch_trace_end_step(t));
    assert_int_equal(ch_trace_write(t, &e), 0);
    ch_trace_close(t);
    span = ch_json_at(events(&document, "one", 2), 1);
    assert_string_equal(ch_json_text(ch_json_get(span, "name"), ""), "output");
    assert_string_equal(ch_json_text(ch_json_get(span, "ph"), ""), "X");
    assert_int_equal(ch_json_int(ch_json_get(span, "pid"), -1), 0);
    assert_int_equal(ch_json_int(ch_json_get(span, "tid"), -1), 5);
    assert_true(ch_json_real(ch_json_get(span, "ts"), -1) >= 0);
    assert_true(ch_json_real(ch_json_get(span, "ts"), -1) < 60e6);
    assert_float_equal(ch_json_real(ch_json_get(span, "dur"), 0), 250e3, 1);
    ch_json_close(document);
}

static void later_steps_are_left_out(void **state)
{
    struct ch_json *document;
    struct ch_trace *t;

    (void)state;
    assert_int_equal(ch_trace_open(&t, comm, 1, scratch_path("long"), &e), 0);
    for (int i = 1; i <= 2 * CH_TRACE_STEPS; i++) {
        ch_trace_span(t, CH_PHASE_LOAD, 0, 0, 1);
        assert_int_equal(ch_trace_end_step(t), i == CH_TRACE_STEPS);
    }
    assert_int_equal(ch_trace_write(t, &e), 0);
    events(&document, "long", 1 + CH_TRACE_STEPS);
    ch_json_close(document);
    ch_trace_close(t);
}

static void no_trace_takes_every_call(void **state)
{
    (void)state;
    ch_trace_span(NULL, CH_PHASE_LOAD, 0, 0, 1);
    assert_false(ch_trace_end_step(NULL));
    assert_int_equal(ch_trace_write(NULL, &e), 0);
    ch_trace_close(NULL);
}

static void a_path_without_a_folder_is_told_at_once(void **state)
{
    struct ch_trace *t;

    (void)state;
    assert_int_equal(ch_trace_open(&t, comm, 3, scratch_path("no/trace"), &e),
                     CH_EIO);
    assert_null(t);
    assert_non_null(strstr(e.path, "no/trace"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trace_begins_as_an_empty_one),
        cmocka_unit_test(a_span_has_its_phase_thread_and_time),
        cmocka_unit_test(later_steps_are_left_out),
        cmocka_unit_test(no_trace_takes_every_call),
        cmocka_unit_test(a_path_without_a_folder_is_told_at_once),
    };

    return cmocka_run_group_tests(tests, make_all, remove_all);
}
