/* rate.h - people rate captions
 *
 * A study holds captions of photos by one or several systems, and raters, each
 * of whom has a link that cannot be guessed.  They answer on a page that a
 * small server shows; the report says what they found, and how sure that is.
 *
 * A study is a folder; several processes may use it at once.
 */
#ifndef CHORUS_RATE_H
#define CHORUS_RATE_H

#include "chorus/err.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* X(name, what a rater does) */
#define CH_RATE_MODES(X)                                                       \
    X(scales, "rates each caption from 1 to 5 on three scales")                \
    X(pairs, "chooses the better one of two captions")

enum ch_rate_mode {
#define CH_RATE_ENUM(name, what) CH_RATE_MODE_##name,
    CH_RATE_MODES(CH_RATE_ENUM)
#undef CH_RATE_ENUM
    CH_RATE_MODE_COUNT
};
#define CH_RATE_SCALES CH_RATE_MODE_scales
#define CH_RATE_PAIRS CH_RATE_MODE_pairs
extern const char *const ch_rate_mode_name[CH_RATE_MODE_COUNT];

struct ch_rate_new {
    const char *study;                /* a new folder */
    const char *const *captions;      /* FILE or NAME=FILE, one per system */
    size_t caption_count;
    const char *const *references;    /* what people wrote; may be none */
    size_t reference_count;
    const char *images;               /* the folder of photos */
    const char *title;                /* raters see it */
    enum ch_rate_mode mode;
    bool human;                       /* one reference of each photo is rated,
                                         as a system that nobody knows of */
    uint32_t raters;                  /* 1 or more */
    uint32_t photos;                  /* at most so many, drawn; 0: all */
    uint32_t tasks;                   /* captions or pairs for each rater,
                                         without checks; 0: all */
    double checks, repeats;           /* shares of the tasks */
    uint64_t seed;
};

/* What a new study holds, and what had to be left out. */
struct ch_rate_made {
    size_t systems, photos, captions, raters, tasks;
    size_t not_captioned;     /* photos that not all systems captioned */
    size_t not_found;         /* captions of photos that are not there */
};

/* Whole or absent. */
int ch_rate_new(const struct ch_rate_new *o, struct ch_rate_made *made,
                struct ch_err *e);
/* More raters for a study, named rater-N. */
int ch_rate_add(const char *study, uint32_t raters, struct ch_err *e);

/* Lines of rater, tab, tasks done, tab, of all, tab, link; base: what stands
 * before "/r/", "http://host:port".  *out is freed with free(). */
int ch_rate_links(const char *study, const char *base, char **out,
                  struct ch_err *e);

struct ch_rate_serve {
    const char *study;
    const char *host;         /* an IP address to listen on */
    uint16_t port;            /* 0: any that is free */
    const char *url;          /* what raters reach it by; NULL: the address */
    const volatile sig_atomic_t *stop;
    void (*ready)(void *context, const char *base);  /* it listens now */
    void *context;
};

/* Until *stop.  Every answer is on the disk before the rater is told so. */
int ch_rate_serve(const struct ch_rate_serve *o, struct ch_err *e);

/* What an import brought. */
struct ch_rate_imported {
    size_t tasks;             /* captions or pairs, by their raters */
    size_t raters;            /* who were not there */
    size_t checks;            /* rows of checks, which are not read */
};

/* A table with commas of the columns rater, image, system, scale, value and,
 * if there, kind, other (of pairs) and finished, as the report writes it.  All
 * of it or nothing. */
int ch_rate_import(const char *study, const char *path,
                   struct ch_rate_imported *made, struct ch_err *e);

struct ch_rate_report {
    const char *study;
    double min_checks;        /* raters who passed a smaller share of their
                                 checks are left out; 0: nobody is */
    const char *meteor;       /* METEOR's data, or NULL */
    bool json;                /* *out is one JSON object, not text */
    const char *csv;          /* all ratings go there; or NULL */
    const char *html;         /* a page goes there; or NULL */
};

/* Also while the study is served.  *out is freed with free(). */
int ch_rate_report(const struct ch_rate_report *o, char **out,
                   struct ch_err *e);

#endif
