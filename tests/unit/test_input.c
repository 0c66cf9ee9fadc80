/* test_input.c - paths, folders and lists become a stream of photos */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/bytes.h"
#include "base/file.h"
#include "caption/input.h"
#include "scratch.h"

/* photos/{1.jpg,b/2.png,b/c/3.WEBP,note.txt}, empty/, and two lists. */
static int make(void **state)
{
    static const char *const files[] = { "1.jpg", "b/2.png", "b/c/3.WEBP",
                                         "note.txt" };
    char text[600];
    struct ch_err e;
    int n, rc = scratch_make(state);

    if (!rc) rc = ch_file_folder(scratch_path("photos/b/c"), &e);
    if (!rc) rc = ch_file_folder(scratch_path("empty"), &e);
    for (size_t i = 0; i < 4 && !rc; i++) {
        char name[32];

        snprintf(name, sizeof name, "photos/%.20s", files[i]);
        rc = ch_file_write(scratch_path(name), "x", 1, &e);
    }
    n = snprintf(text, sizeof text, "%s/photos/b\r\n\n7.jpg", scratch);
    if (!rc) rc = ch_file_write(scratch_path("list"), text, (size_t)n, &e);
    if (!rc) rc = ch_file_write(scratch_path("void"), "\n\n", 2, &e);
    if (!rc)
        rc = ch_file_write(scratch_path("ids"), "1.jpg\t1\n2.png\t2\n", 16,
                           &e);
    return rc;
}

/* What comes out, in a line: names from the folder on, "!" before bad ones. */
static int walk(const struct ch_caption_input *in, bool need_ids, char *out,
                size_t size, struct ch_err *e)
{
    struct ch_caption_input_photo p;
    struct ch_caption_names *names;
    size_t at = 0;
    int rc = ch_caption_names_open(&names, in, need_ids, e);

    out[0] = '\0';
    while (!rc && (rc = ch_caption_names_next(names, &p, e)) > 0) {
        size_t skip = strncmp(p.key, scratch, strlen(scratch)) ? 0
                      : strlen(scratch) + 1;

        at += (size_t)snprintf(out + at, size - at, "%s%s%s", at ? " " : "",
                               p.why ? "!" : "", p.key + skip);
        rc = 0;
    }
    ch_caption_names_close(names);
    return rc;
}

static const char *names_of(struct ch_caption_input in)
{
    static char out[4096];
    struct ch_err e = CH_ERR_INIT;

    if (walk(&in, false, out, sizeof out, &e))
        fail_msg("%s", e.msg);
    return out;
}

static char *path(const char *name)
{
    static char out[8][1024];
    static unsigned next;

    snprintf(out[next % 8], sizeof out[0], "%s", scratch_path(name));
    return out[next++ % 8];
}

static void folders_are_walked_in_order(void **state)
{
    char *paths[] = { path("photos"), path("photos/1.jpg") };

    (void)state;
    assert_string_equal(
        names_of((struct ch_caption_input){ .path = paths, .path_count = 2 }),
        "photos/1.jpg photos/b/2.png photos/b/c/3.WEBP photos/1.jpg");
}

static void lists_hold_photos_and_folders(void **state)
{
    char at[1024];
    char *paths[] = { at, path("photos/1.jpg") };
    const char *lists[] = { path("void"), path("list") };

    (void)state;
    snprintf(at, sizeof at, "@%s", path("list"));
    assert_string_equal(
        names_of((struct ch_caption_input){ .path = paths, .path_count = 2,
                                            .list = lists, .list_count = 2 }),
        "photos/b/2.png photos/b/c/3.WEBP 7.jpg photos/1.jpg "
        "photos/b/2.png photos/b/c/3.WEBP 7.jpg");
}

static void a_limit_ends_the_stream(void **state)
{
    char *paths[] = { path("photos"), path("photos") };
    struct ch_caption_input in = { .path = paths, .path_count = 2,
                                   .limit = 4 };
    struct ch_caption_names *names;
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    assert_string_equal(names_of(in), "photos/1.jpg photos/b/2.png "
                        "photos/b/c/3.WEBP photos/1.jpg");
    assert_int_equal(ch_caption_names_open(&names, &in, false, &e), 0);
    assert_int_equal(ch_caption_names_count(names), 4);
    ch_caption_names_close(names);
    in.limit = 0;
    assert_int_equal(ch_caption_names_open(&names, &in, false, &e), 0);
    assert_int_equal(ch_caption_names_count(names), 6);
    ch_caption_names_close(names);
}

static void a_folder_without_photos_is_a_bad_photo(void **state)
{
    char *paths[] = { path("empty"), path("photos/1.jpg") };

    (void)state;
    assert_string_equal(
        names_of((struct ch_caption_input){ .path = paths, .path_count = 2 }),
        "!empty photos/1.jpg");
}

static void numbers_are_asked_for_where_they_are_needed(void **state)
{
    char *good[] = { path("photos/1.jpg"), path("photos/b/2.png") };
    char *twice[] = { path("photos/1.jpg"), path("photos/b/2.png"),
                      path("photos/1.jpg") };
    char *none[] = { path("photos/note.txt") };
    struct ch_err e = CH_ERR_INIT;
    char out[4096];
    struct ch_caption_input in = { .path = good, .path_count = 2,
                                   .ids = path("ids") };

    (void)state;
    assert_int_equal(walk(&in, true, out, sizeof out, &e), 0);
    in.path = twice;
    in.path_count = 3;
    assert_int_equal(walk(&in, true, out, sizeof out, &e), CH_EUSAGE);
    assert_non_null(strstr(e.msg, "has the image_id 1, as photo 1 of the "
                           "input"));
    in.path = none;
    in.path_count = 1;
    assert_int_equal(walk(&in, true, out, sizeof out, &e), CH_EUSAGE);
    assert_non_null(strstr(e.msg, "has no image_id"));
}

static void lists_that_are_none_are_refused(void **state)
{
    const char *absent[] = { path("absent") }, *folder[] = { path("photos") };
    struct ch_err e = CH_ERR_INIT;
    char out[64];

    (void)state;
    assert_int_equal(walk(&(struct ch_caption_input){ .list = absent,
                          .list_count = 1 }, false, out, sizeof out, &e),
                     CH_EIO);
    assert_int_equal(walk(&(struct ch_caption_input){ .list = folder,
                          .list_count = 1 }, false, out, sizeof out, &e),
                     CH_EUSAGE);
    assert_non_null(strstr(e.msg, "expected a list of photos"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folders_are_walked_in_order),
        cmocka_unit_test(lists_hold_photos_and_folders),
        cmocka_unit_test(a_limit_ends_the_stream),
        cmocka_unit_test(a_folder_without_photos_is_a_bad_photo),
        cmocka_unit_test(numbers_are_asked_for_where_they_are_needed),
        cmocka_unit_test(lists_that_are_none_are_refused),
    };

    return cmocka_run_group_tests(tests, make, scratch_remove);
}
