/* urlform.h - the body of a form, application/x-www-form-urlencoded
 *
 * Bytes are hostile: a body of another form, of too many fields, with a zero
 * byte, or not UTF-8 is refused as a whole.
 */
#ifndef CH_RATE_URLFORM_H
#define CH_RATE_URLFORM_H

#include "chorus/err.h"

#define CH_URLFORM_FIELDS 16
#define CH_URLFORM_BYTES 4096

struct ch_urlform {
    struct {
        const char *name, *value;
    } field[CH_URLFORM_FIELDS];
    size_t count;
    /* That the fields point into; each may take a NUL more than it had. */
    char text[CH_URLFORM_BYTES + CH_URLFORM_FIELDS + 2];
};

int ch_urlform_parse(struct ch_urlform *f, const char *body, size_t n,
                     struct ch_err *e);
/* The value of the first field of that name, or NULL. */
const char *ch_urlform_get(const struct ch_urlform *f, const char *name);
/* The same as a number of plain digits, 0 to limit; -1 otherwise. */
int64_t ch_urlform_number(const struct ch_urlform *f, const char *name,
                          int64_t limit);

/* Digits alone, 0 to limit; -1 otherwise. */
int64_t ch_urlform_digits(const char *text, size_t n, int64_t limit);

#endif
