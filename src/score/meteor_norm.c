/* meteor_norm.c - METEOR's normaliser (-norm, English)
 *
 * METEOR replaces by regular expressions, one after the other, each in a single
 * pass from left to right whose hits do not overlap: in "a-b-c" the second
 * hyphen stays.  Here each such pass reads one run of code points and writes
 * another.  Most captions have nothing but lower-case letters, digits and
 * spaces, which no pass changes; they are copied.
 */
#include "score/meteor_norm.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "score/meteor_kind.h"

struct ch_meteor_norm {
    const struct ch_meteor_data *data;
    uint32_t *at, *other;            /* a pass reads `at`, writes `other` */
    size_t n, room;
};

/* A run of k dots, hidden from later passes, is HIDDEN + k. */
#define HIDDEN 0x200000u

/* ------------------------------------------------------------------ passes */

/* Room for all passes over n points.  The most that becomes of one is five (a
 * curly quote gets spaces twice); a word that ends in a full stop gets one
 * space more, and so do both ends of the caption. */
static int make_room(struct ch_meteor_norm *m, size_t n, struct ch_err *e)
{
    size_t room;
    uint32_t *at;

    if (n > SIZE_MAX / 64)
        return ch_fail(e, CH_ENOMEM, "cannot hold a caption of %zu bytes", n);
    room = 6 * n + 8;
    if (room <= m->room)
        return 0;
    at = realloc(m->at, room * sizeof *at);
    if (at) {
        m->at = at;
        at = realloc(m->other, room * sizeof *at);
    }
    if (!at)
        return ch_fail(e, CH_ENOMEM, "cannot hold a caption of %zu bytes", n);
    m->other = at;
    m->room = room;
    return 0;
}

/* End of a pass: what was written will be read. */
static void turn(struct ch_meteor_norm *m, size_t written)
{
    uint32_t *at = m->at;

    m->at = m->other;
    m->other = at;
    m->n = written;
}

static size_t put(uint32_t *out, const char *ascii)
{
    size_t n = 0;

    for (; ascii[n]; n++)
        out[n] = (unsigned char)ascii[n];
    return n;
}

/* `mark` between points of two kinds becomes `by`. */
static void replace_between(struct ch_meteor_norm *m, ch_meteor_kind_fn before,
                            uint32_t mark, ch_meteor_kind_fn after,
                            const char *by)
{
    const uint32_t *in = m->at;
    uint32_t *out = m->other;
    size_t w = 0;

    for (size_t i = 0; i < m->n; i++) {
        out[w++] = in[i];
        if (i + 2 < m->n && in[i + 1] == mark && before(in[i]) &&
            after(in[i + 2])) {
            w += put(out + w, by);
            out[w++] = in[i + 2];
            i += 2;
        }
    }
    turn(m, w);
}

static void set_apart(struct ch_meteor_norm *m)
{
    size_t w = 0;

    m->other[w++] = ' ';
    for (size_t i = 0; i < m->n; i++) {
        bool is_apart = ch_meteor_is_set_apart(m->at[i]);

        if (is_apart)
            m->other[w++] = ' ';
        m->other[w++] = m->at[i];
        if (is_apart)
            m->other[w++] = ' ';
    }
    m->other[w++] = ' ';
    turn(m, w);
}

static void hide_dots(struct ch_meteor_norm *m)
{
    size_t w = 0;

    for (size_t i = 0; i < m->n; i++) {
        size_t dots = 0;

        while (i + dots < m->n && m->at[i + dots] == '.')
            dots++;
        if (dots < 2) {
            m->other[w++] = m->at[i];
        } else {
            m->other[w++] = ' ';
            m->other[w++] = HIDDEN + (uint32_t)dots;
            m->other[w++] = ' ';
            i += dots - 1;
        }
    }
    turn(m, w);
}

