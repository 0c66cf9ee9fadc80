/* err.c - how every failure in Chorus is told
 *
 * The text is put together in a buffer of its own first, so that a message may
 * quote the one it replaces.  Nothing here allocates or changes errno.
 */
#include "chorus/err.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* More than a message holds, so that put_text() sees what must be cut. */
#define WORDS 1024

static const char ELLIPSIS[] = "...";

/* A start of `text` that fits: whole characters, and "..." for the rest.
 * Control characters become '?': names of files come from outside, and a
 * message is one line on somebody's terminal. */
static void put_text(char *out, size_t size, const char *text)
{
    size_t n = strlen(text);
    int is_cut = n >= size;

    if (is_cut) {
        n = size - sizeof ELLIPSIS;
        while (n && ((unsigned char)text[n] & 0xc0) == 0x80)
            n--;
    }
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];

        out[i] = c < 0x20 || c == 0x7f ? '?' : text[i];
    }
    out[n] = '\0';
    if (is_cut)
        memcpy(out + n, ELLIPSIS, sizeof ELLIPSIS);
}

/* Of a long path the end says more than the start. */
static void put_path(char *out, size_t size, const char *path)
{
    size_t n = strlen(path);
    size_t keep = size - sizeof ELLIPSIS;

    if (n < size) {
        put_text(out, size, path);
        return;
    }
    path += n - keep;
    while (((unsigned char)*path & 0xc0) == 0x80)
        path++;
    memcpy(out, ELLIPSIS, sizeof ELLIPSIS);
    put_text(out + sizeof ELLIPSIS - 1, size - sizeof ELLIPSIS + 1, path);
}

/* Fill everything but the message. */
static void put_place(struct ch_err *e, int code, const char *file, int line,
                      const char *path, uint64_t offset)
{
    char copy[sizeof e->path] = "";

    if (path)
        put_path(copy, sizeof copy, path);
    e->code = code;
    e->file = file;
    e->line = line;
    e->offset = offset;
    memcpy(e->path, copy, sizeof copy);
}

/* Message = "path: byte 17: what: why", as far as each is there. */
static void put_message(struct ch_err *e, const char *what, const char *why)
{
    char text[4 * sizeof e->msg], byte[40] = "";

    if (e->offset != CH_NO_OFFSET)
        snprintf(byte, sizeof byte, "byte %" PRIu64 ": ", e->offset);
    snprintf(text, sizeof text, "%s%s%s%s%s%s", e->path,
             e->path[0] ? ": " : "", byte, what, why ? ": " : "",
             why ? why : "");
    put_text(e->msg, sizeof e->msg, text);
}

int ch_err_set(struct ch_err *e, int code, const char *file, int line,
               const char *path, uint64_t offset, const char *format, ...)
{
    char what[WORDS];
    int saved = errno;
    va_list list;

    if (!e)
        return code;
    va_start(list, format);
    vsnprintf(what, sizeof what, format, list);
    va_end(list);
    put_place(e, code, file, line, path, offset);
    put_message(e, what, NULL);
    errno = saved;
    return code;
}

int ch_err_set_errno(struct ch_err *e, const char *file, int line,
                     const char *path, const char *format, ...)
{
    char what[WORDS], why[128];
    int saved = errno;
    int code = saved == ENOMEM ? CH_ENOMEM : CH_EIO;
    va_list list;

    if (!e)
        return code;
    va_start(list, format);
    vsnprintf(what, sizeof what, format, list);
    va_end(list);
    put_place(e, code, file, line, path, CH_NO_OFFSET);
    put_message(e, what, strerror_r(saved, why, sizeof why));
    errno = saved;
    return code;
}

int ch_err_wrap(struct ch_err *e, const char *format, ...)
{
    char prefix[WORDS], text[WORDS + sizeof e->msg + 2];
    int saved = errno;
    va_list list;

    if (!e)
        return CH_EIO;
    va_start(list, format);
    vsnprintf(prefix, sizeof prefix, format, list);
    va_end(list);
    snprintf(text, sizeof text, "%s: %s", prefix, e->msg);
    put_text(e->msg, sizeof e->msg, text);
    errno = saved;
    return e->code;
}

int ch_err_wrap_at(struct ch_err *e, const char *path, const char *format, ...)
{
    char prefix[WORDS], where[sizeof e->path], text[2 * WORDS];
    int saved = errno;
    va_list list;
    size_t n;

    if (!e)
        return CH_EIO;
    va_start(list, format);
    vsnprintf(prefix, sizeof prefix, format, list);
    va_end(list);
    put_path(where, sizeof where, path);
    n = strlen(where);
    if (strncmp(e->msg, where, n) || strncmp(e->msg + n, ": ", 2))
        n = 0;
    snprintf(text, sizeof text, "%s: %s: %s", where, prefix,
             n ? e->msg + n + 2 : e->msg);
    put_text(e->msg, sizeof e->msg, text);
    errno = saved;
    return e->code;
}

int ch_err_exit(int code)
{
    switch (code) {
#define EXIT_OF(name, value, exit, word) case value: return exit;
    CH_CODES(EXIT_OF)
#undef EXIT_OF
    default: return code ? 1 : 0;
    }
}

const char *ch_err_word(int code)
{
    switch (code) {
#define WORD_OF(name, value, exit, word) case value: return word;
    CH_CODES(WORD_OF)
#undef WORD_OF
    default: return code ? "unknown" : "ok";
    }
}
