/* token.c - captions become words to compare */
#include "score/token.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static int no_memory(struct ch_err *e)
{
    return ch_fail(e, CH_ENOMEM, "no memory for the words of the captions");
}

/* *out is the caller's. */
static int tokenise(const char *text, const char **out, struct ch_err *e)
{
    struct ch_buffer b = { 0 };
    int rc = ch_text_normalise(text, strlen(text), &b, e);

    ch_buffer_put(&b, "", 0);      /* a text of no words has a NUL, too */
    if (!rc && b.failed)
        rc = no_memory(e);
    if (rc)
        ch_buffer_release(&b);
    *out = b.at;
    return rc;
}

static int tokenise_item(const struct ch_score_item *in,
                         struct ch_score_item *out, struct ch_err *e)
{
    const char **reference = calloc(in->reference_count + 1,
                                    sizeof *reference);
    int rc;

    out->key = in->key;
    out->reference = reference;
    if (!reference)
        return no_memory(e);
    rc = tokenise(in->caption, &out->caption, e);
    for (size_t i = 0; i < in->reference_count && !rc; i++) {
        rc = tokenise(in->reference[i], &reference[i], e);
        out->reference_count = i + 1;
    }
    return rc == CH_EFORMAT ? ch_err_wrap(e, "image %s", in->key) : rc;
}

int ch_tokens_read(struct ch_tokens *t, const struct ch_score_item *item,
                   size_t count, struct ch_err *e)
{
    int rc = 0;

    *t = (struct ch_tokens) { .item = calloc(count + 1, sizeof *t->item) };
    if (!t->item)
        return no_memory(e);
    for (size_t i = 0; i < count && !rc; i++) {
        t->count = i + 1;
        rc = tokenise_item(&item[i], &t->item[i], e);
    }
    return rc;
}

/* The strings are ours, though items borrow theirs. */
static void release_text(const char *text)
{
    free((void *)(uintptr_t)text);
}

void ch_tokens_release(struct ch_tokens *t)
{
    for (size_t i = 0; i < t->count; i++) {
        struct ch_score_item *item = &t->item[i];

        release_text(item->caption);
        for (size_t r = 0; r < item->reference_count; r++)
            release_text(item->reference[r]);
        free((void *)(uintptr_t)item->reference);
    }
    free(t->item);
    *t = (struct ch_tokens) { 0 };
}
