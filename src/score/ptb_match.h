/* ptb_match.h - the next token of a text
 *
 * Threads:  one matcher per thread.
 */
#ifndef CH_SCORE_PTB_MATCH_H
#define CH_SCORE_PTB_MATCH_H

#include "score/ptb_dfa.h"

/* Where a search ran far and in vain, so that the next one need not. */
struct ch_ptb_vain {
    uint64_t *slot;          /* place and state, plus 1; 0: free */
    size_t count, room;
};

struct ch_ptb_matcher {
    const struct ch_ptb_rule *rules;    /* borrowed */
    const struct ch_ptb_nfa *nfa;
    struct ch_ptb_nfa *own;  /* the same, or NULL: another matcher's */
    struct ch_ptb_dfa dfa;
    struct ch_ptb_vain vain;
    size_t looked;           /* units looked at since the text began */
};

struct ch_ptb_match {
    const struct ch_ptb_rule *rule;    /* NULL: a unit that no rule takes */
    size_t units;            /* of the token, without what is ahead */
};

/* like: one whose rules are shared, which outlives this one; or NULL. */
int ch_ptb_match_open(struct ch_ptb_matcher *m,
                      const struct ch_ptb_matcher *like, struct ch_err *e);
void ch_ptb_match_close(struct ch_ptb_matcher *m);

/* Before the first token of a text. */
void ch_ptb_match_begin(struct ch_ptb_matcher *m);
/* The token at unit `at` of the n units of the text, at < n. */
int ch_ptb_match_next(struct ch_ptb_matcher *m, const uint16_t *unit,
                      size_t n, size_t at, struct ch_ptb_match *out,
                      struct ch_err *e);

#endif
