/* watchdog.c - no rank waits for ever */
#include "train/watchdog.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/pool.h"
#include "base/stack.h"
#include "chorus/log.h"
#include "train/beacon.h"
#include "train/watchdog_member.h"

/* Looks in a timeout, and the longest time between two. */
#define LOOKS 20
#define TICK_MOST_MS 5000
/* From the words to the end: for the stack of who is named, for those of all
 * ranks, and, of ranks that do not speak, for who does. */
#define LAST_WORDS_MS 1500
#define ALL_WORDS_MS 4000
#define PATIENCE_MS 6000

struct ch_watchdog {
    struct ch_comm *comm;
    int rank, size;
    struct ch_watchdog_member *member;     /* [size] */
    struct ch_pulse *copy;                 /* [size]: of other hosts */
    struct ch_beacon *beacon;              /* between hosts; NULL: none */
    const struct ch_set *set[2];           /* training, validation */

    /* Of its thread: */
    uint64_t timeout_ms, tick_ms;
    uint64_t since_ms;         /* nobody was silent before */
    uint64_t looked_ms;
    uint64_t calls, count;     /* of this rank, at the last look */
    uint64_t end_ms;           /* when this process ends; 0: it does not */

    bool is_telling_all;
    int wake[2];               /* a pipe: closed to end the thread */
    struct ch_pool *pool;
};

/* What goes to ranks of other hosts. */
struct word {
    uint64_t age_ms;           /* since its work went on */
    struct ch_pulse pulse;
};
_Static_assert(sizeof(struct word) <= CH_BEACON_MOST, "a letter holds it");

static uint64_t now_ms(void)
{
    return (uint64_t)(ch_clock_s() * 1e3);
}

static struct ch_pulse *pulse_of(const struct ch_watchdog *w, int rank)
{
    return w->member[rank].pulse;
}

struct ch_pulse *ch_watchdog_pulse(struct ch_watchdog *w)
{
    return pulse_of(w, w->rank);
}

void ch_watchdog_tell_all(struct ch_watchdog *w)
{
    __atomic_store_n(&w->is_telling_all, true, __ATOMIC_RELAXED);
}

void ch_watchdog_name_sets(struct ch_watchdog *w, const struct ch_set *train,
                           const struct ch_set *val)
{
    __atomic_store_n(&w->set[0], train, __ATOMIC_RELEASE);
    __atomic_store_n(&w->set[1], val, __ATOMIC_RELEASE);
}

/* ------------------------------------------------------------- what it sees */

static bool is_waiting(const struct ch_watchdog *w, int rank)
{
    return ch_pulse_get(pulse_of(w, rank), CH_PULSE_CALLS) % 2;
}

/* Was anything ever heard of it? */
static bool is_known(const struct ch_watchdog *w, int rank)
{
    return w->member[rank].is_here ||
           ch_pulse_get(pulse_of(w, rank), CH_PULSE_ALIVE);
}

/* Since a clock of its pulse, but not from before all were well. */
static uint64_t age(const struct ch_watchdog *w, int rank, size_t clock,
                    uint64_t now)
{
    uint64_t at = ch_pulse_get(pulse_of(w, rank), clock);

    if (at < w->since_ms)
        at = w->since_ms;
    return now > at ? now - at : 0;
}

static bool is_silent(const struct ch_watchdog *w, int rank, uint64_t now)
{
    if (!is_known(w, rank))
        return false;
    return age(w, rank, CH_PULSE_ALIVE, now) >= w->timeout_ms ||
           (!is_waiting(w, rank) &&
            age(w, rank, CH_PULSE_MOVED, now) >= w->timeout_ms);
}

/* Who says it: of those that are well and known, the lowest. */
static bool is_speaker(const struct ch_watchdog *w, uint64_t now)
{
    for (int q = 0; q < w->rank; q++)
        if (is_known(w, q) && !is_silent(w, q, now))
            return false;
    return true;
}

static bool has_well(const struct ch_watchdog *w, uint64_t now)
{
    for (int q = 0; q < w->size; q++)
        if (is_known(w, q) && !is_silent(w, q, now))
            return true;
    return false;
}

/* ------------------------------------------------------------- what it says */

static void name_rank(const struct ch_watchdog *w, int rank, uint64_t now)
{
    const struct ch_watchdog_member *m = &w->member[rank];
    char place[512], state[128];
    uint64_t silent_ms = age(w, rank, CH_PULSE_MOVED, now);

    ch_watchdog_member_place(m, w->set, place, sizeof place);
    ch_watchdog_member_state(m, state, sizeof state);
    ch_log(CH_LOG_ERROR, "rank %d on host %s (pid %d) has been silent for "
           "%llu s, %s%s; the job ends, and what it saved is whole", rank,
           m->host, m->pid, (unsigned long long)silent_ms / 1000,
           is_known(w, rank) ? place : "nothing was heard of it", state);
    if (ch_watchdog_member_wake(m))
        ch_log(CH_LOG_ERROR, "rank %d is continued, to tell where it was",
               rank);
}

