/* rate_study.h - small studies for tests: photos that are empty files, captions
 * of two systems, references
 *
 * Include after <cmocka.h>; setup: scratch_make.
 */
#ifndef TESTS_UNIT_RATE_STUDY_H
#define TESTS_UNIT_RATE_STUDY_H

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "rate/study.h"
#include "scratch.h"

#define STUDY_PHOTOS 6

/* As study_path(), but many live at a time. */
static inline const char *study_path(const char *name)
{
    static char path[64][1024];
    static unsigned next;
    char *out = path[next++ % 64];

    snprintf(out, sizeof path[0], "%s/%s", scratch, name);
    return out;
}

static inline void study_file(const char *name, const char *text)
{
    struct ch_err e = CH_ERR_INIT;

    if (ch_file_write(study_path(name), text, strlen(text), &e))
        fail_msg("%s", e.msg);
}

/* photos/1.jpg to 6.jpg, a.tsv, b.tsv (3 says the same as a) and refs.tsv. */
static inline void study_files(void)
{
    static const char *const thing[] = { "dog", "horse", "boat", "child",
                                         "bridge", "train" };
    struct ch_buffer a = { 0 }, b = { 0 }, refs = { 0 };
    char name[32];

    mkdir(study_path("photos"), 0777);
    for (int i = 0; i < STUDY_PHOTOS; i++) {
        snprintf(name, sizeof name, "photos/%d.jpg", i + 1);
        study_file(name, "");
        ch_buffer_format(&a, "%d.jpg\ta %s outside\n", i + 1, thing[i]);
        ch_buffer_format(&b, "%d.jpg\ta %s %s\n", i + 1, thing[i],
                         i == 2 ? "outside" : "stands there");
        ch_buffer_format(&refs, "%d.jpg\tThe %s is outside.\n"
                         "%d.jpg\tOne %s, seen from afar.\n", i + 1, thing[i],
                         i + 1, thing[i]);
    }
    study_file("a.tsv", a.at);
    study_file("b.tsv", b.at);
    study_file("refs.tsv", refs.at);
    ch_buffer_release(&a);
    ch_buffer_release(&b);
    ch_buffer_release(&refs);
}

/* Options of a study of systems "a" and "b". */
static inline struct ch_rate_new study_options(const char *folder)
{
    static const char *captions[2], *references[1];

    captions[0] = study_path("a.tsv");
    captions[1] = study_path("b.tsv");
    references[0] = study_path("refs.tsv");
    return (struct ch_rate_new) {
        .study = folder, .captions = captions, .caption_count = 2,
        .references = references, .reference_count = 1,
        .images = study_path("photos"), .title = "A <study>", .raters = 2,
        .seed = 1,
    };
}

static inline void study_new(const struct ch_rate_new *o)
{
    struct ch_rate_made made;
    struct ch_err e = CH_ERR_INIT;

    if (ch_rate_new(o, &made, &e))
        fail_msg("%s", e.msg);
}

static inline void study_open(struct ch_study *s, const char *folder)
{
    struct ch_err e = CH_ERR_INIT;

    if (ch_study_open(s, folder, &e))
        fail_msg("%s", e.msg);
}

/* The number that a query finds. */
static inline int64_t study_number(const struct ch_study *s, const char *query)
{
    struct ch_err e = CH_ERR_INIT;
    int64_t n = -1;

    if (ch_sql_one(s->sql, &n, &e, query, "") < 0)
        fail_msg("%s", e.msg);
    return n;
}

#endif
