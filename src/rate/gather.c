/* gather.c - captions of systems, photos and references become rows */
#include "rate/gather.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/rng.h"
#include "score/reference.h"

/* More systems than one rater could tell apart. */
#define SYSTEMS 32
#define HUMAN "human"

struct system {
    char name[128];
    struct ch_caption_file file;
};

/* A photo that some system captioned. */
struct photo {
    const char *path;              /* below the folder, the album's */
    const char *name;              /* as the first file has it, or NULL */
    int64_t number;                /* or -1 */
    const char *text[SYSTEMS];     /* NULL: not captioned */
    const struct ch_reference_image *written;   /* references, or NULL */
};

struct gather {
    struct ch_study *study;
    const struct ch_rate_new *o;
    const struct ch_album *album;
    struct ch_rate_made *made;
    struct system *system;
    size_t systems;
    struct photo *photo;
    size_t photos, room;
    struct ch_table *index;        /* path -> place in photo */
    struct ch_references references;
};

/* --------------------------------------------------------------- systems */

/* NAME=FILE, or FILE, whose name without folders and ending is the system's. */
static const char *name_system(const char *text, char *name, size_t size)
{
    const char *equals = strchr(text, '='), *slash, *dot;

    if (equals && equals > text && !ch_file_exists(text)) {
        snprintf(name, size, "%.*s", (int)(equals - text), text);
        return equals + 1;
    }
    slash = strrchr(text, '/');
    slash = slash ? slash + 1 : text;
    dot = strrchr(slash, '.');
    snprintf(name, size, "%.*s",
             dot && dot > slash ? (int)(dot - slash) : (int)strlen(slash),
             slash);
    return text;
}

static int check_name(const struct gather *g, const char *name,
                      struct ch_err *e)
{
    if (!strcmp(name, HUMAN))
        return ch_fail(e, CH_EUSAGE, "a system is named " HUMAN ", as what "
                       "people wrote is; write --captions NAME=FILE");
    for (size_t i = 0; i < g->systems; i++)
        if (!strcmp(g->system[i].name, name))
            return ch_fail(e, CH_EUSAGE, "two systems are named %.80s; write "
                           "--captions NAME=FILE", name);
    return 0;
}

static int place_photo(struct gather *g, const struct ch_caption_entry *c,
                       size_t *index, struct ch_err *e)
{
    const char *path = ch_album_find(g->album, c->image, c->id);
    struct photo *bigger;
    uint64_t *at;
    int added;

    if (!path)
        return 0;
    at = ch_table_add(g->index, path, strlen(path), g->photos, &added);
    if (at && added && g->photos == g->room) {
        g->room = g->room ? 2 * g->room : 256;
        bigger = realloc(g->photo, g->room * sizeof *bigger);
        if (bigger)
            g->photo = bigger;
        else
            at = NULL;
    }
    if (!at)
        return ch_fail(e, CH_ENOMEM, "no memory for the photos");
    *index = (size_t)*at;
    if (added)
        g->photo[g->photos++] = (struct photo) {
            .path = path, .name = c->image, .number = c->id
        };
    return 1;
}

static int add_captions(struct gather *g, size_t k, struct ch_err *e)
{
    const struct ch_caption_file *f = &g->system[k].file;

    if (f->form == CH_FORM_PLAIN)
        return ch_fail_at(e, CH_EUSAGE, f->path, CH_NO_OFFSET,
                          "expected captions that name their photos (JSON "
                          "lines, COCO results, image, tab, caption), found "
                          "plain text");
    for (size_t i = 0; i < f->count; i++) {
        size_t index = 0;
        int found = place_photo(g, &f->caption[i], &index, e);

        if (found < 0)
            return found;
        g->made->not_found += !found;
        if (!found)
            continue;
        if (g->photo[index].text[k])
            return ch_fail_at(e, CH_EFORMAT, f->path, CH_NO_OFFSET,
                              "%s %zu: a second caption of %.120s; expected "
                              "one of each photo", ch_caption_file_unit(f),
                              f->caption[i].place, g->photo[index].path);
        g->photo[index].text[k] = f->caption[i].text;
    }
    return 0;
}

static int read_systems(struct gather *g, struct ch_err *e)
{
    int rc = 0;

    if (g->o->caption_count == 0 || g->o->caption_count > SYSTEMS)
        return ch_fail(e, CH_EUSAGE, "expected captions of 1 to %d systems "
                       "(--captions), found %zu", SYSTEMS,
                       g->o->caption_count);
    g->system = calloc(g->o->caption_count, sizeof *g->system);
    if (!g->system)
        return ch_fail(e, CH_ENOMEM, "no memory for the systems");
    for (size_t k = 0; k < g->o->caption_count && !rc; k++) {
        struct system *s = &g->system[k];
        const char *path = name_system(g->o->captions[k], s->name,
                                       sizeof s->name);

        rc = check_name(g, s->name, e);
        if (rc)
            break;
        g->systems++;
        rc = ch_caption_file_read(&s->file, path, CH_ROLE_CAPTION, e);
        if (!rc) rc = add_captions(g, k, e);
    }
    return rc;
}

/* ---------------------------------------------------- choosing the photos */

