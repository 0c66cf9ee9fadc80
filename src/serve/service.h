/* service.h - photos in memory become captions, many at a time
 *
 * A bounded queue leads to threads that decode photos and run the encoder, each
 * on a lane of its own; one more thread gathers what comes from them into
 * batches and searches.  Captions are those of ch_captioner_run(), to the bit,
 * whatever a photo is batched with.
 *
 * Life:     open -> put ... -> close, which answers all that was put
 * Threads:  put by any; done is called by threads of the service.
 */
#ifndef CH_SERVE_SERVICE_H
#define CH_SERVE_SERVICE_H

#include "base/bytes.h"
#include "serve/metrics.h"

struct ch_service_options {
    const char *model, *encoder;       /* as in ch_caption_options */
    size_t threads;                    /* that see; 0: a thread for each core */
    size_t batch;                      /* photos searched together, at most */
    double wait_s;                     /* for others to join a batch */
    size_t queue;                      /* photos that wait, at most */
    size_t beam;                       /* the widest that jobs may ask for */
    uint64_t max_pixels;
    struct ch_metrics *metrics;        /* batches are counted there */
};

/* The caller's until it is put, and again from done on. */
struct ch_service_job {
    const void *photo;                 /* JPEG, PNG, WebP */
    size_t size;
    size_t beam, n;
    bool sentence;
    void (*done)(struct ch_service_job *job);
    void *context;
    /* What became of it.  0; CH_EFORMAT: a bad photo. */
    int rc;
    struct ch_err err;
    bool is_large;                     /* more pixels than may be */
    struct ch_buffer out;              /* of ch_form_json() */
    float *feature;                    /* the service's own */
};

struct ch_service;
int ch_service_open(struct ch_service **out,
                    const struct ch_service_options *o, struct ch_err *e);
void ch_service_close(struct ch_service *s);
/* 1, or 0 when the queue is full. */
int ch_service_put(struct ch_service *s, struct ch_service_job *job);
/* Photos that nobody has begun with. */
size_t ch_service_waiting(const struct ch_service *s);

#endif
