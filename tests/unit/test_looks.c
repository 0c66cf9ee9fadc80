/* test_looks.c - where a model looked, from its captions to the page */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "chorus/page.h"
#include "scratch.h"

static char path[5000], picture[5000];

static void put(const char *to, const char *text)
{
    assert_int_equal(ch_file_write(to, text, strlen(text), NULL), 0);
}

static int start(void **state)
{
    if (scratch_make(state))
        return -1;
    snprintf(path, sizeof path, "%s/captions.jsonl", scratch);
    snprintf(picture, sizeof picture, "%s/a.jpg", scratch);
    put(picture, "\xff\xd8\xffMan");
    return 0;
}

static size_t count_of(const char *text, const char *what)
{
    size_t n = 0;

    for (; (text = strstr(text, what)) != NULL; text++)
        n++;
    return n;
}

static const char looks[] =
    "{\"image\":\"other.jpg\",\"caption\":\"x\"}\n"
    "{\"image\":\"deep/a.jpg\",\"caption\":\"a <b>\",\"words\":[\"a\","
    "\"<b>\"],\"attention\":[[0.5,0.25,0.25,0],[0,0,0,1]],"
    "\"view\":1.25}\n";

static int open_looks(struct ch_page_looks **l, struct ch_page_photo *photo,
                      const char *text, struct ch_err *e)
{
    put(path, text);
    return ch_page_looks_open(l, path, photo, 1, e);
}

static void a_word_lights_up_where_it_looked(void **state)
{
    struct ch_page_photo photo = { .image = picture, .caption = "a <b>",
                                   .score = (double)NAN };
    const struct ch_page page = { .title = "t", .photo = &photo,
                                  .photo_count = 1 };
    struct ch_page_looks *l;
    char *text, out[5000];
    size_t n;

    (void)state;
    snprintf(out, sizeof out, "%s/page.html", scratch);
    assert_int_equal(open_looks(&l, &photo, looks, NULL), 0);
    assert_non_null(photo.look);
    assert_int_equal(ch_page_write(&page, out, NULL), 0);
    assert_int_equal(ch_file_read(out, 1 << 20, &text, &n, NULL), 0);
    assert_int_equal(count_of(text, "<input type=\"radio\" name=\"look0\""),
                     3);
    assert_int_equal(count_of(text, " checked>"), 1);
    assert_non_null(strstr(text, "<label for=\"look0-2\">&lt;b&gt;</label>"));
    assert_non_null(strstr(text, "--w:125.0%;--f:cover"));
    assert_non_null(strstr(text, "aria-label=\"a: most at the upper left\">"
        "<path opacity=\"0.40\" d=\"M1 0h1v1h-1zM0 1h1v1h-1z\"/>"
        "<path opacity=\"0.80\" d=\"M1 1h1v1h-1z\"/></svg>"));
    /* Two places of a row that are as dark are one. */
    assert_non_null(strstr(text, "<path opacity=\"0.80\" "
        "d=\"M0 0h2v1h-2zM0 1h1v1h-1z\"/></svg>"));
    assert_non_null(strstr(text, ".look input:nth-of-type(3):checked~.view "
                           "svg:nth-of-type(2){display:block}"));
    assert_null(strstr(text, "<script"));
    free(text);
    ch_page_looks_close(l);
}

static void captions_without_attention_show_their_photo(void **state)
{
    struct ch_page_photo photo = { .image = picture, .caption = "a" };
    struct ch_page_looks *l;

    (void)state;
    assert_int_equal(open_looks(&l, &photo, "{\"image\":\"a.jpg\","
                                "\"caption\":\"a\"}\na.jpg\tb\n", NULL), 0);
    assert_null(photo.look);
    ch_page_looks_close(l);
    assert_int_equal(open_looks(&l, &photo, "{\"image\":\"a.jpg\","
                                "\"words\":[],\"attention\":[]}\n", NULL), 0);
    assert_null(photo.look);
    ch_page_looks_close(l);
}

#define LINE(image, word) "{\"image\":\"" image "\",\"words\":[\"" word     \
    "\"],\"attention\":[[1]]}\n"

static void photos_are_known_by_their_whole_name(void **state)
{
    struct ch_page_photo photo[3] = {
        { .image = picture }, { .image = "b.jpg" }, { .image = "x/a.jpg" }
    };
    struct ch_page_looks *l;

    (void)state;
    put(path, LINE("ba.jpg", "no") LINE("c.jpg", "a.jpg") LINE("aa.jpg", "no")
        LINE("a.jpg", "first") LINE("a.jpg", "second") LINE("y/b.jpg", "b"));
    assert_int_equal(ch_page_looks_open(&l, path, photo, 3, NULL), 0);
    assert_string_equal(photo[0].look->word[0], "first");
    assert_string_equal(photo[1].look->word[0], "b");
    assert_ptr_equal(photo[2].look, photo[0].look);
    ch_page_looks_close(l);
}

static void attention_of_no_square_is_refused(void **state)
{
    static const char *const bad[] = {
        "\"words\":[\"a\"],\"attention\":[[0.5,0.5]]}\n",
        "\"words\":[\"a\"],\"attention\":[[1],[1]]}\n",
        "\"words\":[\"a\",\"b\"],\"attention\":[[1],[1,0,0,0]]}\n",
        "\"words\":[\"a\"],\"attention\":[[-1]]}\n",
        "\"words\":[\"a\"],\"attention\":[[\"1\"]]}\n",
        "\"attention\":1}\n",
    };
    struct ch_page_photo photo = { .image = picture, .caption = "a" };
    struct ch_page_looks *l;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct ch_err e = CH_ERR_INIT;
        char text[256];

        snprintf(text, sizeof text, "{\"image\":\"a.jpg\",%s", bad[i]);
        assert_int_equal(open_looks(&l, &photo, text, &e), CH_EFORMAT);
        assert_non_null(strstr(e.msg, "captions.jsonl: expected \"words\""));
        assert_null(l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_word_lights_up_where_it_looked),
        cmocka_unit_test(captions_without_attention_show_their_photo),
        cmocka_unit_test(photos_are_known_by_their_whole_name),
        cmocka_unit_test(attention_of_no_square_is_refused),
    };

    return cmocka_run_group_tests_name("looks", tests, start, scratch_remove);
}
