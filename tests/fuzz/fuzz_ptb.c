/* fuzz_ptb.c - any bytes as captions */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "score/ptb.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* One handle for all inputs: what one leaves behind must not show in another,
 * and a new one for each would only make the same table again and again. */
static struct ch_ptb *handle(void)
{
    static struct ch_ptb *p;
    struct ch_err e = CH_ERR_INIT;

    if (!p && ch_ptb_open(&p, 1, &e))
        abort();
    return p;
}

/* The text printed twice is the same, and UTF-8. */
static void check_text(const char *text, size_t n)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_buffer once = { 0 }, again = { 0 };

    if (ch_ptb_text(handle(), text, n, &once, &e) ||
        ch_ptb_text(handle(), text, n, &again, &e) ||
        once.size != again.size ||
        (once.size > 0 && memcmp(once.at, again.at, once.size) != 0) ||
        (once.size > 0 && ch_text_check(once.at, once.size) < once.size))
        abort();
    ch_buffer_release(&once);
    ch_buffer_release(&again);
}

/* Each line is a caption and gives a line. */
static void check_lines(char *text, size_t n)
{
    struct ch_err e = CH_ERR_INIT;
    const char **caption = calloc(n + 2, sizeof *caption);
    struct ch_ptb_lines l;
    size_t count = 0;

    if (!caption)
        abort();
    for (char *rest = text, *line; (line = strsep(&rest, "\n"));)
        caption[count++] = line;
    if (ch_ptb_lines(handle(), caption, count, &l, &e) || l.count != count)
        abort();
    for (size_t i = 0; i < count; i++)
        if (strchr(l.line[i], '\n'))
            abort();
    ch_ptb_lines_release(&l);
    free(caption);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char *text = malloc(n + 1);

    if (!text)
        abort();
    if (n > 0)
        memcpy(text, bytes, n);
    text[n] = '\0';
    check_text(text, n);
    check_lines(text, n);
    free(text);
    return 0;
}
