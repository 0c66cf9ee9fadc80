/* ptb_spell.h - a token as it is printed */
#ifndef CH_SCORE_PTB_SPELL_H
#define CH_SCORE_PTB_SPELL_H

#include "base/bytes.h"
#include "score/ptb_rules.h"

/* Appends the token of the n units that `rule` took, as UTF-8. */
void ch_ptb_spell(const struct ch_ptb_rule *rule, const uint16_t *unit,
                  size_t n, struct ch_buffer *out);

#endif
