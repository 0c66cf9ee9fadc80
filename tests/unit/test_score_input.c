/* test_score_input.c - captions and references, brought together by image */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/file.h"
#include "chorus/score_input.h"
#include "scratch.h"

static void write_text(const char *path, const char *text)
{
    struct ch_err e = CH_ERR_INIT;

    if (ch_file_write(path, text, strlen(text), &e))
        fail_msg("%s", e.msg);
}

/* The text as a file of the scratch folder. */
static const char *put(const char *name, const char *text)
{
    const char *path = scratch_path(name);

    write_text(path, text);
    return path;
}

static int open_with(struct ch_score_input **out, const char *captions,
                     const char *references, bool partial, struct ch_err *e)
{
    const char *path = put("refs", references);
    const struct ch_score_files files = {
        .captions = captions ? put("caps", captions) : NULL,
        .references = &path, .reference_count = 1, .partial = partial,
    };

    return ch_score_input_open(out, &files, e);
}

static struct ch_score_input *open_input(const char *captions,
                                         const char *references)
{
    struct ch_score_input *s;
    struct ch_err e = CH_ERR_INIT;

    if (open_with(&s, captions, references, false, &e))
        fail_msg("%s", e.msg);
    return s;
}

static void assert_refused(const char *captions, const char *references,
                           int code, const char *words)
{
    struct ch_score_input *s;
    struct ch_err e = CH_ERR_INIT;
    int rc = open_with(&s, captions, references, false, &e);

    if (rc != code || !strstr(e.msg, words))
        fail_msg("expected %d \"%s\", found %d \"%s\"", code, words, rc,
                 e.msg);
    assert_null(s);
}

static void assert_item(const struct ch_score_input *s, size_t i,
                        const char *key, const char *caption,
                        const char *first, size_t references)
{
    size_t count;
    const struct ch_score_item *item = ch_score_input_items(s, &count);

    assert_true(i < count);
    assert_string_equal(item[i].key, key);
    assert_string_equal(item[i].caption, caption);
    assert_string_equal(item[i].reference[0], first);
    assert_int_equal(item[i].reference_count, references);
}

static void images_are_found_by_number_then_by_name(void **state)
{
    struct ch_score_input *s = open_input(
        "[{\"image_id\":4,\"caption\":\"x\"},{\"image_id\":9,\"caption\":"
        "\"y\"}]",
        "{\"images\":[{\"id\":9,\"file_name\":\"n.jpg\"},{\"id\":4}],"
        "\"annotations\":[{\"image_id\":4,\"caption\":\"p\"},{\"image_id\":9,"
        "\"caption\":\"q\"},{\"image_id\":4,\"caption\":\"r\"}]}");

    (void)state;
    assert_item(s, 0, "n.jpg", "y", "q", 1);
    assert_item(s, 1, "4", "x", "p", 2);
    ch_score_input_close(s);
    s = open_input("{\"image\":\"far/away/n.jpg\",\"caption\":\"x\"}",
                   "photos/n.jpg\tp\n");
    assert_item(s, 0, "far/away/n.jpg", "x", "p", 1);
    ch_score_input_close(s);
    s = open_input("[{\"image_id\":4,\"caption\":\"x\"}]", "4\tp\n");
    assert_item(s, 0, "4", "x", "p", 1);
    ch_score_input_close(s);
}

static void plain_files_go_line_by_line(void **state)
{
    const char *path[2] = { put("one", "a dog\na cat\n"),
                            put("two", "dogs\ncats\n") };
    struct ch_score_files files = {
        .captions = put("caps", "dog\ncat\n"), .references = path,
        .reference_count = 2,
    };
    struct ch_score_input *s;
    struct ch_err e = CH_ERR_INIT;
    size_t count;

    (void)state;
    assert_int_equal(ch_score_input_open(&s, &files, &e), 0);
    assert_item(s, 1, "2", "cat", "a cat", 2);
    assert_string_equal(ch_score_input_items(s, &count)[1].reference[1],
                        "cats");
    ch_score_input_close(s);
    write_text(path[1], "dogs\n");
    assert_int_equal(ch_score_input_open(&s, &files, &e), CH_EFORMAT);
    assert_non_null(strstr(e.msg, "expected 2 lines"));
    write_text(path[1], "a.jpg\tdogs\n");
    assert_int_equal(ch_score_input_open(&s, &files, &e), CH_EFORMAT);
    assert_non_null(strstr(e.msg, "captions without image names"));
}

