/* ptb_set.h - sets of UTF-16 units in patterns, and classes of units */
#ifndef CH_SCORE_PTB_SET_H
#define CH_SCORE_PTB_SET_H

#include "score/ptb_nfa.h"
#include "score/ptb_unicode.h"

/* Ranges, ascending and apart. */
struct ch_ptb_units {
    struct ch_ptb_range range[1024];
    size_t count;
};

/* The set or single character at *at, which moves behind it; -1 when it makes
 * no sense. */
int ch_ptb_set_read(struct ch_ptb_units *u, const char **at);

/* All different sets of the rules; zeroed at first. */
struct ch_ptb_sets {
    struct ch_ptb_units **set;
    size_t count, room;
};

/* *index of an equal set, added if there was none. */
int ch_ptb_sets_add(struct ch_ptb_sets *s, const struct ch_ptb_units *u,
                    size_t *index, struct ch_err *e);
/* Classes of units that no set divides; member[set] is to be freed. */
int ch_ptb_sets_divide(const struct ch_ptb_sets *s, uint8_t *class_of,
                       size_t *class_count, struct ch_ptb_member **member,
                       struct ch_err *e);
void ch_ptb_sets_release(struct ch_ptb_sets *s);

#endif
