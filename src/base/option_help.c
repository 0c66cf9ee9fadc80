/* option_help.c - the text of --help
 *
 *     Usage: chorus-x [options] PHOTO...
 *
 *     What it does.
 *
 *     Heading
 *       --name VALUE  one sentence, wrapped at 80 columns (default: 3)
 *
 *     Examples
 *       chorus x --name 4
 */
#include "base/option_help.h"

#include "chorus/options.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define WIDTH 80
/* Where sentences start; a longer option has a line to itself. */
#define COLUMN 24

/* Text that goes on being counted where the caller's buffer has ended. */
struct page {
    char *out;
    size_t size, used;
    size_t column;             /* characters on this line so far */
};

static void put(struct page *p, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (p->used + 1 < p->size)
            p->out[p->used] = text[i];
        p->used++;
        if (text[i] == '\n')
            p->column = 0;
        else if (((unsigned char)text[i] & 0xc0) != 0x80)
            p->column++;
    }
}

static void put_text(struct page *p, const char *text)
{
    put(p, text, strlen(text));
}

static void put_column(struct page *p, size_t column)
{
    while (p->column < column)
        put(p, " ", 1);
}

static size_t width_of(const char *text, size_t n)
{
    size_t width = 0;

    for (size_t i = 0; i < n; i++)
        width += ((unsigned char)text[i] & 0xc0) != 0x80;
    return width;
}

/* Words from `column` on, as many on a line as fit. */
static void put_wrapped(struct page *p, size_t column, const char *text)
{
    bool is_first = true;

    while (*text) {
        size_t n = strcspn(text, " ");

        if (n) {
            if (!is_first && p->column + 1 + width_of(text, n) > WIDTH) {
                put(p, "\n", 1);
                is_first = true;
            }
            if (is_first)
                put_column(p, column);
            else
                put(p, " ", 1);
            put(p, text, n);
            is_first = false;
        }
        text += n + strspn(text + n, " ");
    }
    put(p, "\n", 1);
}

/* The name of choice `index` of "first|every". */
static void choice_text(const char *choices, int index, char *out, size_t size)
{
    while (index-- > 0 && strchr(choices, '|'))
        choices = strchr(choices, '|') + 1;
    snprintf(out, size, "%.*s", (int)strcspn(choices, "|"), choices);
}

/* " (default: 3)", or "" where there is none. */
static void default_text(const struct ch_option *o, char *out, size_t size)
{
    char value[256] = "";

    out[0] = '\0';
    if (o->required)
        return;
    switch (o->kind) {
    case CH_OPTION_FLAG:
        snprintf(value, sizeof value, "%s", *(bool *)o->to ? "yes" : "");
        break;
    case CH_OPTION_COUNT:
        snprintf(value, sizeof value, "%" PRIu64, *(uint64_t *)o->to);
        break;
    case CH_OPTION_NUMBER:
        snprintf(value, sizeof value, "%.15g", *(double *)o->to);
        break;
    case CH_OPTION_CONFIG:
    case CH_OPTION_TEXT:
        if (*(const char **)o->to)
            snprintf(value, sizeof value, "%s", *(const char **)o->to);
        break;
    case CH_OPTION_CHOICE:
        /* Below 0: no choice is made without the option. */
        if (*(int *)o->to >= 0)
            choice_text(o->choices, *(int *)o->to, value, sizeof value);
        break;
    case CH_OPTION_TEXTS:
    case CH_OPTION_GROUP:
        return;
    }
    if (value[0])
        snprintf(out, size, " (default: %s)", value);
}

/* "--name VALUE", "--image first|every", "--grid" or "--keep, --no-keep" */
static void name_text(const struct ch_option *o, char *out, size_t size)
{
    const char *value = o->value ? o->value : "VALUE";

    if (o->kind == CH_OPTION_FLAG && *(bool *)o->to)
        snprintf(out, size, "--%s, --no-%s", o->name, o->name);
    else if (o->kind == CH_OPTION_FLAG)
        snprintf(out, size, "--%s", o->name);
    else
        snprintf(out, size, "--%s %s", o->name,
                 o->kind == CH_OPTION_CHOICE ? o->choices : value);
}

static void put_row(struct page *p, const char *name, const char *help)
{
    put_text(p, "  ");
    put_text(p, name);
    if (p->column + 2 > COLUMN)
        put_text(p, "\n");
    put_wrapped(p, COLUMN, help);
}

static void put_options(struct page *p, const struct ch_option *options)
{
    char name[256], preset[300], help[1024];

    if (options && options[0].name && options[0].kind != CH_OPTION_GROUP)
        put_text(p, "\nOptions\n");
    for (const struct ch_option *o = options; o && o->name; o++) {
        if (o->kind == CH_OPTION_GROUP) {
            put_text(p, "\n");
            put_wrapped(p, 0, o->name);
            continue;
        }
        name_text(o, name, sizeof name);
        default_text(o, preset, sizeof preset);
        snprintf(help, sizeof help, "%s%s%s", o->help ? o->help : "",
                 o->required ? " (required)" : "", preset);
        put_row(p, name, help);
    }
    put_text(p, "\nEverywhere\n");
    put_row(p, "--help", "show this text and end");
    put_row(p, "--version", "show the version and end");
    put_row(p, "-v", "say more; -vv says still more");
    put_row(p, "-q", "say less: no progress; -qq: errors alone");
}

size_t ch_options_help(const struct ch_program *program, char *out,
                       size_t size)
{
    struct page p = { .out = out, .size = size };

    put_text(&p, "Usage: ");
    put_text(&p, program->name);
    put_text(&p, " [options]");
    if (program->operands) {
        put_text(&p, " ");
        put_text(&p, program->operands);
    }
    put_text(&p, "\n\n");
    if (program->summary)
        put_wrapped(&p, 0, program->summary);
    put_options(&p, program->options);
    if (program->examples) {
        size_t n = strlen(program->examples);

        put_text(&p, "\nExamples\n");
        put_text(&p, program->examples);
        if (n && program->examples[n - 1] != '\n')
            put_text(&p, "\n");
    }
    if (size)
        out[p.used < size ? p.used : size - 1] = '\0';
    return p.used;
}
