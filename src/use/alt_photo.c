/* alt_photo.c - alt texts for a folder of photos */
#include "chorus/alt_photo.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"
#include "base/watch.h"
#include "chorus/log.h"
#include "data/picture.h"
#include "use/alt_review.h"
#include "use/alt_say.h"
#include "use/alt_sidecar.h"
#include "use/xmp.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PATH_BYTES 4096
/* Photos captioned at a time; a stop waits for them. */
#define PHOTOS_AT_ONCE 64
/* Seconds of work that a kill costs. */
#define WRITE_EVERY_S 5

struct folder {
    const struct ch_alt_photo_options *o;
    struct ch_alt_photo_counts *n;
    struct ch_alt_review review;
    struct ch_table *tried;            /* photos that cannot be captioned: the
                                          number of what they were */
    struct ch_file_id *was;
    size_t was_count, was_room;
    char **photo;
    size_t photo_count;
    size_t *todo, todo_count;          /* of photo[]: to be captioned */
    double written_s;
    const volatile sig_atomic_t *stop;
};

static const volatile sig_atomic_t never;

static const char *name_of(const struct folder *f, const char *path)
{
    path += strlen(f->o->folder);
    return path + strspn(path, "/");
}

static int pass_over(void *context, const char *folder,
                     const struct ch_err *why, struct ch_err *e)
{
    (void)context, (void)folder, (void)why, (void)e;
    return 0;
}

int ch_alt_photo_is_folder(const char *folder, struct ch_err *e)
{
    char **page;
    size_t count;
    int rc;

    if (!ch_file_is_folder(folder))
        return ch_fail_at(e, CH_EUSAGE, folder, CH_NO_OFFSET,
                          "expected the folder of a web site or of photos");
    rc = ch_file_list_past(folder, "html|htm", pass_over, NULL, &page, &count,
                           e);
    ch_file_list_free(page, count);
    return rc ? rc : count == 0;
}

static int open_folder(struct folder *f, struct ch_err *e)
{
    const char *folder = f->o->folder;
    int rc;

    *f->n = (struct ch_alt_photo_counts){ 0 };
    if (!ch_file_is_folder(folder))
        return ch_fail_at(e, CH_EUSAGE, folder, CH_NO_OFFSET,
                          "expected a folder of photos");
    if (folder[0] == '@')
        return ch_fail_at(e, CH_EUSAGE, folder, CH_NO_OFFSET,
                          "@ begins a list; name the folder as ./%s", folder);
    rc = ch_alt_review_open(&f->review, false, e);
    if (!rc) rc = ch_table_open(&f->tried, e);
    return rc;
}

static void forget_list(struct folder *f)
{
    ch_file_list_free(f->photo, f->photo_count);
    free(f->todo);
    f->photo = NULL;
    f->todo = NULL;
    f->photo_count = f->todo_count = 0;
}

static void close_folder(struct folder *f)
{
    forget_list(f);
    ch_alt_review_close(&f->review);
    ch_table_close(f->tried);
    free(f->was);
}

/* ------------------------------------------------------------- proposing */

/* Tried before, and still the same file? */
static bool is_known_bad(const struct folder *f, const char *photo)
{
    const uint64_t *i = ch_table_get(f->tried, photo, strlen(photo));

    return i && !ch_file_check_same(&f->was[*i], photo, NULL);
}

static int note_bad(struct folder *f, const char *photo, struct ch_err *e)
{
    struct ch_file_id id;
    uint64_t *i;

    /* Gone by now: when it comes again it is another. */
    if (ch_file_identify(&id, photo, NULL))
        return 0;
    if (f->was_count == f->was_room) {
        size_t room = f->was_room ? 2 * f->was_room : 64;
        struct ch_file_id *was = realloc(f->was, room * sizeof *was);

        if (!was)
            return ch_fail(e, CH_ENOMEM, "cannot hold %zu photos", room);
        f->was = was;
        f->was_room = room;
    }
    i = ch_table_add(f->tried, photo, strlen(photo), f->was_count, NULL);
    if (!i)
        return ch_fail(e, CH_ENOMEM, "cannot hold a photo's name");
    f->was_count += *i == f->was_count;
    f->was[*i] = id;
    return 0;
}

