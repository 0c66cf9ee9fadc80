/* meteor_stem.c - the stem of an English word (the door of libstemmer) */
#include "score/meteor_stem.h"

#include <libstemmer.h>
#include <limits.h>

int ch_meteor_stem_open(struct ch_meteor_stem **out, struct ch_err *e)
{
    struct sb_stemmer *s = sb_stemmer_new("english", "UTF_8");

    *out = (struct ch_meteor_stem *)s;
    if (!s)
        return ch_fail(e, CH_ENOMEM, "cannot hold a stemmer");
    return 0;
}

void ch_meteor_stem_close(struct ch_meteor_stem *s)
{
    sb_stemmer_delete((struct sb_stemmer *)s);
}

int ch_meteor_stem_word(struct ch_meteor_stem *s, const char *word, size_t n,
                        const char **stem, size_t *stem_bytes,
                        struct ch_err *e)
{
    struct sb_stemmer *stemmer = (struct sb_stemmer *)s;
    const sb_symbol *out = NULL;

    if (n <= INT_MAX)
        out = sb_stemmer_stem(stemmer, (const sb_symbol *)word, (int)n);
    if (!out)
        return ch_fail(e, CH_ENOMEM, "no memory for the stem of a word of %zu "
                       "bytes", n);
    *stem = (const char *)out;
    *stem_bytes = (size_t)sb_stemmer_length(stemmer);
    return 0;
}
