/* log.h - words for people, on stderr
 *
 * The library logs only what it does not return.  Results go to stdout and
 * are the programs' business.  Rank 0 speaks; the others only from CH_LOG_WARN
 * up, with "[rank 3 host]" in front.  At CH_LOG_DEBUG all speak, and all have
 * that in front.
 *
 * Threads:  ch_log() may be called from any thread; the settings below are
 *           made once, before the first thread starts.
 */
#ifndef CHORUS_LOG_H
#define CHORUS_LOG_H

#include <stdint.h>

enum ch_log_level { CH_LOG_ERROR, CH_LOG_WARN, CH_LOG_INFO, CH_LOG_DEBUG };

/* program: "chorus-train", in front of every line.  level: the least important
 * that is shown.  rank, size: 0 and 1 outside MPI. */
void ch_log_setup(const char *program, enum ch_log_level level, int rank,
                  int size);

void ch_log(enum ch_log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ------------------------------------------------------------ progress
 * A long job's progress: on a terminal one line that redraws itself at most
 * ten times a second
 *
 *     encode  [#########.........]  48%  2,912/6,000 images  58.1/s  0:53 left
 *
 * and otherwise a plain line every ten seconds and at the end.  Only rank 0
 * draws; on other ranks, and at levels below INFO, every call is silent. */
struct ch_progress {
    const char *what;    /* "encode" */
    const char *unit;    /* "images" */
    uint64_t done, total; /* total 0: unknown */
    uint64_t at_start;   /* done when this process began: not in the rate */
    double begun_s;
    double drawn_s;      /* when the last line was written */
    char note[96];       /* more, at the end of the line: "loss 3.21" */
};

void ch_progress_start(struct ch_progress *p, const char *what,
                       const char *unit, uint64_t done, uint64_t total);
void ch_progress_update(struct ch_progress *p, uint64_t done);
/* The last line, with the time it all took. */
void ch_progress_finish(struct ch_progress *p);
/* Units per second since the start, and an estimate of the seconds left; -1
 * when it cannot be known. */
double ch_progress_rate(const struct ch_progress *p);
double ch_progress_left_s(const struct ch_progress *p);

#endif
