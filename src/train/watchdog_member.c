/* watchdog_member.c - the ranks of a job, as a watchdog knows them */
#include "train/watchdog_member.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/stack.h"

/* Lanes that a message names. */
#define LANES_MOST 4

static const char *const phase_name[] = {
#define SAY(name, say) say,
    CH_PULSE_PHASES(SAY)
#undef SAY
};
#define PHASES (sizeof phase_name / sizeof *phase_name)

/* ------------------------------------------------------------ its process */

static size_t read_small(const char *path, char *out, size_t size)
{
    FILE *file = fopen(path, "re");
    size_t n = file ? fread(out, 1, size - 1, file) : 0;

    if (file)
        fclose(file);
    out[n] = '\0';
    return n;
}

/* State and start of a process: the 3rd and 22nd field of its stat, whose 2nd
 * is a name in parentheses that may hold anything. */
static bool read_stat(int pid, char *state, uint64_t *started)
{
    char path[64], text[1024], *at;
    unsigned long long start = 0;

    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    if (!read_small(path, text, sizeof text))
        return false;
    at = strrchr(text, ')');
    if (!at || !at[1])
        return false;
    *state = at[2];
    at += 2;
    for (int field = 3; field < 22 && at; field++) {
        at = strchr(at, ' ');
        at = at ? at + 1 : NULL;
    }
    if (at)
        start = strtoull(at, NULL, 10);
    *started = start;
    return at != NULL;
}

void ch_watchdog_member_self(struct ch_watchdog_member *m, const char *host)
{
    char state;

    *m = (struct ch_watchdog_member) { .pid = (int)getpid() };
    snprintf(m->host, sizeof m->host, "%s", host);
    if (!read_stat(m->pid, &state, &m->started))
        m->started = 0;
}

/* Its state, 'X' when the process is gone; 0: it cannot be seen from here. */
static char state_of(const struct ch_watchdog_member *m)
{
    uint64_t started = 0;
    char state = 'X';

    if (!m->is_here || !m->started)
        return 0;
    if (!read_stat(m->pid, &state, &started) || started != m->started)
        return 'X';
    return state;
}

void ch_watchdog_member_state(const struct ch_watchdog_member *m, char *out,
                              size_t size)
{
    char path[64], where[64];

    out[0] = '\0';
    switch (state_of(m)) {
    case 'T':
    case 't':
        snprintf(out, size, "; its process is stopped");
        break;
    case 'D':
        snprintf(path, sizeof path, "/proc/%d/wchan", m->pid);
        read_small(path, where, sizeof where);
        snprintf(out, size, "; its process waits in the kernel (%s)",
                 where[0] ? where : "it does not say where");
        break;
    case 'X':
    case 'Z':
        snprintf(out, size, "; its process is gone");
        break;
    default:
        break;
    }
}

bool ch_watchdog_member_wake(const struct ch_watchdog_member *m)
{
    char state = state_of(m);

    if (state != 'T' && state != 't')
        return false;
    ch_stack_other(m->pid);      /* waits for the process to be continued */
    return !kill(m->pid, SIGCONT);
}

/* ---------------------------------------------------------------- its place */

static void add(char *out, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void add(char *out, size_t size, const char *format, ...)
{
    size_t at = strlen(out);
    va_list list;

    va_start(list, format);
    vsnprintf(out + at, size - at, format, list);
    va_end(list);
}

void ch_watchdog_member_place(const struct ch_watchdog_member *m,
                              const struct ch_set *const set[2], char *out,
                              size_t size)
{
    uint64_t phase = ch_pulse_get(m->pulse, CH_PULSE_PHASE);
    struct ch_pulse_work w;
    int found = 0;

    out[0] = '\0';
    add(out, size, "in step %llu, %s",
        (unsigned long long)ch_pulse_get(m->pulse, CH_PULSE_STEP),
        phase_name[phase < PHASES ? phase : 0]);
    if (ch_pulse_get(m->pulse, CH_PULSE_CALLS) % 2)
        add(out, size, ", waiting for the other ranks");
    for (size_t i = 0; i < CH_CREW_MOST && found < LANES_MOST; i++) {
        if (!ch_pulse_see(m->pulse, i, &w))
            continue;
        add(out, size, "%s%s lane %zu", found++ ? ", " : ": ",
            w.is_computing ? "computing" : "reading", w.lane);
        if (set[w.is_val])
            add(out, size, " of %s", ch_set_file(set[w.is_val], w.record));
    }
}
