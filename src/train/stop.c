/* stop.c - signals and clocks that ask a run to stop */
#include "train/stop.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mapped.h"

/* Time for the step that has begun, and for the checkpoint. */
#define MARGIN_S 120

static const struct { int number; const char *name; } known[] = {
    { SIGTERM, "SIGTERM" }, { SIGINT, "SIGINT" }, { SIGUSR1, "SIGUSR1" },
    { SIGUSR2, "SIGUSR2" }, { SIGXCPU, "SIGXCPU" },
};
#define KNOWN (sizeof known / sizeof *known)

/* A signal finds nothing but what is here. */
static volatile sig_atomic_t caught;
static volatile sig_atomic_t interrupts;
static struct sigaction before[KNOWN], before_bus;

static void catch(int number)
{
    if (number == SIGINT && interrupts++)
        _exit(130);
    caught = number;
}

/* A page of a mapped file is gone: of a shard, or of memory that ranks share.
 * Only what is safe in a signal. */
static void end_cut_short(int number, siginfo_t *info, void *context)
{
    static const char begin[] = "chorus-train: ", end[] =
        ": a part is gone while it is in use: it was cut short, its disk is "
        "full or fails; put it right and give --resume\n";
    char said[4096 + sizeof begin + sizeof end], path[4096];
    size_t n = sizeof begin - 1;

    (void)number, (void)context;
    if (!ch_mapped_file(info->si_addr, path, sizeof path))
        memcpy(path, "memory", sizeof "memory");
    memcpy(said, begin, n);
    for (const char *at = path; *at; at++)
        said[n++] = *at;
    memcpy(said + n, end, sizeof end - 1);
    n += sizeof end - 1;
    /* Nobody is left to tell that it could not be told. */
    (void)!write(STDERR_FILENO, said, n);
    _exit(1);
}

void ch_stop_watch(void)
{
    struct sigaction act = { .sa_handler = catch, .sa_flags = SA_RESTART };
    struct sigaction cut = { .sa_sigaction = end_cut_short,
                             .sa_flags = SA_SIGINFO };

    caught = interrupts = 0;
    sigemptyset(&act.sa_mask);
    for (size_t i = 0; i < KNOWN; i++)
        sigaction(known[i].number, &act, &before[i]);
    sigemptyset(&cut.sa_mask);
    sigaction(SIGBUS, &cut, &before_bus);
}

void ch_stop_forget(void)
{
    for (size_t i = 0; i < KNOWN; i++)
        sigaction(known[i].number, &before[i], NULL);
    sigaction(SIGBUS, &before_bus, NULL);
}

uint64_t ch_stop_wish(void)
{
    for (size_t i = 0; i < KNOWN; i++)
        if (known[i].number == caught)
            return UINT64_C(1) << i;
    return 0;
}

const char *ch_stop_name(uint64_t wish)
{
    for (size_t i = 0; i < KNOWN; i++)
        if (wish >> i & 1)
            return known[i].name;
    return "a signal";
}

double ch_stop_job_end_s(void)
{
    const char *text = getenv("SLURM_JOB_END_TIME");
    char *end;
    double at, left;

    if (!text || !*text)
        return 0;
    at = strtod(text, &end);
    if (*end || !(at > 0))
        return 0;
    left = at - (double)time(NULL) - MARGIN_S;
    return left > 1 ? left : 1;
}
