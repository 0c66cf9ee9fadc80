/* log.c - words for people, on stderr
 *
 * Each line is made whole in memory and written at once, so lines of several
 * ranks and threads do not tear each other.
 */
#include "chorus/log.h"

#include "base/sink.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* The sink: set before the first thread starts; is_half_drawn is protected by
 * the lock of stderr (flockfile). */
static struct {
    char front[224];           /* "chorus-train: [rank 3 n07] " */
    enum ch_log_level level;
    int rank;
    bool is_half_drawn;
} sink = { .front = "chorus: ", .level = CH_LOG_INFO };

void ch_log_setup(const char *program, enum ch_log_level level, int rank,
                  int size)
{
    char host[64] = "";

    sink.level = level;
    sink.rank = rank;
    if (size > 1 && (rank > 0 || level == CH_LOG_DEBUG)) {
        if (gethostname(host, sizeof host - 1))
            strcpy(host, "?");
        /* The first part of the name tells machines of one cluster apart. */
        host[strcspn(host, ".")] = '\0';
        snprintf(sink.front, sizeof sink.front, "%.80s: [rank %d %s] ",
                 program, rank, host);
    } else {
        snprintf(sink.front, sizeof sink.front, "%.80s: ", program);
    }
}

bool ch_log_is_drawing(void)
{
    return sink.rank == 0 && sink.level >= CH_LOG_INFO;
}

size_t ch_log_columns(void)
{
    struct winsize w = { 0 };
    const char *term = getenv("TERM");

    if (!isatty(STDERR_FILENO) || (term && strcmp(term, "dumb") == 0))
        return 0;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &w) || w.ws_col < 20)
        return 80;
    return w.ws_col;
}

/* Control characters become '?': what is logged may quote names from outside,
 * and must stay one line. */
static void clean(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = '?';
}

static void write_line(const char *line)
{
    flockfile(stderr);
    if (sink.is_half_drawn)
        fputc('\n', stderr);
    sink.is_half_drawn = false;
    fputs(line, stderr);
    funlockfile(stderr);
}

void ch_log(enum ch_log_level level, const char *format, ...)
{
    char text[1024], line[sizeof text + sizeof sink.front + 32];
    enum ch_log_level limit = sink.level;
    int saved = errno;
    va_list list;
    int n;

    if (sink.rank > 0 && limit > CH_LOG_WARN && limit != CH_LOG_DEBUG)
        limit = CH_LOG_WARN;
    if (level > limit)
        return;
    va_start(list, format);
    n = vsnprintf(text, sizeof text, format, list);
    va_end(list);
    if (n < 0)
        return;
    if ((size_t)n >= sizeof text)
        strcpy(text + sizeof text - 4, "...");
    clean(text);
    snprintf(line, sizeof line, "%s%s%s\n", sink.front,
             level == CH_LOG_WARN ? "warning: " : "", text);
    write_line(line);
    errno = saved;
}

void ch_log_draw(const char *line, bool finish)
{
    char text[1024];
    int saved = errno;

    if (!ch_log_columns()) {
        snprintf(text, sizeof text, "%s%.790s\n", sink.front, line);
        write_line(text);
        errno = saved;
        return;
    }
    /* Back to the start, the words, and nothing of the older line behind. */
    snprintf(text, sizeof text, "\r%.900s\033[K%s", line, finish ? "\n" : "");
    flockfile(stderr);
    fputs(text, stderr);
    sink.is_half_drawn = !finish;
    funlockfile(stderr);
    errno = saved;
}
