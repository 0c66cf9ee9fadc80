/* vocab.c - words and their numbers */
#include "data/vocab.h"

#include "base/hash.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static const char *const marks[] = { "<pad>", "<start>", "<end>" };
#define UNK "<unk>"

struct ch_vocab {
    struct ch_table *id;       /* word -> id */
    char *text;                /* all words, each ended by a NUL */
    const char **word;         /* by id, into text */
    size_t size;
    uint64_t hash;             /* of vocabulary.txt */
};

struct counted {
    const char *word;          /* into text */
    size_t length;
    uint64_t count, seen;      /* seen: order of first sight */
};

struct ch_vocab_builder {
    struct ch_table *index;    /* word -> place in counted */
    struct counted *counted;
    size_t count, room;
    uint64_t occurrences;
    struct ch_buffer text;     /* words, one behind the other */
};

int ch_vocab_builder_open(struct ch_vocab_builder **out, struct ch_err *e)
{
    struct ch_vocab_builder *b = calloc(1, sizeof *b);
    int rc;

    *out = NULL;
    if (!b)
        return ch_fail(e, CH_ENOMEM, "cannot hold a vocabulary");
    rc = ch_table_open(&b->index, e);
    if (rc)
        ch_vocab_builder_close(b);
    else
        *out = b;
    return rc;
}

void ch_vocab_builder_close(struct ch_vocab_builder *b)
{
    if (!b)
        return;
    ch_table_close(b->index);
    ch_buffer_release(&b->text);
    free(b->counted);
    free(b);
}

static int add_word(struct ch_vocab_builder *b, const char *word, size_t n,
                    struct ch_err *e)
{
    if (b->count == b->room) {
        size_t room = b->room ? 2 * b->room : 1024;
        struct counted *grown = realloc(b->counted, room * sizeof *grown);
        if (!grown)
            return ch_fail(e, CH_ENOMEM, "cannot hold %zu words", room);
        b->counted = grown;
        b->room = room;
    }
    /* The text may move while it grows: the place is kept as an offset until
     * the vocabulary is built. */
    b->counted[b->count] = (struct counted){ .length = n, .count = 0,
                                             .seen = b->text.size };
    ch_buffer_put(&b->text, word, n);
    b->count++;
    return b->text.failed ? ch_fail(e, CH_ENOMEM, "cannot hold a word") : 0;
}

int ch_vocab_builder_count(struct ch_vocab_builder *b, const char *caption,
                           struct ch_err *e)
{
    const char *word;
    size_t n;

    while (ch_text_word(&caption, &word, &n)) {
        int added = 0;
        uint64_t *at = ch_table_add(b->index, word, n, b->count, &added);
        int rc;

        if (!at)
            return ch_fail(e, CH_ENOMEM, "cannot hold %zu words", b->count);
        if (added) {
            rc = add_word(b, word, n, e);
            if (rc)
                return rc;
            b->counted[b->count - 1].count = 1;
        } else {
            b->counted[*at].count++;
        }
        b->occurrences++;
    }
    return 0;
}

/* Falling frequency, then first seen. */
static int by_count(const void *a, const void *b)
{
    const struct counted *x = a, *y = b;

    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return x->seen < y->seen ? -1 : 1;
}

static void put_line(struct ch_buffer *out, const char *word, size_t n)
{
    ch_buffer_put(out, word, n);
    ch_buffer_put(out, "\n", 1);
}

int ch_vocab_build(const struct ch_vocab_builder *b, size_t max_words,
                   uint64_t min_count, struct ch_vocab **out,
                   uint64_t kept[2], struct ch_err *e)
{
    struct ch_buffer lines = { 0 };
    struct counted *sorted = malloc((b->count + 1) * sizeof *sorted);
    uint64_t in = 0;
    size_t limit = max_words && max_words < b->count ? max_words : b->count;
    int rc;

    *out = NULL;
    if (!sorted)
        return ch_fail(e, CH_ENOMEM, "cannot sort %zu words", b->count);
    if (b->count)
        memcpy(sorted, b->counted, b->count * sizeof *sorted);
    for (size_t i = 0; i < b->count; i++)
        sorted[i].word = b->text.at + sorted[i].seen;
    qsort(sorted, b->count, sizeof *sorted, by_count);
    for (size_t i = 0; i < 3; i++)
        put_line(&lines, marks[i], strlen(marks[i]));
    for (size_t i = 0; i < limit && sorted[i].count >= min_count; i++) {
        put_line(&lines, sorted[i].word, sorted[i].length);
        in += sorted[i].count;
    }
    put_line(&lines, UNK, strlen(UNK));
    if (kept) {
        kept[0] = in;
        kept[1] = b->occurrences;
    }
    rc = lines.failed
             ? ch_fail(e, CH_ENOMEM, "cannot hold the vocabulary")
             : ch_vocab_parse(out, lines.at, lines.size, "vocabulary", e);
    ch_buffer_release(&lines);
    free(sorted);
    return rc;
}

