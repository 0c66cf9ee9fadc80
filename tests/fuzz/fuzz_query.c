/* fuzz_query.c - any bytes as what people look for, and as a caption
 *
 * SQLite must take each query that is made, and nouns must be words.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/sql.h"
#include "base/text.h"
#include "use/noun.h"
#include "use/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static struct ch_sql *open_words(void)
{
    static struct ch_sql *sql;
    struct ch_err e = CH_ERR_INIT;

    if (!sql && (ch_sql_open(&sql, ":memory:", "words", &e) ||
                 ch_sql_script(sql, "CREATE VIRTUAL TABLE words USING"
                               " fts5(caption, tokenize = 'porter unicode61');"
                               "INSERT INTO words VALUES('a dog on a beach')",
                               &e)))
        abort();
    return sql;
}

static void look_for(const char *typed, bool any)
{
    struct ch_buffer query = { 0 };
    struct ch_err e = CH_ERR_INIT;
    int64_t found = 0;

    if (!ch_query_put(typed, any, &query, &e) &&
        ch_sql_one(open_words(), &found, &e, "SELECT count(*) FROM words"
                   " WHERE words MATCH ?", "t", query.at) != 1)
        abort();
    if (found < 0 || found > 1)
        abort();
    ch_buffer_release(&query);
}

static void take_nouns(const char *caption)
{
    struct ch_buffer words = { 0 }, nouns = { 0 };
    struct ch_err e = CH_ERR_INIT;
    const char *noun, *at;
    size_t n;

    if (!ch_text_normalise(caption, strlen(caption), &words, &e) &&
        words.size) {
        ch_noun_put(words.at, &nouns);
        at = nouns.at;
        while (ch_text_word(&at, &noun, &n))
            if (n >= CH_NOUN_BYTES || memchr(noun, '/', n))
                abort();
    }
    ch_buffer_release(&words);
    ch_buffer_release(&nouns);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char *typed = malloc(n + 1);

    if (!typed)
        abort();
    if (n)
        memcpy(typed, bytes, n);
    typed[n] = '\0';
    look_for(typed, false);
    look_for(typed, true);
    take_nouns(typed);
    free(typed);
    return 0;
}