static int note_unread(void *context, const char *folder,
                       const struct ch_err *why, struct ch_err *e)
{
    struct folder *f = context;

    f->n->bad++;
    if (is_known_bad(f, folder))
        return 0;
    ch_log(CH_LOG_WARN, "%s", why->msg);
    return note_bad(f, folder, e);
}

/* What is to be done of the photos that are there now. */
static int list_photos(struct folder *f, struct ch_err *e)
{
    struct ch_alt_photo_counts *n = f->n;
    int rc;

    forget_list(f);
    n->described = n->bad = n->kept = 0;
    rc = ch_file_list_past(f->o->folder, CH_PICTURE_ENDINGS, note_unread, f,
                           &f->photo, &f->photo_count, e);
    if (!rc && !(f->todo = calloc(f->photo_count + 1, sizeof *f->todo)))
        rc = ch_fail(e, CH_ENOMEM, "cannot hold %zu photos", f->photo_count);
    n->photos = f->photo_count;
    for (size_t i = 0; i < f->photo_count && !rc; i++) {
        const char *name = name_of(f, f->photo[i]);

        if (ch_alt_review_find(&f->review, "", name)) {
            n->kept++;
        } else if (is_known_bad(f, f->photo[i])) {
            n->bad++;
        } else if (ch_text_check(name, strlen(name)) < strlen(name)) {
            n->bad++;
            ch_log(CH_LOG_WARN, "%s: its name is not UTF-8, so no row can hold "
                   "it; rename it", f->photo[i]);
            rc = note_bad(f, f->photo[i], e);
        } else {
            int is_told = ch_alt_sidecar_is_told(f->o->folder, name, e);

            rc = is_told < 0 ? is_told : 0;
            n->described += is_told > 0;
            if (!is_told)
                f->todo[f->todo_count++] = i;
        }
    }
    return rc;
}

static int write_review(struct folder *f, struct ch_err *e)
{
    f->written_s = ch_clock_s();
    return ch_alt_review_write(&f->review, f->o->review, e);
}

static int caption_some(struct folder *f, struct ch_captioner *c, size_t from,
                        struct ch_err *e)
{
    const size_t left = f->todo_count - from;
    const size_t count = left < PHOTOS_AT_ONCE ? left : PHOTOS_AT_ONCE;
    char *photo[PHOTOS_AT_ONCE], *text[PHOTOS_AT_ONCE] = { 0 };
    int rc;

    for (size_t i = 0; i < count; i++)
        photo[i] = f->photo[f->todo[from + i]];
    rc = ch_alt_say(c, photo, count, f->o->review, text, e);
    for (size_t i = 0; i < count && !rc; i++) {
        if (text[i]) {
            rc = ch_alt_review_add(&f->review, "", 0, name_of(f, photo[i]),
                                   text[i], e);
            f->n->proposed += !rc;
        } else {
            rc = note_bad(f, photo[i], e);
            f->n->bad++;
        }
    }
    for (size_t i = 0; i < count; i++)
        free(text[i]);
    return rc;
}

/* Caption what waits.  The model is read when it is first needed. */
static int caption_all(struct folder *f, struct ch_captioner **c,
                       struct ch_err *e)
{
    uint64_t before = f->n->proposed;
    int rc = 0;

    if (f->todo_count && !*c)
        rc = ch_captioner_open(c, &f->o->caption, e);
    for (size_t k = 0; k < f->todo_count && !rc && !*f->stop;
         k += PHOTOS_AT_ONCE) {
        rc = caption_some(f, *c, k, e);
        if (!rc && ch_clock_s() - f->written_s > WRITE_EVERY_S)
            rc = write_review(f, e);
    }
    if (!rc && (f->n->proposed > before || !ch_file_exists(f->o->review)))
        rc = write_review(f, e);
    if (!rc && f->n->proposed > before)
        ch_log(CH_LOG_INFO, "%" PRIu64 " proposed; %s has %zu rows",
               f->n->proposed - before, f->o->review, f->review.count);
    return rc;
}