/* Those that are named print theirs themselves. */
static void tell_stacks(const struct ch_watchdog *w, uint64_t now)
{
    for (int q = 0; q < w->size; q++)
        if (q != w->rank && w->member[q].is_here && !is_silent(w, q, now))
            ch_stack_other(w->member[q].pid);
    ch_stack_threads();
}

static void end_in(struct ch_watchdog *w, uint64_t now, uint64_t ms)
{
    w->end_ms = now + ms;
}

/* This rank stands still and waits for others.  Someone who gets on may only be
 * slow: then nothing happens. */
static void judge_others(struct ch_watchdog *w, uint64_t now)
{
    int silent = 0, moving = 0, unknown = 0;
    uint64_t waited_ms = age(w, w->rank, CH_PULSE_MOVED, now);
    bool is_telling_all = __atomic_load_n(&w->is_telling_all, __ATOMIC_RELAXED);

    for (int q = 0; q < w->size; q++) {
        silent += is_silent(w, q, now);
        unknown += !is_known(w, q);
        moving += is_known(w, q) &&
                  age(w, q, CH_PULSE_MOVED, now) < w->timeout_ms;
    }
    if (!silent && moving)
        return;
    /* One may have been stopped a moment after it began to wait; one that was
     * never heard may be well. */
    if (!silent && waited_ms < w->timeout_ms + w->timeout_ms / 4)
        return;
    if (!silent && unknown && waited_ms < 2 * w->timeout_ms)
        return;
    if (!is_speaker(w, now)) {
        end_in(w, now, PATIENCE_MS);
        return;
    }
    for (int q = 0; q < w->size; q++)
        if (silent ? is_silent(w, q, now) : !is_known(w, q))
            name_rank(w, q, now);
    if (!silent && !unknown) {
        char place[512];

        ch_watchdog_member_place(&w->member[w->rank], w->set, place,
                                 sizeof place);
        ch_log(CH_LOG_ERROR, "all ranks have waited for one another for %llu "
               "s, this one %s; the job ends, and what it saved is whole",
               (unsigned long long)waited_ms / 1000, place);
        ch_stack_threads();
    } else if (is_telling_all) {
        tell_stacks(w, now);
    }
    end_in(w, now, is_telling_all ? ALL_WORDS_MS : LAST_WORDS_MS);
}

static void judge(struct ch_watchdog *w, uint64_t now)
{
    if (age(w, w->rank, CH_PULSE_MOVED, now) < w->timeout_ms)
        return;
    if (is_waiting(w, w->rank)) {
        judge_others(w, now);
        return;
    }
    /* Another names it, if one is well. */
    if (!has_well(w, now))
        name_rank(w, w->rank, now);
    ch_stack_threads();
    end_in(w, now, w->size == 1 ? 0 : PATIENCE_MS);
}

/* --------------------------------------------------------------- its thread */

static void send_pulse(struct ch_watchdog *w, uint64_t now)
{
    struct word word = {
        .age_ms = now - ch_pulse_get(pulse_of(w, w->rank), CH_PULSE_MOVED)
    };

    for (size_t i = 0; i < CH_PULSE_WORDS; i++)
        word.pulse.word[i] = ch_pulse_get(pulse_of(w, w->rank), i);
    for (int q = 0; q < w->size; q++)
        if (!w->member[q].is_here)
            ch_beacon_send(w->beacon, q, &word, sizeof word);
}

static void receive_pulses(struct ch_watchdog *w, uint64_t now)
{
    struct word word;
    int rank;

    while (ch_beacon_receive(w->beacon, &rank, &word, sizeof word)) {
        if (w->member[rank].is_here)
            continue;
        w->copy[rank] = word.pulse;
        ch_pulse_put(&w->copy[rank], CH_PULSE_ALIVE, now);
        ch_pulse_put(&w->copy[rank], CH_PULSE_MOVED,
                     now > word.age_ms ? now - word.age_ms : 0);
    }
}

static void look(struct ch_watchdog *w)
{
    struct ch_pulse *p = pulse_of(w, w->rank);
    uint64_t now = now_ms();
    uint64_t calls = ch_pulse_get(p, CH_PULSE_CALLS);
    uint64_t count = ch_pulse_get(p, CH_PULSE_COUNT);

    /* This process did not run for long: the others may not have, either. */
    if (now - w->looked_ms > w->timeout_ms / 2)
        w->since_ms = now;
    if (calls != w->calls || count != w->count)
        ch_pulse_put(p, CH_PULSE_MOVED, now);
    ch_pulse_put(p, CH_PULSE_ALIVE, now);
    w->calls = calls;
    w->count = count;
    w->looked_ms = now;
    if (w->beacon)
        send_pulse(w, now);
    if (!w->end_ms)
        judge(w, now);
    if (w->end_ms && now_ms() >= w->end_ms)
        _exit(ch_err_exit(CH_ECOMM));
}