static void replace_quotes(struct ch_meteor_norm *m)
{
    size_t w = 0;

    for (size_t i = 0; i < m->n; i++)
        if (m->at[i] == '`' || m->at[i] == 0x2018 || m->at[i] == 0x2019)
            m->at[i] = '\'';
    for (size_t i = 0; i < m->n; i++) {
        bool is_two = m->at[i] == '\'' && i + 1 < m->n &&
                      m->at[i + 1] == '\'';

        if (is_two || m->at[i] == 0x201c || m->at[i] == 0x201d) {
            w += put(m->other + w, " \" ");
            i += is_two;
        } else {
            m->other[w++] = m->at[i];
        }
    }
    turn(m, w);
}

static void join_hyphens(struct ch_meteor_norm *m)
{
    size_t w = 0;

    for (size_t i = 0; i < m->n; i++)
        if (m->at[i] == 0x2013)
            m->at[i] = '-';
    for (size_t i = 0; i < m->n; i++) {
        m->other[w++] = m->at[i];
        if (m->at[i] == '-' && i + 1 < m->n && m->at[i + 1] == '-')
            i++;
    }
    turn(m, w);
}

/* ------------------------------------------------------------- full stops */

/* What the file says of a word before its full stop. */
static unsigned prefix_flags(const struct ch_meteor_norm *m,
                             const uint32_t *word, size_t n)
{
    char ascii[32];

    if (n >= sizeof ascii)
        return 0;
    for (size_t i = 0; i < n; i++) {
        if (word[i] >= 0x80)
            return 0;
        ascii[i] = (char)word[i];
    }
    return ch_meteor_data_flags(m->data,
                                ch_meteor_data_word(m->data, ascii, n));
}

enum stop { KEEP, SPLIT, DELETE };

/* What becomes of the dots of a word that ends in one; next: the point that
 * begins the next word, or 0. */
static enum stop judge_stop(const struct ch_meteor_norm *m,
                            const uint32_t *word, size_t n, uint32_t next)
{
    bool has_dot = false, has_letter = false;
    unsigned flags;

    for (size_t i = 0; i + 1 < n; i++) {
        has_dot = has_dot || word[i] == '.';
        has_letter = has_letter || ch_meteor_is_letter(word[i]);
    }
    if (has_dot && has_letter)
        return DELETE;
    flags = prefix_flags(m, word, n - 1);
    if ((flags & CH_METEOR_PREFIX) || (next >= 'a' && next <= 'z') ||
        ((flags & CH_METEOR_NUMBER_PREFIX) && ch_meteor_is_digit(next)))
        return KEEP;
    return SPLIT;
}

static size_t word_end(const struct ch_meteor_norm *m, size_t at)
{
    while (at < m->n && !ch_meteor_is_gap(m->at[at]))
        at++;
    return at;
}

static size_t word_start(const struct ch_meteor_norm *m, size_t at)
{
    while (at < m->n && ch_meteor_is_gap(m->at[at]))
        at++;
    return at;
}

static void split_stops(struct ch_meteor_norm *m)
{
    size_t w = 0, at = word_start(m, 0);

    while (at < m->n) {
        size_t end = word_end(m, at), next = word_start(m, end);
        enum stop what = KEEP;

        if (end - at > 1 && m->at[end - 1] == '.')
            what = judge_stop(m, m->at + at, end - at,
                              next < m->n ? m->at[next] : 0);
        for (size_t i = at; i < end; i++) {
            if (what == SPLIT && i + 1 == end)
                m->other[w++] = ' ';
            if (what != DELETE || m->at[i] != '.')
                m->other[w++] = m->at[i];
        }
        m->other[w++] = ' ';
        at = next;
    }
    turn(m, w);
}

/* ------------------------------------------------------------------ output */

/* Lower case as Java makes it: U+0130 becomes two, and a sigma that ends a
 * word looks otherwise. */
static void put_lower(const struct ch_meteor_norm *m, size_t i,
                      struct ch_buffer *out)
{
    uint32_t c = m->at[i];

    if (c == 0x130) {
        ch_text_put(out, 'i');
        ch_text_put(out, 0x307);
    } else if (c == 0x3a3 && i > 0 && ch_text_is_cased(m->at[i - 1]) &&
               (i + 1 == m->n || !ch_text_is_cased(m->at[i + 1]))) {
        ch_text_put(out, 0x3c2);
    } else {
        ch_text_put(out, ch_text_lower(c));
    }
}

