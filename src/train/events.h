/* events.h - RUN/events.out.tfevents.chorus: curves for TensorBoard
 *
 * Records of TensorFlow (a length, its checksum, bytes, their checksum; masked
 * CRC32C), each a protobuf message Event of tensorflow/core/util/event.proto.
 * A run that goes on appends a session's start, at which TensorBoard forgets
 * the steps that are trained again; a record that a crash cut off is dropped.
 *
 * Ranks:    rank 0 only.
 * Memory:   put() allocates nothing after the longest.
 */
#ifndef CH_TRAIN_EVENTS_H
#define CH_TRAIN_EVENTS_H

#include "base/bytes.h"

#define CH_EVENTS_NAME "events.out.tfevents.chorus"

struct ch_events_value {
    const char *tag;
    double value;
};

struct ch_events;
/* resumed_step 0: a new file. */
int ch_events_open(struct ch_events **out, const char *folder,
                   uint64_t resumed_step, struct ch_err *e);
void ch_events_close(struct ch_events *v);
/* One record, whole in the file when this returns. */
int ch_events_put(struct ch_events *v, uint64_t step,
                  const struct ch_events_value *value, size_t count,
                  struct ch_err *e);

#endif
