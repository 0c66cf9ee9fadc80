/* form.c - what is said of a photo, as bytes */
#include "caption/form.h"

#include "base/csv_row.h"
#include "base/json.h"
#include "caption/sentence.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* COCO's entries begin with what parts them; the first goes without. */
static const char between[] = ",\n";
#define BETWEEN (sizeof between - 1)

static void put_caption(bool sentence, const char *caption,
                        struct ch_buffer *out)
{
    if (sentence)
        ch_sentence_put(caption, out);
    else
        ch_buffer_text(out, caption);
    ch_buffer_put(out, "", 0);
}

/* ------------------------------------------------------------------- JSON */

static void json_text(struct ch_buffer *out, const char *text, size_t n)
{
    struct ch_json_writer w;

    ch_json_writer_init(&w, out);
    ch_json_put_text(&w, NULL, text, n);
}

static void json_caption(bool sentence, const char *caption,
                         struct ch_buffer *out)
{
    struct ch_buffer said = { 0 };

    put_caption(sentence, caption, &said);
    json_text(out, said.at ? said.at : "", said.size);
    out->failed |= said.failed;
    ch_buffer_release(&said);
}

/* JSON has no words for infinity. */
static void json_number(struct ch_buffer *out, int digits, double v)
{
    if (isfinite(v))
        ch_buffer_format(out, "%.*g", digits, v);
    else
        ch_buffer_text(out, "null");
}

static void json_numbers(struct ch_buffer *out, int digits, const float *v,
                         size_t n)
{
    ch_buffer_text(out, "[");
    for (size_t i = 0; i < n; i++) {
        if (i)
            ch_buffer_text(out, ",");
        json_number(out, digits, (double)v[i]);
    }
    ch_buffer_text(out, "]");
}

/* "caption" to the end of what is said of it. */
static void json_said(bool sentence, const struct ch_caption_result *r,
                      struct ch_buffer *out)
{
    ch_buffer_text(out, "\"caption\":");
    json_caption(sentence, r->caption, out);
    ch_buffer_text(out, ",\"logp\":");
    json_number(out, 9, r->logp);
    ch_buffer_text(out, ",\"score\":");
    json_number(out, 9, r->score);
    if (r->word) {
        ch_buffer_text(out, ",\"words\":[");
        for (size_t i = 0; i < r->word_count; i++) {
            if (i)
                ch_buffer_text(out, ",");
            json_text(out, r->word[i], strlen(r->word[i]));
        }
        ch_buffer_text(out, "]");
    }
    if (r->word_logp) {
        ch_buffer_text(out, ",\"word_logp\":");
        json_numbers(out, 7, r->word_logp, r->word_count + 1);
    }
    if (r->attention) {
        ch_buffer_text(out, ",\"attention\":[");
        for (size_t i = 0; i < r->word_count; i++) {
            if (i)
                ch_buffer_text(out, ",");
            json_numbers(out, 4, r->attention + i * r->places, r->places);
        }
        ch_buffer_text(out, "],\"view\":");
        json_number(out, 7, r->view);
    }
}

static void json_captions(bool sentence, const struct ch_caption_result *r,
                          size_t n, struct ch_buffer *out)
{
    ch_buffer_text(out, ",\"captions\":[");
    for (size_t i = 0; i < n; i++) {
        ch_buffer_text(out, i ? ",{" : "{");
        json_said(sentence, &r[i], out);
        ch_buffer_text(out, "}");
    }
    ch_buffer_text(out, "]");
}

void ch_form_json(bool sentence, const struct ch_caption_result *r, size_t n,
                  struct ch_buffer *out)
{
    const struct ch_caption_result *said = r->more_count ? r->more : r;
    size_t count = r->more_count ? r->more_count : 1;

    json_said(sentence, r, out);
    json_captions(sentence, said, count < n ? count : n, out);
}

static void put_jsonl(bool sentence, const struct ch_caption_result *r,
                      struct ch_buffer *out)
{
    ch_buffer_text(out, "{\"image\":");
    json_text(out, r->key, strlen(r->key));
    ch_buffer_format(out, ",\"image_id\":%" PRId64 ",", r->image_id);
    json_said(sentence, r, out);
    if (r->more_count)
        json_captions(sentence, r->more, r->more_count, out);
    ch_buffer_text(out, "}\n");
}

static void put_coco(bool sentence, const struct ch_caption_result *r,
                     struct ch_buffer *out)
{
    ch_buffer_format(out, "%s{\"image_id\":%" PRId64 ",\"caption\":", between,
                     r->image_id);
    json_caption(sentence, r->caption, out);
    ch_buffer_text(out, "}");
}

