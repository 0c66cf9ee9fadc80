/* phase.c - where the time of a rank's steps goes */
#include "train/phase.h"

#include <stdio.h>
#include <stdlib.h>

#include "chorus/log.h"

const char *ch_phase_name(enum ch_phase phase)
{
    static const char *const name[CH_PHASES] = {
        "load", "forward", "output", "backward", "wait", "sum", "update"
    };

    return name[phase];
}

void ch_phases_add(struct ch_phases *to, const struct ch_phases *more)
{
    for (size_t i = 0; i < CH_PHASES; i++)
        to->s[i] += more->s[i];
}

double ch_phases_total(const struct ch_phases *p)
{
    double sum = 0;

    for (size_t i = 0; i < CH_PHASES; i++)
        sum += p->s[i];
    return sum;
}

double ch_phases_compute(const struct ch_phases *p)
{
    return p->s[CH_PHASE_FORWARD] + p->s[CH_PHASE_OUTPUT] +
           p->s[CH_PHASE_BACKWARD];
}

int ch_phases_gather(struct ch_comm *comm, const struct ch_phases *mine,
                     struct ch_phases *all, struct ch_err *e)
{
    return ch_comm_gather_each(comm, mine, all, sizeof *mine, e);
}

/* A phase of one rank; phase CH_PHASES: all of them. */
static double seconds(const struct ch_phases *p, size_t phase)
{
    return phase < CH_PHASES ? p->s[phase] : ch_phases_total(p);
}

void ch_phases_row(const struct ch_phases *all, size_t n, size_t row,
                   char *text, size_t size)
{
    size_t phase = row - 1, least = 0, most = 0;
    double sum = 0, whole = 0;

    if (row == 0) {
        snprintf(text, size, "phase     mean s      %%   least s (rank)   "
                 "most s (rank)");
        return;
    }
    for (size_t q = 0; q < n; q++) {
        double s = seconds(&all[q], phase);

        sum += s;
        whole += ch_phases_total(&all[q]);
        if (s < seconds(&all[least], phase))
            least = q;
        if (s > seconds(&all[most], phase))
            most = q;
    }
    snprintf(text, size, "%-8s%8.2f  %5.1f  %8.2f (%zu)     %8.2f (%zu)",
             phase < CH_PHASES ? ch_phase_name((enum ch_phase)phase) : "all",
             sum / (double)n, whole > 0 ? 100 * sum / whole : 0,
             seconds(&all[least], phase), least, seconds(&all[most], phase),
             most);
}

int ch_phases_tell(struct ch_comm *comm, const struct ch_phases *mine,
                   const char *title, struct ch_err *e)
{
    size_t ranks = (size_t)ch_comm_size(comm);
    struct ch_phases *all = calloc(ranks, sizeof *all);
    char text[128];
    int rc = all ? 0 : ch_fail(e, CH_ENOMEM, "cannot hold the times of %zu "
                               "ranks", ranks);

    rc = ch_comm_agree(comm, rc, e);
    if (!rc) rc = ch_phases_gather(comm, mine, all, e);
    if (!rc && ch_comm_rank(comm) == 0) {
        ch_log(CH_LOG_INFO, "%s", title);
        for (size_t row = 0; row < CH_PHASE_ROWS; row++) {
            ch_phases_row(all, ranks, row, text, sizeof text);
            ch_log(CH_LOG_INFO, "%s", text);
        }
    }
    free(all);
    return rc;
}
