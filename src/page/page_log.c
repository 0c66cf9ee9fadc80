/* page_log.c - the epochs of a training log */
#include "chorus/page.h"

#include "base/bytes.h"
#include "base/file.h"
#include "base/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LOG_LIMIT ((size_t)1 << 30)

static int add(struct ch_page_epoch **epoch, size_t *count, size_t *room,
               const struct ch_json *line, struct ch_err *e)
{
    struct ch_page_epoch *grown;

    if (*count == *room) {
        *room = *room ? 2 * *room : 64;
        grown = realloc(*epoch, *room * sizeof *grown);
        if (!grown)
            return ch_fail(e, CH_ENOMEM, "cannot hold %zu epochs", *room);
        *epoch = grown;
    }
    (*epoch)[*count] = (struct ch_page_epoch){
        .epoch = ch_json_real(ch_json_get(line, "epoch"), NAN),
        .train_loss = ch_json_real(ch_json_get(line, "train_loss"), NAN),
        .val_loss = ch_json_real(ch_json_get(line, "val_loss"), NAN),
        .cider_d = ch_json_real(ch_json_get(line, "cider_d"), NAN),
        .rate = ch_json_real(ch_json_get(line, "rate"), NAN),
        .words_per_s = ch_json_real(ch_json_get(line, "words_per_s"), NAN),
        .is_best = ch_json_bool(ch_json_get(line, "best"), false),
    };
    if (isfinite((*epoch)[*count].epoch) &&
        isfinite((*epoch)[*count].train_loss) &&
        isfinite((*epoch)[*count].val_loss))
        (*count)++;
    return 0;
}

int ch_page_read_log(const char *path, struct ch_page_epoch **out,
                     size_t *count, struct ch_err *e)
{
    struct ch_bytes b;
    const char *line;
    char *text;
    size_t n, length, room = 0, number = 0;
    int rc = ch_file_read(path, LOG_LIMIT, &text, &n, e);

    *out = NULL;
    *count = 0;
    if (rc)
        return rc;
    while (n > 0 && text[n - 1] != '\n')
        n--;
    b = ch_bytes_of(text, n);
    while (!rc && ch_bytes_line(&b, &line, &length)) {
        struct ch_json *document;

        number++;
        if (length == 0)
            continue;
        rc = ch_json_parse(&document, line, length, path, e);
        if (rc) {
            ch_err_wrap_at(e, path, "line %zu", number);
            break;
        }
        if (!strcmp(ch_json_text(ch_json_get(document, "kind"), ""), "epoch"))
            rc = add(out, count, &room, document, e);
        ch_json_close(document);
    }
    free(text);
    if (rc) {
        free(*out);
        *out = NULL;
        *count = 0;
    }
    return rc;
}
