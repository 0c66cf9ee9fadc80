/* option_file.c - a file of options: `name = value`, a line each */
#include "base/option_file.h"

#include <string.h>

#define BLANK " \t\r"

/* Without blanks at both ends. */
static char *trim(char *text)
{
    size_t n;

    text += strspn(text, BLANK);
    n = strlen(text);
    while (n && strchr(BLANK, text[n - 1]))
        n--;
    text[n] = '\0';
    return text;
}

static int parse_line(char *text, ch_option_line_fn line, void *context,
                      struct ch_err *e)
{
    char *equals;

    text = trim(text);
    if (!*text || *text == '#')
        return 0;
    equals = strchr(text, '=');
    if (!equals || equals == text)
        return ch_fail(e, CH_EUSAGE, "expected name = value, found '%.60s'",
                       text);
    *equals = '\0';
    return line(context, trim(text), trim(equals + 1), e);
}

int ch_option_file_parse(char *text, size_t n, const char *path,
                         ch_option_line_fn line, void *context,
                         struct ch_err *e)
{
    size_t number = 1;
    int rc = 0;

    if (strlen(text) != n)
        return ch_fail_at(e, CH_EUSAGE, path, strlen(text), "a zero byte; "
                          "expected lines of name = value");
    while (text && !rc) {
        char *end = strchr(text, '\n');

        if (end)
            *end++ = '\0';
        rc = parse_line(text, line, context, e);
        if (rc)
            ch_err_wrap(e, "%s: line %zu", path, number);
        number++;
        text = end;
    }
    return rc;
}
