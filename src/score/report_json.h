/* report_json.h - score_report.h's reports as one JSON object */
#ifndef CH_SCORE_REPORT_JSON_H
#define CH_SCORE_REPORT_JSON_H

#include "base/bytes.h"
#include "chorus/score_report.h"

void ch_report_json_put(const struct ch_score_report *r, struct ch_buffer *out);
void ch_report_json_agreement(const struct ch_agreement *a,
                              enum ch_token_rule rule, struct ch_buffer *out);

#endif