/* word: the line, ended by a NUL. */
static int check_line(const char *word, size_t n, const char *path,
                      size_t offset, struct ch_err *e)
{
    const char *at = word, *token;
    size_t length;

    if (n == 0)
        return ch_fail_at(e, CH_EFORMAT, path, offset,
                          "an empty line, expected one word on each");
    if (ch_text_check(word, n) < n)
        return ch_fail_at(e, CH_EFORMAT, path, offset, "not UTF-8");
    if (!ch_text_token(&at, &token, &length) || length != n)
        return ch_fail_at(e, CH_EFORMAT, path, offset,
                          "a blank in a word, expected one word a line");
    return 0;
}

static int parse_lines(struct ch_vocab *v, const char *text, size_t n,
                       const char *path, struct ch_err *e)
{
    struct ch_bytes b = ch_bytes_of(text, n);
    const char *line;
    char *to = v->text;
    size_t length;

    for (size_t at = 0; ch_bytes_line(&b, &line, &length); at = b.used) {
        int added, rc;

        memcpy(to, line, length);
        to[length] = '\0';
        rc = check_line(to, length, path, at, e);
        if (rc)
            return rc;
        if (!ch_table_add(v->id, line, length, v->size, &added))
            return ch_fail(e, CH_ENOMEM, "cannot hold the vocabulary");
        if (!added)
            return ch_fail_at(e, CH_EFORMAT, path, at,
                              "\"%.*s\" stands twice", (int)length, line);
        v->word[v->size++] = to;
        to += length + 1;
    }
    return 0;
}

static int check_marks(const struct ch_vocab *v, const char *path,
                       struct ch_err *e)
{
    for (size_t i = 0; i < 3; i++)
        if (v->size <= i || strcmp(v->word[i], marks[i]) != 0)
            return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                              "line %zu is not %s: no vocabulary of chorus",
                              i + 1, marks[i]);
    if (v->size < 4 || strcmp(v->word[v->size - 1], UNK) != 0)
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "the last line is not " UNK ": cut short, or no "
                          "vocabulary of chorus");
    return 0;
}

int ch_vocab_parse(struct ch_vocab **out, const char *text, size_t n,
                   const char *path, struct ch_err *e)
{
    struct ch_vocab *v = calloc(1, sizeof *v);
    size_t lines = 1;
    int rc;

    *out = NULL;
    for (size_t i = 0; i < n; i++)
        lines += text[i] == '\n';
    if (v) {
        v->text = malloc(n + lines + 1);
        v->word = calloc(lines + 1, sizeof *v->word);
    }
    if (!v || !v->text || !v->word) {
        ch_vocab_close(v);
        return ch_fail(e, CH_ENOMEM, "cannot hold %zu words", lines);
    }
    rc = ch_table_open(&v->id, e);
    if (!rc) rc = parse_lines(v, text, n, path, e);
    if (!rc) rc = check_marks(v, path, e);
    if (!rc) {
        struct ch_buffer whole = { 0 };
        ch_vocab_text(v, &whole);
        if (whole.failed)
            rc = ch_fail(e, CH_ENOMEM, "cannot hold the vocabulary");
        else
            v->hash = ch_hash(whole.at, whole.size);
        ch_buffer_release(&whole);
    }
    if (rc)
        ch_vocab_close(v);
    else
        *out = v;
    return rc;
}

void ch_vocab_text(const struct ch_vocab *v, struct ch_buffer *out)
{
    for (size_t i = 0; i < v->size; i++)
        put_line(out, v->word[i], strlen(v->word[i]));
}

void ch_vocab_close(struct ch_vocab *v)
{
    if (!v)
        return;
    ch_table_close(v->id);
    free(v->text);
    free(v->word);
    free(v);
}

size_t ch_vocab_size(const struct ch_vocab *v)
{
    return v->size;
}

int32_t ch_vocab_unk(const struct ch_vocab *v)
{
    return (int32_t)v->size - 1;
}

uint64_t ch_vocab_hash(const struct ch_vocab *v)
{
    return v->hash;
}

int32_t ch_vocab_id(const struct ch_vocab *v, const char *word, size_t n)
{
    const uint64_t *id = ch_table_get(v->id, word, n);

    return id ? (int32_t)*id : ch_vocab_unk(v);
}

const char *ch_vocab_word(const struct ch_vocab *v, int32_t id)
{
    return id >= 0 && (size_t)id < v->size ? v->word[id] : UNK;
}

size_t ch_vocab_encode(const struct ch_vocab *v, const char *caption,
                       size_t max_words, int32_t *id)
{
    const char *word;
    size_t n, count = 0;

    id[count++] = CH_WORD_START;
    while (count <= max_words && ch_text_word(&caption, &word, &n))
        id[count++] = ch_vocab_id(v, word, n);
    id[count++] = CH_WORD_END;
    return count;
}

void ch_vocab_pad(int32_t *id, size_t n, size_t length)
{
    for (size_t i = n; i < length; i++)
        id[i] = CH_WORD_PAD;
}

void ch_vocab_decode(const struct ch_vocab *v, const int32_t *id, size_t n,
                     struct ch_buffer *out)
{
    size_t begun = out->size;

    for (size_t i = 0; i < n && id[i] != CH_WORD_END; i++) {
        if (id[i] < CH_WORD_FIRST)
            continue;
        if (out->size > begun)
            ch_buffer_put(out, " ", 1);
        ch_buffer_text(out, ch_vocab_word(v, id[i]));
    }
}
