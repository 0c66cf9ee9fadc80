/* test_file_list.c - the files under a folder, sorted, by ending */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>

#include "base/file.h"
#include "scratch.h"

static void put_file(const char *name)
{
    struct ch_err e = CH_ERR_INIT;

    assert_int_equal(ch_file_write(scratch_path(name), "", 0, &e), 0);
}

static int tree_make(void **state)
{
    struct ch_err e = CH_ERR_INIT;

    if (scratch_make(state) || ch_file_folder(scratch_path("a/b"), &e) ||
        ch_file_folder(scratch_path("none"), &e))
        return -1;
    put_file("z.jpg");
    put_file("a/y.JPEG");
    put_file("a/b/x.jpg");
    put_file("a/notes.txt");
    put_file("a/jpg");
    put_file("a.jpg.bak");
    return 0;
}

/* The list is these names, in this order, below the folder. */
static void expect_list(const char *folder, const char *endings,
                        const char *const *name, size_t count)
{
    struct ch_err e = CH_ERR_INIT;
    char **list;
    size_t n;

    assert_int_equal(ch_file_list(folder, endings, &list, &n, &e), 0);
    assert_int_equal(n, count);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(list[i], scratch_path(name[i]));
    ch_file_list_free(list, n);
}

static void files_are_found_by_ending_and_sorted(void **state)
{
    static const char *const name[] = { "a/b/x.jpg", "a/y.JPEG", "z.jpg" };

    (void)state;
    expect_list(scratch, "jpg|jpeg", name, 3);
}

static void without_endings_all_files_are_found(void **state)
{
    static const char *const name[] = { "a.jpg.bak", "a/b/x.jpg", "a/jpg",
                                        "a/notes.txt", "a/y.JPEG", "z.jpg" };

    (void)state;
    expect_list(scratch, NULL, name, 6);
}

static void an_empty_folder_gives_an_empty_list(void **state)
{
    (void)state;
    expect_list(scratch_path("none"), "jpg", NULL, 0);
}

static void an_absent_folder_is_an_error(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    char **list;
    size_t n;

    (void)state;
    assert_int_equal(ch_file_list("/no/such", NULL, &list, &n, &e), CH_EIO);
    assert_string_equal(e.msg, "/no/such: cannot open the folder: "
                        "No such file or directory");
    assert_null(list);
}

static void links_to_files_count_and_rings_do_not_matter(void **state)
{
    static const char *const name[] = { "links/to.jpg" };
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    assert_int_equal(ch_file_folder(scratch_path("links"), &e), 0);
    assert_int_equal(symlink("../z.jpg", scratch_path("links/to.jpg")), 0);
    assert_int_equal(symlink(".", scratch_path("links/ring")), 0);
    expect_list(scratch_path("links"), "jpg", name, 1);
    unlink(scratch_path("links/to.jpg"));
    unlink(scratch_path("links/ring"));
}

/* What is told of a folder that is passed; `code` is what to say to it. */
struct passed {
    int code;
    size_t count;
    char why[512];
};

static int pass(void *context, const char *folder, const struct ch_err *why,
                struct ch_err *e)
{
    struct passed *p = context;

    assert_non_null(strstr(why->msg, folder));
    strcpy(p->why, why->msg);
    p->count++;
    return p->code ? ch_fail(e, p->code, "no room for it") : 0;
}

static void folders_too_deep_are_refused_or_passed(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct passed p = { 0 };
    char deep[400] = "deep", **list;
    size_t n;

    (void)state;
    for (int i = 0; i < 66; i++)
        strcat(deep, "/d");
    assert_int_equal(ch_file_folder(scratch_path(deep), &e), 0);
    assert_int_equal(ch_file_list(scratch_path("deep"), NULL, &list, &n, &e),
                     CH_EFORMAT);
    assert_non_null(strstr(e.msg, "expected at most 64 folders in each "
                           "other"));
    assert_int_equal(ch_file_write(scratch_path("deep/one.jpg"), "", 0, &e),
                     0);
    assert_int_equal(ch_file_list_past(scratch_path("deep"), "jpg", pass, &p,
                                       &list, &n, &e), 0);
    assert_int_equal(n, 1);
    assert_string_equal(list[0], scratch_path("deep/one.jpg"));
    ch_file_list_free(list, n);
    assert_int_equal(p.count, 1);
    assert_non_null(strstr(p.why, "expected at most 64 folders"));
    p.code = CH_ENOMEM;
    assert_int_equal(ch_file_list_past(scratch_path("deep"), "jpg", pass, &p,
                                       &list, &n, &e), CH_ENOMEM);
    assert_string_equal(e.msg, "no room for it");
    assert_int_equal(p.count, 2);
    /* The first folder is not passed. */
    assert_int_equal(ch_file_list_past(scratch_path("no"), "jpg", pass, &p,
                                       &list, &n, &e), CH_EIO);
    assert_int_equal(p.count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_found_by_ending_and_sorted),
        cmocka_unit_test(without_endings_all_files_are_found),
        cmocka_unit_test(an_empty_folder_gives_an_empty_list),
        cmocka_unit_test(an_absent_folder_is_an_error),
        cmocka_unit_test(links_to_files_count_and_rings_do_not_matter),
        cmocka_unit_test(folders_too_deep_are_refused_or_passed),
    };

    return cmocka_run_group_tests(tests, tree_make, scratch_remove);
}
