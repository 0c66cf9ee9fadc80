/* html_image.c - the <img> tags of a page, and a page with other alt texts */
#include "use/html_image.h"

#include "base/text.h"

#include <string.h>
#include <strings.h>

/* ---------------------------------------------------------------- letters */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

static bool ends_name(char c)
{
    return is_space(c) || c == '/' || c == '>';
}

static bool is_word(const char *text, size_t n, const char *word)
{
    return strlen(word) == n && strncasecmp(text, word, n) == 0;
}

/* One of the words, which have single spaces between them. */
static bool is_one_of(const char *text, size_t n, const char *words)
{
    while (*words) {
        size_t length = strcspn(words, " ");

        if (length == n && strncasecmp(text, words, n) == 0)
            return true;
        words += length + (words[length] == ' ');
    }
    return false;
}

/* Does `what` stand at `at`? */
static bool is_at(const struct ch_html_images *h, size_t at, const char *what)
{
    size_t n = strlen(what);

    return at <= h->size && h->size - at >= n &&
           strncasecmp(h->text + at, what, n) == 0;
}

/* Behind the next `what`, or the end of the page. */
static size_t behind(const struct ch_html_images *h, size_t at,
                     const char *what)
{
    for (; at < h->size; at++)
        if (h->text[at] == *what && is_at(h, at, what))
            return at + strlen(what);
    return h->size;
}

/* ------------------------------------------------- what is not a start tag */

static size_t skip_comment(const struct ch_html_images *h, size_t at)
{
    /* <!--> and <!---> are whole. */
    if (is_at(h, at, ">"))
        return at + 1;
    if (is_at(h, at, "->"))
        return at + 2;
    for (; at < h->size; at++) {
        if (is_at(h, at, "-->"))
            return at + 3;
        if (is_at(h, at, "--!>"))
            return at + 4;
    }
    return h->size;
}

/* "<name" or "</name" with the end of a name behind. */
static bool is_tag(const struct ch_html_images *h, size_t at, const char *lead,
                   const char *name, size_t n)
{
    size_t to = at + strlen(lead);

    return is_at(h, at, lead) && h->size - to > n &&
           strncasecmp(h->text + to, name, n) == 0 &&
           ends_name(h->text[to + n]);
}

/* To the end tag of raw text, where reading goes on. */
static size_t skip_raw(const struct ch_html_images *h, size_t at,
                       const char *name, size_t n)
{
    while (at < h->size && !is_tag(h, at, "</", name, n))
        at++;
    return at;
}

/* The same for a script: inside <!-- a <script> hides one </script>. */
static size_t skip_script(const struct ch_html_images *h, size_t at)
{
    enum { PLAIN, ESCAPED, TWICE } in = PLAIN;

    while (at < h->size) {
        if (in == PLAIN && is_at(h, at, "<!--")) {
            in = ESCAPED;
            at += 2;          /* its dashes may be those of --> */
        } else if (in != PLAIN && is_at(h, at, "-->")) {
            in = PLAIN;
            at += 3;
        } else if (in == ESCAPED && is_tag(h, at, "<", "script", 6)) {
            in = TWICE;
            at += 7;
        } else if (is_tag(h, at, "</", "script", 6)) {
            if (in != TWICE)
                return at;
            in = ESCAPED;
            at += 8;
        } else {
            at++;
        }
    }
    return at;
}

/* ------------------------------------------------------------- attributes */

struct attribute {
    struct ch_html_span name, all, value;
};

/* The next attribute of a tag; *at stands behind its ">" when there is none.
 * 1; 0: the tag ends; -1: the page ends inside it. */
static int next_attribute(const struct ch_html_images *h, size_t *at,
                          struct attribute *a)
{
    const char *s = h->text;
    size_t i = *at, n = h->size;

