/* ptb.c - captions become tokens as coco-caption makes them */
#include "score/ptb.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "score/ptb_match.h"
#include "score/ptb_spell.h"
#include "score/ptb_units.h"

struct ch_ptb {
    struct ch_ptb_matcher matcher;
};

static int no_memory(struct ch_err *e)
{
    return ch_fail(e, CH_ENOMEM, "no memory for the tokens of the captions");
}

int ch_ptb_open(struct ch_ptb **out, struct ch_err *e)
{
    struct ch_ptb *p = calloc(1, sizeof *p);
    int rc;

    *out = NULL;
    if (!p)
        return no_memory(e);
    rc = ch_ptb_match_open(&p->matcher, e);
    if (rc)
        free(p);
    else
        *out = p;
    return rc;
}

void ch_ptb_close(struct ch_ptb *p)
{
    if (!p)
        return;
    ch_ptb_match_close(&p->matcher);
    free(p);
}

/* Appends one token; *is_first: no space before it. */
static void put_token(struct ch_buffer *out, const struct ch_ptb_match *t,
                      const uint16_t *unit, int *is_first)
{
    size_t n = t->units;

    if (t->rule->change & CH_PTB_SILENT)
        return;
    if (t->rule->change & CH_PTB_LINE) {
        ch_buffer_put(out, "\n", 1);
        *is_first = 1;
        return;
    }
    if (!(t->rule->change & CH_PTB_AGAIN))
        n -= (size_t)t->rule->back;
    if (!*is_first)
        ch_buffer_put(out, " ", 1);
    *is_first = 0;
    ch_ptb_spell(t->rule, unit, n, out);
}

static int tokenise(struct ch_ptb *p, const uint16_t *unit, size_t n,
                    struct ch_buffer *out, struct ch_err *e)
{
    struct ch_ptb_match t;
    int is_first = 1, rc = 0;

    ch_ptb_match_begin(&p->matcher);
    for (size_t at = 0; at < n && !rc;) {
        rc = ch_ptb_match_next(&p->matcher, unit, n, at, &t, e);
        if (!rc && t.rule) {
            put_token(out, &t, unit + at, &is_first);
            t.units -= (size_t)t.rule->back;
        }
        at += t.units;
    }
    return rc;
}

int ch_ptb_text(struct ch_ptb *p, const char *text, size_t n,
                struct ch_buffer *out, struct ch_err *e)
{
    uint16_t *unit = malloc((n + 1) * sizeof *unit);
    int rc;

    if (!unit)
        return no_memory(e);
    rc = tokenise(p, unit, ch_ptb_units_read(text, n, unit), out, e);
    free(unit);
    return !rc && out->failed ? no_memory(e) : rc;
}

/* The captions as one text.  A line separator within one is a space: LF for
 * coco-caption, the others so that the lines can be counted. */
static void join(struct ch_buffer *out, const char *const *caption,
                 size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *at = caption[i];

        if (i > 0)
            ch_buffer_put(out, "\n", 1);
        while (*at) {
            size_t n = strcspn(at, "\n\r\v\f\xe2");

            ch_buffer_put(out, at, n);
            at += n;
            if (!*at)
                break;
            n = *at != '\xe2' ? 1 : strncmp(at, "\xe2\x80\xa8", 3) == 0 ||
                strncmp(at, "\xe2\x80\xa9", 3) == 0 ? 3 : 0;
            ch_buffer_put(out, n > 0 ? " " : at, 1);
            at += n > 0 ? n : 1;
        }
    }
}

/* The tokens that coco-caption counts as punctuation.  Its list also names
 * the brackets -LRB- to -RCB-, but the tokens are lower case by then and stay:
 * so they do here. */
static int is_punctuation(const char *token, size_t n)
{
    static const char *const list[] = { "''", "'", "``", "`", ".", "?", "!",
                                        ",", ":", "-", "--", "...", ";" };

    /* Words of a letter or three are common, and begin otherwise. */
    if (n == 0 || n > 3 || (*token >= 'a' && *token <= 'z'))
        return 0;
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        if (strlen(list[i]) == n && memcmp(list[i], token, n) == 0)
            return 1;
    return 0;
}

/* The line from `from` on, n bytes, without punctuation, to `to`; where it
 * ends there.  Empty tokens are tokens. */
static char *keep_words(char *to, const char *from, size_t n)
{
    const char *end = from + n;
    int is_first = 1;

    for (;;) {
        const char *space = memchr(from, ' ', (size_t)(end - from));
        size_t size = (size_t)((space ? space : end) - from);

        if (!is_punctuation(from, size)) {
            if (!is_first)
                *to++ = ' ';
            is_first = 0;
            memmove(to, from, size);
            to += size;
        }
        if (!space)
            return to;
        from = space + 1;
    }
}

/* Cuts what the tokeniser printed into lines, in place. */
static int cut(struct ch_ptb_lines *l, char *text, size_t size,
               struct ch_err *e)
{
    char *from = text, *to = text, *end = text + size;

    for (size_t i = 0; i < l->count; i++) {
        char *feed = memchr(from, '\n', (size_t)(end - from));
        size_t n = (size_t)((feed ? feed : end) - from);

        if (!feed != (i + 1 == l->count))
            return ch_fail(e, CH_EFORMAT, "expected %zu lines of tokens, found "
                           "%s", l->count, feed ? "more" : "fewer");
        l->line[i] = to;
        to = keep_words(to, from, ch_text_trim(from, n));
        *to++ = '\0';
        from += n + 1;
    }
    return 0;
}

int ch_ptb_lines(struct ch_ptb *p, const char *const *caption, size_t count,
                 struct ch_ptb_lines *out, struct ch_err *e)
{
    struct ch_buffer in = { 0 }, tokens = { 0 };
    int rc = 0;

    *out = (struct ch_ptb_lines) { .count = count };
    out->line = calloc(count + 1, sizeof *out->line);
    join(&in, caption, count);
    if (!out->line || in.failed)
        rc = no_memory(e);
    if (!rc) rc = ch_ptb_text(p, in.at, in.size, &tokens, e);
    ch_buffer_release(&in);
    ch_buffer_put(&tokens, "", 0);       /* no captions give a NUL, too */
    out->text = tokens.at;
    if (!rc && tokens.failed)
        rc = no_memory(e);
    return rc || count == 0 ? rc : cut(out, tokens.at, tokens.size, e);
}

void ch_ptb_lines_release(struct ch_ptb_lines *l)
{
    free(l->line);
    free(l->text);
    *l = (struct ch_ptb_lines) { 0 };
}
