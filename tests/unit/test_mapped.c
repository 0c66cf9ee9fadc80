/* test_mapped.c - a mapped address names its file */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <sys/mman.h>

#include "base/mapped.h"
#include "scratch.h"

static void a_file_is_named_by_any_of_its_pages(void **state)
{
    char path[1024], found[1024], small[20];
    int fd;
    char *at;

    (void)state;
    snprintf(path, sizeof path, "%s", scratch_path("with a blank"));
    fd = open(path, O_RDWR | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, 3 << 16), 0);
    at = mmap(NULL, 3 << 16, PROT_READ, MAP_SHARED, fd, 0);
    assert_true(at != MAP_FAILED);
    close(fd);
    for (size_t i = 0; i < 3; i++) {
        assert_true(ch_mapped_file(at + (i << 16) + 7, found, sizeof found));
        assert_string_equal(found, path);
    }
    assert_false(ch_mapped_file(at, small, sizeof small));
    assert_int_equal(munmap(at, 3 << 16), 0);
    assert_false(ch_mapped_file(at, found, sizeof found));
}

static void what_is_of_no_file_is_not_named(void **state)
{
    char found[1024];
    void *memory = malloc(100);

    (void)state;
    assert_non_null(memory);
    assert_false(ch_mapped_file(memory, found, sizeof found));
    assert_false(ch_mapped_file(found, found, sizeof found));
    assert_false(ch_mapped_file(NULL, found, sizeof found));
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_named_by_any_of_its_pages),
        cmocka_unit_test(what_is_of_no_file_is_not_named),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