    while (i < n && (is_space(s[i]) || s[i] == '/'))
        i++;
    if (i < n && s[i] == '>') {
        *at = i + 1;
        return 0;
    }
    a->name.at = i;
    /* A name may begin with "=". */
    for (i += i < n; i < n && !ends_name(s[i]) && s[i] != '='; i++)
        ;
    a->name.end = i;
    a->all = a->name;
    a->value = (struct ch_html_span){ i, i };
    *at = i;
    while (i < n && is_space(s[i]))
        i++;
    if (i >= n)
        return -1;
    if (s[i] != '=')
        return 1;
    for (i++; i < n && is_space(s[i]); i++)
        ;
    if (i >= n)
        return -1;
    if (s[i] == '"' || s[i] == '\'') {
        const char *end = memchr(s + i + 1, s[i], n - i - 1);

        if (!end)
            return -1;
        a->value = (struct ch_html_span){ i + 1, (size_t)(end - s) };
        i = a->value.end + 1;
    } else {
        a->value.at = i;
        while (i < n && !is_space(s[i]) && s[i] != '>')
            i++;
        a->value.end = i;
    }
    a->all.end = *at = i;
    return 1;
}

/* What is known of a tag's attributes; the first of a name counts. */
static int read_attributes(const struct ch_html_images *h, size_t *at,
                           struct ch_html_image *image, bool *closes_itself)
{
    bool has_src = false, has_alt = false;
    bool has_role = false, has_hidden = false;
    struct attribute a;
    int rc;

    while ((rc = next_attribute(h, at, &a)) == 1) {
        const char *name = h->text + a.name.at;
        const char *value = h->text + a.value.at;
        size_t n = a.name.end - a.name.at, m = a.value.end - a.value.at;

        if (!has_src && is_word(name, n, "src")) {
            has_src = true;
            image->src = a.value;
        } else if (!has_alt && is_word(name, n, "alt")) {
            has_alt = true;
            image->alt = a.all;
            image->alt_value = a.value;
        } else if (!has_role && is_word(name, n, "role")) {
            has_role = true;
            image->is_decorative |= is_one_of(value, m, "presentation none");
        } else if (!has_hidden && is_word(name, n, "aria-hidden")) {
            has_hidden = true;
            image->is_decorative |= is_word(value, m, "true");
        }
    }
    *closes_itself = !rc && *at >= 2 && h->text[*at - 2] == '/';
    return rc;
}

/* ------------------------------------------------------------------- tags */

static const char raw[] = "style xmp iframe noembed noframes title textarea";
/* HTML that ends svg and math, wherever it stands in them. */
static const char breakout[] =
    "b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 "
    "h6 head hr i img li listing menu meta nobr ol p pre ruby s small span "
    "strong strike sub sup table tt u ul var";

/* Step over the start tag at `at`; is it a picture's? */
static bool read_start(struct ch_html_images *h, struct ch_html_image *out)
{
    size_t name_at = h->at + 1, at = name_at, n;
    const char *name = h->text + name_at;
    bool closes_itself;

    while (at < h->size && !ends_name(h->text[at]))
        at++;
    n = at - name_at;
    *out = (struct ch_html_image){ .line = h->line, .name_end = at };
    if (read_attributes(h, &at, out, &closes_itself)) {
        h->at = h->size;      /* the page ends inside: there is no tag */
        return false;
    }
    h->at = at;
    if (is_one_of(name, n, "svg math"))
        h->foreign += !closes_itself;
    else if (is_one_of(name, n, breakout))
        h->foreign = 0;
    if (h->foreign)
        return false;
    if (is_word(name, n, "script"))
        h->at = skip_script(h, at);
    else if (is_one_of(name, n, raw))
        h->at = skip_raw(h, at, name, n);
    else if (is_word(name, n, "plaintext"))
        h->at = h->size;
    return is_word(name, n, "img");
}

static void read_end(struct ch_html_images *h)
{
    size_t name_at = h->at + 2, at = name_at;
    struct ch_html_image ignored = { 0 };
    bool closes_itself;

    while (at < h->size && !ends_name(h->text[at]))
        at++;
    if (h->foreign && is_one_of(h->text + name_at, at - name_at, "svg math"))
        h->foreign--;
    h->at = read_attributes(h, &at, &ignored, &closes_itself) ? h->size : at;
}

