/* ticket.h - what nobody can guess: 128 random bits as letters and digits */
#ifndef CH_RATE_TICKET_H
#define CH_RATE_TICKET_H

#include "chorus/err.h"

#include <stdbool.h>

#define CH_TICKET_LENGTH 26     /* base 32, five bits a letter */

/* From the system's generator (getrandom); out ends with NUL. */
int ch_ticket_make(char out[CH_TICKET_LENGTH + 1], struct ch_err *e);
/* Has the text the form of a token? */
bool ch_ticket_is_formed(const char *text, size_t n);

#endif
