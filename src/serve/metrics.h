/* metrics.h - what the server has done, counted
 *
 * In the text format of Prometheus, version 0.0.4.  Any thread counts; numbers
 * that belong together may be one request apart.
 */
#ifndef CH_SERVE_METRICS_H
#define CH_SERVE_METRICS_H

#include "base/bytes.h"

#include <stdatomic.h>

/* X(name, path, or what stands for others) */
#define CH_METRICS_ROUTES(X)                                                   \
    X(PAGE, "/")                                                               \
    X(CAPTION, "/v1/caption")                                                  \
    X(OPENAPI, "/openapi.json")                                                \
    X(HEALTH, "/healthz")                                                      \
    X(METRICS, "/metrics")                                                     \
    X(OTHER, "other")
#define CH_METRICS_CODES(X) X(200) X(400) X(404) X(405) X(413) X(415) X(422)   \
                            X(500) X(503)

enum ch_metrics_route {
#define CH_METRICS_ENUM(name, path) CH_METRICS_##name,
    CH_METRICS_ROUTES(CH_METRICS_ENUM)
#undef CH_METRICS_ENUM
    CH_METRICS_ROUTE_COUNT
};
#define CH_METRICS_ONE(code) +1
enum { CH_METRICS_CODE_COUNT = 0 CH_METRICS_CODES(CH_METRICS_ONE) };

/* bucket: values up to each bound, and above. */
#define CH_METRICS_BOUNDS 14
struct ch_metrics_histogram {
    atomic_ullong bucket[CH_METRICS_BOUNDS + 1];
    atomic_ullong sum;                 /* of seconds: microseconds */
};

/* Zeroed at first. */
struct ch_metrics {
    atomic_ullong requests[CH_METRICS_ROUTE_COUNT][CH_METRICS_CODE_COUNT];
    struct ch_metrics_histogram seconds, batch;
};

void ch_metrics_request(struct ch_metrics *m, enum ch_metrics_route route,
                        unsigned code);
/* Of captions that were told, from the whole request to the answer. */
void ch_metrics_seconds(struct ch_metrics *m, double seconds);
void ch_metrics_batch(struct ch_metrics *m, size_t photos);
/* waiting, room: photos in the queue, and that it takes. */
void ch_metrics_put(const struct ch_metrics *m, size_t waiting, size_t room,
                    struct ch_buffer *out);

#endif
