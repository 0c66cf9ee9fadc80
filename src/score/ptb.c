/* ptb.c - captions become tokens as coco-caption makes them */
#include "score/ptb.h"

#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "base/text.h"
#include "score/ptb_match.h"
#include "score/ptb_spell.h"
#include "score/ptb_units.h"

/* A piece of a text that is worth a thread: a few times what it takes to make
 * a table of the rules. */
#define PIECE_UNITS (1 << 16)
#define PIECES 16

struct ch_ptb {
    struct ch_ptb_matcher matcher[PIECES];
    bool is_open[PIECES];
    size_t threads;
};

static int no_memory(struct ch_err *e)
{
    return ch_fail(e, CH_ENOMEM, "no memory for the tokens of the captions");
}

int ch_ptb_open(struct ch_ptb **out, size_t threads, struct ch_err *e)
{
    struct ch_ptb *p = calloc(1, sizeof *p);
    int rc;

    *out = NULL;
    if (!p)
        return no_memory(e);
    p->threads = threads < 1 ? 1 : threads < PIECES ? threads : PIECES;
    rc = ch_ptb_match_open(&p->matcher[0], NULL, e);
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
    for (size_t i = 1; i < PIECES; i++)
        if (p->is_open[i])
            ch_ptb_match_close(&p->matcher[i]);
    ch_ptb_match_close(&p->matcher[0]);
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

/* The tokens that begin in a part of a text. */
struct piece {
    struct ch_ptb *p;
    const uint16_t *unit;
    size_t n, begin, end;      /* units of the text; the part */
    size_t stop;               /* where its last token ended */
    struct ch_buffer out;
};

static int tokenise(struct piece *x, struct ch_ptb_matcher *m,
                    struct ch_err *e)
{
    struct ch_ptb_match t;
    int is_first = 1, rc = 0;

    ch_ptb_match_begin(m);
    for (x->stop = x->begin; x->stop < x->end && !rc;) {
        rc = ch_ptb_match_next(m, x->unit, x->n, x->stop, &t, e);
        if (!rc && t.rule) {
            put_token(&x->out, &t, x->unit + x->stop, &is_first);
            t.units -= (size_t)t.rule->back;
        }
        x->stop += t.units;
    }
    return rc;
}

/* On the thread's own stack: what threads write a million times must not lie
 * side by side. */
static int tokenise_piece(void *context, size_t index, struct ch_err *e)
{
    struct piece *x = (struct piece *)context + index, mine = *x;
    struct ch_ptb *p = x->p;
    struct ch_ptb_matcher m = p->matcher[index];
    int rc = tokenise(&mine, &m, e);

    p->matcher[index] = m;
    *x = mine;
    return rc;
}

/* Before the threads start: the first one's matcher is copied. */
static int open_matchers(struct ch_ptb *p, size_t count, struct ch_err *e)
{
    int rc = 0;

    for (size_t i = 1; i < count && !rc; i++)
        if (!p->is_open[i]) {
            rc = ch_ptb_match_open(&p->matcher[i], &p->matcher[0], e);
            p->is_open[i] = !rc;
        }
    return rc;
}

/* Cut behind line feeds into at most `count` pieces; how many there are. */
static size_t cut_pieces(struct piece *x, const struct piece *whole,
                         size_t count)
{
    size_t begin = 0, i = 0;

    for (; begin < whole->n; i++) {
        size_t end = whole->n / count * (i + 1);

        if (i + 1 == count || end < begin)
            end = i + 1 == count ? whole->n : begin;
        while (end < whole->n && (end == begin || whole->unit[end - 1] != '\n'))
            end++;
        x[i] = *whole;
        x[i].begin = begin;
        x[i].end = begin = end;
    }
    return i;
}

/* Tokens do not depend on those before, so threads may begin anywhere that a
 * token begins.  Whether they did is known only when the piece before is done:
 * where a token went over the end of its line, *is_whole is 0 and nothing is
 * in out. */
static int share(const struct piece *whole, size_t count,
                 struct ch_buffer *out, int *is_whole, struct ch_err *e)
{
    struct piece x[PIECES] = { 0 };
    struct ch_pool *pool = NULL;
    int rc, ended;

    count = cut_pieces(x, whole, count);
    rc = open_matchers(whole->p, count, e);
    if (rc)
        return rc;
    rc = ch_pool_start(&pool, count, tokenise_piece, x, e);
    ended = ch_pool_finish(pool, e);
    *is_whole = 1;
    for (size_t i = 0; i < count; i++)
        *is_whole &= x[i].stop == x[i].end;
    for (size_t i = 0; i < count; i++) {
        if (*is_whole)
            ch_buffer_put(out, x[i].out.at, x[i].out.size);
        out->failed |= x[i].out.failed;
        ch_buffer_release(&x[i].out);
    }
    return rc ? rc : ended;
}

int ch_ptb_text(struct ch_ptb *p, const char *text, size_t n,
                struct ch_buffer *out, struct ch_err *e)
{
    struct piece whole = { .p = p };
    uint16_t *unit = malloc((n + 1) * sizeof *unit);
    size_t pieces;
    int rc = 0, is_done = 0;

    if (!unit)
        return no_memory(e);
    whole.unit = unit;
    whole.n = whole.end = ch_ptb_units_read(text, n, unit);
    pieces = whole.n / PIECE_UNITS;
    if (pieces > p->threads)
        pieces = p->threads;
    if (pieces > 1)
        rc = share(&whole, pieces, out, &is_done, e);
    if (!rc && !is_done) {
        whole.out = *out;
        rc = tokenise(&whole, &p->matcher[0], e);
        *out = whole.out;
    }
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
