/* page_said.c - validation photos, and what was said of them epoch by epoch */
#include "page/page_run.h"

#include "base/file.h"
#include "base/hash.h"
#include "page/html.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A picture larger than this has no place inside a page. */
#define PICTURE_LIMIT ((size_t)64 << 20)

static const char *folder_of(const struct ch_page *page, size_t i)
{
    return page->images ? page->images
                        : ch_json_text(ch_json_get(page->run[i]->settings,
                                                   "photos"), "");
}

/* Logs may come from anywhere: what is no picture stays where it is. */
char *ch_page_said_photo(const struct ch_page *page, size_t i, size_t number,
                         size_t *n, const char **type)
{
    const char *image = page->run[i]->said[number].image;
    const char *folder = folder_of(page, i);
    struct ch_err e = CH_ERR_INIT;
    char path[4096], *bytes;
    int rc = 0;

    if (*folder && *image != '/')
        rc = ch_file_join(path, sizeof path, folder, image, &e);
    else
        rc = snprintf(path, sizeof path, "%s", image) >= (int)sizeof path;
    if (rc || ch_file_read(path, PICTURE_LIMIT, &bytes, n, &e))
        return NULL;
    *type = ch_html_picture_type(bytes, *n);
    if (*type)
        return bytes;
    free(bytes);
    return NULL;
}

static bool put_photo(struct ch_buffer *out, const struct ch_page *page,
                      size_t i, size_t number, bool is_live)
{
    const char *image = page->run[i]->said[number].image, *type;
    size_t n;
    char *bytes = ch_page_said_photo(page, i, number, &n, &type);

    if (!bytes)
        return false;
    ch_buffer_text(out, "<img alt=\"The photo ");
    ch_html_text(out, image);
    ch_buffer_text(out, "\" ");
    /* Browsers keep it: the name tells another run's photo apart. */
    if (is_live)
        ch_buffer_format(out, "src=\"/photo/%zu/%zu?%016llx\"", i, number,
                         (unsigned long long)ch_hash(image, strlen(image)));
    else
        ch_html_source(out, bytes, n);
    ch_buffer_text(out, ">\n");
    free(bytes);
    return true;
}

/* The next line of the same photo, or the number of lines. */
static size_t next_of(const struct ch_page_run *r, size_t number)
{
    size_t k = number + 1;

    while (k < r->saids && strcmp(r->said[k].image, r->said[number].image))
        k++;
    return k;
}

/* Epochs that say the same are one entry. */
static void put_captions(struct ch_buffer *out, const struct ch_page_run *r,
                         size_t number)
{
    ch_buffer_text(out, "<dl class=\"epochs\">");
    for (size_t k = number; k < r->saids;) {
        const char *caption = r->said[k].caption;
        double first = r->said[k].epoch, last = first;

        for (k = next_of(r, k);
             k < r->saids && !strcmp(r->said[k].caption, caption);
             k = next_of(r, k))
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

static bool is_first(const struct ch_page_run *r, size_t number)
{
    for (size_t k = 0; k < number; k++)
        if (!strcmp(r->said[k].image, r->said[number].image))
            return false;
    return true;
}

void ch_page_said_put(struct ch_buffer *out, const struct ch_page *page,
                      size_t i, bool is_live)
{
    const struct ch_page_run *r = page->run[i];
    bool is_missing = false;

    if (!r->saids)
        return;
    ch_buffer_text(out, "<h2>Validation photos by epoch</h2>\n"
                   "<p class=\"sub\">What the model said of the same photos "
                   "after each epoch");
    if (page->run_count > 1) {
        ch_buffer_text(out, " of ");
        ch_html_text(out, r->name);
    }
    ch_buffer_text(out, ".</p>\n<div class=\"photos\">\n");
    for (size_t k = 0; k < r->saids; k++) {
        if (!is_first(r, k))
            continue;
        ch_buffer_text(out, "<figure>");
        is_missing |= !put_photo(out, page, i, k, is_live);
        ch_buffer_text(out, "<figcaption><h3>");
        ch_html_text(out, r->said[k].image);
        ch_buffer_text(out, "</h3>\n");
        put_captions(out, r, k);
        ch_buffer_text(out, "</figcaption></figure>\n");
    }
    ch_buffer_text(out, "</div>\n");
    if (is_missing) {
        ch_buffer_text(out, "<p class=\"sub\">Photos without a picture were "
                       "not found in ");
        ch_html_text(out, *folder_of(page, i) ? folder_of(page, i)
                                              : "this folder");
        ch_buffer_text(out, "; --images names another folder.</p>\n");
    }
}
