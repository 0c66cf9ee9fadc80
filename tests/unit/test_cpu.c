/* test_cpu.c - the CPU's instruction sets, against what the system says */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
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

static void avx512_is_what_the_system_lists(void **state)
{
    const char *const need[] = { " avx512f ", " avx512bw ", " avx512dq ",
                                 " avx512vl ", " fma " };
    static char line[16384];
    int all = 1;

    (void)state;
    if (!read_flags(line, sizeof line)) {
        print_message("skipped: no flags in /proc/cpuinfo\n");
        return;
    }
    line[strcspn(line, "\n")] = ' ';
    for (size_t i = 0; i < sizeof need / sizeof *need; i++)
        all = all && strstr(line, need[i]);
    assert_int_equal(!!ch_cpu_has_avx512(), all);
}

static void a_kernel_is_found_only_where_it_runs(void **state)
{
    (void)state;
    assert_non_null(ch_kernel_find("ref"));
    assert_int_equal(ch_kernel_find("avx512") != NULL,
                     !!ch_cpu_has_avx512());
    assert_null(ch_kernel_find("avx1024"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(avx512_is_what_the_system_lists),
        cmocka_unit_test(a_kernel_is_found_only_where_it_runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