static void put_text(struct ch_meteor_norm *m, struct ch_buffer *out)
{
    size_t from = 0, w = 0;

    for (size_t i = 0; i < m->n; i++)
        if (!ch_meteor_is_wide_space(m->at[i]))
            m->other[w++] = m->at[i];
        else if (w == 0 || m->other[w - 1] != ' ')
            m->other[w++] = ' ';
    turn(m, w);
    while (m->n > 0 && m->at[m->n - 1] <= ' ')
        m->n--;
    while (from < m->n && m->at[from] <= ' ')
        from++;
    for (size_t i = from; i < m->n; i++)
        if (m->at[i] < HIDDEN)
            put_lower(m, i, out);
        else
            for (uint32_t k = 0; k < m->at[i] - HIDDEN; k++)
                ch_buffer_put(out, ".", 1);
}

static void normalise(struct ch_meteor_norm *m, struct ch_buffer *out)
{
    set_apart(m);
    hide_dots(m);
    replace_between(m, ch_meteor_is_no_digit, ',', ch_meteor_is_no_digit,
                    " , ");
    replace_between(m, ch_meteor_is_digit, ',', ch_meteor_is_no_digit, " , ");
    replace_between(m, ch_meteor_is_no_digit, ',', ch_meteor_is_digit, " , ");
    replace_quotes(m);
    join_hyphens(m);
    replace_between(m, ch_meteor_is_letter_digit_or_dot, '-',
                    ch_meteor_is_letter_or_digit, " ");
    replace_between(m, ch_meteor_is_no_letter, '\'', ch_meteor_is_no_letter,
                    " ' ");
    replace_between(m, ch_meteor_is_no_letter_or_digit, '\'',
                    ch_meteor_is_letter, " ' ");
    replace_between(m, ch_meteor_is_letter, '\'', ch_meteor_is_no_letter,
                    " ' ");
    replace_between(m, ch_meteor_is_letter, '\'', ch_meteor_is_letter, " '");
    replace_between(m, ch_meteor_is_digit, '\'', ch_meteor_is_s, " '");
    split_stops(m);
    put_text(m, out);
}

/* Nothing to change but spaces. */
static bool is_plain(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!((text[i] >= 'a' && text[i] <= 'z') || text[i] == ' ' ||
              (text[i] >= '0' && text[i] <= '9')))
            return false;
    return true;
}

static void put_plain(const char *text, size_t n, struct ch_buffer *out)
{
    size_t at = 0, is_first = 1;

    while (at < n) {
        size_t end = at;

        while (end < n && text[end] != ' ')
            end++;
        if (end > at) {
            if (!is_first)
                ch_buffer_put(out, " ", 1);
            ch_buffer_put(out, text + at, end - at);
            is_first = 0;
        }
        at = end + 1;
    }
}

int ch_meteor_norm_text(struct ch_meteor_norm *m, const char *text, size_t n,
                        struct ch_buffer *out, struct ch_err *e)
{
    const char *at = text, *end = text + n;

    ch_buffer_put(out, "", 0);
    if (is_plain(text, n)) {
        put_plain(text, n, out);
    } else {
        int rc = make_room(m, n, e);

        if (rc)
            return rc;
        m->n = 0;
        while (at < end)
            m->at[m->n++] = ch_text_point(&at, end);
        normalise(m, out);
    }
    if (out->failed)
        return ch_fail(e, CH_ENOMEM, "cannot hold a caption of %zu bytes", n);
    return 0;
}

int ch_meteor_norm_open(struct ch_meteor_norm **out,
                        const struct ch_meteor_data *d, struct ch_err *e)
{
    *out = calloc(1, sizeof **out);
    if (!*out)
        return ch_fail(e, CH_ENOMEM, "cannot hold a normaliser");
    (*out)->data = d;
    return 0;
}

void ch_meteor_norm_close(struct ch_meteor_norm *m)
{
    if (!m)
        return;
    free(m->at);
    free(m->other);
    free(m);
}