static void what_does_not_fit_together_is_named(void **state)
{
    (void)state;
    assert_refused("a\tx\nq\ty\n", "a\tp\n", CH_EUSAGE,
                   "1 caption is of an image without references in ");
    assert_refused("q\tx\nr\tx\ns\tx\nt\tx\nu\tx\na\tx\n", "a\tp\n", CH_EUSAGE,
                   "5 captions are of images without references in ");
    assert_refused("q\tx\nr\tx\ns\tx\nt\tx\nu\tx\na\tx\n", "a\tp\n", CH_EUSAGE,
                   "(q, r, s and 2 more); drop what is too much or pass "
                   "--partial");
    assert_refused("a\tx\na\ty\n", "a\tp\n", CH_EFORMAT,
                   "1 caption is of an image that has one already (a); keep "
                   "one caption an image or pass --partial");
    assert_refused("a\tx\n", "a\tp\nb\tq\nc\tr\n", CH_EFORMAT,
                   "2 images with references have no caption (b, c); caption "
                   "them or pass --partial");
    assert_refused("x\n", "p\nq\n", CH_EFORMAT, "(line 2)");
    assert_refused("x\ny\n", "p\n", CH_EUSAGE, "(line 2)");
    assert_refused("x\n", "a\tp\n", CH_EUSAGE, "expected both the same");
    assert_refused("n\tx\n", "a/n\tp\nb/n\tq\n", CH_EUSAGE,
                   "several images of the name n");
    assert_refused("[{\"image_id\":1,\"caption\":\"x\"}]",
                   "{\"images\":[{\"id\":1}],\"annotations\":[{\"image_id\":2,"
                   "\"caption\":\"p\"}]}", CH_EFORMAT,
                   "image id 2, which is not in \"images\"");
    assert_refused("[{\"image_id\":1,\"caption\":\"x\"}]",
                   "{\"images\":[{\"id\":1},{\"id\":1}],\"annotations\":[{"
                   "\"image_id\":1,\"caption\":\"p\"}]}", CH_EFORMAT,
                   "image id 1 stands twice");
}

static void partial_counts_what_it_leaves_out(void **state)
{
    struct ch_score_input *s;
    struct ch_err e = CH_ERR_INIT;
    struct ch_score_left left;
    size_t count;

    (void)state;
    assert_int_equal(open_with(&s, "a\tx\na\ty\nq\tz\n", "b\tp\na\tq\n", true,
                               &e), 0);
    left = ch_score_input_left(s);
    assert_int_equal(left.missing, 1);
    assert_int_equal(left.extra, 1);
    assert_int_equal(left.repeated, 1);
    assert_non_null(ch_score_input_items(s, &count));
    assert_int_equal(count, 1);
    assert_item(s, 0, "a", "x", "q", 1);
    ch_score_input_close(s);
    assert_int_equal(open_with(&s, "z\tx\n", "a\tp\n", true, &e), CH_EUSAGE);
    assert_string_equal(e.msg, "no image has both a caption and references");
}

static void without_captions_every_image_has_an_empty_one(void **state)
{
    struct ch_score_input *s = open_input(NULL, "a\tp\nb\tq\na\tr\n");

    (void)state;
    assert_item(s, 0, "a", "", "p", 2);
    assert_item(s, 1, "b", "", "q", 1);
    ch_score_input_close(s);
}

static void captions_alone_can_be_read(void **state)
{
    struct ch_score_texts t;
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    assert_int_equal(ch_score_texts_read(&t, put("x", "a\tp\nb\tq\n"), &e), 0);
    assert_int_equal(t.count, 2);
    assert_string_equal(t.text[1], "q");
    ch_score_texts_release(&t);
    assert_int_equal(ch_score_texts_read(&t, "none", &e), CH_EIO);
    ch_score_texts_release(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_are_found_by_number_then_by_name),
        cmocka_unit_test(plain_files_go_line_by_line),
        cmocka_unit_test(what_does_not_fit_together_is_named),
        cmocka_unit_test(partial_counts_what_it_leaves_out),
        cmocka_unit_test(without_captions_every_image_has_an_empty_one),
        cmocka_unit_test(captions_alone_can_be_read),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
