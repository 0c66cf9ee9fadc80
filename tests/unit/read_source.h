/* read_source.h - a reader run on a text, and its bad inputs
 *
 * Include after <cmocka.h>.
 */
#ifndef TESTS_UNIT_READ_SOURCE_H
#define TESTS_UNIT_READ_SOURCE_H

#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/json_stream.h"
#include "data/source.h"

/* Each test of a reader has a function of this kind; the path is "t". */
typedef int (*read_source_fn)(struct ch_source *s, const char *text, size_t n,
                              const struct ch_split_rule *by,
                              struct ch_err *e);

static const struct ch_split_rule by_given = { .by = CH_SPLIT_GIVEN };

struct bad_source {
    const char *text, *msg;
};

static inline void expect_bad_sources(read_source_fn read,
                                      const struct ch_split_rule *by,
                                      const struct bad_source *bad,
                                      size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct ch_err e = CH_ERR_INIT;
        struct ch_source s = { 0 };

        assert_int_equal(read(&s, bad[i].text, strlen(bad[i].text), by, &e),
                         CH_EFORMAT);
        assert_string_equal(e.msg, bad[i].msg);
        ch_source_release(&s);
    }
}

static inline void read_source(read_source_fn read, struct ch_source *s,
                               const char *text,
                               const struct ch_split_rule *by)
{
    struct ch_err e = CH_ERR_INIT;

    memset(s, 0, sizeof *s);
    if (read(s, text, strlen(text), by, &e))
        fail_msg("%s", e.msg);
}

/* image i, its split and first captions; NULL: no more of them. */
static inline void expect_image(const struct ch_source *s, size_t i,
                                const char *file, enum ch_split split,
                                const char *first, const char *second)
{
    const char *const caption[2] = { first, second };

    assert_true(i < s->image_count);
    assert_string_equal(s->image[i].file, file);
    assert_int_equal(s->image[i].split, split);
    for (size_t c = 0; c < 2; c++) {
        if (!caption[c]) {
            assert_int_equal(s->image[i].caption_count, c);
            return;
        }
        assert_true(c < s->image[i].caption_count);
        assert_string_equal(s->image[i].caption[c], caption[c]);
    }
}

#endif
