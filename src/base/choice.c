/* choice.c - names joined by |, and which of them is meant */
#include "base/choice.h"

#include <stdio.h>
#include <string.h>

/* The choice after this one; NULL after the last. */
static const char *next(const char *choices)
{
    const char *bar = strchr(choices, '|');

    return bar ? bar + 1 : NULL;
}

int ch_choice_find(const char *choices, const char *name)
{
    size_t n = strlen(name);
    int index = 0;

    for (const char *at = choices; at; at = next(at), index++)
        if (strcspn(at, "|") == n && !memcmp(at, name, n))
            return index;
    return -1;
}

const char *ch_choice_name(const char *choices, int index,
                           char out[CH_CHOICE_BYTES])
{
    const char *at = choices;

    while (at && index-- > 0)
        at = next(at);
    snprintf(out, CH_CHOICE_BYTES, "%.*s", at ? (int)strcspn(at, "|") : 0,
             at ? at : "");
    return out;
}