static int watch(void *context, size_t index, struct ch_err *e)
{
    struct ch_watchdog *w = context;
    struct pollfd on[2] = { { w->wake[0], POLLIN, 0 }, { -1, POLLIN, 0 } };

    (void)index, (void)e;
    if (w->beacon)
        on[1].fd = ch_beacon_fd(w->beacon);
    for (;;) {
        uint64_t next = w->looked_ms + w->tick_ms, now = now_ms();

        poll(on, 2, next > now ? (int)(next - now) : 0);
        if (on[0].revents)
            return 0;
        if (w->beacon)
            receive_pulses(w, now_ms());
        if (now_ms() >= next)
            look(w);
    }
}

/* --------------------------------------------------------------- life, end */

/* Who is who, and where their pulses are; told to all. */
static int find_members(struct ch_watchdog *w, struct ch_err *e)
{
    size_t size = (size_t)w->size;
    void **page = calloc(size, sizeof *page);
    int rc = page ? 0 : ch_fail(e, CH_ENOMEM, "cannot hold %zu ranks", size);

    rc = ch_comm_agree(w->comm, rc, e);
    if (!rc) {
        ch_watchdog_member_self(&w->member[w->rank], ch_comm_host(w->comm));
        rc = ch_comm_gather_each(w->comm, &w->member[w->rank], w->member,
                                 sizeof *w->member, e);
    }
    if (!rc) rc = ch_comm_page(w->comm, page, e);
    for (size_t q = 0; q < size && !rc; q++) {
        w->member[q].is_here = page[q] != NULL;
        w->member[q].pulse = page[q] ? page[q] : &w->copy[q];
    }
    free(page);
    return rc;
}

static int take_own(struct ch_watchdog *w, struct ch_err *e)
{
    size_t size = (size_t)w->size;

    w->member = calloc(size, sizeof *w->member);
    w->copy = calloc(size, sizeof *w->copy);
    if (!w->member || !w->copy)
        return ch_fail(e, CH_ENOMEM, "cannot hold %zu ranks", size);
    if (pipe2(w->wake, O_CLOEXEC))
        return ch_fail_errno(e, NULL, "cannot make a pipe");
    return 0;
}

static int start(struct ch_watchdog *w, struct ch_err *e)
{
    struct ch_pulse *mine = pulse_of(w, w->rank);
    char who[128];

    w->looked_ms = w->since_ms = now_ms();
    ch_pulse_put(mine, CH_PULSE_ALIVE, w->since_ms);
    ch_pulse_put(mine, CH_PULSE_MOVED, w->since_ms);
    snprintf(who, sizeof who, "rank %d on host %s", w->rank,
             w->member[w->rank].host);
    ch_stack_begin(who);
    return ch_pool_start(&w->pool, 1, watch, w, e);
}

int ch_watchdog_open(struct ch_watchdog **out, struct ch_comm *comm,
                     double timeout_s, struct ch_err *e)
{
    struct ch_watchdog *w = calloc(1, sizeof *w);
    struct ch_err why = CH_ERR_INIT;
    int rc;

    *out = NULL;
    if (w) {
        w->comm = comm;
        w->rank = ch_comm_rank(comm);
        w->size = ch_comm_size(comm);
        w->wake[0] = w->wake[1] = -1;
        w->timeout_ms = (uint64_t)(timeout_s * 1e3);
        w->tick_ms = w->timeout_ms / LOOKS + 1;
        if (w->tick_ms > TICK_MOST_MS)
            w->tick_ms = TICK_MOST_MS;
    }
    rc = w ? take_own(w, e) : ch_fail(e, CH_ENOMEM, "cannot hold a watchdog");
    rc = ch_comm_agree(comm, rc, e);
    if (!rc) rc = find_members(w, e);
    /* Without letters the ranks of other hosts are not known, but waited for
     * no longer. */
    if (!rc && timeout_s > 0 && !ch_comm_is_one_host(comm) &&
        ch_beacon_open(&w->beacon, comm, &why))
        ch_log(CH_LOG_INFO, "%s; a hang on another host cannot be named",
               why.msg);
    if (!rc && timeout_s > 0)
        rc = start(w, e);
    rc = ch_comm_agree(comm, rc, e);
    if (rc) {
        ch_watchdog_close(w);
        return rc;
    }
    ch_comm_watch(comm, &pulse_of(w, w->rank)->word[CH_PULSE_CALLS]);
    *out = w;
    return 0;
}

void ch_watchdog_close(struct ch_watchdog *w)
{
    if (!w)
        return;
    ch_comm_watch(w->comm, NULL);
    if (w->wake[1] >= 0)
        close(w->wake[1]);
    if (w->pool) {
        (void)ch_pool_finish(w->pool, NULL);      /* watch() cannot fail */
        ch_stack_end();
        /* Who was silent may have come back: the job ends, as was told. */
        if (w->end_ms)
            _exit(ch_err_exit(CH_ECOMM));
    }
    if (w->wake[0] >= 0)
        close(w->wake[0]);
    ch_beacon_close(w->beacon);
    free(w->member);
    free(w->copy);
    free(w);
}
