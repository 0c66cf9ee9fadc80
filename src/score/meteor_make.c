/* meteor_make.c - making the file of meteor_data.h
 *
 * Words get numbers as they come.  Phrases grow a tree whose nodes are found by
 * hashing (node, word); at the end the nodes are numbered anew, level by level,
 * so that children lie side by side.
 */
#include "score/meteor_make.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "score/meteor_file.h"
#include "score/meteor_tree.h"

struct ch_meteor_make {
    struct ch_table *number;          /* of a word */
    struct ch_buffer text;
    struct ch_buffer start, flag;     /* u32 and u8, per word */
    struct ch_meteor_pairs synset, base;
    struct ch_meteor_tree *tree;
};

static int no_memory(struct ch_err *e)
{
    return ch_fail(e, CH_ENOMEM, "no memory to make the data of METEOR");
}

int ch_meteor_make_open(struct ch_meteor_make **out, struct ch_err *e)
{
    struct ch_meteor_make *m = calloc(1, sizeof *m);
    int rc;

    *out = NULL;
    if (!m)
        return no_memory(e);
    rc = ch_table_open(&m->number, e);
    if (!rc) rc = ch_meteor_tree_open(&m->tree, e);
    if (rc)
        ch_meteor_make_close(m);
    else
        *out = m;
    return rc;
}

void ch_meteor_make_close(struct ch_meteor_make *m)
{
    if (!m)
        return;
    ch_table_close(m->number);
    ch_buffer_release(&m->text);
    ch_buffer_release(&m->start);
    ch_buffer_release(&m->flag);
    free(m->synset.at);
    free(m->base.at);
    ch_meteor_tree_close(m->tree);
    free(m);
}

/* The number of a word, made when it is new. */
static int number_word(struct ch_meteor_make *m, const char *word, size_t n,
                       uint32_t *out, struct ch_err *e)
{
    int added;
    size_t count = ch_table_count(m->number);
    uint64_t *number = ch_table_add(m->number, word, n, count, &added);

    if (number && added) {
        ch_buffer_u32(&m->start, (uint32_t)m->text.size);
        ch_buffer_put(&m->flag, "", 1);
        ch_buffer_put(&m->text, word, n);
    }
    if (!number || m->text.failed || m->start.failed || m->flag.failed ||
        m->text.size > UINT32_MAX)
        return no_memory(e);
    *out = (uint32_t)*number;
    return 0;
}

/* ------------------------------------------------------------------ input */

static int is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Next word of at[0..n); 1, or 0 at the end. */
static int next_word(const char **at, const char *end, const char **word,
                     size_t *n)
{
    while (*at < end && is_space(**at))
        (*at)++;
    *word = *at;
    while (*at < end && !is_space(**at))
        (*at)++;
    *n = (size_t)(*at - *word);
    return *n > 0;
}

/* The phrase of a text, as a node of the tree. */
static int add_phrase(struct ch_meteor_make *m, const char *text,
                      uint32_t *node, struct ch_err *e)
{
    const char *at = text, *end = text + strlen(text), *word;
    size_t n, words = 0;
    int rc = 0;

    *node = CH_METEOR_NO_NODE;
    while (!rc && next_word(&at, end, &word, &n)) {
        uint32_t number;

        if (++words > CH_METEOR_MAX_PHRASE)
            return ch_fail(e, CH_EFORMAT, "expected phrases of up to %d words, "
                           "found \"%s\"", CH_METEOR_MAX_PHRASE, text);
        rc = number_word(m, word, n, &number, e);
        if (!rc) rc = ch_meteor_tree_grow(m->tree, *node, number, node, e);
    }
    if (!rc && words == 0)
        rc = ch_fail(e, CH_EFORMAT, "expected a phrase, found no words");
    return rc;
}

int ch_meteor_make_paraphrase(struct ch_meteor_make *m, const char *phrase,
                              const char *paraphrase, struct ch_err *e)
{
    uint32_t from, to;
    int rc = add_phrase(m, phrase, &from, e);

    if (!rc) rc = add_phrase(m, paraphrase, &to, e);
    if (!rc) rc = ch_meteor_tree_pair(m->tree, from, to, e);
    return rc;
}

/* A line of a word, and a line of what belongs to it. */
static int next_two(struct ch_bytes *b, const char *path, const char **word,
                    size_t *n, struct ch_bytes *rest, struct ch_err *e)
{
    const char *line, *end;
    size_t length, offset = b->used;

    if (!ch_bytes_line(b, &line, &length))
        return 0;
    end = line + length;
    if (!next_word(&line, end, word, n) || line != end)
        return ch_fail_at(e, CH_EFORMAT, path, offset,
                          "expected one word on a line");
    offset = b->used;
    if (!ch_bytes_line(b, &line, &length))
        return ch_fail_at(e, CH_EFORMAT, path, offset,
                          "expected another line, found the end");
    *rest = ch_bytes_of(line, length);
    return 1;
}

static int read_number(const char *text, size_t n, uint32_t *out)
{
    uint64_t v = 0;

    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9')
            return 0;
        v = 10 * v + (uint64_t)(text[i] - '0');
        if (v > UINT32_MAX)
            return 0;
    }
    *out = (uint32_t)v;
    return n > 0;
}

