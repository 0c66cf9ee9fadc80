/* options.c - one grammar for every program's command line */
#include "chorus/options.h"

#include "base/file.h"
#include "base/option_file.h"
#include "base/option_help.h"
#include "base/option_paths.h"
#include "chorus/version.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Names longer than this are nobody's slip of the finger. */
#define WORD_LIMIT 40
/* Larger than any file of options. */
#define CONFIG_LIMIT ((size_t)1 << 20)
/* Options of one program, those every program has included. */
#define OPTION_LIMIT 128

/* ------------------------------------------------------- the nearest name */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Insertions, deletions, changes, and swaps of neighbours from a to b. */
static size_t distance(const char *a, const char *b)
{
    size_t d[WORD_LIMIT + 1][WORD_LIMIT + 1];
    size_t m = strlen(a), n = strlen(b);

    for (size_t i = 0; i <= m; i++)
        d[i][0] = i;
    for (size_t j = 0; j <= n; j++)
        d[0][j] = j;
    for (size_t i = 1; i <= m; i++)
        for (size_t j = 1; j <= n; j++) {
            size_t change = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

            d[i][j] = least(change, least(d[i - 1][j], d[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
        }
    return d[m][n];
}

const char *ch_options_nearest(const char *word, const char *const *name,
                               size_t count)
{
    const char *nearest = NULL;
    size_t length = strlen(word), best;

    if (length > WORD_LIMIT)
        return NULL;
    /* One slip in three letters is still the same word. */
    best = (length + 2) / 3 + 1;
    for (size_t i = 0; i < count; i++) {
        size_t d;

        if (strlen(name[i]) > WORD_LIMIT)
            continue;
        d = distance(word, name[i]);
        if (d < best) {
            best = d;
            nearest = name[i];
        }
    }
    return nearest;
}

/* ---------------------------------------------------------------- values */

static const char *of_value(const struct ch_option *o)
{
    return o->value ? o->value : "VALUE";
}

/* "from 1 to 8", "from 0 to below 1", "of at least 1", "of at most 1" or "";
 * a bound that is out of everybody's way is told when v is beyond it. */
static void bounds_text(const struct ch_option *o, double v, char *out,
                        size_t size)
{
    char high[32];
    bool is_below;

    out[0] = '\0';
    if (!ch_option_is_bounded(o))
        return;
    snprintf(high, sizeof high, "%.15g", o->high);
    is_below = fabs(o->high) < CH_OPTION_HUGE && strtod(high, NULL) > o->high;
    if (o->high >= CH_OPTION_HUGE && v > o->high)
        snprintf(out, size, " of at most %.16g", o->high);
    else if (o->high >= CH_OPTION_HUGE)
        snprintf(out, size, " of at least %.15g", o->low);
    else if (o->low <= -CH_OPTION_HUGE)
        snprintf(out, size, " of at most %.15g", o->high);
    else
        snprintf(out, size, " from %.15g to %s%s", o->low,
                 is_below ? "below " : "", high);
}

static int bad_value(const struct ch_option *o, const char *kind,
                     const char *text, struct ch_err *e)
{
    char bounds[80];

    bounds_text(o, strtod(text, NULL), bounds, sizeof bounds);
    return ch_fail(e, CH_EUSAGE, "--%s: expected %s%s, found '%s'", o->name,
                   kind, bounds, text);
}

static int is_within(const struct ch_option *o, double v)
{
    return !ch_option_is_bounded(o) || (v >= o->low && v <= o->high);
}

static int set_count(const struct ch_option *o, const char *text,
                     struct ch_err *e)
{
    size_t digits = strspn(text, "0123456789");
    unsigned long long v;

    errno = 0;
    v = strtoull(text, NULL, 10);
    if (!digits || text[digits] || errno || !is_within(o, (double)v))
        return bad_value(o, "a whole number", text, e);
    *(uint64_t *)o->to = v;
    return 0;
}

static int set_number(const struct ch_option *o, const char *text,
                      struct ch_err *e)
{
    char *end;
    double v;

    errno = 0;
    v = strtod(text, &end);
    /* strtod() also takes leading blanks, hexadecimal, inf and nan; what is too
     * small for a double is not meant to be 0. */
    if (!*text || *end || strspn(text, "+-.0123456789eE") != strlen(text) ||
        errno || !isfinite(v) || !is_within(o, v))
        return bad_value(o, "a number", text, e);
    *(double *)o->to = v;
    return 0;
}

static int set_choice(const struct ch_option *o, const char *text,
                      struct ch_err *e)
{
    size_t length = strlen(text);
    const char *at = o->choices;

    for (int i = 0;; i++) {
        size_t n = strcspn(at, "|");

        if (n == length && memcmp(at, text, n) == 0) {
            *(int *)o->to = i;
            return 0;
        }
        if (!at[n])
            break;
        at += n + 1;
    }
    return ch_fail(e, CH_EUSAGE, "--%s: expected one of %s, found '%s'",
                   o->name, o->choices, text);
}

static int add_text(const struct ch_option *o, const char *text,
                    struct ch_err *e)
{
    struct ch_texts *texts = o->to;

    if (texts->count == CH_TEXTS_LIMIT)
        return ch_fail(e, CH_EUSAGE, "--%s: expected at most %d, found '%s', "
                       "too", o->name, CH_TEXTS_LIMIT, text);
    texts->at[texts->count++] = text;
    return 0;
}

static int set_value(const struct ch_option *o, const char *text,
                     struct ch_err *e)
{
    switch (o->kind) {
    case CH_OPTION_COUNT: return set_count(o, text, e);
    case CH_OPTION_NUMBER: return set_number(o, text, e);
    case CH_OPTION_CHOICE: return set_choice(o, text, e);
    case CH_OPTION_CONFIG:
    case CH_OPTION_TEXT: *(const char **)o->to = text; return 0;
    case CH_OPTION_TEXTS: return add_text(o, text, e);
    case CH_OPTION_FLAG:
    case CH_OPTION_GROUP: break;
    }
    return 0;
}

/* --------------------------------------------------------------- parsing */

struct parser {
    const struct ch_program *program;
    struct ch_arguments *arguments;
    char **argv;
    int argc, at;                   /* next argument to look at */
    bool was_given[OPTION_LIMIT];
};

static int unknown(const struct parser *p, const char *name, struct ch_err *e)
{
    const char *known[OPTION_LIMIT + 2] = { "help", "version" };
    const char *near;
    size_t count = 2;

    for (const struct ch_option *o = p->program->options; o && o->name; o++)
        if (o->kind != CH_OPTION_GROUP)
            known[count++] = o->name;
    near = ch_options_nearest(name, known, count);
    if (!near && strncmp(name, "no-", 3) == 0)
        near = ch_options_nearest(name + 3, known, count);
    if (near)
        return ch_fail(e, CH_EUSAGE,
                       "unknown option --%s; did you mean --%s?", name, near);
    return ch_fail(e, CH_EUSAGE, "unknown option --%s; see %s --help", name,
                   p->program->name);
}

static const struct ch_option *find(const struct ch_program *program,
                                    const char *name)
{
    for (const struct ch_option *o = program->options; o && o->name; o++)
        if (o->kind != CH_OPTION_GROUP && strcmp(o->name, name) == 0)
            return o;
    return NULL;
}

/* --grid, --no-grid */
static int set_flag(const struct ch_option *o, bool on, const char *value,
                    struct ch_err *e)
{
    if (value)
        return ch_fail(e, CH_EUSAGE, "--%s%s takes no value, found '%s'",
                       on ? "" : "no-", o->name, value);
    *(bool *)o->to = on;
    return 0;
}

/* The value of an option: behind its '=', or the next argument. */
static int take_value(struct parser *p, const struct ch_option *o,
                      const char *value, struct ch_err *e)
{
    const char *next = p->at < p->argc ? p->argv[p->at] : NULL;

    if (value)
        return set_value(o, value, e);
    if (!next)
        return ch_fail(e, CH_EUSAGE, "--%s needs a value: --%s %s", o->name,
                       o->name, of_value(o));
    /* Far more often a forgotten value than a file of that name. */
    if (strncmp(next, "--", 2) == 0)
        return ch_fail(e, CH_EUSAGE,
                       "--%s needs a value, found %s; "
                       "write --%s=%s if that is the value", o->name, next,
                       o->name, next);
    p->at++;
    return set_value(o, next, e);
}

/* --name, --name=value, --no-name */
static int parse_long(struct parser *p, const char *text, struct ch_err *e)
{
    const char *value = strchr(text, '=');
    size_t n = value ? (size_t)(value - text) : strlen(text);
    const struct ch_option *o;
    bool on = true;
    char name[256];

    if (n >= sizeof name)
        return ch_fail(e, CH_EUSAGE, "unknown option of %zu bytes; see %s "
                       "--help", n, p->program->name);
    memcpy(name, text, n);
    name[n] = '\0';
    value = value ? value + 1 : NULL;
    o = find(p->program, name);
    if (!o && strncmp(name, "no-", 3) == 0) {
        o = find(p->program, name + 3);
        on = false;
        if (o && o->kind != CH_OPTION_FLAG)
            return ch_fail(e, CH_EUSAGE,
                           "--%s: only a flag can be denied with --no-; "
                           "--%s takes %s", name, o->name, of_value(o));
    }
    if (!o)
        return unknown(p, name, e);
    p->was_given[o - p->program->options] = true;
    if (o->kind == CH_OPTION_FLAG)
        return set_flag(o, on, value, e);
    return take_value(p, o, value, e);
}

/* -v, -q, -vv */
static int parse_short(struct parser *p, const char *letters,
                       struct ch_err *e)
{
    for (const char *at = letters; *at; at++) {
        if (*at == 'v')
            p->arguments->verbosity++;
        else if (*at == 'q')
            p->arguments->verbosity--;
        else
            return ch_fail(e, CH_EUSAGE,
                           "unknown option -%s; expected -v, -q, or a name "
                           "with two dashes; see %s --help", letters,
                           p->program->name);
    }
    return 0;
}

static int check_required(const struct parser *p, struct ch_err *e)
{
    const struct ch_option *options = p->program->options;

    for (size_t i = 0; options && options[i].name; i++)
        if (options[i].required && !p->was_given[i])
            return ch_fail(e, CH_EUSAGE, "missing --%s %s; see %s --help",
                           options[i].name, of_value(&options[i]),
                           p->program->name);
    return 0;
}

/* Operands move to the front of argv, in their order: the slots before `at`
 * have been read. */
static int parse_all(struct parser *p, struct ch_err *e)
{
    struct ch_arguments *a = p->arguments;
    bool only_operands = false;
    int rc = 0;

    while (!rc && p->at < p->argc) {
        char *text = p->argv[p->at++];

        if (only_operands || text[0] != '-' || !text[1]) {
            if (!p->program->operands)
                return ch_fail(e, CH_EUSAGE,
                               "expected only options, found '%s'; "
                               "see %s --help", text, p->program->name);
            a->operand[a->operand_count++] = text;
        } else if (strcmp(text, "--") == 0) {
            only_operands = true;
        } else if (text[1] == '-') {
            rc = parse_long(p, text + 2, e);
        } else {
            rc = parse_short(p, text + 1, e);
        }
    }
    return rc ? rc : check_required(p, e);
}

/* ------------------------------------------------------- a file of options */

static int set_line(void *context, const char *name, const char *value,
                    struct ch_err *e)
{
    struct parser *p = context;
    const struct ch_option *o = find(p->program, name);
    bool is_yes = !strcmp(value, "yes"), *given;

    if (!o || o->kind == CH_OPTION_CONFIG)
        return unknown(p, name, e);
    given = &p->was_given[o - p->program->options];
    if (*given && o->kind != CH_OPTION_TEXTS)
        return ch_fail(e, CH_EUSAGE, "%s is given a second time", name);
    *given = true;
    if (o->kind != CH_OPTION_FLAG)
        return set_value(o, value, e);
    if (!is_yes && strcmp(value, "no"))
        return ch_fail(e, CH_EUSAGE, "%s: expected yes or no, found '%s'",
                       name, value);
    return set_flag(o, is_yes, NULL, e);
}

/* The file that the command line names last, if it names one. */
static int read_config(struct parser *p, struct ch_err *e)
{
    const struct ch_option *o = p->program->options;
    const char *path = NULL;
    size_t n, size;
    int rc;

    while (o && o->name && o->kind != CH_OPTION_CONFIG)
        o++;
    if (!o || !o->name)
        return 0;
    n = strlen(o->name);
    for (int i = 1; i < p->argc && strcmp(p->argv[i], "--"); i++) {
        const char *text = p->argv[i];

        if (strncmp(text, "--", 2) || strncmp(text + 2, o->name, n))
            continue;
        if (text[2 + n] == '=')
            path = text + 2 + n + 1;
        else if (!text[2 + n] && i + 1 < p->argc)
            path = p->argv[i + 1];
    }
    if (!path)
        return 0;
    rc = ch_file_read(path, CONFIG_LIMIT, &p->arguments->config, &size, e);
    return rc ? rc : ch_option_file_parse(p->arguments->config, size, path,
                                          set_line, p, e);
}

void ch_arguments_release(struct ch_arguments *arguments)
{
    free(arguments->config);
    arguments->config = NULL;
}

/* Is the word among the options, before any "--"? */
static bool is_asked(int argc, char **argv, const char *word)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
        if (strcmp(argv[i], word) == 0)
            return true;
    return false;
}

static int say(const char *text, struct ch_err *e)
{
    if (fputs(text, stdout) < 0 || fflush(stdout))
        return ch_fail_errno(e, NULL, "cannot write on stdout");
    return 0;
}

static int say_help(const struct ch_program *program, struct ch_err *e)
{
    size_t n = ch_options_help(program, NULL, 0);
    char *text = malloc(n + 1);
    int rc;

    if (!text)
        return ch_fail(e, CH_ENOMEM, "cannot hold the help");
    ch_options_help(program, text, n + 1);
    rc = say(text, e);
    free(text);
    return rc;
}

static int say_version(const struct ch_program *program, struct ch_err *e)
{
    char text[128];

    snprintf(text, sizeof text, "%s %s\n", program->name, CH_VERSION);
    return say(text, e);
}

int ch_options_parse(const struct ch_program *program, int argc, char **argv,
                     struct ch_arguments *arguments, struct ch_err *e)
{
    struct parser p = { .program = program, .arguments = arguments,
                        .argv = argv, .argc = argc, .at = 1 };
    int rc;

    *arguments = (struct ch_arguments){ .operand = argv + (argc > 0) };
    /* Asked for help, a wrong option elsewhere does not matter, and the help
     * must show the defaults as they are before anything is set. */
    if (is_asked(argc, argv, "--help")) {
        arguments->done = true;
        return say_help(program, e);
    }
    if (is_asked(argc, argv, "--version")) {
        arguments->done = true;
        return say_version(program, e);
    }
    rc = read_config(&p, e);
    if (!rc) rc = parse_all(&p, e);
    return rc ? rc : ch_option_paths_check(program, arguments, e);
}
