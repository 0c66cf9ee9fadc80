/* rate_report.h - results as text, as JSON, and as a page */
#ifndef CH_RATE_RATE_REPORT_H
#define CH_RATE_RATE_REPORT_H

#include "base/bytes.h"
#include "rate/result.h"

void ch_rate_report_text(struct ch_buffer *out, const struct ch_result *r);
void ch_rate_report_json(struct ch_buffer *out, const struct ch_result *r,
                         const struct ch_study *s);
/* One file that needs no network; all text from outside is escaped. */
void ch_rate_report_html(struct ch_buffer *out, const struct ch_result *r,
                         const struct ch_study *s);

#endif
