/* test_cpu.c - the CPU's instruction sets, against what the system says */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/kernel.h"

/* The flags of the first CPU; the system lists only what it supports too. */
static int read_flags(char *line, int size)
{
    FILE *file = fopen("/proc/cpuinfo", "r");
    int found = 0;

    while (file && !found && fgets(line, size, file))
        found = !strncmp(line, "flags", 5);
    if (file)
        fclose(file);
    return found;
}

/* Whether the system lists all of these; -1 when it lists nothing. */
static int lists(const char *const *need, size_t count)
{
    static char line[16384];
    int all = 1;

    if (!read_flags(line, sizeof line)) {
        print_message("skipped: no flags in /proc/cpuinfo\n");
        return -1;
    }
    line[strcspn(line, "\n")] = ' ';
    for (size_t i = 0; i < count; i++)
        all = all && strstr(line, need[i]);
    return all;
}

static void avx2_is_what_the_system_lists(void **state)
{
    const char *const need[] = { " avx2 ", " fma " };
    int all = lists(need, sizeof need / sizeof *need);

    (void)state;
    if (all >= 0)
        assert_int_equal(!!ch_cpu_has_avx2(), all);
}

static void avx512_is_what_the_system_lists(void **state)
{
    const char *const need[] = { " avx512f ", " avx512bw ", " avx512dq ",
                                 " avx512vl ", " fma " };
    int all = lists(need, sizeof need / sizeof *need);

    (void)state;
    if (all >= 0)
        assert_int_equal(!!ch_cpu_has_avx512(), all);
}

static void a_kernel_is_found_only_where_it_runs(void **state)
{
    (void)state;
    assert_non_null(ch_kernel_find("ref"));
    assert_int_equal(ch_kernel_find("avx2") != NULL, !!ch_cpu_has_avx2());
    assert_int_equal(ch_kernel_find("avx512") != NULL,
                     !!ch_cpu_has_avx512());
    assert_null(ch_kernel_find("avx1024"));
}

static void the_best_that_runs_is_chosen(void **state)
{
    const char *best = "ref";

    (void)state;
    if (ch_cpu_has_avx2())
        best = "avx2";
    if (ch_cpu_has_avx512())
        best = "avx512";
    assert_string_equal(ch_kernel_get()->name, best);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(avx2_is_what_the_system_lists),
        cmocka_unit_test(avx512_is_what_the_system_lists),
        cmocka_unit_test(a_kernel_is_found_only_where_it_runs),
        cmocka_unit_test(the_best_that_runs_is_chosen),
    };

    unsetenv("CHORUS_KERNEL");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
