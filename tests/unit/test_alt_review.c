/* test_alt_review.c - the file of proposals, as CSV and as JSON */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/file.h"
#include "scratch.h"
#include "use/alt_review.h"

static struct ch_err e;

static void write_text(const char *path, const char *text)
{
    assert_int_equal(ch_file_write(path, text, strlen(text), &e), 0);
}

static void expect_text(const char *path, const char *expected)
{
    char *text;
    size_t n;

    assert_int_equal(ch_file_read(path, 1 << 20, &text, &n, &e), 0);
    assert_string_equal(text, expected);
    free(text);
}

static void add(struct ch_alt_review *r, const char *page, const char *image,
                const char *alt)
{
    assert_int_equal(ch_alt_review_add(r, page, 7, image, alt, &e), 0);
}

static void what_is_written_is_read_again(void **state)
{
    static const struct {
        const char *name, *text;
        bool has_pages;
    } c[] = {
        { "a.csv", "page,line,image,alt\r\np.html,7,\"a,\"\"b\"\".jpg\","
          "\"A \xc3\xa9,\nB\"\r\np.html,7,c.jpg,\r\n", true },
        { "b.csv", "image,alt\r\n\"a,\"\"b\"\".jpg\",\"A \xc3\xa9,\nB\"\r\n"
          "c.jpg,\r\n", false },
        { "a.json", "[\n{\"page\":\"p.html\",\"line\":7,\"image\":"
          "\"a,\\\"b\\\".jpg\",\"alt\":\"A \xc3\xa9,\\nB\"},\n{\"page\":"
          "\"p.html\",\"line\":7,\"image\":\"c.jpg\",\"alt\":\"\"}\n]\n",
          true },
        { "b.json", "[\n{\"image\":\"a,\\\"b\\\".jpg\",\"alt\":"
          "\"A \xc3\xa9,\\nB\"},\n{\"image\":\"c.jpg\",\"alt\":\"\"}\n]\n",
          false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        const char *path = scratch_path(c[i].name);
        const char *page = c[i].has_pages ? "p.html" : "";
        struct ch_alt_review r, back;

        assert_int_equal(ch_alt_review_open(&r, c[i].has_pages, &e), 0);
        add(&r, page, "a,\"b\".jpg", "A \xc3\xa9,\nB");
        add(&r, page, "not yet.jpg", NULL);
        add(&r, page, "c.jpg", "");
        assert_int_equal(ch_alt_review_write(&r, path, &e), 0);
        expect_text(path, c[i].text);
        assert_int_equal(ch_alt_review_open(&back, c[i].has_pages, &e), 0);
        if (ch_alt_review_read(&back, path, &e))
            fail_msg("%s", e.msg);
        assert_int_equal(back.count, 2);
        assert_string_equal(ch_alt_review_find(&back, page, "c.jpg")->alt, "");
        assert_int_equal(ch_alt_review_write(&back, path, &e), 0);
        expect_text(path, c[i].text);
        ch_alt_review_close(&r);
        ch_alt_review_close(&back);
    }
}

static void what_people_write_meanwhile_stays(void **state)
{
    const char *path = scratch_path("shared.csv");
    struct ch_alt_review r;

    (void)state;
    assert_int_equal(ch_alt_review_open(&r, false, &e), 0);
    add(&r, "", "a.jpg", "one");
    add(&r, "", "b.jpg", "two");
    add(&r, "", "later.jpg", NULL);
    assert_int_equal(ch_alt_review_write(&r, path, &e), 0);
    /* One is changed, one taken out, one of their own put in. */
    write_text(path, "image,alt\r\na.jpg,better\r\nd.jpg,mine\r\n");
    add(&r, "", "c.jpg", "three");
    add(&r, "", "d.jpg", "not mine");
    assert_int_equal(ch_alt_review_write(&r, path, &e), 0);
    expect_text(path, "image,alt\r\na.jpg,better\r\nd.jpg,mine\r\n"
                "c.jpg,three\r\n");
    assert_null(ch_alt_review_find(&r, "", "b.jpg"));
    ch_alt_review_find(&r, "", "later.jpg")->alt = strdup("four");
    assert_int_equal(ch_alt_review_write(&r, path, &e), 0);
    expect_text(path, "image,alt\r\na.jpg,better\r\nd.jpg,mine\r\n"
                "later.jpg,four\r\nc.jpg,three\r\n");
    /* What cannot be understood is not written over. */
    write_text(path, "half a li");
    add(&r, "", "e.jpg", "five");
    assert_int_equal(ch_alt_review_write(&r, path, &e), CH_EFORMAT);
    expect_text(path, "half a li");
    /* A file that was taken away is made again, whole. */
    assert_int_equal(remove(path), 0);
    assert_int_equal(ch_alt_review_write(&r, path, &e), 0);
    expect_text(path, "image,alt\r\na.jpg,better\r\nd.jpg,mine\r\n"
                "later.jpg,four\r\nc.jpg,three\r\ne.jpg,five\r\n");
    ch_alt_review_close(&r);
}

static void what_would_be_lost_is_not_written_over(void **state)
{
    static const struct {
        const char *name, *text, *words;
    } c[] = {
        { "note.csv", "image,note,alt\r\na.jpg,ask Ann,A dog.\r\n",
          "\"note\" in it would be lost" },
        { "note.json", "[{\"image\":\"a.jpg\",\"alt\":\"A dog.\",\"by\":1}]",
          "\"by\" in it would be lost" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        const char *path = scratch_path(c[i].name);
        struct ch_alt_review r;

        write_text(path, c[i].text);
        assert_int_equal(ch_alt_review_open(&r, false, &e), 0);
        assert_int_equal(ch_alt_review_read(&r, path, &e), 0);
        assert_string_equal(ch_alt_review_find(&r, "", "a.jpg")->alt,
                            "A dog.");
        assert_int_equal(ch_alt_review_check(&r, path, &e), CH_EUSAGE);
        assert_non_null(strstr(e.msg, c[i].words));
        add(&r, "", "b.jpg", "A cat.");
        assert_int_equal(ch_alt_review_write(&r, path, &e), CH_EUSAGE);
        expect_text(path, c[i].text);
        ch_alt_review_close(&r);
    }
}

static void no_rows_are_a_file_as_well(void **state)
{
    static const char *const name[] = { "none.csv", "none.json" };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const char *path = scratch_path(name[i]);
        struct ch_alt_review r;

        assert_int_equal(ch_alt_review_open(&r, false, &e), 0);
        assert_int_equal(ch_alt_review_write(&r, path, &e), 0);
        assert_int_equal(ch_alt_review_read(&r, path, &e), 0);
        assert_int_equal(r.count, 0);
        ch_alt_review_close(&r);
    }
}

static void what_people_get_wrong_is_told(void **state)
{
    static const struct {
        const char *name, *text, *words;
        bool has_pages;
    } c[] = {
        { "a.csv", "", "expected the columns page, image and alt", true },
        { "a.csv", "image,alt\n", "expected the columns page, image and alt",
          true },
        { "a.csv", "image,text\n", "expected the columns image and alt",
          false },
        { "a.csv", "image,alt\na,b\na,c\n", "line 3: this picture has a row "
          "above; keep one", false },
        { "a.csv", "page,image,alt\np,a,b\np,a,c\n", "this picture of this "
          "page has a row above; keep one", true },
        { "a.csv", "image,alt\na,\xff\n", "UTF-8", false },
        { "a.json", "", "a.json: ", false },
        { "a.json", "{}", "expected an array of objects", false },
        { "a.json", "[{\"image\":\"a\"}]", "object 1: expected the texts "
          "\"image\" and \"alt\"", false },
        { "a.json", "[{\"image\":\"a\",\"alt\":3}]", "object 1: expected the "
          "texts \"image\" and \"alt\"", false },
        { "a.json", "[{\"image\":\"a\",\"alt\":\"\"}]", "object 1: expected "
          "the texts \"page\", \"image\" and \"alt\"", true },
        { "a.json", "[{\"image\":\"a\",\"alt\":\"\"},{\"image\":\"a\","
          "\"alt\":\"x\"}]", "object 2: this picture has a row above; keep "
          "one", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        const char *path = scratch_path(c[i].name);
        struct ch_alt_review r;

        write_text(path, c[i].text);
        assert_int_equal(ch_alt_review_open(&r, c[i].has_pages, &e), 0);
        assert_int_equal(ch_alt_review_read(&r, path, &e), CH_EFORMAT);
        if (!strstr(e.msg, c[i].words))
            fail_msg("%zu: %s", i, e.msg);
        ch_alt_review_close(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(what_people_write_meanwhile_stays),
        cmocka_unit_test(what_would_be_lost_is_not_written_over),
        cmocka_unit_test(no_rows_are_a_file_as_well),
        cmocka_unit_test(what_people_get_wrong_is_told),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
