/* sink.h - the one stream that log lines and progress share
 *
 * Progress may leave a line of a terminal half drawn; whoever writes next
 * ends it first.  Threads: any.
 */
#ifndef CH_BASE_SINK_H
#define CH_BASE_SINK_H

#include "chorus/log.h"

#include <stdbool.h>
#include <stddef.h>

/* Does this rank show progress at all? */
bool ch_log_is_drawing(void);
/* Columns of the terminal that stderr is, or 0 when it is none. */
size_t ch_log_columns(void);
/* Put `line` in the place of what was drawn last.  finish: and end the line,
 * so that it stays. */
void ch_log_draw(const char *line, bool finish);

#endif