int ch_meteor_make_synsets(struct ch_meteor_make *m, struct ch_bytes lines,
                           const char *path, struct ch_err *e)
{
    const char *word;
    struct ch_bytes rest;
    size_t n;
    int rc;

    while ((rc = next_two(&lines, path, &word, &n, &rest, e)) > 0) {
        const char *at = (const char *)rest.at, *end = at + rest.size, *text;
        uint32_t number, synset = 0;

        rc = number_word(m, word, n, &number, e);
        while (!rc && next_word(&at, end, &text, &n)) {
            if (!read_number(text, n, &synset))
                rc = ch_fail_at(e, CH_EFORMAT, path, lines.used,
                                "expected the numbers of synsets before this");
            if (!rc) rc = ch_meteor_file_pair(&m->synset, number, synset, e);
        }
        if (rc)
            return rc;
    }
    return rc;
}

int ch_meteor_make_exceptions(struct ch_meteor_make *m, struct ch_bytes lines,
                              const char *path, struct ch_err *e)
{
    const char *word;
    struct ch_bytes rest;
    size_t n;
    int rc;

    while ((rc = next_two(&lines, path, &word, &n, &rest, e)) > 0) {
        const char *at = (const char *)rest.at, *end = at + rest.size, *text;
        uint32_t base, form;

        rc = number_word(m, word, n, &base, e);
        while (!rc && next_word(&at, end, &text, &n)) {
            rc = number_word(m, text, n, &form, e);
            if (!rc) rc = ch_meteor_file_pair(&m->base, form, base, e);
        }
        if (rc)
            return rc;
    }
    return rc;
}

static int add_flag(struct ch_meteor_make *m, const char *word, size_t n,
                    unsigned flag, struct ch_err *e)
{
    uint32_t number;
    int rc = number_word(m, word, n, &number, e);

    if (!rc)
        m->flag.at[number] = (char)((unsigned char)m->flag.at[number] | flag);
    return rc;
}

int ch_meteor_make_function(struct ch_meteor_make *m, struct ch_bytes lines,
                            const char *path, struct ch_err *e)
{
    const char *line, *word;
    size_t length, n, offset = lines.used;
    int rc = 0;

    while (!rc && ch_bytes_line(&lines, &line, &length)) {
        const char *end = line + length;

        if (next_word(&line, end, &word, &n))
            rc = add_flag(m, word, n, CH_METEOR_FUNCTION_WORD, e);
        if (!rc && next_word(&line, end, &word, &n))
            rc = ch_fail_at(e, CH_EFORMAT, path, offset,
                            "expected one word on a line");
        offset = lines.used;
    }
    return rc;
}

int ch_meteor_make_prefixes(struct ch_meteor_make *m, struct ch_bytes lines,
                            const char *path, struct ch_err *e)
{
    static const char only[] = "#NUMERIC_ONLY#";
    const char *line, *word, *kind;
    size_t length, n, kind_bytes, offset = lines.used;
    int rc = 0;

    while (!rc && ch_bytes_line(&lines, &line, &length)) {
        const char *end = line + length;
        unsigned flag = CH_METEOR_PREFIX;

        if (next_word(&line, end, &word, &n) && *word != '#') {
            if (next_word(&line, end, &kind, &kind_bytes)) {
                flag = CH_METEOR_NUMBER_PREFIX;
                if (kind_bytes != strlen(only) ||
                    memcmp(kind, only, kind_bytes) != 0)
                    return ch_fail_at(e, CH_EFORMAT, path, offset,
                                      "expected a word, and %s or nothing",
                                      only);
            }
            rc = add_flag(m, word, n, flag, e);
        }
        offset = lines.used;
    }
    return rc;
}

/* ----------------------------------------------------------------- output */

int ch_meteor_make_finish(struct ch_meteor_make *m, struct ch_buffer *out,
                          struct ch_err *e)
{
    struct ch_buffer section[CH_METEOR_SECTION_COUNT] = { { 0 } };
    size_t words = ch_table_count(m->number);
    int rc;

#define AT(name) (&section[CH_METEOR_SECTION_##name])
    ch_buffer_put(AT(text), m->text.at ? m->text.at : "", m->text.size);
    ch_buffer_put(AT(word), m->start.at ? m->start.at : "", m->start.size);
    ch_buffer_u32(AT(word), (uint32_t)m->text.size);
    ch_buffer_put(AT(flag), m->flag.at ? m->flag.at : "", m->flag.size);
    ch_meteor_file_pairs(&m->synset, words, AT(synset), AT(synset_of));
    ch_meteor_file_pairs(&m->base, words, AT(base), AT(base_of));
    rc = ch_meteor_file_slots(&m->text, &m->start, AT(slot), e);
    if (!rc)
        rc = ch_meteor_tree_write(m->tree, AT(node_word), AT(child),
                                  AT(phrase), AT(list), e);
    if (!rc)
        rc = ch_meteor_file_put(section, out, e);
#undef AT
    for (size_t i = 0; i < CH_METEOR_SECTION_COUNT; i++)
        ch_buffer_release(&section[i]);
    return rc;
}
