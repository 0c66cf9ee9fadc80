/* rate_csv.c - ratings are written as a table with commas */
#include "rate/rate_csv.h"

#include "base/csv_row.h"

static const char *const kind_name[] = { "usual", "check", "repeat" };

static void put_row(struct ch_buffer *out, const struct ch_ratings *r,
                    const struct ch_rating *g, size_t q)
{
    static const char *const choice[] = { "first", "same", "second" };
    bool is_pair = r->mode == CH_RATE_PAIRS, is_check;

    is_check = g->kind == CH_ORDER_CHECK;
    ch_csv_row_put(out, r->rater[g->rater].name);
    ch_buffer_format(out, ",%s,", kind_name[g->kind]);
    ch_csv_row_put(out, r->photo[g->photo].name);
    ch_buffer_text(out, ",");
    ch_csv_row_put(out, is_check ? "" : r->system[g->first].name);
    ch_buffer_text(out, ",");
    ch_csv_row_put(out, is_pair && !is_check ? r->system[g->second].name
                                             : "");
    ch_buffer_format(out, ",%s,", ch_study_question_name(r->mode, q));
    if (is_pair)
        ch_buffer_text(out, choice[g->value[0] - 1]);
    else
        ch_buffer_format(out, "%u", g->value[q]);
    if (g->at_ms)
        ch_buffer_format(out, ",%.3f\r\n", (double)g->at_ms / 1000);
    else
        ch_buffer_text(out, ",\r\n");
}

void ch_rate_csv_put(struct ch_buffer *out, const struct ch_ratings *r)
{
    ch_buffer_text(out, "rater,kind,image,system,other,scale,value,"
                   "finished\r\n");
    for (size_t i = 0; i < r->count; i++)
        for (size_t q = 0; q < ch_study_questions(r->mode); q++)
            put_row(out, r, &r->rating[i], q);
}