/* ------------------------------------------------------------------ lines */

/* A tab or a line end in a name would be read as another field. */
static void put_name(struct ch_buffer *out, const char *name)
{
    for (; *name; name++)
        ch_buffer_put(out, strchr("\t\n\r", *name) ? " " : name, 1);
}

static void put_text(bool sentence, const struct ch_caption_result *r,
                     const struct ch_caption_result *said,
                     struct ch_buffer *out)
{
    put_name(out, r->key);
    ch_buffer_text(out, "\t");
    put_caption(sentence, said->caption, out);
    ch_buffer_text(out, "\n");
}

static void put_csv(bool sentence, const struct ch_caption_result *r,
                    const struct ch_caption_result *said, size_t rank,
                    struct ch_buffer *out)
{
    struct ch_buffer caption = { 0 };

    put_caption(sentence, said->caption, &caption);
    ch_csv_row_put(out, r->key);
    ch_buffer_text(out, ",");
    if (r->image_id >= 0)
        ch_buffer_format(out, "%" PRId64, r->image_id);
    ch_buffer_format(out, ",%zu,", rank);
    ch_csv_row_put(out, caption.at ? caption.at : "");
    ch_buffer_format(out, ",%.9g,%.9g\r\n", said->logp, said->score);
    out->failed |= caption.failed;
    ch_buffer_release(&caption);
}

void ch_form_put(enum ch_caption_form form, bool sentence,
                 const struct ch_caption_result *r, struct ch_buffer *out)
{
    const struct ch_caption_result *said = r->more_count ? r->more : r;
    size_t count = r->more_count ? r->more_count : 1;

    if (form == CH_CAPTION_JSONL)
        put_jsonl(sentence, r, out);
    else if (form == CH_CAPTION_COCO)
        put_coco(sentence, r, out);
    else
        for (size_t i = 0; i < count; i++) {
            if (form == CH_CAPTION_CSV)
                put_csv(sentence, r, &said[i], i + 1, out);
            else
                put_text(sentence, r, &said[i], out);
        }
}

/* ------------------------------------------------------------------- file */

static int put(struct ch_form_file *f, const char *bytes, size_t n,
               struct ch_err *e)
{
    if (f->path)
        return ch_writer_put(&f->writer, bytes, n, e);
    if (n && fwrite(bytes, 1, n, stdout) != n)
        return ch_fail_errno(e, NULL, "cannot write the captions on stdout");
    return 0;
}

static int begin(struct ch_form_file *f, struct ch_err *e)
{
    const char *head = "";

    if (f->form == CH_CAPTION_COCO)
        head = "[\n";
    else if (f->form == CH_CAPTION_CSV)
        head = "image,image_id,rank,caption,logp,score\r\n";
    return put(f, head, strlen(head), e);
}

int ch_form_open(struct ch_form_file *f, const struct ch_caption_output *o,
                 struct ch_err *e)
{
    *f = (struct ch_form_file){ .form = (enum ch_caption_form)o->form,
                                .path = o->path };
    return o->path ? ch_writer_open(&f->writer, o->path, e) : 0;
}

int ch_form_write(struct ch_form_file *f, const char *bytes, size_t n,
                  struct ch_err *e)
{
    int rc = 0;

    if (n == 0)
        return 0;
    if (!f->is_begun) {
        rc = begin(f, e);
        f->is_begun = true;
        if (f->form == CH_CAPTION_COCO) {
            bytes += BETWEEN;
            n -= BETWEEN;
        }
    }
    if (!rc) rc = put(f, bytes, n, e);
    /* Who reads along sees each photo as soon as it is captioned. */
    if (!rc && !f->path && fflush(stdout))
        rc = ch_fail_errno(e, NULL, "cannot write the captions on stdout");
    return rc;
}

int ch_form_finish(struct ch_form_file *f, struct ch_err *e)
{
    const char *tail = f->form != CH_CAPTION_COCO ? ""
                       : f->is_begun ? "\n]\n" : "]\n";
    int rc = f->is_begun ? 0 : begin(f, e);

    if (!rc) rc = put(f, tail, strlen(tail), e);
    if (!rc && f->path)
        rc = ch_writer_finish(&f->writer, e);
    else if (!rc && fflush(stdout))
        rc = ch_fail_errno(e, NULL, "cannot write the captions on stdout");
    return rc;
}

void ch_form_close(struct ch_form_file *f)
{
    ch_writer_close(&f->writer);
}
