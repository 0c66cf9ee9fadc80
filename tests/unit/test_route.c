/* test_route.c - what a request asks for, tokens, and limits */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "rate/limit.h"
#include "rate/route.h"

#define T "abcdefghijkmnpqrstuvwxyz23"

static void requests_lead_to_their_places(void **state)
{
    static const struct {
        const char *method, *path;
        enum ch_route_kind kind;
    } row[] = {
        { "GET", "/", CH_ROUTE_ROOT },
        { "GET", "/style.css", CH_ROUTE_STYLE },
        { "GET", "/script.js", CH_ROUTE_SCRIPT },
        { "GET", "/r/" T, CH_ROUTE_TASK },
        { "HEAD", "/r/" T, CH_ROUTE_TASK },
        { "GET", "/r/" T "/photo/17", CH_ROUTE_PHOTO },
        { "POST", "/r/" T "/mark", CH_ROUTE_mark },
        { "POST", "/r/" T "/done", CH_ROUTE_done },
        { "POST", "/r/" T "/skip", CH_ROUTE_skip },
        { "POST", "/r/" T "/undo", CH_ROUTE_undo },
        { "POST", "/r/" T "/again", CH_ROUTE_again },
        { "POST", "/r/" T "/start", CH_ROUTE_start },
        { "GET", "/r/" T "/done", CH_ROUTE_METHOD },
        { "HEAD", "/r/" T "/undo", CH_ROUTE_METHOD },
        { "POST", "/r/" T, CH_ROUTE_METHOD },
        { "DELETE", "/", CH_ROUTE_METHOD },
    };

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        const struct ch_route r = ch_route_of(row[i].method, row[i].path);

        if (r.kind != row[i].kind)
            fail_msg("%s %s: found %d", row[i].method, row[i].path, r.kind);
    }
    assert_string_equal(ch_route_of("GET", "/r/" T).token, T);
    assert_int_equal(ch_route_of("GET", "/r/" T "/photo/17").number, 17);
}

static void nothing_else_is_there(void **state)
{
    static const char *const path[] = {
        "", "*", "//", "/r", "/r/", "/r/short", "/r/" T "x", "/r/" T "/",
        "/r/" T "/other", "/r/" T "/photo/", "/r/" T "/photo/0",
        "/r/" T "/photo/-1", "/r/" T "/photo/1.jpg",
        "/r/" T "/photo/../../../etc/passwd", "/r/" T "/photo/%2e%2e%2f1",
        "/r/" T "/photo/99999999999999999999", "/../etc/passwd",
        "/style.css/..", "/r/ABCDEFGHIJKMNPQRSTUVWXYZ23",
        "/r/" T "/photo/1/2", "/study.sqlite",
    };

    (void)state;
    for (size_t i = 0; i < sizeof path / sizeof *path; i++)
        if (ch_route_of("GET", path[i]).kind != CH_ROUTE_NONE)
            fail_msg("something is at %s", path[i]);
}

static void a_bucket_runs_dry_and_fills_again(void **state)
{
    static struct ch_limit l;
    int taken = 0;

    (void)state;
    ch_limit_init(&l, 2, 5);
    for (int i = 0; i < 20; i++)
        taken += ch_limit_take(&l, "a", 100);
    assert_int_equal(taken, 5);
    assert_true(ch_limit_take(&l, "b", 100));
    assert_false(ch_limit_take(&l, "a", 100.4));
    assert_true(ch_limit_take(&l, "a", 100.6));
    taken = 0;
    for (int i = 0; i < 20; i++)
        taken += ch_limit_take(&l, "a", 1000);
    assert_int_equal(taken, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_lead_to_their_places),
        cmocka_unit_test(nothing_else_is_there),
        cmocka_unit_test(a_bucket_runs_dry_and_fills_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
