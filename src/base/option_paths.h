/* option_paths.h - what a program writes is none of its other files */
#ifndef CH_BASE_OPTION_PATHS_H
#define CH_BASE_OPTION_PATHS_H

#include "chorus/options.h"

/* After parsing: CH_EUSAGE when a file of an is_output option is that of
 * another option, or an operand.  Options whose value is called FILE or MODEL
 * have one; behind NAME= and @ there may be one, too. */
int ch_option_paths_check(const struct ch_program *program,
                          const struct ch_arguments *arguments,
                          struct ch_err *e);

#endif
