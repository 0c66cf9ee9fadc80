/* form.h - what is said of a photo, as bytes
 *
 * Each photo is written alone, so that ranks write theirs and the whole does
 * not depend on who wrote what.
 *
 * text   photo, tab, caption; n best: a line for each
 * jsonl  {"image":..,"image_id":..,"caption":..,"logp":..,"score":..} and,
 *        where the search tells them, "words", "word_logp" (<end> last),
 *        "attention" [word][place] and "view" (struct ch_caption_result), and
 *        "captions": the same of the n best
 * coco   [{"image_id":..,"caption":..},..]
 * csv    image,image_id,rank,caption,logp,score with a head; RFC 4180
 */
#ifndef CH_CAPTION_FORM_H
#define CH_CAPTION_FORM_H

#include "base/file.h"
#include "chorus/caption.h"

void ch_form_put(enum ch_caption_form form, bool sentence,
                 const struct ch_caption_result *r, struct ch_buffer *out);

/* The members of JSON lines from "caption" on; "captions": at most n. */
void ch_form_json(bool sentence, const struct ch_caption_result *r, size_t n,
                  struct ch_buffer *out);

/* Where it goes: a file that is whole or absent, or stdout. */
struct ch_form_file {
    enum ch_caption_form form;
    const char *path;          /* NULL: stdout */
    struct ch_writer writer;
    bool is_begun;
};
int ch_form_open(struct ch_form_file *f, const struct ch_caption_output *o,
                 struct ch_err *e);
/* Photos as ch_form_put() wrote them. */
int ch_form_write(struct ch_form_file *f, const char *bytes, size_t n,
                  struct ch_err *e);
int ch_form_finish(struct ch_form_file *f, struct ch_err *e);
/* Without finish nothing is left of a file. */
void ch_form_close(struct ch_form_file *f);

#endif
