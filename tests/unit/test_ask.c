/* test_ask.c - what requests for captions ask for, and which are refused */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "serve/ask.h"

enum { MOST = 10 };
#define FORM "multipart/form-data; boundary=x"
#define PART(head, body) "--x\r\nContent-Disposition: form-data; " head \
                         "\r\n\r\n" body "\r\n"

/* A usual beam of 3. */
static struct ch_ask ask(const char *query, const char *type, const char *body,
                         unsigned *status, struct ch_err *e)
{
    struct ch_ask a = { .beam = 3, .n = 1 };
    int rc = ch_ask_read(&a, MOST, query, type, body, strlen(body), status, e);

    assert_true(rc == 0 || e->msg[0]);
    if (!rc)
        *status = 0;
    return a;
}

static struct ch_ask expect(const char *query, const char *type,
                            const char *body)
{
    struct ch_err e = CH_ERR_INIT;
    unsigned status;
    struct ch_ask a = ask(query, type, body, &status, &e);

    if (status)
        fail_msg("%u: %s", status, e.msg);
    return a;
}

static void options_stand_in_the_query(void **state)
{
    struct ch_ask a = expect("", "image/jpeg", "photo");

    (void)state;
    assert_int_equal(a.beam, 3);
    assert_int_equal(a.n, 1);
    assert_false(a.sentence);
    assert_int_equal(a.photo.n, 5);
    a = expect("beam=7&n=2&sentence=1", "image/png; q=1", "photo");
    assert_int_equal(a.beam, 7);
    assert_int_equal(a.n, 2);
    assert_true(a.sentence);
    a = expect("&&n=2&sentence=false&", "IMAGE/WEBP", "photo");
    assert_int_equal(a.n, 2);
    assert_false(a.sentence);
}

static void the_usual_beam_is_as_wide_as_it_must_be(void **state)
{
    struct ch_ask a = expect("n=8", "image/jpeg", "photo");

    (void)state;
    assert_int_equal(a.beam, 8);
    a = expect("n=2", "image/jpeg", "photo");
    assert_int_equal(a.beam, 3);
}

static void a_form_holds_the_photo_and_options(void **state)
{
    struct ch_ask a = expect("n=2", FORM,
        PART("name=beam", "5") PART("name=photo; filename=a\r\n"
        "Content-Type: image/jpeg", "bytes") PART("name=sentence", "true")
        "--x--");

    (void)state;
    assert_int_equal(a.beam, 5);
    assert_int_equal(a.n, 2);
    assert_true(a.sentence);
    assert_int_equal(a.photo.n, 5);
    assert_memory_equal(a.photo.at, "bytes", 5);
    a = expect("", FORM, PART("name=f; filename=a", "bytes") "--x--");
    assert_int_equal(a.photo.n, 5);
    a = expect("", FORM, PART("name=photo", "bytes") "--x--");
    assert_int_equal(a.photo.n, 5);
}

static void others_are_refused(void **state)
{
    static const struct {
        unsigned status;
        const char *query, *type, *body, *why;
    } bad[] = {
        { 400, "beam=0", "image/jpeg", "p", "beam: expected a number from 1 to "
          "10" },
        { 400, "beam=11", "image/jpeg", "p", "from 1 to 10" },
        { 400, "n=-1", "image/jpeg", "p", "n: expected" },
        { 400, "n=", "image/jpeg", "p", "n: expected" },
        { 400, "n", "image/jpeg", "p", "n: expected" },
        { 400, "n=18446744073709551617", "image/jpeg", "p", "n: expected" },
        { 400, "beam=2&n=3", "image/jpeg", "p", "does not find 3" },
        { 400, "sentence=yes", "image/jpeg", "p", "sentence: expected 0 or 1" },
        { 400, "beams=1", "image/jpeg", "p", "unknown option" },
        { 400, "=", "image/jpeg", "p", "unknown option" },
        { 400, "", "image/jpeg", "", "holds no photo" },
        { 415, "", "", "p", "expected a photo as image/jpeg" },
        { 415, "", "image/gif", "p", "expected a photo" },
        { 415, "", "image/jpegs", "p", "expected a photo" },
        { 415, "", "application/x-www-form-urlencoded", "p", "or a form" },
        { 400, "", "multipart/form-data", "p", "no boundary" },
        { 400, "", FORM, "--x--", "holds no photo" },
        { 400, "", FORM, PART("name=photo", "a") PART("name=photo", "b")
          "--x--", "two files" },
        { 415, "", FORM, PART("name=photo; filename=a\r\nContent-Type: "
          "text/html", "a") "--x--", "another type" },
        { 400, "", FORM, PART("name=other", "a") "--x--", "unknown option" },
        { 400, "", FORM, PART("name=beam", "99") "--x--", "beam: expected" },
        { 400, "", FORM, PART("name=photo", "a") "--x", "cut" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct ch_err e = CH_ERR_INIT;
        unsigned status;

        ask(bad[i].query, bad[i].type, bad[i].body, &status, &e);
        if (status != bad[i].status || !strstr(e.msg, bad[i].why))
            fail_msg("case %zu: %u, %s", i, status, e.msg);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_stand_in_the_query),
        cmocka_unit_test(the_usual_beam_is_as_wide_as_it_must_be),
        cmocka_unit_test(a_form_holds_the_photo_and_options),
        cmocka_unit_test(others_are_refused),
    };

    return cmocka_run_group_tests_name("ask", tests, NULL, NULL);
}
