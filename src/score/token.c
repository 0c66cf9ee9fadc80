/* token.c - captions become words to compare
 *
 * All texts of a job lie one behind the other in one run of bytes or two, so
 * that they cost few allocations and are read in order.
 */
#include "chorus/score.h"

#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "base/text.h"
#include "score/ptb.h"

const char *const ch_token_rule_name[CH_TOKEN_RULE_COUNT] = {
#define CH_TOKEN_NAME(name, text) #name,
    CH_TOKEN_RULES(CH_TOKEN_NAME)
#undef CH_TOKEN_NAME
};
const char *const ch_token_rule_text[CH_TOKEN_RULE_COUNT] = {
#define CH_TOKEN_TEXT(name, text) text,
    CH_TOKEN_RULES(CH_TOKEN_TEXT)
#undef CH_TOKEN_TEXT
};

static int no_memory(struct ch_err *e)
{
    return ch_fail(e, CH_ENOMEM, "no memory for the words of the captions");
}

/* The text in words, with a NUL, at the end of the buffer. */
static int add_text(const char *text, enum ch_token_rule rule,
                    struct ch_buffer *out, struct ch_err *e)
{
    size_t n = strlen(text), bad;
    int rc = 0;

    if (rule == CH_TOKENS_simple) {
        rc = ch_text_normalise(text, n, out, e);
    } else {
        bad = ch_text_check(text, n);
        if (bad < n)
            rc = ch_fail(e, CH_EFORMAT, "byte %zu is not UTF-8", bad);
        else
            ch_buffer_put(out, text, n);
    }
    ch_buffer_put(out, "", 1);
    return rc;
}

static int add_item(const struct ch_score_item *in, enum ch_token_rule rule,
                    struct ch_buffer *out, struct ch_err *e)
{
    int rc = add_text(in->caption, rule, out, e);

    for (size_t i = 0; i < in->reference_count && !rc; i++)
        rc = add_text(in->reference[i], rule, out, e);
    return rc == CH_EFORMAT ? ch_err_wrap(e, "image %s", in->key) : rc;
}

/* Items whose texts are those of the buffer, in the order of add_item(). */
static int set_items(struct ch_tokens *t, const struct ch_score_item *item,
                     size_t count, struct ch_err *e)
{
    const char *at = t->text, **reference;
    size_t references = 0;

    for (size_t i = 0; i < count; i++)
        references += item[i].reference_count;
    t->item = calloc(count + 1, sizeof *t->item);
    t->reference = calloc(references + 1, sizeof *t->reference);
    if (!t->item || !t->reference)
        return no_memory(e);
    t->count = count;
    reference = t->reference;
    for (size_t i = 0; i < count; i++) {
        t->item[i] = item[i];
        t->item[i].caption = at;
        t->item[i].reference = reference;
        at += strlen(at) + 1;
        for (size_t r = 0; r < item[i].reference_count; r++) {
            *reference++ = at;
            at += strlen(at) + 1;
        }
    }
    return 0;
}

/* ------------------------------------------------------------------ ptb */

static int check_text(const char *text, const char *key, struct ch_err *e)
{
    size_t n = strlen(text), bad = ch_text_check(text, n);

    return bad < n ? ch_fail(e, CH_EFORMAT, "image %s: byte %zu is not UTF-8",
                             key, bad) : 0;
}

/* The texts of all captions, or of all references, in the order of the items;
 * *out is freed with free(). */
static int list_texts(const struct ch_score_item *item, size_t count,
                      int are_references, const char ***out, size_t *total,
                      struct ch_err *e)
{
    size_t n = 0;
    int rc = 0;

    for (size_t i = 0; i < count; i++)
        n += are_references ? item[i].reference_count : 1;
    *total = 0;
    *out = malloc((n + 1) * sizeof **out);
    if (!*out)
        return no_memory(e);
    for (size_t i = 0; i < count && !rc; i++) {
        size_t texts = are_references ? item[i].reference_count : 1;

        for (size_t k = 0; k < texts && !rc; k++) {
            const char *text = are_references ? item[i].reference[k]
                                              : item[i].caption;

            rc = check_text(text, item[i].key, e);
            (*out)[(*total)++] = text;
        }
    }
    return rc;
}

static int read_stream(struct ch_ptb *ptb, const struct ch_score_item *item,
                       size_t count, int are_references,
                       struct ch_ptb_lines *lines, struct ch_err *e)
{
    const char **text = NULL;
    size_t total;
    int rc = list_texts(item, count, are_references, &text, &total, e);

    if (!rc) rc = ch_ptb_lines(ptb, text, total, lines, e);
    free(text);
    return rc;
}

static int read_ptb(struct ch_tokens *t, const struct ch_score_item *item,
                    size_t count, size_t threads, struct ch_err *e)
{
    struct ch_ptb_lines caption = { 0 }, reference = { 0 };
    struct ch_ptb *ptb = NULL;
    const char **next;
    int rc = ch_ptb_open(&ptb, threads, e);

    if (!rc) rc = read_stream(ptb, item, count, 0, &caption, e);
    if (!rc) rc = read_stream(ptb, item, count, 1, &reference, e);
    ch_ptb_close(ptb);
    t->item = calloc(count + 1, sizeof *t->item);
    if (!rc && !t->item)
        rc = no_memory(e);
    /* The lines are ours from here on. */
    t->text = caption.text;
    t->more = reference.text;
    t->reference = next = reference.line;
    for (size_t i = 0; i < count && !rc; i++) {
        t->item[i] = item[i];
        t->item[i].caption = caption.line[i];
        t->item[i].reference = next;
        next += item[i].reference_count;
        t->count = i + 1;
    }
    free(caption.line);
    return rc;
}

int ch_tokens_read(struct ch_tokens *t, const struct ch_score_item *item,
                   size_t count, const struct ch_score_options *options,
                   struct ch_err *e)
{
    enum ch_token_rule rule = options ? options->rule : CH_TOKENS_DEFAULT;
    size_t threads = options ? options->threads : 0;
    struct ch_buffer text = { 0 };
    int rc = 0;

    *t = (struct ch_tokens) { 0 };
    if (rule == CH_TOKENS_ptb)
        return read_ptb(t, item, count, threads ? threads : ch_pool_cores(),
                        e);
    for (size_t i = 0; i < count && !rc; i++)
        rc = add_item(&item[i], rule, &text, e);
    if (!rc && text.failed)
        rc = no_memory(e);
    t->text = text.at;
    if (!rc) rc = set_items(t, item, count, e);
    return rc;
}

void ch_tokens_release(struct ch_tokens *t)
{
    free(t->item);
    free(t->reference);
    free(t->text);
    free(t->more);
    *t = (struct ch_tokens) { 0 };
}