static size_t skip_declaration(const struct ch_html_images *h)
{
    if (is_at(h, h->at, "<!--"))
        return skip_comment(h, h->at + 4);
    if (h->foreign && is_at(h, h->at, "<![CDATA["))
        return behind(h, h->at + 9, "]]>");
    return behind(h, h->at + 2, ">");
}

void ch_html_image_init(struct ch_html_images *h, const char *text,
                        size_t size)
{
    *h = (struct ch_html_images){ .text = text, .size = size, .line = 1 };
}

int ch_html_image_next(struct ch_html_images *h, struct ch_html_image *out)
{
    while (h->at < h->size) {
        const char *found = memchr(h->text + h->at, '<', h->size - h->at);
        size_t left;
        char next;

        if (!found)
            break;
        h->at = (size_t)(found - h->text);
        for (; h->line_at < h->at; h->line_at++)
            h->line += h->text[h->line_at] == '\n';
        left = h->size - h->at;
        if (left < 2)
            break;
        next = found[1];
        if (is_letter(next)) {
            if (read_start(h, out))
                return 1;
        } else if (next == '/' && left > 2 && is_letter(found[2])) {
            read_end(h);
        } else if (next == '!') {
            h->at = skip_declaration(h);
        } else if (next == '?' || (next == '/' && left > 2)) {
            h->at = behind(h, h->at + 2, ">");
        } else {
            h->at++;
        }
    }
    h->at = h->size;
    return 0;
}

/* ----------------------------------------------------------------- values */

/* "&#233;" or "&#xe9;", with or without its end: bytes of it, or 0. */
static size_t read_number(const char *s, size_t n, uint32_t *point)
{
    bool is_hex = n > 2 && (s[2] == 'x' || s[2] == 'X');
    size_t first = is_hex ? 3 : 2, i = first;
    uint32_t v = 0;

    for (; i < n; i++) {
        int digit = ch_text_hex(s[i]);

        if (digit < 0 || (!is_hex && digit > 9))
            break;
        if (v <= 0x10ffff)
            v = v * (is_hex ? 16 : 10) + (uint32_t)digit;
    }
    *point = !v || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff) ? 0xfffd : v;
    return i == first ? 0 : i + (i < n && s[i] == ';');
}

void ch_html_image_decode(const char *text, size_t n, struct ch_buffer *out)
{
    static const char *const name[] = { "&amp;", "&lt;", "&gt;", "&quot;",
                                        "&apos;" };
    size_t i = 0;

    while (i < n) {
        size_t used = 0;
        uint32_t point;

        if (n - i > 2 && text[i] == '&' && text[i + 1] == '#')
            used = read_number(text + i, n - i, &point);
        if (used)
            ch_text_put(out, point);
        for (size_t k = 0; k < 5 && !used && text[i] == '&'; k++)
            if (n - i >= strlen(name[k]) &&
                !memcmp(text + i, name[k], strlen(name[k]))) {
                used = strlen(name[k]);
                ch_buffer_put(out, &"&<>\"'"[k], 1);
            }
        if (!used) {
            ch_buffer_put(out, text + i, 1);
            used = 1;
        }
        i += used;
    }
}

size_t ch_html_image_put(const char *page, size_t from,
                         const struct ch_html_image *image, const char *alt,
                         struct ch_buffer *out)
{
    bool is_new = image->alt.at == image->alt.end;
    size_t at = is_new ? image->name_end : image->alt.at;
    const char *end = alt + strlen(alt);

    ch_buffer_put(out, page + from, at - from);
    ch_buffer_text(out, is_new ? " alt=\"" : "alt=\"");
    while (alt < end) {
        uint32_t c = ch_text_point(&alt, end);

        if (c < 0x20 || c == 0x7f)
            ch_buffer_text(out, " ");
        else if (c == '&' || c == '"' || c == '<' || c == '>' || c > 0x7f)
            ch_buffer_format(out, "&#%u;", (unsigned)c);
        else
            ch_buffer_put(out, &(char){ (char)c }, 1);
    }
    ch_buffer_text(out, "\"");
    return is_new ? at : image->alt.end;
}
