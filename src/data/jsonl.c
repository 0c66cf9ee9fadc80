/* jsonl.c - own photos: one JSON object a line
 *
 * {"image":"a.jpg","caption":"A dog."}
 * {"image":"b.jpg","captions":["A cat.","A black cat."],"split":"val","id":7}
 *
 * "split" is read when splits are given by the file; other members are not
 * looked at.
 */
#include "data/source.h"

#include "base/json.h"

#include <string.h>

struct row {
    struct ch_source *s;
    const struct ch_split_rule *by;
    const char *path;
};

static int read_split(const struct row *r, const struct ch_json *o,
                      enum ch_split *out, struct ch_err *e)
{
    const char *name;
    int rc = ch_json_need_text(o, "split", &name, r->path, e);

    if (!rc && !ch_split_find(name, out))
        rc = ch_fail_at(e, CH_EFORMAT, r->path, CH_NO_OFFSET,
                        "\"split\" is \"%.40s\", expected train, val or "
                        "test", name);
    return rc;
}

static int add_captions(const struct row *r, const struct ch_json *o,
                        size_t image, struct ch_err *e)
{
    const struct ch_json *list = ch_json_get(o, "captions");
    const char *caption;
    int rc;

    if (list && ch_json_get(o, "caption"))
        return ch_fail_at(e, CH_EFORMAT, r->path, CH_NO_OFFSET,
                          "both \"caption\" and \"captions\" are there, "
                          "expected one of them");
    if (!list) {
        rc = ch_json_need_text(o, "caption", &caption, r->path, e);
        return rc ? rc : ch_source_caption(r->s, image, caption,
                                           strlen(caption), e);
    }
    if (!ch_json_is_array(list) || ch_json_count(list) == 0)
        return ch_fail_at(e, CH_EFORMAT, r->path, CH_NO_OFFSET,
                          "\"captions\" is empty or no list");
    rc = 0;
    for (size_t i = 0; i < ch_json_count(list) && !rc; i++) {
        caption = ch_json_text(ch_json_at(list, i), NULL);
        rc = caption ? ch_source_caption(r->s, image, caption,
                                         strlen(caption), e)
                     : ch_fail_at(e, CH_EFORMAT, r->path, CH_NO_OFFSET,
                                  "caption %zu is not text", i + 1);
    }
    return rc;
}

static int add_object(const struct row *r, const struct ch_json *o,
                      struct ch_err *e)
{
    enum ch_split split = CH_SPLIT_TRAIN;
    const char *file;
    size_t image;
    int rc = ch_json_is_object(o) ? 0
             : ch_fail_at(e, CH_EFORMAT, r->path, CH_NO_OFFSET,
                          "expected an object, found something else");

    if (!rc) rc = ch_json_need_text(o, "image", &file, r->path, e);
    if (!rc && !*file)
        rc = ch_fail_at(e, CH_EFORMAT, r->path, CH_NO_OFFSET,
                        "\"image\" is empty");
    if (!rc && r->by->by == CH_SPLIT_GIVEN)
        rc = read_split(r, o, &split, e);
    if (!rc)
        rc = ch_source_place(r->s, r->by, file, strlen(file),
                             ch_json_int(ch_json_get(o, "id"), -1), split,
                             &image, e);
    if (rc == 0) {
        size_t captions = ch_json_count(ch_json_get(o, "captions"));

        r->s->captions_left_out += captions ? captions : 1;
    }
    return rc > 0 ? add_captions(r, o, image, e) : rc;
}

int ch_source_jsonl_parse(struct ch_source *s, const char *text, size_t n,
                          const char *path, const struct ch_split_rule *by,
                          struct ch_err *e)
{
    const struct row r = { s, by, path };
    struct ch_bytes b = ch_bytes_of(text, n);
    const char *line;
    size_t length, number = 0, found = 0;
    int rc = 0;

    ch_bytes_skip_mark(&b);
    while (!rc && ch_bytes_line(&b, &line, &length)) {
        struct ch_json *o;

        number++;
        if (length == 0)
            continue;
        found++;
        rc = ch_json_parse_at(&o, line, length, path,
                              (uint64_t)(line - text), number, e);
        if (rc)
            break;
        rc = add_object(&r, o, e);
        if (rc == CH_EFORMAT)
            ch_err_wrap_at(e, path, "line %zu", number);
        ch_json_close(o);
    }
    if (!rc && found == 0)
        rc = ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                        "no captions, expected a JSON object a line");
    return rc;
}

int ch_source_jsonl(struct ch_source *s, const char *path,
                    const struct ch_split_rule *by, struct ch_err *e)
{
    return ch_source_text(s, path, by, ch_source_jsonl_parse, e);
}
