/* fuzz_ratings.c - any bytes as a table of ratings for a small study
 *
 * What is taken must leave a study that can be read: tasks whole, values within
 * their questions.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "rate/rate_csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* An open transaction that is never ended: a study that is not there again
 * after each input. */
static struct ch_study study;
static char folder[64];

static void leave(void)
{
    ch_study_finish(&study, CH_ESTOPPED, NULL);
}

static void make(void)
{
    static const char rows[] =
        "INSERT INTO system VALUES(1, 'a', 0), (2, 'b', 0);"
        "INSERT INTO photo VALUES(1, '1.jpg'), (2, '2.jpg');"
        "INSERT INTO caption VALUES(1, 1, 1, 'x'), (2, 1, 2, 'y'),"
        " (3, 2, 1, 'x'), (4, 2, 2, 'y');";
    struct ch_err e = CH_ERR_INIT;

    snprintf(folder, sizeof folder, "/tmp/chorus-fuzz-%ld", (long)getpid());
    study = (struct ch_study) { .mode = CH_RATE_SCALES };
    if (ch_study_create(&study, folder, &e) ||
        ch_sql_script(study.sql, rows, &e)) {
        fprintf(stderr, "%s\n", e.msg);
        abort();
    }
    atexit(leave);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct ch_rate_imported made;
    struct ch_ratings r;
    struct ch_err e = CH_ERR_INIT;

    if (!study.sql)
        make();
    if (ch_sql_script(study.sql, "SAVEPOINT here", &e))
        abort();
    if (!ch_rate_csv_read(&study, (const char *)bytes, n, "input", &made,
                          &e)) {
        if (ch_ratings_read(&r, &study, &e) || r.count != made.tasks) {
            fprintf(stderr, "%s\n", e.msg);
            abort();
        }
        ch_ratings_release(&r);
    }
    if (ch_sql_script(study.sql, "ROLLBACK TO here; RELEASE here", &e))
        abort();
    return 0;
}
