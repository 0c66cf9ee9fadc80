/* option_file.h - a file of options: `name = value`, a line each
 *
 * Names are those of the command line without the dashes; values go to the end
 * of the line; flags are yes or no; empty lines and lines that begin with #
 * say nothing.
 */
#ifndef CH_BASE_OPTION_FILE_H
#define CH_BASE_OPTION_FILE_H

#include "chorus/err.h"

#include <stddef.h>

/* Called for each line in order; name and value are NUL-terminated and live as
 * long as the text. */
typedef int (*ch_option_line_fn)(void *context, const char *name,
                                 const char *value, struct ch_err *e);
/* Parse text[0..n), with a NUL behind it, in place.  Errors of `line`, too,
 * name path and line. */
int ch_option_file_parse(char *text, size_t n, const char *path,
                         ch_option_line_fn line, void *context,
                         struct ch_err *e);

#endif
