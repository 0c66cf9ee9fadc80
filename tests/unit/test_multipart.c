/* test_multipart.c - forms with files: their parts, and what is refused */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "serve/multipart.h"

static struct ch_err e;

static void check_run(struct ch_multipart_run r, const char *want)
{
    assert_non_null(r.at);
    assert_int_equal(r.n, strlen(want));
    assert_memory_equal(r.at, want, r.n);
}

static int clear(void **state)
{
    (void)state;
    e = (struct ch_err)CH_ERR_INIT;
    return 0;
}

static void parts_are_found_one_after_another(void **state)
{
    static const char body[] =
        "--x1\r\nContent-Disposition: form-data; name=\"beam\"\r\n\r\n5\r\n"
        "--x1\r\ncontent-type: image/jpeg\r\n"
        "CONTENT-DISPOSITION: form-data; name=photo; filename=\"a;\\\"b.jpg\""
        "\r\nX-Other: y\r\n\r\n\r\n--x\r\n\r\n--x1--\r\nbehind";
    struct ch_multipart m;
    struct ch_multipart_part p;

    (void)state;
    assert_int_equal(ch_multipart_open(&m, "multipart/form-data; boundary=x1",
                                       body, sizeof body - 1, &e), 0);
    assert_int_equal(ch_multipart_next(&m, &p, &e), 1);
    check_run(p.name, "beam");
    check_run(p.body, "5");
    assert_null(p.file.at);
    assert_null(p.type.at);
    assert_int_equal(ch_multipart_next(&m, &p, &e), 1);
    check_run(p.name, "photo");
    check_run(p.file, "a;\\\"b.jpg");
    check_run(p.type, "image/jpeg");
    check_run(p.body, "\r\n--x\r\n");
    assert_int_equal(ch_multipart_next(&m, &p, &e), 0);
    assert_int_equal(ch_multipart_next(&m, &p, &e), 0);
}

static void quotes_and_what_comes_before_are_no_matter(void **state)
{
    static const char body[] =
        "words\r\n--a b \t\r\nContent-Disposition: form-data; name=\"\"\r\n\r\n"
        "\r\n--a b--";
    struct ch_multipart m;
    struct ch_multipart_part p;

    (void)state;
    assert_int_equal(ch_multipart_open(
        &m, "multipart/form-data; charset=x; BOUNDARY=\"a b\"; more", body,
        sizeof body - 1, &e), 0);
    assert_int_equal(ch_multipart_next(&m, &p, &e), 1);
    check_run(p.name, "");
    check_run(p.body, "");
    assert_int_equal(ch_multipart_next(&m, &p, &e), 0);
}

/* As some write them: the mark is the line that ends the head. */
static void a_part_may_have_no_body_at_all(void **state)
{
    static const char body[] = "--b\r\nContent-Disposition: a; name=n\r\n"
                               "\r\n--b--";
    struct ch_multipart m;
    struct ch_multipart_part p;

    (void)state;
    assert_int_equal(ch_multipart_open(&m, "a; boundary=b", body,
                                       sizeof body - 1, &e), 0);
    assert_int_equal(ch_multipart_next(&m, &p, &e), 1);
    check_run(p.body, "");
    assert_int_equal(ch_multipart_next(&m, &p, &e), 0);
}

static void what_is_no_form_is_refused(void **state)
{
    static const struct {
        const char *type, *body, *why;
    } bad[] = {
        { "multipart/form-data", "--x--", "no boundary" },
        { "multipart/form-data; boundary", "--x--", "no boundary" },
        { "multipart/form-data; boundary=", "--x--", "no boundary" },
        { "multipart/form-data; boundary=\"", "--x--", "no boundary" },
        { "multipart/form-data; boundary="
          "0123456789012345678901234567890123456789012345678901234567890123456"
          "7890", "--x--", "no boundary" },
        { "a; boundary=x", "", "does not hold the boundary" },
        { "a; boundary=x", "--", "does not hold the boundary" },
        { "a; boundary=x", "words --x", "does not hold the boundary" },
        { "a; boundary=x", "--x", "cut, or damaged" },
        { "a; boundary=x", "--xy\r\n\r\n\r\n--x--", "cut, or damaged" },
        { "a; boundary=x", "--x\r\n", "the head of part 1 of the form is cut" },
        { "a; boundary=x", "--x\r\nA: b", "the head of part 1" },
        { "a; boundary=x", "--x\r\nA: b\r\n\r\nbody", "part 1 of the form is "
          "cut" },
        { "a; boundary=x", "--x\r\nA: b\r\n\r\nbody\r\n--x--", "has no name" },
        { "a; boundary=x", "--x\r\nContent-Disposition: form-data; filename=a"
          "\r\n\r\nbody\r\n--x--", "has no name" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct ch_multipart m;
        struct ch_multipart_part p;
        int rc = ch_multipart_open(&m, bad[i].type, bad[i].body,
                                   strlen(bad[i].body), &e);

        if (!rc)
            rc = ch_multipart_next(&m, &p, &e);
        if (rc != CH_EFORMAT || !strstr(e.msg, bad[i].why))
            fail_msg("case %zu: %d, %s", i, rc, e.msg);
    }
}

static void there_are_few_parts(void **state)
{
    struct ch_buffer body = { 0 };
    struct ch_multipart m;
    struct ch_multipart_part p;
    size_t n = 0;
    int rc;

    (void)state;
    for (int i = 0; i <= CH_MULTIPART_PARTS; i++)
        ch_buffer_text(&body, "--x\r\nContent-Disposition: form-data; name=n"
                              "\r\n\r\nv\r\n");
    ch_buffer_text(&body, "--x--");
    assert_int_equal(ch_multipart_open(&m, "a; boundary=x", body.at, body.size,
                                       &e), 0);
    while ((rc = ch_multipart_next(&m, &p, &e)) == 1)
        n++;
    assert_int_equal(rc, CH_EFORMAT);
    assert_int_equal(n, CH_MULTIPART_PARTS);
    ch_buffer_release(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(parts_are_found_one_after_another, clear),
        cmocka_unit_test_setup(quotes_and_what_comes_before_are_no_matter,
                               clear),
        cmocka_unit_test_setup(a_part_may_have_no_body_at_all, clear),
        cmocka_unit_test_setup(what_is_no_form_is_refused, clear),
        cmocka_unit_test_setup(there_are_few_parts, clear),
    };

    return cmocka_run_group_tests_name("multipart", tests, NULL, NULL);
}
