/* trace.h - what the ranks did when, for a timeline
 *
 * The first CH_TRACE_STEPS steps of this process as Chrome's trace events
 * (JSON, the "Trace Event Format"), which chrome://tracing and Perfetto show: a
 * process is a rank, a thread one of its threads, a span a phase.  All clocks
 * begin when the trace is opened.
 *
 * Life:     open -> (span ... -> end_step) ... -> write -> close
 * Ranks:    open and write are collective.
 * Memory:   span and end_step allocate nothing.
 */
#ifndef CH_TRAIN_TRACE_H
#define CH_TRAIN_TRACE_H

#include <stdbool.h>

#include "train/phase.h"

#define CH_TRACE_STEPS 200

struct ch_trace;

/* most: spans of a step on this rank.  Writes a trace without spans, so that a
 * path where nothing can be written is told before the work. */
int ch_trace_open(struct ch_trace **out, struct ch_comm *comm, size_t most,
                  const char *path, struct ch_err *e);
void ch_trace_close(struct ch_trace *t);       /* NULL is fine */

/* Seconds of ch_clock_s().  Nothing happens after the last step, or when t is
 * NULL. */
void ch_trace_span(struct ch_trace *t, enum ch_phase phase, size_t thread,
                   double begun_s, double end_s);
/* True when that was the last step: it is time to write. */
bool ch_trace_end_step(struct ch_trace *t);

/* Rank 0 writes the spans of all ranks; the file is whole or as it was.  Once
 * is enough: another time nothing happens. */
int ch_trace_write(struct ch_trace *t, struct ch_err *e);

#endif
