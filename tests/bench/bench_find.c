/* bench_find.c - how long chorus find takes in a large index
 *
 *     bench_find [PHOTOS [FEATURES [FILE]]]
 *
 * Makes an index of PHOTOS (20,000) synthetic captions and FEATURES (1,280),
 * one photo in a hundred a near-duplicate of another, and measures words, a
 * picture and duplicates: the median and the longest of 21 runs, of duplicates
 * one.  FILE keeps the index (find.sh measures processes on it).
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/rng.h"
#include "chorus/find.h"
#include "chorus/log.h"
#include "use/near.h"
#include "use/noun.h"

#define RUNS 21

/* Said with Zipf's frequencies: the first in a third of the captions. */
static const char *const thing[] = {
    "man", "dog", "woman", "street", "beach", "table", "boy", "girl", "grass",
    "water", "snow", "ball", "train", "bus", "field", "horse", "cat", "pizza",
    "bike", "tree", "kitchen", "hat", "bench", "car", "umbrella", "boat",
    "surfboard", "plate", "window", "clock", "bear", "kite", "elephant",
    "phone", "laptop", "giraffe", "bridge", "rock", "tower", "tent", "fence",
    "sheep", "vase", "cake", "mirror", "rug", "swan", "drum", "canoe", "harp",
};
static const char *const doing[] = { "stands", "sits", "runs", "waits",
                                     "plays", "is seen", "looks out" };
static const char *const how[] = { "a brown", "a big", "one", "the old",
                                   "a red" };
#define COUNT(list) (sizeof list / sizeof *list)

static double uniform(uint32_t x)
{
    return (x + 0.5) / 4294967296.0;
}

static const char *draw(uint32_t x)
{
    double sum = 0, at = 0;

    for (size_t i = 0; i < COUNT(thing); i++)
        sum += 1.0 / (double)(i + 1);
    for (size_t i = 0; i < COUNT(thing); i++)
        if ((at += 1.0 / (double)(i + 1) / sum) > uniform(x))
            return thing[i];
    return thing[0];
}

static void say(size_t i, char *out, size_t size)
{
    struct ch_rng_place p = { .purpose = CH_RNG_TEST, .example = (uint32_t)i };
    uint32_t r[4], s[4];

    ch_rng_block(&p, 0, r);
    ch_rng_block(&p, 1, s);
    snprintf(out, size, "%s %s %s near a %s on the %s", how[r[0] % COUNT(how)],
             draw(r[1]), doing[r[2] % COUNT(doing)], draw(r[3]), draw(s[0]));
}

/* As those of a ReLU: none below zero, many zero.  Every hundredth is one
 * before it with a little noise. */
static void see(size_t i, size_t F, float *feature)
{
    struct ch_rng_place p = { .purpose = CH_RNG_TEST, .epoch = 1,
                              .example = (uint32_t)(i % 100 ? i : i / 2) };
    struct ch_rng_place noise = p;
    uint32_t r[4], s[4];

    noise.epoch = 2;
    noise.example = (uint32_t)i;
    for (size_t f = 0; f < F; f++) {
        if (f % 4 == 0) {
            ch_rng_block(&p, (uint32_t)(f / 4), r);
            ch_rng_block(&noise, (uint32_t)(f / 4), s);
        }
        feature[f] = (float)(uniform(r[f % 4]) * 2 - 1 +
                             0.1 * uniform(s[f % 4]));
        if (feature[f] < 0)
            feature[f] = 0;
    }
}

