/* ptb_rules.h - what the tokeniser takes for one token
 *
 * At each place the rule wins whose token, with what it wants ahead, is the
 * longest; of equals the first.  Patterns are written as ptb_nfa.h says.
 */
#ifndef CH_SCORE_PTB_RULES_H
#define CH_SCORE_PTB_RULES_H

/* What becomes of the units of a token, beside lower case. */
enum ch_ptb_change {
    CH_PTB_SOFT = 1,      /* soft hyphens go; one alone is "-" */
    CH_PTB_QUOTE = 2,     /* each quote is ' ` '' or `` */
    CH_PTB_FIXED_SPACE = 4, /* blanks become U+00A0 */
    CH_PTB_BRACKET = 8,   /* ( ) become -lrb- -rrb- */
    CH_PTB_AMPERSAND = 16,/* &amp; becomes & */
    CH_PTB_SILENT = 32,   /* no token at all */
    CH_PTB_LINE = 64,     /* a new line of output */
    CH_PTB_AGAIN = 128    /* what is given back belongs to the token, too */
};

struct ch_ptb_rule {
    const char *take;      /* the pattern of the token */
    const char *ahead;     /* NULL: anything */
    const char *say;       /* the token in place of its units, or NULL */
    int change;            /* of enum ch_ptb_change */
    int back;              /* units at its end given back to the text */
};

/* A name in braces stands for its pattern. */
struct ch_ptb_part {
    const char *name, *pattern;
};

/* Both end with an entry of NULL. */
extern const struct ch_ptb_rule ch_ptb_rules[];
extern const struct ch_ptb_part ch_ptb_parts[];

#endif