static int find_references(struct gather *g, struct ch_err *e)
{
    int rc;

    if (!g->o->reference_count)
        return g->o->human ? ch_fail(e, CH_EUSAGE, "--human needs what people "
                                     "wrote (--references)") : 0;
    rc = ch_reference_read(&g->references, g->o->references,
                           g->o->reference_count, NULL, e);
    if (!rc && g->references.is_plain)
        rc = ch_fail(e, CH_EUSAGE, "%s: expected references that name their "
                     "photos, found plain text", g->o->references[0]);
    for (size_t i = 0; i < g->photos && !rc; i++) {
        struct photo *p = &g->photo[i];
        size_t index;
        int found = ch_reference_find(&g->references, p->name, p->number,
                                      &index, e);

        if (!found)
            found = ch_reference_find(&g->references, p->path, -1, &index, e);
        if (found > 0)
            p->written = &g->references.image[index];
        rc = found < 0 ? found : 0;
    }
    return rc;
}

/* Photos that all systems captioned move to the front. */
static void keep_captioned(struct gather *g)
{
    size_t kept = 0;

    for (size_t i = 0; i < g->photos; i++) {
        const struct photo *p = &g->photo[i];
        size_t k = 0;

        while (k < g->systems && p->text[k])
            k++;
        if (k == g->systems && !(g->o->human && !p->written))
            g->photo[kept++] = *p;
    }
    g->made->not_captioned = g->photos - kept;
    g->photos = kept;
}

static struct ch_rng numbers(const struct gather *g, uint32_t position)
{
    struct ch_rng r;

    ch_rng_init(&r, (struct ch_rng_place) {
        .seed = g->o->seed, .purpose = CH_RNG_STUDY, .position = position,
    });
    return r;
}

/* Some of them, drawn. */
static void draw_photos(struct gather *g)
{
    struct ch_rng r = numbers(g, 2);

    if (!g->o->photos || g->o->photos >= g->photos)
        return;
    for (size_t i = 0; i < g->o->photos; i++) {
        size_t k = i + ch_rng_below(&r, (uint32_t)(g->photos - i));
        struct photo p = g->photo[i];

        g->photo[i] = g->photo[k];
        g->photo[k] = p;
    }
    g->photos = g->o->photos;
}

/* ------------------------------------------------------------ their rows */

static int put_system(struct gather *g, const char *name, bool is_human,
                      struct ch_err *e)
{
    g->made->systems++;
    return ch_sql_run(g->study->sql, e, "INSERT INTO system(id, name, "
                      "is_human) VALUES(?, ?, ?)", "iti",
                      (int64_t)g->made->systems, name, (int64_t)is_human);
}

static int put_caption(struct gather *g, int64_t photo, size_t system,
                       const char *text, struct ch_err *e)
{
    g->made->captions++;
    return ch_sql_run(g->study->sql, e, "INSERT INTO caption(photo, system, "
                      "text) VALUES(?, ?, ?)", "iit", photo,
                      (int64_t)system + 1, text);
}

/* The one that is rated is no reference for the metrics, unless it is all
 * there is: all systems are measured by the same references. */
static int put_references(struct gather *g, const struct photo *p,
                          int64_t photo, struct ch_rng *r, struct ch_err *e)
{
    size_t count = p->written ? p->written->count : 0;
    size_t rated = count ? ch_rng_below(r, (uint32_t)count) : 0;
    int rc = 0;

    for (size_t i = 0; i < count && !rc; i++) {
        if (g->o->human && i == rated)
            rc = put_caption(g, photo, g->systems, p->written->text[i], e);
        if (!rc && !(g->o->human && i == rated && count > 1))
            rc = ch_sql_run(g->study->sql, e, "INSERT INTO reference(photo, "
                            "text) VALUES(?, ?)", "it", photo,
                            p->written->text[i]);
    }
    return rc;
}

static int put_rows(struct gather *g, struct ch_err *e)
{
    struct ch_rng r = numbers(g, 3);
    int rc = 0;

    for (size_t k = 0; k < g->systems && !rc; k++)
        rc = put_system(g, g->system[k].name, false, e);
    if (!rc && g->o->human)
        rc = put_system(g, HUMAN, true, e);
    for (size_t i = 0; i < g->photos && !rc; i++) {
        const struct photo *p = &g->photo[i];
        int64_t id;

        rc = ch_sql_run(g->study->sql, e, "INSERT INTO photo(name) VALUES(?)",
                        "t", p->path);
        id = ch_sql_last(g->study->sql);
        for (size_t k = 0; k < g->systems && !rc; k++)
            rc = put_caption(g, id, k, p->text[k], e);
        if (!rc) rc = put_references(g, p, id, &r, e);
    }
    g->made->photos = g->photos;
    return rc;
}

int ch_gather_run(struct ch_study *s, const struct ch_rate_new *o,
                  const struct ch_album *album, struct ch_rate_made *made,
                  struct ch_err *e)
{
    struct gather g = { .study = s, .o = o, .album = album, .made = made };
    int rc = ch_table_open(&g.index, e);

    *made = (struct ch_rate_made) { 0 };
    if (!rc) rc = read_systems(&g, e);
    if (!rc) rc = find_references(&g, e);
    if (!rc) {
        keep_captioned(&g);
        draw_photos(&g);
    }
    if (!rc && !g.photos)
        rc = ch_fail(e, CH_EUSAGE, "no photo below %s is captioned by all "
                     "systems%s", o->images,
                     o->human ? " and by people" : "");
    if (!rc && o->mode == CH_RATE_PAIRS && g.systems + o->human < 2)
        rc = ch_fail(e, CH_EUSAGE, "pairs need two systems, or one and "
                     "--human");
    if (!rc) rc = put_rows(&g, e);
    for (size_t k = 0; k < g.systems; k++)
        ch_caption_file_release(&g.system[k].file);
    free(g.system);
    free(g.photo);
    ch_table_close(g.index);
    ch_reference_release(&g.references);
    return rc;
}
