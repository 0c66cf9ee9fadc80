/* bench_caption.c - captions per second, greedy and by beam search
 *
 *     bench_caption [V H [seconds]]
 *
 * Captions of 11 words and <end> (12 steps), on one thread; E = H, F = 2048,
 * an LSTM that sees the image first.  For beams of 1 and 5, and 1 and 64 photos
 * searched together: the minimum and median in CPU time of the thread, which
 * other work on the machine disturbs least.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "caption/search.h"
#include "kernel/kernel.h"

enum { WORDS = 11, F = 2048, PHOTOS = 64 };

struct bench {
    struct ch_decoder d;
    float *params, *feature;
    struct ch_vocab *vocab;
    double seconds;
};

static double now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int open_vocab(struct bench *b, size_t V, struct ch_err *e)
{
    struct ch_buffer text = { 0 };
    int rc;

    ch_buffer_text(&text, "<pad>\n<start>\n<end>\n");
    for (size_t v = CH_WORD_FIRST; v + 1 < V; v++)
        ch_buffer_format(&text, "word%zu\n", v);
    ch_buffer_text(&text, "<unk>\n");
    rc = text.failed ? ch_fail(e, CH_ENOMEM, "no memory")
                     : ch_vocab_parse(&b->vocab, text.at, text.size, "words",
                                      e);
    ch_buffer_release(&text);
    return rc;
}

static int open_bench(struct bench *b, size_t V, size_t H, struct ch_err *e)
{
    const struct ch_decoder_shape s = { .V = V, .E = H, .H = H, .F = F };
    int rc = ch_decoder_init(&b->d, &s, e);

    if (!rc) rc = open_vocab(b, V, e);
    if (rc)
        return rc;
    b->params = ch_block_get(b->d.float_count, sizeof *b->params);
    b->feature = ch_block_get(PHOTOS * F, sizeof *b->feature);
    if (!b->params || !b->feature)
        return ch_fail(e, CH_ENOMEM, "no memory");
    ch_decoder_start_params(&b->d, 1, b->params);
    /* No caption ends before the longest one does. */
    b->params[ch_decoder_param(&b->d, "output.bias")->offset + CH_WORD_END] =
        -50;
    for (size_t i = 0; i < PHOTOS * F; i++)
        b->feature[i] = (float)(i * 7919 % 101) / 50 - 1;
    return 0;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static int run(const struct bench *b, size_t beam, size_t photos,
               struct ch_err *e)
{
    enum { MOST = 10000 };
    static double pass[MOST];
    const struct ch_decode_options o = {
        .beam = beam, .n_best = 1, .groups = 1, .max_words = WORDS,
        .length = CH_LENGTH_POWER, .length_power = 0.7
    };
    const struct ch_voice voice = { &b->d, b->params };
    const float *feature = b->feature;
    struct ch_search *s;
    double begin = now_s();
    size_t n = 0;
    int rc = ch_search_open(&s, &o, b->vocab, &voice, 1, photos, e);

    for (; !rc && n < MOST && (n < 5 || now_s() - begin < b->seconds); n++) {
        double t = now_s();

        rc = ch_search_run(s, &feature, NULL, photos, e);
        pass[n] = now_s() - t;
    }
    ch_search_close(s);
    if (rc)
        return rc;
    qsort(pass, n, sizeof *pass, ascending);
    printf("%s\t%zu\t%zu\t%zu\t%.3f\t%.3f\t%.0f\t%.0f\n",
           ch_kernel_get()->name, beam, photos, n, 1e3 * pass[0],
           1e3 * pass[n / 2], (double)photos / pass[0],
           (double)photos / pass[n / 2]);
    return 0;
}

int main(int argc, char **argv)
{
    size_t V = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000;
    size_t H = argc > 2 ? strtoul(argv[2], NULL, 10) : 512;
    static const size_t beam[4] = { 1, 1, 5, 5 };
    static const size_t photos[4] = { 1, PHOTOS, 1, PHOTOS };
    struct bench b = { .seconds = argc > 3 ? strtod(argv[3], NULL) : 2 };
    struct ch_err e = CH_ERR_INIT;
    int rc = open_bench(&b, V, H, &e);

    printf("V %zu, E = H %zu, F %d, %d words\n", V, H, F, WORDS);
    printf("kernel\tbeam\tphotos\truns\tmin ms\tmedian ms\tcaptions/s best\t"
           "captions/s median\n");
    for (size_t i = 0; i < 4 && !rc; i++)
        rc = run(&b, beam[i], photos[i], &e);
    if (rc)
        fprintf(stderr, "bench_caption: %s\n", e.msg);
    ch_block_release(b.params);
    ch_block_release(b.feature);
    ch_vocab_close(b.vocab);
    return rc ? 1 : 0;
}
