/* ptb_units.h - UTF-8 as UTF-16 */
#ifndef CH_SCORE_PTB_UNITS_H
#define CH_SCORE_PTB_UNITS_H

#include <stddef.h>
#include <stdint.h>

/* The text in units; there is room for n.  Returns how many.  Bytes that are
 * not UTF-8 become U+FFFD as Java makes them: one for each byte that begins
 * nothing, one for each character begun and not finished. */
size_t ch_ptb_units_read(const char *text, size_t n, uint16_t *unit);

#endif
