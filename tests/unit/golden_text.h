/* golden_text.h - numbers of tests/golden: lines "name count", then values
 *
 * CHORUS_GOLDEN names another folder.  For tests that include cmocka first.
 */
#ifndef TESTS_UNIT_GOLDEN_TEXT_H
#define TESTS_UNIT_GOLDEN_TEXT_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The values of a record, at most `room`; fails when it is not there. */
static inline size_t golden_read(const char *file_name, const char *name,
                                 size_t room, double *out)
{
    const char *folder = getenv("CHORUS_GOLDEN");
    char path[512], found[64];
    size_t n;
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", folder ? folder : "tests/golden",
             file_name);
    file = fopen(path, "r");
    if (!file)
        fail_msg("%s cannot be opened; run from the top of the source tree, "
                 "or set CHORUS_GOLDEN", path);
    while (fscanf(file, "%63s %zu", found, &n) == 2) {
        bool is_it = !strcmp(found, name);

        assert_true(!is_it || n <= room);
        for (size_t i = 0; i < n; i++) {
            double x;

            assert_int_equal(fscanf(file, "%lf", &x), 1);
            if (is_it)
                out[i] = x;
        }
        if (is_it) {
            fclose(file);
            return n;
        }
    }
    fclose(file);
    fail_msg("%s has no \"%s\"", path, name);
    return 0;
}

#endif
