/* caption_shards.c - the captions that lie in shards
 *
 * An image's name and captions follow each other in one run of bytes; where it
 * grows texts move, so pointers are set at the end.
 */
#include "score/caption_file.h"

#include "data/shard.h"

#include <stdlib.h>
#include <string.h>

static int find_split(const char *name, enum ch_split *split,
                      struct ch_err *e)
{
    for (int s = 0; s < CH_SPLIT_COUNT; s++)
        if (!strcmp(name, ch_split_name[s])) {
            *split = (enum ch_split)s;
            return 0;
        }
    return ch_fail(e, CH_EUSAGE, "the split is \"%s\", expected train, val or "
                   "test", name);
}

static int put_text(struct ch_buffer *b, const char *text, size_t n,
                    struct ch_err *e)
{
    if (n && memchr(text, '\0', n))
        return ch_fail(e, CH_EFORMAT, "expected text, found a zero byte");
    ch_buffer_put(b, text, n);
    ch_buffer_put(b, "", 1);
    return 0;
}

static int add_record(struct ch_caption_file *f, struct ch_buffer *b,
                      const struct ch_caption_record *r, size_t place,
                      struct ch_err *e)
{
    int rc = r->caption_count ? put_text(b, r->key, r->key_bytes, e) : 0;

    for (size_t i = 0; i < r->caption_count && !rc; i++) {
        const struct ch_caption_entry c = { .id = r->image_id,
                                            .place = place };

        rc = put_text(b, r->caption[i].raw, r->caption[i].raw_bytes, e);
        if (!rc) rc = ch_caption_file_add(f, c, e);
    }
    return rc;
}

/* Each record's texts, in the order in which they were put. */
static void set_texts(struct ch_caption_file *f)
{
    const char *image = NULL, *at = f->bytes;
    size_t place = 0;

    for (size_t i = 0; i < f->count; i++) {
        if (f->caption[i].place != place) {
            place = f->caption[i].place;
            image = at;
            at += strlen(at) + 1;
        }
        f->caption[i].image = image;
        f->caption[i].text = at;
        at += strlen(at) + 1;
    }
}

static int read_set(struct ch_caption_file *f, struct ch_set *set,
                    struct ch_err *e)
{
    struct ch_caption_record *r = malloc(sizeof *r);
    struct ch_buffer b = { 0 };
    int rc = r ? 0 : ch_fail(e, CH_ENOMEM, "no memory for a record");

    for (size_t i = 0; i < ch_set_count(set) && !rc; i++) {
        rc = ch_set_captions(set, i, r, e);
        if (!rc && (rc = add_record(f, &b, r, i + 1, e)) != 0)
            ch_err_wrap(e, "%s: record %zu", f->path, i + 1);
    }
    if (!rc && b.failed)
        rc = ch_fail(e, CH_ENOMEM, "no memory for the captions of %s",
                     f->path);
    f->bytes = b.at;
    if (!rc)
        set_texts(f);
    free(r);
    return rc;
}

int ch_caption_shards_read(struct ch_caption_file *f, const char *folder,
                           const char *split, struct ch_err *e)
{
    enum ch_split which = CH_SPLIT_VAL;
    struct ch_set *set = NULL;
    int rc = find_split(split, &which, e);

    *f = (struct ch_caption_file) { .path = folder,
                                    .form = CH_FORM_JSON_LINES };
    if (!rc) rc = ch_set_open(&set, folder, which, 0, e);
    if (!rc) rc = read_set(f, set, e);
    if (!rc && f->count == 0)
        rc = ch_fail_at(e, CH_EFORMAT, folder, CH_NO_OFFSET,
                        "expected captions of %s, found none", split);
    ch_set_close(set);
    return rc;
}
