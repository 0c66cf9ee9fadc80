/* query.c - what people type becomes a query for FTS5 */
#include "use/query.h"

#include "base/text.h"
#include "use/noun.h"

#include <string.h>

/* Words as strings, which FTS5 takes as they are; returns how many. */
static size_t put_words(const char *words, bool functions, bool any,
                        struct ch_buffer *out)
{
    size_t n, count = 0;
    const char *word;

    while (ch_text_word(&words, &word, &n)) {
        if (!functions && ch_noun_is_function(word, n))
            continue;
        if (count++)
            ch_buffer_text(out, any ? " OR " : " AND ");
        ch_buffer_text(out, "\"");
        ch_buffer_put(out, word, n);
        ch_buffer_text(out, "\"");
    }
    return count;
}

int ch_query_put(const char *typed, bool any, struct ch_buffer *out,
                 struct ch_err *e)
{
    struct ch_buffer words = { 0 };
    size_t count = 0;
    int rc = 0;

    if (ch_text_check(typed, strlen(typed)) < strlen(typed))
        return ch_fail(e, CH_EUSAGE, "what is looked for is not UTF-8");
    rc = ch_text_normalise(typed, strlen(typed), &words, e);
    if (!rc && words.size)
        count = put_words(words.at, false, any, out);
    if (!rc && words.size && !count)
        count = put_words(words.at, true, any, out);
    if (!rc && (words.failed || out->failed))
        rc = ch_fail(e, CH_ENOMEM, "cannot hold what is looked for");
    else if (!rc && (!count || count > CH_QUERY_WORDS))
        rc = ch_fail(e, CH_EUSAGE, "expected 1 to %d words to look for, found "
                     "%zu in \"%.60s\"", CH_QUERY_WORDS, count, typed);
    ch_buffer_release(&words);
    return rc;
}
