/* tiny_meteor.h - a few words of METEOR's data, made in memory
 *
 * Stops the program when something fails, so that fuzz targets can use it too.
 */
#ifndef TESTS_UNIT_TINY_METEOR_H
#define TESTS_UNIT_TINY_METEOR_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "score/meteor_make.h"

static const char *const tiny_paraphrase[][2] = {
    { "next to", "beside" },
    { "next to", "by" },
    { "beside", "next to" },
    { "a lot of", "many" },
    { "man", "person" },
    { "person", "man" },
    { "next", "following" },
    { "next to the", "near the" },
};

/* couch and sofa mean the same, and so do city and town; goose stands for an
 * irregular form, and "lie" for two words with one. */
static const char tiny_synsets[] =
    "dog\n0002 0001\nhound\n0002 0009\ncouch\n0004\nsofa\n0004\n"
    "city\n0005\ntown\n0005\ngoose\n0006 0007\nbird\n0007\n"
    "see\n0008\nsaw\n0010\nlook\n0008\nfireman\n0011\nfirefighter\n0011\n"
    "ride\n0012\ntravel\n0012\nglass\n0013\nglas\n0014\n";
static const char tiny_exceptions[] = "goose\ngeese\nsee\nsaw seen\n";
static const char tiny_function[] = "the\na\nof\nto\n.\n's\nby\n";
static const char tiny_prefixes[] =
    "# a comment\n\nMr\nv\ni.e\npp #NUMERIC_ONLY# \nNo #NUMERIC_ONLY#\n";

static inline void tiny_stop(const struct ch_err *e)
{
    fprintf(stderr, "tiny_meteor.h: %s\n", e->msg);
    abort();
}

static inline struct ch_bytes tiny_lines(const char *text)
{
    return ch_bytes_of(text, strlen(text));
}

/* The file, in a block that is freed with free(). */
static inline char *tiny_meteor_bytes(size_t *size)
{
    struct ch_meteor_make *m;
    struct ch_buffer out = { 0 };
    struct ch_err e = CH_ERR_INIT;
    size_t n = sizeof tiny_paraphrase / sizeof tiny_paraphrase[0];
    int rc = ch_meteor_make_open(&m, &e);

    for (size_t i = 0; i < n && !rc; i++)
        rc = ch_meteor_make_paraphrase(m, tiny_paraphrase[i][0],
                                       tiny_paraphrase[i][1], &e);
    if (!rc)
        rc = ch_meteor_make_synsets(m, tiny_lines(tiny_synsets), "s", &e);
    if (!rc)
        rc = ch_meteor_make_exceptions(m, tiny_lines(tiny_exceptions), "e",
                                       &e);
    if (!rc)
        rc = ch_meteor_make_function(m, tiny_lines(tiny_function), "f", &e);
    if (!rc)
        rc = ch_meteor_make_prefixes(m, tiny_lines(tiny_prefixes), "p", &e);
    if (!rc) rc = ch_meteor_make_finish(m, &out, &e);
    if (rc)
        tiny_stop(&e);
    ch_meteor_make_close(m);
    *size = out.size;
    return out.at;
}

/* A handle on it, closed with tiny_meteor_close(). */
static char *tiny_bytes;

static inline struct ch_meteor_data *tiny_meteor_open(void)
{
    struct ch_meteor_data *d;
    struct ch_err e = CH_ERR_INIT;
    size_t size;

    tiny_bytes = tiny_meteor_bytes(&size);
    if (ch_meteor_data_read(&d, tiny_bytes, size, "tiny", &e))
        tiny_stop(&e);
    return d;
}

static inline void tiny_meteor_close(struct ch_meteor_data *d)
{
    ch_meteor_data_close(d);
    free(tiny_bytes);
}

#endif
