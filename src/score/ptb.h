/* ptb.h - captions become tokens as coco-caption makes them
 *
 * The PTB tokeniser of CoreNLP 3.4.1 with coco-caption's flags, and what
 * coco-caption does around it: all captions are one text, joined by line feeds,
 * so that the tokens of one can depend on the next ("... etc." before a
 * capital); punctuation is removed afterwards.  Where a caption itself holds a
 * line separator that is not a line feed (CR, VT, FF, U+2028, U+2029),
 * coco-caption loses count of the lines; here it is a space.
 *
 * Life:     open -> lines or text, any number of times -> close
 * Owner:    what lines gives is the caller's, and outlives the handle.
 * Threads:  one handle per thread, which has threads of its own.
 */
#ifndef CH_SCORE_PTB_H
#define CH_SCORE_PTB_H

#include "base/bytes.h"

struct ch_ptb;

/* threads: that a long text is shared among, at most; the tokens are the same
 * for any number. */
int ch_ptb_open(struct ch_ptb **out, size_t threads, struct ch_err *e);
void ch_ptb_close(struct ch_ptb *p);

struct ch_ptb_lines {
    const char **line;       /* `count` of them: tokens, a space between */
    size_t count;
    char *text;              /* holds them */
};

/* The tokens of each caption.  Bytes that are not UTF-8 are taken as U+FFFD.
 * *out is released with ch_ptb_lines_release() also after an error. */
int ch_ptb_lines(struct ch_ptb *p, const char *const *caption, size_t count,
                 struct ch_ptb_lines *out, struct ch_err *e);
void ch_ptb_lines_release(struct ch_ptb_lines *l);

/* Appends what the tokeniser itself prints of a text: a line for each of its
 * lines, whatever separates them, punctuation and all.  No line feed behind
 * the last one. */
int ch_ptb_text(struct ch_ptb *p, const char *text, size_t n,
                struct ch_buffer *out, struct ch_err *e);

#endif
