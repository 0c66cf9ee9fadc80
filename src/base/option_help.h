/* option_help.h - what parsing and the help know together about an option */
#ifndef CH_BASE_OPTION_HELP_H
#define CH_BASE_OPTION_HELP_H

#include "chorus/options.h"

/* A bound this far away is none, and is not worth words. */
#define CH_OPTION_HUGE 1e15

static inline bool ch_option_is_bounded(const struct ch_option *o)
{
    return o->low != 0 || o->high != 0;
}

#endif
