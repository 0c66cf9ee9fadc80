/* score_stats.c - what captions are like, whatever people wrote */
#include "chorus/score_stats.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"

struct tables {
    struct ch_table *word, *pair, *caption;      /* of captions */
    struct ch_table *training_word, *training;   /* of the training set */
};

static int no_memory(struct ch_err *e)
{
    return ch_fail(e, CH_ENOMEM, "no memory for statistics of captions");
}

/* Words of a caption into a table: word -> number. */
static int add_words(struct ch_table *word, struct ch_table *pair,
                     const char *text, size_t *count, struct ch_err *e)
{
    const char *at;
    size_t n;
    uint64_t before = 0;

    *count = 0;
    while (ch_text_token(&text, &at, &n)) {
        uint64_t *number = ch_table_add(word, at, n, ch_table_count(word),
                                        NULL);
        uint64_t both[2];

        if (!number)
            return no_memory(e);
        both[0] = before;
        both[1] = before = *number;
        if (*count > 0 && pair &&
            !ch_table_add(pair, (const char *)both, sizeof both, 0, NULL))
            return no_memory(e);
        ++*count;
    }
    return 0;
}

/* How often each caption is said. */
static int add_caption(struct ch_score_stats *s, struct ch_table *t,
                       const char *caption, struct ch_err *e)
{
    uint64_t *times = ch_table_add(t, caption, strlen(caption), 0, NULL);

    if (!times)
        return no_memory(e);
    if (++*times > s->most_frequent) {
        s->most_frequent = (size_t)*times;
        s->most_frequent_text = caption;
    }
    return 0;
}

static int read_captions(struct ch_score_stats *s, struct tables *t,
                         const struct ch_score_item *item, size_t count,
                         struct ch_err *e)
{
    size_t pairs = 0;
    int rc = 0;

    s->captions = count;
    s->shortest = SIZE_MAX;
    for (size_t i = 0; i < count && !rc; i++) {
        size_t words;

        rc = add_words(t->word, t->pair, item[i].caption, &words, e);
        if (!rc) rc = add_caption(s, t->caption, item[i].caption, e);
        s->words += words;
        pairs += words ? words - 1 : 0;
        if (words < s->shortest)
            s->shortest = words;
        if (words > s->longest)
            s->longest = words;
    }
    if (rc)
        return rc;
    s->mean_length = (double)s->words / (double)count;
    s->vocabulary = ch_table_count(t->word);
    s->distinct_1 = s->words ? (double)s->vocabulary / (double)s->words : 0;
    s->distinct_2 = pairs ? (double)ch_table_count(t->pair) / (double)pairs
                          : 0;
    s->different = ch_table_count(t->caption);
    return 0;
}

static int read_training(struct ch_score_stats *s, struct tables *t,
                         const char *const *training, size_t count,
                         struct ch_err *e)
{
    size_t words;

    s->has_training = true;
    s->training = count;
    for (size_t i = 0; i < count; i++) {
        int rc = add_words(t->training_word, NULL, training[i], &words, e);

        if (rc)
            return rc;
        if (!ch_table_add(t->training, training[i], strlen(training[i]), 0,
                          NULL))
            return no_memory(e);
    }
    return 0;
}

/* A word is new when the training set does not have it; each counts once. */
static int count_novel(struct ch_score_stats *s, const struct tables *t,
                       const struct ch_score_item *item, size_t count,
                       struct ch_err *e)
{
    struct ch_table *seen;
    int rc = ch_table_open(&seen, e);

    for (size_t i = 0; i < count && !rc; i++) {
        const char *text = item[i].caption, *word;
        size_t n;

        s->novel += !ch_table_get(t->training, text, strlen(text));
        while (!rc && ch_text_token(&text, &word, &n)) {
            int added = 0;

            if (ch_table_get(t->training_word, word, n))
                continue;
            if (!ch_table_add(seen, word, n, 0, &added))
                rc = no_memory(e);
            s->novel_words += (size_t)added;
        }
    }
    ch_table_close(seen);
    return rc;
}

int ch_score_stats_read(struct ch_score_stats *out,
                        const struct ch_score_item *item, size_t count,
                        const char *const *training, size_t training_count,
                        struct ch_err *e)
{
    struct tables t = { 0 };
    int rc;

    *out = (struct ch_score_stats) { 0 };
    if (count == 0)
        return ch_fail(e, CH_EUSAGE, "there are no captions to describe");
    rc = ch_table_open(&t.word, e);
    if (!rc) rc = ch_table_open(&t.pair, e);
    if (!rc) rc = ch_table_open(&t.caption, e);
    if (!rc) rc = ch_table_open(&t.training, e);
    if (!rc) rc = ch_table_open(&t.training_word, e);
    if (!rc) rc = read_captions(out, &t, item, count, e);
    if (!rc && training) {
        rc = read_training(out, &t, training, training_count, e);
        if (!rc) rc = count_novel(out, &t, item, count, e);
    }
    ch_table_close(t.word);
    ch_table_close(t.pair);
    ch_table_close(t.caption);
    ch_table_close(t.training);
    ch_table_close(t.training_word);
    return rc;
}