int ch_alt_photo_propose(const struct ch_alt_photo_options *o,
                         struct ch_alt_photo_counts *n, struct ch_err *e)
{
    struct folder f = { .o = o, .n = n, .stop = o->stop ? o->stop : &never };
    struct ch_captioner *c = NULL;
    struct ch_watch *watch = NULL;
    int rc = open_folder(&f, e), more = 1;

    f.written_s = ch_clock_s();
    if (!rc && ch_file_exists(o->review))
        rc = ch_alt_review_read(&f.review, o->review, e);
    if (!rc) rc = ch_alt_review_check(&f.review, o->review, e);
    if (!rc && o->watch)
        rc = ch_watch_open(&watch, o->folder, CH_PICTURE_ENDINGS, e);
    while (!rc && more > 0) {
        rc = list_photos(&f, e);
        if (!rc && !f.photo_count && !watch)
            rc = ch_fail_at(e, CH_EFORMAT, o->folder, CH_NO_OFFSET,
                            "no page (.html, .htm) and no photo (.jpg, .jpeg, "
                            ".png, .webp) is in it");
        if (!rc) rc = caption_all(&f, &c, e);
        more = !rc && watch ? ch_watch_wait(watch, f.stop, e) : 0;
        if (more < 0) rc = more;
    }
    if (!rc && !watch && *f.stop)
        rc = ch_fail(e, CH_ESTOPPED, "stopped; the same command goes on");
    ch_watch_close(watch);
    ch_captioner_close(c);
    close_folder(&f);
    return rc;
}

/* -------------------------------------------------------------- applying */

static int apply_row(struct folder *f, const char *out,
                     const struct ch_alt_row *row, struct ch_err *e)
{
    uint64_t *const count[] = {
        [CH_ALT_SIDECAR_WRITTEN] = &f->n->written,
        [CH_ALT_SIDECAR_EXTENDED] = &f->n->extended,
        [CH_ALT_SIDECAR_THERE] = &f->n->there,
        [CH_ALT_SIDECAR_BAD] = &f->n->bad,
    };
    enum ch_alt_sidecar_end end;
    int rc;

    if (!ch_xmp_can_hold(row->alt))
        return ch_fail(e, CH_EFORMAT, "%s: the text of %s has a control "
                       "character; take it out", f->o->review, row->image);
    rc = ch_alt_sidecar_write(f->o->folder, out, row->image, row->alt,
                              f->o->extend, &end, e);
    *count[rc ? CH_ALT_SIDECAR_BAD : end] += !rc;
    return rc;
}

/* Is the row of a photo that is in the folder, and not outside of it? */
static bool has_photo(const struct folder *f, const char *image)
{
    char path[PATH_BYTES];
    const char *dots = strstr(image, "..");

    for (; dots; dots = strstr(dots + 2, ".."))
        if ((dots == image || dots[-1] == '/') &&
            (dots[2] == '/' || !dots[2]))
            return false;
    return ch_file_ends_in(image, CH_PICTURE_ENDINGS) &&
           !ch_file_join(path, sizeof path, f->o->folder, image, NULL) &&
           ch_file_exists(path);
}

int ch_alt_photo_apply(const struct ch_alt_photo_options *o, const char *out,
                       struct ch_alt_photo_counts *n, struct ch_err *e)
{
    struct folder f = { .o = o, .n = n };
    int rc = open_folder(&f, e);

    if (!rc) rc = ch_alt_review_read(&f.review, o->review, e);
    for (size_t i = 0; i < f.review.count && !rc; i++) {
        const struct ch_alt_row *row = &f.review.row[i];

        n->photos++;
        if (!has_photo(&f, row->image)) {
            n->unused++;
            ch_log(CH_LOG_WARN, "%s: %s is no photo in %s", o->review,
                   row->image, o->folder);
        } else if (*row->alt) {
            rc = apply_row(&f, out, row, e);
        }
    }
    close_folder(&f);
    return rc;
}
