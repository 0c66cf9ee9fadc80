/* open_index.h - a new index in a scratch folder, for tests to fill
 *
 * For tests that include cmocka first.
 */
#ifndef TESTS_UNIT_OPEN_INDEX_H
#define TESTS_UNIT_OPEN_INDEX_H

#include "scratch.h"
#include "use/index.h"

/* Of photos of F features; a transaction is begun.  A set-up of a group. */
static int open_index(struct ch_index *x, size_t F, void **state,
                      struct ch_err *e)
{
    const struct ch_index_maker maker = { "/m", "0123456789abcdef", "3", "{}",
                                          "/e", F };
    int rc = scratch_make(state);

    if (!rc) rc = ch_index_open_writer(x, scratch_path("a.db"), &maker, e);
    return rc ? rc : ch_sql_begin(x->sql, e);
}

#endif
