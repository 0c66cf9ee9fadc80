/* ticket.c - what nobody can guess */
#include "rate/ticket.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

/* No l, o, 0 and 1: links are read aloud, too. */
static const char letter[] = "abcdefghijkmnpqrstuvwxyz23456789";

int ch_ticket_make(char out[CH_TICKET_LENGTH + 1], struct ch_err *e)
{
    unsigned char bytes[CH_TICKET_LENGTH];
    size_t got = 0;

    while (got < sizeof bytes) {
        ssize_t n = getrandom(bytes + got, sizeof bytes - got, 0);

        if (n < 0 && errno != EINTR)
            return ch_fail_errno(e, NULL, "the system has no random numbers");
        got += n > 0 ? (size_t)n : 0;
    }
    /* Five bits of each byte: 130 in all. */
    for (size_t i = 0; i < CH_TICKET_LENGTH; i++)
        out[i] = letter[bytes[i] & 31];
    out[CH_TICKET_LENGTH] = '\0';
    return 0;
}

bool ch_ticket_is_formed(const char *text, size_t n)
{
    if (n != CH_TICKET_LENGTH)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!text[i] || !strchr(letter, text[i]))
            return false;
    return true;
}
