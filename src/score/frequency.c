/* frequency.c - document frequencies for CIDEr, kept in a file */
#include "score/frequency.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/hash.h"

#define MAGIC "chorus-df 1"

static const size_t MAX_BYTES = (size_t)1 << 34;

/* --------------------------------------------------------------- writing */

static void put_gram(const struct ch_ngram_set *s, uint32_t id,
                     struct ch_buffer *out)
{
    const char *word[CH_NGRAM_ORDERS];
    size_t bytes[CH_NGRAM_ORDERS];
    size_t n = ch_ngram_words(s, id, word, bytes);

    ch_buffer_format(out, "%" PRIu32, s->images[id]);
    for (size_t i = 0; i < n; i++) {
        ch_buffer_text(out, i ? " " : "\t");
        ch_buffer_put(out, word[i], bytes[i]);
    }
    ch_buffer_text(out, "\n");
}

static int put_all(const struct ch_ngram_set *s, enum ch_token_rule rule,
                   struct ch_buffer *out, struct ch_err *e)
{
    size_t count = 0;
    char hex[17];

    for (size_t id = 0; id < s->id_count; id++)
        count += s->images[id] > 0;
    ch_buffer_format(out, MAGIC "\t%zu\t%zu\t%s\n", s->image_count, count,
                     ch_token_rule_name[rule]);
    for (size_t id = 0; id < s->id_count; id++)
        if (s->images[id] > 0)
            put_gram(s, (uint32_t)id, out);
    if (out->failed)
        return ch_fail(e, CH_ENOMEM, "no memory for %zu n-grams", count);
    ch_hash_hex(ch_hash(out->at, out->size), hex);
    ch_buffer_format(out, "xxh3\t%s\n", hex);
    return out->failed ? ch_fail(e, CH_ENOMEM, "no memory for %zu n-grams",
                                 count) : 0;
}

int ch_score_write_df(const struct ch_score_item *item, size_t count,
                      enum ch_token_rule rule, const char *path,
                      struct ch_err *e)
{
    struct ch_ngram_set s = { 0 };
    struct ch_buffer out = { 0 };
    int rc = ch_ngram_read(&s, item, count, e);

    if (!rc) rc = ch_ngram_name(&s, e);
    if (!rc) rc = put_all(&s, rule, &out, e);
    if (!rc) rc = ch_file_write(path, out.at, out.size, e);
    ch_buffer_release(&out);
    ch_ngram_release(&s);
    return rc;
}

/* --------------------------------------------------------------- reading */

static int bad(const char *path, size_t line, const char *expected,
               struct ch_err *e)
{
    return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                      "line %zu: expected %s; make it again with --write-df",
                      line, expected);
}

/* The bytes before the last line, whose hash it tells. */
static int check_hash(const char *path, const char *bytes, size_t *n,
                      struct ch_err *e)
{
    static const size_t LAST = sizeof "xxh3\t0123456789abcdef\n" - 1;
    char hex[17];
    uint64_t hash;

    if (*n < sizeof MAGIC || memcmp(bytes, MAGIC "\t", sizeof MAGIC))
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "no file of document frequencies (it does not begin "
                          "with \"" MAGIC "\"); chorus score --write-df makes "
                          "one");
    if (*n < LAST || memcmp(bytes + *n - LAST, "xxh3\t", 5))
        return ch_fail_at(e, CH_EFORMAT, path, *n, "expected a last line with "
                          "the hash; the file was cut short");
    memcpy(hex, bytes + *n - 17, 16);
    hex[16] = '\0';
    *n -= LAST;
    if (ch_hash_parse(hex, &hash) || hash != ch_hash(bytes, *n))
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "the hash does not fit the bytes: the file is "
                          "damaged");
    return 0;
}

/* A number that ends at a tab; NULL when it is none. */
static const char *read_count(const char *at, uint64_t *count)
{
    char *end;

    if (*at < '0' || *at > '9')
        return NULL;
    errno = 0;
    *count = strtoull(at, &end, 10);
    return errno || *end != '\t' ? NULL : end + 1;
}

static int read_head(const char *path, const char *line, size_t n,
                     enum ch_token_rule rule, uint64_t *images,
                     uint64_t *grams, struct ch_err *e)
{
    const char *end = line + n, *name = ch_token_rule_name[rule];
    const char *at = read_count(line + sizeof MAGIC, images);

    if (at)
        at = read_count(at, grams);
    if (!at || at > end || *images == 0)
        return bad(path, 1, "images, n-grams and the rule of tokens", e);
    if ((size_t)(end - at) != strlen(name) || memcmp(at, name, strlen(name)))
        return ch_fail_at(e, CH_EUSAGE, path, CH_NO_OFFSET,
                          "its words were made by the rule \"%.*s\", those "
                          "here by \"%s\"; use the same --tokens",
                          (int)(end - at), at, name);
    return 0;
}

int ch_frequency_parse(struct ch_ngram_set *s, enum ch_token_rule rule,
                       const char *bytes, size_t n, const char *path,
                       uint64_t *images, struct ch_err *e)
{
    const char *line = NULL;
    size_t length = 0, number = 1;
    uint64_t grams = 0;
    struct ch_bytes b;
    int rc = check_hash(path, bytes, &n, e);

    if (rc)
        return rc;
    b = ch_bytes_of(bytes, n);
    ch_bytes_line(&b, &line, &length);
    rc = read_head(path, line, length, rule, images, &grams, e);
    if (!rc)
        memset(s->images, 0, s->id_count * sizeof *s->images);
    while (!rc && ch_bytes_line(&b, &line, &length)) {
        uint64_t count;
        const char *gram = read_count(line, &count);
        uint32_t id;

        number++;
        if (!gram || gram > line + length || count == 0 || count > *images ||
            count > UINT32_MAX)
            rc = bad(path, number, "how many of the images, a tab, words", e);
        else if ((id = ch_ngram_find(s, gram, (size_t)(line + length - gram)))
                 != UINT32_MAX)
            s->images[id] = (uint32_t)count;
    }
    if (!rc && number - 1 != grams)
        rc = bad(path, number, "as many n-grams as the first line says", e);
    return rc;
}

int ch_frequency_read(struct ch_ngram_set *s, enum ch_token_rule rule,
                      const char *path, uint64_t *images, struct ch_err *e)
{
    char *bytes = NULL;
    size_t n;
    int rc = ch_file_read(path, MAX_BYTES, &bytes, &n, e);

    if (!rc) rc = ch_frequency_parse(s, rule, bytes, n, path, images, e);
    free(bytes);
    return rc;
}
