/* report.c - the report of a study */
#include "chorus/rate.h"

#include "base/file.h"
#include "rate/rate_csv.h"
#include "rate/rate_report.h"

static int write_out(const char *path, struct ch_buffer *b, struct ch_err *e)
{
    int rc = b->failed ? ch_fail(e, CH_ENOMEM, "no memory for %s", path)
                       : ch_file_write(path, b->at, b->size, e);

    ch_buffer_reset(b);
    return rc;
}

static int write_all(const struct ch_rate_report *o, const struct ch_study *s,
                     const struct ch_result *r, struct ch_buffer *b,
                     struct ch_err *e)
{
    int rc = 0;

    if (o->csv) {
        ch_rate_csv_put(b, r->ratings);
        rc = write_out(o->csv, b, e);
    }
    if (!rc && o->html) {
        ch_rate_report_html(b, r, s);
        rc = write_out(o->html, b, e);
    }
    if (rc)
        return rc;
    if (o->json)
        ch_rate_report_json(b, r, s);
    else
        ch_rate_report_text(b, r);
    return b->failed ? ch_fail(e, CH_ENOMEM, "no memory for the report") : 0;
}

int ch_rate_report(const struct ch_rate_report *o, char **out,
                   struct ch_err *e)
{
    struct ch_ratings ratings = { .count = 0 };
    struct ch_result result = { .ratings = NULL };
    struct ch_buffer b = { 0 };
    struct ch_study s;
    int rc = ch_study_open(&s, o->study, e);

    *out = NULL;
    if (rc)
        return rc;
    rc = ch_ratings_read(&ratings, &s, e);
    if (!rc) rc = ch_result_make(&result, &ratings, o->min_checks, e);
    if (!rc) rc = ch_result_score(&result, &s, o->meteor, e);
    if (!rc) rc = write_all(o, &s, &result, &b, e);
    ch_result_release(&result);
    ch_ratings_release(&ratings);
    ch_study_close(&s);
    if (rc)
        ch_buffer_release(&b);
    else
        *out = b.at;
    return rc;
}
