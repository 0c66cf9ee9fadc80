/* metrics.c - what the server has done, counted */
#include "serve/metrics.h"

#include "chorus/version.h"

static const double seconds_bound[CH_METRICS_BOUNDS] = {
    0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10
};
static const double batch_bound[CH_METRICS_BOUNDS] = {
    1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 128, 256
};

static const unsigned code_of[] = {
#define CODE(code) code,
    CH_METRICS_CODES(CODE)
#undef CODE
};
static const char *const path_of[] = {
#define PATH(name, path) path,
    CH_METRICS_ROUTES(PATH)
#undef PATH
};

void ch_metrics_request(struct ch_metrics *m, enum ch_metrics_route route,
                        unsigned code)
{
    for (size_t i = 0; i < CH_METRICS_CODE_COUNT; i++)
        if (code_of[i] == code)
            atomic_fetch_add(&m->requests[route][i], 1);
}

static void observe(struct ch_metrics_histogram *h, const double *bound,
                    double value, double unit)
{
    size_t i = 0;

    while (i < CH_METRICS_BOUNDS && value > bound[i])
        i++;
    atomic_fetch_add(&h->bucket[i], 1);
    atomic_fetch_add(&h->sum, (unsigned long long)(value / unit + 0.5));
}

void ch_metrics_seconds(struct ch_metrics *m, double seconds)
{
    observe(&m->seconds, seconds_bound, seconds, 1e-6);
}

void ch_metrics_batch(struct ch_metrics *m, size_t photos)
{
    observe(&m->batch, batch_bound, (double)photos, 1);
}

static void put_histogram(const struct ch_metrics_histogram *h,
                          const double *bound, double unit, const char *name,
                          const char *help, struct ch_buffer *out)
{
    unsigned long long count = 0;

    ch_buffer_format(out, "# HELP %s %s\n# TYPE %s histogram\n", name, help,
                     name);
    for (size_t i = 0; i < CH_METRICS_BOUNDS; i++) {
        count += atomic_load(&h->bucket[i]);
        ch_buffer_format(out, "%s_bucket{le=\"%g\"} %llu\n", name, bound[i],
                         count);
    }
    count += atomic_load(&h->bucket[CH_METRICS_BOUNDS]);
    ch_buffer_format(out, "%s_bucket{le=\"+Inf\"} %llu\n%s_sum %.9g\n"
                     "%s_count %llu\n", name, count, name,
                     (double)atomic_load(&h->sum) * unit, name, count);
}

void ch_metrics_put(const struct ch_metrics *m, size_t waiting, size_t room,
                    struct ch_buffer *out)
{
    ch_buffer_text(out, "# HELP chorus_build_info The version that runs.\n"
                   "# TYPE chorus_build_info gauge\n"
                   "chorus_build_info{version=\"" CH_VERSION "\"} 1\n"
                   "# HELP chorus_requests_total Requests answered; errors are "
                   "those of code 400 and above.\n"
                   "# TYPE chorus_requests_total counter\n");
    for (size_t r = 0; r < CH_METRICS_ROUTE_COUNT; r++)
        for (size_t c = 0; c < CH_METRICS_CODE_COUNT; c++) {
            unsigned long long n = atomic_load(&m->requests[r][c]);

            if (n)
                ch_buffer_format(out, "chorus_requests_total{path=\"%s\","
                                 "code=\"%u\"} %llu\n", path_of[r],
                                 code_of[c], n);
        }
    put_histogram(&m->seconds, seconds_bound, 1e-6, "chorus_caption_seconds",
                  "From a whole request to its captions.", out);
    put_histogram(&m->batch, batch_bound, 1, "chorus_batch_photos",
                  "Photos searched together.", out);
    ch_buffer_format(out, "# HELP chorus_queue_photos Photos that wait.\n"
                     "# TYPE chorus_queue_photos gauge\n"
                     "chorus_queue_photos %zu\n"
                     "# HELP chorus_queue_limit Photos that may wait.\n"
                     "# TYPE chorus_queue_limit gauge\n"
                     "chorus_queue_limit %zu\n", waiting, room);
}
