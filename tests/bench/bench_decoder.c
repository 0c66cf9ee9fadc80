/* bench_decoder.c - words per second of one pass of the decoder
 *
 *     bench_decoder [B T V H [seconds]]
 *
 * Loss and gradient of B captions of 3 to T words, on one thread, with
 * dropout; E = H, F = 1280.  Prints the minimum and median of passes in CPU
 * time of the thread, which other work on the machine disturbs least.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "kernel/kernel.h"
#include "net/decoder.h"

struct bench {
    struct ch_decoder d;
    struct ch_batch batch;
    struct ch_arena arena;
    float *params, *grad, *m, *v;
};

static double now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void *take(size_t count, size_t size)
{
    void *p = ch_block_get(count, size);

    if (!p) {
        fprintf(stderr, "bench_decoder: no memory\n");
        exit(1);
    }
    return p;
}

static void set_batch(struct ch_batch *b, size_t B, size_t T, size_t V,
                      size_t F)
{
    size_t *live = take(T, sizeof *live);
    uint32_t *example = take(B, sizeof *example);
    float *feature = take(B * F, sizeof *feature);
    int32_t *input, *target;
    size_t N = 0;

    for (size_t i = 0; i < B; i++) {      /* lengths fall from T to 3 */
        size_t length = T - (T > 3 ? i * (T - 3) / B : 0);

        for (size_t t = 0; t < length; t++)
            live[t]++;
        example[i] = (uint32_t)i;
        N += length;
    }
    input = take(N, sizeof *input);
    target = take(N, sizeof *target);
    for (size_t n = 0; n < N; n++) {
        input[n] = (int32_t)(n * 7919 % V);
        target[n] = (int32_t)(n * 104729 % V);
    }
    for (size_t i = 0; i < B * F; i++)
        feature[i] = (float)(i % 17) / 17 - 0.5f;
    *b = (struct ch_batch) {
        .B = B, .T = T, .N = N, .F = F, .live = live, .input = input,
        .target = target, .feature = feature, .example = example
    };
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void report(const char *what, double *s, size_t n, double words)
{
    qsort(s, n, sizeof *s, ascending);
    printf("%s\t%s\t%zu\t%.3f\t%.3f\t%.0f\t%.0f\n", ch_kernel_get()->name,
           what, n, 1e3 * s[0], 1e3 * s[n / 2], words / s[0],
           words / s[n / 2]);
}

static void run(struct bench *b, double seconds)
{
    enum { MOST = 10000 };
    static double pass[MOST], update[MOST];
    struct ch_dropout drop = {
        .input = 0.5f, .output = 0.5f, .image = 0.5f, .seed = 1
    };
    double begin = now_s();
    size_t n = 0;

    for (; n < MOST && (n < 5 || now_s() - begin < seconds); n++) {
        struct ch_adam a = ch_adam_at(1e-3, 0.9, 0.999, 1e-8, n + 1,
                                      1 / (double)b->batch.N);
        double t0 = now_s(), t1;

        drop.epoch = (uint32_t)n;
        ch_decoder_loss(&b->d, b->params, &b->batch, &drop, b->grad,
                        &b->arena);
        t1 = now_s();
        ch_kernel_get()->adam_step(b->d.float_count, &a, b->grad, b->params,
                                   b->m, b->v);
        pass[n] = t1 - t0;
        update[n] = now_s() - t1;
    }
    printf("kernel\twhat\tpasses\tmin ms\tmedian ms\twords/s best\t"
           "words/s median\n");
    report("loss and gradient", pass, n, (double)b->batch.N);
    report("adam", update, n, (double)b->batch.N);
}

int main(int argc, char **argv)
{
    size_t B = argc > 1 ? strtoul(argv[1], NULL, 10) : 24;
    size_t T = argc > 2 ? strtoul(argv[2], NULL, 10) : 18;
    size_t V = argc > 3 ? strtoul(argv[3], NULL, 10) : 2917;
    size_t H = argc > 4 ? strtoul(argv[4], NULL, 10) : 512;
    struct ch_decoder_shape s = { .V = V, .E = H, .H = H, .F = 1280 };
    struct ch_err e = CH_ERR_INIT;
    struct bench b;

    if (B < 1 || T < 1 || ch_decoder_init(&b.d, &s, &e) ||
        ch_arena_init(&b.arena, ch_decoder_arena_bytes(&b.d, B, T), &e)) {
        fprintf(stderr, "bench_decoder: %s\n",
                e.code ? e.msg : "usage: bench_decoder [B T V H [seconds]]");
        return 2;
    }
    set_batch(&b.batch, B, T, V, s.F);
    b.params = take(b.d.float_count, sizeof *b.params);
    b.grad = take(b.d.float_count, sizeof *b.grad);
    b.m = take(b.d.float_count, sizeof *b.m);
    b.v = take(b.d.float_count, sizeof *b.v);
    ch_decoder_start_params(&b.d, 1, b.params);
    printf("B %zu, T %zu, words %zu, V %zu, E = H %zu, F %zu\n", B, T,
           b.batch.N, V, H, s.F);
    run(&b, argc > 5 ? strtod(argv[5], NULL) : 3);
    return 0;
}
