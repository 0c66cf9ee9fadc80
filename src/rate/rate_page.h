/* rate_page.h - the pages that raters see
 *
 * Plain forms that work without the script; with it every click is sent at
 * once.  All text from outside is escaped.
 */
#ifndef CH_RATE_RATE_PAGE_H
#define CH_RATE_RATE_PAGE_H

#include "rate/answer.h"

/* What every page of a rater knows. */
struct ch_rate_page {
    const struct ch_study *study;
    const char *token;
    const struct ch_answer_rater *rater;
};

/* Before the first task: what to do. */
void ch_rate_page_intro(struct ch_buffer *out, const struct ch_rate_page *p);
/* A task; is_short: it was sent without all its answers. */
void ch_rate_page_task(struct ch_buffer *out, const struct ch_rate_page *p,
                       const struct ch_answer_task *t, bool is_short);
/* After the last one. */
void ch_rate_page_end(struct ch_buffer *out, const struct ch_rate_page *p);
/* A page for somebody without a link, or whose request failed. */
void ch_rate_page_plain(struct ch_buffer *out, const char *title,
                        const char *text);

extern const char ch_rate_style[], ch_rate_script[];

#endif