static int fill(struct ch_index *x, size_t photos, struct ch_err *e)
{
    float *feature = ch_block_get(x->features, sizeof *feature);
    struct ch_buffer tags = { 0 };
    char caption[200], path[64];
    int rc = feature ? ch_sql_begin(x->sql, e)
                     : ch_fail(e, CH_ENOMEM, "no memory");

    for (size_t i = 0; i < photos && !rc; i++) {
        snprintf(path, sizeof path, "/photos/%03zu/%07zu.jpg", i / 1000, i);
        say(i, caption, sizeof caption);
        see(i, x->features, feature);
        ch_buffer_reset(&tags);
        ch_noun_put(caption, &tags);
        rc = ch_index_put(x, &(struct ch_index_photo){
            .path = path, .file = { .size = i }, .caption = caption,
            .tags = tags.at, .feature = feature }, e);
        /* As chorus tag does. */
        if (!rc && i % 32 == 31) {
            rc = ch_sql_end(x->sql, 0, e);
            if (!rc) rc = ch_sql_begin(x->sql, e);
        }
    }
    rc = ch_sql_end(x->sql, rc, e);
    ch_buffer_release(&tags);
    ch_block_release(feature);
    return rc;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* What is found goes nowhere. */
static int measure(const char *what, const struct ch_find_options *o,
                   size_t runs, struct ch_err *e)
{
    double seconds[RUNS];
    uint64_t count = 0;
    int out = dup(1), nowhere = open("/dev/null", O_WRONLY), rc = 0;

    fflush(stdout);
    dup2(nowhere, 1);
    for (size_t i = 0; i < runs && !rc; i++) {
        double begin = ch_clock_s();

        rc = ch_find_run(o, &count, e);
        seconds[i] = ch_clock_s() - begin;
    }
    dup2(out, 1);
    close(out);
    close(nowhere);
    if (rc)
        return rc;
    qsort(seconds, runs, sizeof *seconds, ascending);
    printf("%s\t%.1f\t%.1f\t%llu\n", what, 1e3 * seconds[runs / 2],
           1e3 * seconds[runs - 1], (unsigned long long)count);
    return 0;
}

static int measure_words(const char *index, char *words, bool any,
                         struct ch_err *e)
{
    struct ch_find_options o = { .index = index, .word = &words,
                                 .word_count = 1, .any = any, .limit = 50 };

    return measure(words, &o, RUNS, e);
}

static int measure_all(const char *index, struct ch_err *e)
{
    struct ch_find_options o = { .index = index, .limit = 50,
                                 .distance = CH_FIND_DISTANCE };
    char both[] = "dog on a beach", most[] = "man", rare[] = "harp";
    int rc;

    printf("what\tmedian ms\tlongest ms\tfound\n");
    rc = measure_words(index, both, false, e);
    if (!rc) rc = measure_words(index, most, false, e);
    if (!rc) rc = measure_words(index, rare, false, e);
    if (!rc) rc = measure_words(index, both, true, e);
    o.tag = "dog";
    if (!rc) rc = measure("--tag dog", &o, RUNS, e);
    o.tags = true;
    if (!rc) rc = measure("--tags", &o, RUNS, e);
    o.tags = false;
    o.duplicates = true;
    if (!rc) rc = measure("--duplicates", &o, 1, e);
    return rc;
}

static int measure_like(const char *index, struct ch_err *e)
{
    double seconds[RUNS];
    struct ch_index x;
    int rc = ch_index_open(&x, index, e);
    float *feature = rc ? NULL : ch_block_get(x.features, sizeof *feature);

    if (!rc && !feature)
        rc = ch_fail(e, CH_ENOMEM, "no memory");
    if (!rc) rc = ch_near_feature(&x, 1, feature, e);
    for (size_t i = 0; i < RUNS && !rc; i++) {
        double begin = ch_clock_s();
        struct ch_near *near;
        size_t count;

        rc = ch_near_like(&x, feature, &near, &count, e);
        if (!rc)
            free(near);
        seconds[i] = ch_clock_s() - begin;
    }
    if (!rc) {
        qsort(seconds, RUNS, sizeof *seconds, ascending);
        printf("like\t%.1f\t%.1f\t\n", 1e3 * seconds[RUNS / 2],
               1e3 * seconds[RUNS - 1]);
    }
    ch_block_release(feature);
    ch_index_close(&x);
    return rc;
}

int main(int argc, char **argv)
{
    size_t photos = argc > 1 ? strtoul(argv[1], NULL, 10) : 20000;
    size_t features = argc > 2 ? strtoul(argv[2], NULL, 10) : 1280;
    char name[] = "/tmp/chorus-bench-XXXXXX";
    const char *index = argc > 3 ? argv[3] : name;
    const struct ch_index_maker maker = { "", "0", "3", "{}", "", features };
    struct ch_err e = CH_ERR_INIT;
    struct ch_index x;
    double begin = ch_clock_s();
    int rc;

    ch_log_setup("bench_find", CH_LOG_WARN, 0, 1);
    if (argc <= 3)
        close(mkstemp(name));
    rc = ch_index_open_writer(&x, index, &maker, &e);
    if (!rc) {
        rc = fill(&x, photos, &e);
        ch_index_close(&x);
    }
    if (!rc)
        printf("%zu photos of %zu features indexed in %.1f s, %.1f MB\n",
               photos, features, ch_clock_s() - begin,
               (double)ch_file_size(index) / 1e6);
    if (!rc) rc = measure_like(index, &e);
    if (!rc) rc = measure_all(index, &e);
    if (argc <= 3)
        unlink(index);
    if (rc)
        fprintf(stderr, "bench_find: %s\n", e.msg);
    return rc ? 1 : 0;
}
