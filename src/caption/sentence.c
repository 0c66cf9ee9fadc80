/* sentence.c - words become a sentence as people write it */
#include "caption/sentence.h"

#include "base/text.h"

#include <string.h>

/* What the Penn Treebank writes for a mark, and how it stands: with no space
 * before it, or no space behind it. */
struct mark {
    const char *token, *text;
    int is_before, is_behind;
};
static const struct mark marks[] = {
    { ",", ",", 1, 0 },     { ".", ".", 1, 0 },    { ";", ";", 1, 0 },
    { ":", ":", 1, 0 },     { "!", "!", 1, 0 },    { "?", "?", 1, 0 },
    { "...", "...", 1, 0 }, { "%", "%", 1, 0 },    { "(", "(", 0, 1 },
    { ")", ")", 1, 0 },     { "[", "[", 0, 1 },    { "]", "]", 1, 0 },
    { "-lrb-", "(", 0, 1 }, { "-rrb-", ")", 1, 0 },
    { "-lsb-", "[", 0, 1 }, { "-rsb-", "]", 1, 0 },
    { "-lcb-", "{", 0, 1 }, { "-rcb-", "}", 1, 0 },
    { "``", "\"", 0, 1 },   { "''", "\"", 1, 0 },
    { "`", "'", 0, 1 },     { "$", "$", 0, 1 },    { "#", "#", 0, 1 },
    { "'s", "'s", 1, 0 },   { "'re", "'re", 1, 0 }, { "'ve", "'ve", 1, 0 },
    { "'ll", "'ll", 1, 0 }, { "'d", "'d", 1, 0 },  { "'m", "'m", 1, 0 },
    { "n't", "n't", 1, 0 }, { "'", "'", 1, 0 },    { "i", "I", 0, 0 },
};
#define MARKS (sizeof marks / sizeof *marks)

static const struct mark *mark_of(const char *word, size_t n)
{
    for (size_t i = 0; i < MARKS; i++)
        if (strlen(marks[i].token) == n && !memcmp(marks[i].token, word, n))
            return &marks[i];
    return NULL;
}

/* Has what was written ended as a sentence does, also inside quotes? */
static int is_ended(const char *text, size_t n)
{
    while (n > 0 && (text[n - 1] == '"' || text[n - 1] == ')'))
        n--;
    return n > 0 && strchr(".!?", text[n - 1]) != NULL;
}

/* The quote " is told by turns: it opens, then it closes. */
static struct mark quote(int *is_open)
{
    *is_open = !*is_open;
    return (struct mark){ "\"", "\"", !*is_open, *is_open };
}

/* The first letter, behind quotes and brackets, as a capital. */
static void put_capital(const char *text, size_t n, struct ch_buffer *out)
{
    const char *end = text + n, *at = text + strspn(text, "\"'([{");

    ch_buffer_put(out, text, (size_t)(at - text));
    if (at < end)
        ch_text_put(out, ch_text_upper(ch_text_point(&at, end)));
    ch_buffer_put(out, at, (size_t)(end - at));
}

void ch_sentence_put(const char *words, struct ch_buffer *out)
{
    struct ch_buffer text = { 0 };
    const char *at = words, *word;
    size_t n;
    int is_joined = 1, is_quoted = 0;

    while (ch_text_word(&at, &word, &n)) {
        const struct mark *m = mark_of(word, n);
        struct mark turn;

        if (n == 1 && *word == '"') {
            turn = quote(&is_quoted);
            m = &turn;
        }
        if (!is_joined && !(m && m->is_before))
            ch_buffer_text(&text, " ");
        if (m)
            ch_buffer_text(&text, m->text);
        else
            ch_buffer_put(&text, word, n);
        is_joined = m && m->is_behind;
    }
    if (text.size > 0 && !is_ended(text.at, text.size))
        ch_buffer_text(&text, ".");
    if (text.size > 0)
        put_capital(text.at, text.size, out);
    out->failed |= text.failed;
    ch_buffer_release(&text);
}
