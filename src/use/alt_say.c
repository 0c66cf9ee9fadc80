/* alt_say.c - sentences for a list of photos */
#include "use/alt_say.h"

#include "base/csv_row.h"
#include "base/file.h"
#include "base/hash.h"
#include "chorus/log.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The number of each photo, by its name. */
static int index_photos(struct ch_table **index, char *const *photo, size_t n,
                        struct ch_err *e)
{
    int rc = ch_table_open(index, e);

    for (size_t i = 0; i < n && !rc; i++)
        if (!ch_table_add(*index, photo[i], strlen(photo[i]), i, NULL))
            rc = ch_fail(e, CH_ENOMEM, "cannot hold %zu photos", n);
    return rc;
}

/* The captions that were written, to the photos they are of. */
static int take(const char *path, const struct ch_table *index, char **text,
                struct ch_err *e)
{
    struct ch_csv_rows t;
    char *bytes = NULL;
    size_t size = 0, image = 0, caption = 0;
    int rc = ch_file_read(path, SIZE_MAX / 2, &bytes, &size, e);

    ch_csv_rows_init(&t, bytes ? bytes : "", size, path);
    if (!rc && (rc = ch_csv_rows_next(&t, e)) > 0) {
        image = ch_csv_row_find(&t, "image");
        caption = ch_csv_row_find(&t, "caption");
    }
    while (rc > 0 && (rc = ch_csv_rows_next(&t, e)) > 0) {
        const char *key = ch_csv_row_field(&t, image, NULL);
        const uint64_t *i = ch_table_get(index, key, strlen(key));

        if (!i || text[*i])
            continue;
        text[*i] = strdup(ch_csv_row_field(&t, caption, NULL));
        if (!text[*i])
            rc = ch_fail(e, CH_ENOMEM, "cannot hold a caption");
    }
    ch_csv_rows_release(&t);
    free(bytes);
    return rc;
}

int ch_alt_say(struct ch_captioner *c, char *const *photo, size_t n,
               const char *beside, char **text, struct ch_err *e)
{
    char path[4096];
    const struct ch_caption_input in = { .path = photo, .path_count = n };
    const struct ch_caption_output out = {
        .path = path, .form = CH_CAPTION_CSV, .sentence = true };
    struct ch_caption_counts counts;
    struct ch_table *index = NULL;
    int rc;

    /* A name that is nobody's, and no other run's. */
    if (snprintf(path, sizeof path, "%s.captions.%ld", beside,
                 (long)getpid()) >= (int)sizeof path)
        return ch_fail(e, CH_EUSAGE, "%s: too long a name", beside);
    memset(text, 0, n * sizeof *text);
    rc = index_photos(&index, photo, n, e);
    if (!rc) rc = ch_captioner_run(c, &in, &out, NULL, &counts, e);
    /* Of one photo alone, the caller tells what is wrong. */
    if (!rc && counts.bad && n == 1)
        ch_log(CH_LOG_WARN, "%s", counts.first.msg);
    if (!rc) rc = take(path, index, text, e);
    unlink(path);
    ch_table_close(index);
    return rc;
}
