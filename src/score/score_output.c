/* score_output.c - scores as files: JSON lines and CSV */
#include "chorus/score_output.h"

#include <string.h>

#include "base/csv_row.h"
#include "base/file.h"
#include "base/json.h"

static void put_json_line(const struct ch_scores *s,
                          const struct ch_score_item *item, size_t i,
                          struct ch_buffer *line)
{
    const double *score = s->item + i * CH_METRIC_COUNT;
    struct ch_json_writer w;

    ch_json_writer_init(&w, line);
    ch_json_begin(&w, NULL, '{');
    ch_json_put_text(&w, "image", item[i].key, strlen(item[i].key));
    for (size_t m = 0; m < CH_METRIC_COUNT; m++)
        if (s->has[m])
            ch_json_put_real(&w, ch_metric_title[m], score[m]);
    ch_json_end(&w);
    ch_buffer_text(line, "\n");
}

static void put_csv_line(const struct ch_scores *s,
                         const struct ch_score_item *item, size_t i,
                         struct ch_buffer *line)
{
    const double *score = s->item + i * CH_METRIC_COUNT;

    ch_csv_row_put(line, item[i].key);
    for (size_t m = 0; m < CH_METRIC_COUNT; m++)
        if (s->has[m])
            ch_buffer_format(line, ",%.17g", score[m]);
    ch_buffer_text(line, ",");
    ch_csv_row_put(line, item[i].caption);
    ch_buffer_text(line, "\r\n");
}

static void put_csv_titles(const struct ch_scores *s, struct ch_buffer *line)
{
    ch_buffer_text(line, "image");
    for (size_t m = 0; m < CH_METRIC_COUNT; m++)
        if (s->has[m])
            ch_buffer_format(line, ",%s", ch_metric_title[m]);
    ch_buffer_text(line, ",caption\r\n");
}

typedef void (*put_line_fn)(const struct ch_scores *s,
                            const struct ch_score_item *item, size_t i,
                            struct ch_buffer *line);

/* line: what comes before the first image. */
static int write_lines(const struct ch_scores *s,
                       const struct ch_score_item *item, const char *path,
                       put_line_fn put, struct ch_buffer *line,
                       struct ch_err *e)
{
    struct ch_writer file = { 0 };
    int rc = ch_writer_open(&file, path, e);

    for (size_t i = 0; i < s->count && !rc; i++) {
        put(s, item, i, line);
        if (line->failed)
            rc = ch_fail(e, CH_ENOMEM, "no memory for a line of %s", path);
        else
            rc = ch_writer_put(&file, line->at, line->size, e);
        ch_buffer_reset(line);
    }
    if (!rc) rc = ch_writer_finish(&file, e);
    ch_writer_close(&file);
    ch_buffer_release(line);
    return rc;
}

int ch_scores_write(const struct ch_scores *s,
                    const struct ch_score_item *item, const char *path,
                    struct ch_err *e)
{
    struct ch_buffer line = { 0 };

    return write_lines(s, item, path, put_json_line, &line, e);
}

int ch_scores_write_csv(const struct ch_scores *s,
                        const struct ch_score_item *item, const char *path,
                        struct ch_err *e)
{
    struct ch_buffer line = { 0 };

    put_csv_titles(s, &line);
    return write_lines(s, item, path, put_csv_line, &line, e);
}
