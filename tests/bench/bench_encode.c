/* bench_encode.c - pictures per second of the bare encoder
 *
 *     bench_encode [SPEC.json [threads [seconds]]]
 *
 * Each thread runs the network on a picture of its own that is ready in memory:
 * no decoding, no resizing, no storing.  What chorus encode reaches is held
 * against this (encode.sh).  Prints pictures per second, and per second of a
 * core.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/pool.h"
#include "data/encoder.h"

struct bench {
    struct ch_encoder *encoder;
    size_t views;              /* floats of one picture */
    double seconds;
    size_t *done;              /* by thread */
};

static double cpu_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int work(void *context, size_t index, struct ch_err *e)
{
    struct bench *b = context;
    size_t F = ch_encoder_feature_count(b->encoder);
    float *views = ch_block_get(b->views, sizeof *views);
    float *pooled = ch_block_get(F, sizeof *pooled);
    double begun = ch_clock_s();
    int rc = views && pooled ? 0 : ch_fail(e, CH_ENOMEM, "no memory");

    for (size_t i = 0; !rc && i < b->views; i++)
        views[i] = (float)(i * 37 % 255) / 128 - 1;
    while (!rc && ch_clock_s() - begun < b->seconds) {
        rc = ch_encoder_run(b->encoder, index, views, pooled, NULL, e);
        b->done[index]++;
    }
    ch_block_release(views);
    ch_block_release(pooled);
    return rc;
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1]
                                : "build/encoders/efficientnet-lite2.json";
    size_t threads = argc > 2 ? strtoul(argv[2], NULL, 10) : ch_pool_cores();
    struct bench b = { .seconds = argc > 3 ? strtod(argv[3], NULL) : 5 };
    struct ch_err e = CH_ERR_INIT;
    struct ch_encoder_spec spec;
    struct ch_pool *pool = NULL;
    double begun, used;
    size_t sum = 0;
    int rc;

    if (argc < 2 && !ch_file_exists(path)) {
        printf("bench_encode: no %s; make quickstart makes it\n", path);
        return 0;
    }
    b.done = calloc(threads, sizeof *b.done);
    rc = b.done ? ch_encoder_spec_read(&spec, path, &e)
                : ch_fail(&e, CH_ENOMEM, "no memory");
    if (!rc) rc = ch_encoder_open(&b.encoder, &spec, "f32", threads, &e);
    if (!rc)
        b.views = 3 * spec.rule.size * spec.rule.size *
                  ch_image_view_count(&spec.rule);
    begun = ch_clock_s();
    used = cpu_s();
    if (!rc) rc = ch_pool_start(&pool, threads, work, &b, &e);
    if (!rc) rc = ch_pool_finish(pool, &e);
    begun = ch_clock_s() - begun;
    used = cpu_s() - used;
    for (size_t i = 0; !rc && i < threads; i++)
        sum += b.done[i];
    if (!rc)
        printf("%.2f %.2f\n", (double)sum / begun, (double)sum / used);
    else
        fprintf(stderr, "bench_encode: %s\n", e.msg);
    ch_encoder_close(b.encoder);
    free(b.done);
    return rc ? 1 : 0;
}
