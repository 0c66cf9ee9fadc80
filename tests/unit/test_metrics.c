/* test_metrics.c - what is counted, in the text format of Prometheus */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "serve/metrics.h"

static struct ch_metrics m;

static void expect(const struct ch_buffer *text, const char *line)
{
    if (!strstr(text->at, line))
        fail_msg("no %s in\n%s", line, text->at);
}

static void counts_are_told(void **state)
{
    struct ch_buffer text = { 0 };

    (void)state;
    ch_metrics_request(&m, CH_METRICS_CAPTION, 200);
    ch_metrics_request(&m, CH_METRICS_CAPTION, 200);
    ch_metrics_request(&m, CH_METRICS_OTHER, 404);
    ch_metrics_seconds(&m, 0.01);
    ch_metrics_seconds(&m, 0.011);
    ch_metrics_seconds(&m, 60);
    ch_metrics_batch(&m, 1);
    ch_metrics_batch(&m, 5);
    ch_metrics_put(&m, 7, 64, &text);
    expect(&text, "\nchorus_requests_total{path=\"/v1/caption\",code=\"200\"} "
                  "2\n");
    expect(&text, "\nchorus_requests_total{path=\"other\",code=\"404\"} 1\n");
    assert_null(strstr(text.at, "code=\"500\""));
    expect(&text, "\nchorus_caption_seconds_bucket{le=\"0.005\"} 0\n");
    expect(&text, "\nchorus_caption_seconds_bucket{le=\"0.01\"} 1\n");
    expect(&text, "\nchorus_caption_seconds_bucket{le=\"0.02\"} 2\n");
    expect(&text, "\nchorus_caption_seconds_bucket{le=\"10\"} 2\n");
    expect(&text, "\nchorus_caption_seconds_bucket{le=\"+Inf\"} 3\n");
    expect(&text, "\nchorus_caption_seconds_sum 60.021\n");
    expect(&text, "\nchorus_caption_seconds_count 3\n");
    expect(&text, "\nchorus_batch_photos_bucket{le=\"4\"} 1\n");
    expect(&text, "\nchorus_batch_photos_bucket{le=\"6\"} 2\n");
    expect(&text, "\nchorus_batch_photos_sum 6\n");
    expect(&text, "\nchorus_queue_photos 7\n");
    expect(&text, "\nchorus_queue_limit 64\n");
    ch_buffer_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_told),
    };

    return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
