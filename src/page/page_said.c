/* page_said.c - validation photos, and what was said of them epoch by epoch */
#include "page/page_run.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/html.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A picture larger than this has no place inside a page. */
#define PICTURE_LIMIT ((size_t)64 << 20)
#define PATH_BYTES 4096

static const char *folder_of(const struct ch_page *page, size_t i)
{
    return page->images ? page->images
                        : ch_json_text(ch_json_get(page->run[i]->settings,
                                                   "photos"), "");
}

/* A plain file that begins as a picture does.  Logs may come from anywhere:
 * what is no picture stays where it is, and a pipe is not waited for. */
static bool find_photo(const struct ch_page *page, size_t i, size_t number,
                       char path[PATH_BYTES], struct ch_file_id *id,
                       const char **type)
{
    const char *image = page->run[i]->said[number].image;
    const char *folder = folder_of(page, i);
    struct ch_err e = CH_ERR_INIT;
    char head[16];
    size_t n;
    FILE *f;
    int rc = 0;

    if (*folder && *image != '/')
        rc = ch_file_join(path, PATH_BYTES, folder, image, &e);
    else
        rc = snprintf(path, PATH_BYTES, "%s", image) >= PATH_BYTES;
    if (rc || ch_file_size(path) < 0 || ch_file_identify(id, path, &e) ||
        id->size > PICTURE_LIMIT || !(f = fopen(path, "re")))
        return false;
    n = fread(head, 1, sizeof head, f);
    fclose(f);
    *type = ch_html_picture_type(head, n);
    return *type != NULL;
}

char *ch_page_said_photo(const struct ch_page *page, size_t i, size_t number,
                         size_t *n, const char **type)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_file_id id;
    char path[PATH_BYTES], *bytes;

    if (!find_photo(page, i, number, path, &id, type) ||
        ch_file_read(path, PICTURE_LIMIT, &bytes, n, &e))
        return NULL;
    return bytes;
}

static void begin_photo(struct ch_buffer *out, const char *image)
{
    ch_buffer_text(out, "<img alt=\"The photo ");
    ch_html_text(out, image);
    ch_buffer_text(out, "\" ");
}

/* Served beside the page.  Browsers keep it: the name tells another photo in
 * its place apart. */
static bool put_name(struct ch_buffer *out, const struct ch_page *page,
                     size_t i, size_t number)
{
    char path[PATH_BYTES];
    struct ch_file_id id;
    const char *type;

    if (!find_photo(page, i, number, path, &id, &type))
        return false;
    begin_photo(out, page->run[i]->said[number].image);
    ch_buffer_format(out, "src=\"/photo/%zu/%zu?%016llx\">\n", i, number,
                     (unsigned long long)ch_hash(&id, sizeof id));
    return true;
}

static bool put_bytes(struct ch_buffer *out, const struct ch_page *page,
                      size_t i, size_t number)
{
    const char *type;
    size_t n;
    char *bytes = ch_page_said_photo(page, i, number, &n, &type);

    if (!bytes)
        return false;
    begin_photo(out, page->run[i]->said[number].image);
    ch_html_source(out, bytes, n);
    ch_buffer_text(out, ">\n");
    free(bytes);
    return true;
}

/* Of each line the next one of the same photo, or the number of lines; of each
 * first line of a photo is_first.  NULL: no memory. */
static size_t *chain(const struct ch_page_run *r, bool *is_first)
{
    size_t *next = calloc(r->saids, sizeof *next);
    struct ch_table *last = NULL;
    int rc = next ? ch_table_open(&last, NULL) : CH_ENOMEM;

    for (size_t k = 0; k < r->saids && !rc; k++) {
        const char *image = r->said[k].image;
        int added = 0;
        uint64_t *at = ch_table_add(last, image, strlen(image), k, &added);

        if (!at) {
            rc = CH_ENOMEM;
            break;
        }
        is_first[k] = added;
        if (!added)
            next[*at] = k;
        *at = k;
        next[k] = r->saids;
    }
    ch_table_close(last);
    if (rc) {
        free(next);
        return NULL;
    }
    return next;
}

/* Epochs that say the same are one entry. */
static void put_captions(struct ch_buffer *out, const struct ch_page_run *r,
                         const size_t *next, size_t number)
{
    ch_buffer_text(out, "<dl class=\"epochs\">");
    for (size_t k = number; k < r->saids;) {
        const char *caption = r->said[k].caption;
        double first = r->said[k].epoch, last = first;

        for (k = next[k];
             k < r->saids && !strcmp(r->said[k].caption, caption);
             k = next[k])
            last = r->said[k].epoch;
        if (first < last)
            ch_buffer_format(out, "<div><dt>Epochs %.0f to %.0f</dt><dd>",
                             first, last);
        else
            ch_buffer_format(out, "<div><dt>Epoch %.0f</dt><dd>", first);
        ch_html_text(out, *caption ? caption : "(no words)");
        ch_buffer_text(out, "</dd></div>\n");
    }
    ch_buffer_text(out, "</dl>");
}

void ch_page_said_put(struct ch_buffer *out, const struct ch_page *page,
                      size_t i, bool is_live)
{
    const struct ch_page_run *r = page->run[i];
    bool is_missing = false, *is_first;
    size_t *next;

    if (!r->saids)
        return;
    is_first = calloc(r->saids, sizeof *is_first);
    next = is_first ? chain(r, is_first) : NULL;
    if (!next) {
        free(is_first);
        out->failed = true;
        return;
    }
    ch_buffer_text(out, "<h2>Validation photos by epoch</h2>\n"
                   "<p class=\"sub\">What the model said of the same photos "
                   "after each epoch");
    if (page->run_count > 1) {
        ch_buffer_text(out, " of ");
        ch_html_text(out, r->name);
    }
    ch_buffer_text(out, ".</p>\n<div class=\"photos\">\n");
    for (size_t k = 0; k < r->saids; k++) {
        if (!is_first[k])
            continue;
        ch_buffer_text(out, "<figure>");
        is_missing |= is_live ? !put_name(out, page, i, k)
                              : !put_bytes(out, page, i, k);
        ch_buffer_text(out, "<figcaption><h3>");
        ch_html_text(out, r->said[k].image);
        ch_buffer_text(out, "</h3>\n");
        put_captions(out, r, next, k);
        ch_buffer_text(out, "</figcaption></figure>\n");
    }
    free(next);
    free(is_first);
    ch_buffer_text(out, "</div>\n");
    if (is_missing) {
        ch_buffer_text(out, "<p class=\"sub\">Photos without a picture were "
                       "not found in ");
        ch_html_text(out, *folder_of(page, i) ? folder_of(page, i)
                                              : "this folder");
        ch_buffer_text(out, "; --images names another folder.</p>\n");
    }
}
