/* stack.c - where the threads of a process are, on stderr */
#include "base/stack.h"

#include <dirent.h>
#include <errno.h>
#include <execinfo.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define FRAMES 64
/* The handler itself, and what the kernel returns to. */
#define OWN_FRAMES 2
/* No library that we know uses it. */
#define SIGNAL (SIGRTMIN + 7)

/* Where our code lies: from the linker. */
extern const char ch_stack_first[] __asm__("__executable_start");
extern const char ch_stack_end_of_code[] __asm__("etext");

static char front[160];
static volatile sig_atomic_t answers;
static struct sigaction before;

static bool is_ours(void *const *frame, int n)
{
    for (int i = OWN_FRAMES; i < n; i++)
        if ((const char *)frame[i] >= ch_stack_first &&
            (const char *)frame[i] < ch_stack_end_of_code)
            return true;
    return false;
}

/* A number in decimal, without what a signal may not call. */
static char *put_number(char *end, long n)
{
    do
        *--end = (char)('0' + n % 10);
    while (n /= 10);
    return end;
}

static void say(const char *text, size_t n)
{
    ssize_t unused = write(STDERR_FILENO, text, n);

    (void)unused;      /* nobody is left to be told */
}

static void tell(int number)
{
    void *frame[FRAMES];
    char digits[24], *end = digits + sizeof digits;
    int saved = errno, n = backtrace(frame, FRAMES);
    char *first = put_number(end, syscall(SYS_gettid));

    (void)number;
    if (is_ours(frame, n)) {
        say(front, strlen(front));
        say(first, (size_t)(end - first));
        say(" is here:\n", 10);
        backtrace_symbols_fd(frame + OWN_FRAMES, n - OWN_FRAMES,
                             STDERR_FILENO);
    }
    answers++;
    errno = saved;
}

void ch_stack_begin(const char *who)
{
    struct sigaction act = { .sa_handler = tell, .sa_flags = SA_RESTART };
    void *frame[1];

    snprintf(front, sizeof front, "%s, thread ", who);
    backtrace(frame, 1);      /* loads what it needs, now */
    sigemptyset(&act.sa_mask);
    sigaction(SIGNAL, &act, &before);
}

void ch_stack_end(void)
{
    sigaction(SIGNAL, &before, NULL);
}

static void ask(pid_t thread)
{
    const struct timespec pause = { .tv_nsec = 1000000 };
    sig_atomic_t had = answers;

    if (syscall(SYS_tgkill, getpid(), thread, SIGNAL))
        return;
    for (int i = 0; i < 1000 && answers == had; i++)
        nanosleep(&pause, NULL);
}

void ch_stack_threads(void)
{
    DIR *dir = opendir("/proc/self/task");
    const struct dirent *entry;

    if (!dir)
        return;
    while ((entry = readdir(dir))) {
        pid_t thread = (pid_t)strtol(entry->d_name, NULL, 10);

        if (thread > 0 && thread != (pid_t)syscall(SYS_gettid))
            ask(thread);
    }
    closedir(dir);
}

void ch_stack_other(int pid)
{
    syscall(SYS_tgkill, pid, pid, SIGNAL);
}
