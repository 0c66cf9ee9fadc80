/* test_meteor_align.c - the beam search, beside one written word for word
 *
 * The oracle below does what the description of METEOR's search says, with
 * whole copies of states and a list of all of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "score/meteor_align.h"
#include "tiny_meteor.h"

/* ------------------------------------------------------------- the oracle */

enum { WORDS = 24, STATES = 4096 };

struct oracle_state {
    const struct ch_meteor_match *match[WORDS + 1];
    int m1, m2, chunks, idx, last_end, dist;
    char ref_used[WORDS + 1], hyp_used[WORDS + 1];
};

static struct oracle_state queue[STATES], next_queue[STATES];
static size_t queue_count, next_count;

static int oracle_is_less(const struct oracle_state *x,
                          const struct oracle_state *y)
{
    if (x->m1 + x->m2 != y->m1 + y->m2)
        return x->m1 + x->m2 > y->m1 + y->m2;
    if (x->chunks != y->chunks)
        return x->chunks < y->chunks;
    return x->dist < y->dist;
}

/* Stable: each goes before those it is less than, and no farther. */
static void oracle_sort(void)
{
    for (size_t i = 1; i < queue_count; i++) {
        struct oracle_state s = queue[i];
        size_t at = i;

        for (; at > 0 && oracle_is_less(&s, &queue[at - 1]); at--)
            queue[at] = queue[at - 1];
        queue[at] = s;
    }
}

static void oracle_put(const struct oracle_state *s)
{
    assert_true(next_count < STATES);
    next_queue[next_count++] = *s;
}

static void oracle_mark(struct oracle_state *s,
                        const struct ch_meteor_match *m)
{
    for (int i = 0; i < m->ref_words; i++)
        s->ref_used[m->ref + i] = 1;
    for (int i = 0; i < m->hyp_words; i++)
        s->hyp_used[m->hyp + i] = 1;
}

static int oracle_is_free(const struct oracle_state *s,
                          const struct ch_meteor_match *m)
{
    for (int i = 0; i < m->ref_words; i++)
        if (s->ref_used[m->ref + i])
            return 0;
    for (int i = 0; i < m->hyp_words; i++)
        if (s->hyp_used[m->hyp + i])
            return 0;
    return 1;
}

static void oracle_add(struct oracle_state *s, const struct ch_meteor_match *m)
{
    double weight = m->module == CH_METEOR_EXACT ? 1.0 : 0.5;

    s->m1 = (int)(s->m1 + m->hyp_words * weight);
    s->m2 = (int)(s->m2 + m->ref_words * weight);
    if (s->last_end != -1 && m->hyp != s->last_end)
        s->chunks++;
    s->idx = m->ref + m->ref_words;
    s->last_end = m->hyp + m->hyp_words;
}

static void oracle_step(struct oracle_state *s, int at, int n,
                        const struct ch_meteor_matches *m)
{
    if (at == n) {
        if (s->last_end != -1)
            s->chunks++;
        oracle_put(s);
    } else if (s->ref_used[at]) {
        const struct ch_meteor_match *x = s->match[s->idx];

        if (at < s->idx) {
            oracle_put(s);
        } else if (x) {
            oracle_add(s, x);
            s->dist += abs(x->ref - x->hyp);
            oracle_put(s);
        }
    } else {
        for (size_t i = m->start[at]; i < m->start[at + 1]; i++) {
            const struct ch_meteor_match *x = &m->match[i];
            struct oracle_state child = *s;

            if (!oracle_is_free(s, x))
                continue;
            child.match[at] = x;
            oracle_mark(&child, x);
            oracle_add(&child, x);
            oracle_put(&child);
            s->dist += abs(x->ref - x->hyp);
        }
        if (s->last_end != -1)
            s->chunks++;
        s->last_end = -1;
        s->idx++;
        oracle_put(s);
    }
}

static int oracle_is_fixed(const struct ch_meteor_matches *m, int j)
{
    const struct ch_meteor_match *x = &m->match[m->start[j]];

    if (m->start[j + 1] - m->start[j] != 1)
        return 0;
    for (int i = 0; i < x->ref_words; i++)
        if (m->ref_cover[x->ref + i] != 1)
            return 0;
    for (int i = 0; i < x->hyp_words; i++)
        if (m->hyp_cover[x->hyp + i] != 1)
            return 0;
    return 1;
}

/* Into queue[0].match. */
static void oracle_align(const struct ch_meteor_matches *m, int n)
{
    memset(&queue[0], 0, sizeof queue[0]);
    queue[0].last_end = -1;
    queue_count = 1;
    for (int j = 0; j < n; j++)
        if (oracle_is_fixed(m, j)) {
            queue[0].match[j] = &m->match[m->start[j]];
            oracle_mark(&queue[0], queue[0].match[j]);
        }
    for (int at = 0; at <= n; at++) {
        oracle_sort();
        next_count = 0;
        for (size_t i = 0; i < queue_count && i < 40; i++)
            oracle_step(&queue[i], at, n, m);
        memcpy(queue, next_queue, next_count * sizeof queue[0]);
        queue_count = next_count;
    }
    oracle_sort();
}

/* -------------------------------------------------------------- the tests */

static struct ch_meteor_data *data;

static int open_data(void **state)
{
    (void)state;
    data = tiny_meteor_open();
    return 0;
}

static int close_data(void **state)
{
    (void)state;
    tiny_meteor_close(data);
    return 0;
}

/* Align with both; returns how many matches were chosen. */
static size_t compare(struct ch_meteor_aligner *a, const char *hyp_text,
                      const char *ref_text, struct ch_meteor_match *out)
{
    struct ch_meteor_matches m = { 0 };
    struct ch_meteor_sentence hyp, ref;
    struct ch_meteor_book *b;
    struct ch_err e = CH_ERR_INIT;
    const struct ch_meteor_match *match;
    size_t count, at = 0;

    assert_int_equal(ch_meteor_book_open(&b, data, &e), 0);
    assert_int_equal(ch_meteor_book_add(b, hyp_text, strlen(hyp_text), &e), 0);
    assert_int_equal(ch_meteor_book_add(b, ref_text, strlen(ref_text), &e), 0);
    hyp = ch_meteor_book_sentence(b, 0);
    ref = ch_meteor_book_sentence(b, 1);
    assert_int_equal(ch_meteor_match_find(&m, b, &hyp, &ref, &e), 0);
    oracle_align(&m, (int)ref.words);
    assert_int_equal(ch_meteor_align_pair(a, b, &hyp, &ref, &match, &count,
                                          &e), 0);
    for (size_t j = 0; j < ref.words; j++)
        if (queue[0].match[j]) {
            if (at >= count || memcmp(&match[at], queue[0].match[j],
                                      sizeof match[at]) != 0)
                fail_msg("match %zu of \"%s\" and \"%s\" differs", at,
                         hyp_text, ref_text);
            at++;
        }
    assert_int_equal(at, count);
    if (count && out)
        memcpy(out, match, count * sizeof *out);
    ch_meteor_match_release(&m);
    ch_meteor_book_close(b);
    return count;
}

static size_t draw(uint32_t *random, size_t below)
{
    *random = *random * 1664525 + 1013904223;
    return (*random >> 16) % below;
}

/* A caption of up to WORDS words out of few, so that many match often. */
static void make_caption(uint32_t *random, char *out)
{
    static const char *const words[] = {
        "a", "man", "person", "next", "to", "beside", "by", "many", "lot",
        "of", "dog", "dogs", "hound", "the", "next to", "a lot of",
    };
    size_t n = draw(random, 3) ? sizeof words / sizeof words[0] : 4;

    out[0] = '\0';
    for (size_t i = draw(random, 9); i > 0; i--) {
        strcat(out, words[draw(random, n)]);
        strcat(out, " ");
    }
}

static void random_captions_align_as_the_oracle_says(void **state)
{
    struct ch_meteor_aligner *a;
    struct ch_err e = CH_ERR_INIT;
    uint32_t random = 7;
    size_t matches = 0;

    (void)state;
    assert_int_equal(ch_meteor_align_open(&a, &e), 0);
    for (int i = 0; i < 4000; i++) {
        char hyp[256], ref[256];

        make_caption(&random, hyp);
        make_caption(&random, ref);
        matches += compare(a, hyp, ref, NULL);
    }
    assert_true(matches > 2000);
    ch_meteor_align_close(a);
}

static void a_beam_that_overflows_is_the_oracles(void **state)
{
    static const char *const pairs[][2] = {
        { "a a a a a a a a a a", "a a a a a a a a a a b" },
        { "a b a b a b a b a b", "b a b a b a b a b a a" },
        { "man a man a person a", "person a person a man a man" },
        { "by next to by next to beside", "beside by next to next to by" },
    };
    struct ch_meteor_aligner *a;
    struct ch_err e = CH_ERR_INIT;
    uint32_t random = 11;

    (void)state;
    assert_int_equal(ch_meteor_align_open(&a, &e), 0);
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        compare(a, pairs[i][0], pairs[i][1], NULL);
    for (int i = 0; i < 60; i++) {
        char hyp[2 * WORDS + 1], ref[2 * WORDS + 1];

        for (size_t w = 0; w < WORDS; w++) {
            memcpy(hyp + 2 * w, draw(&random, 3) ? "a " : "b ", 3);
            memcpy(ref + 2 * w, draw(&random, 3) ? "a " : "c ", 3);
        }
        compare(a, hyp, ref, NULL);
    }
    ch_meteor_align_close(a);
}

static void one_word_may_be_left_out_for_fewer_chunks(void **state)
{
    struct ch_meteor_match m[WORDS];
    struct ch_meteor_aligner *a;
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    assert_int_equal(ch_meteor_align_open(&a, &e), 0);
    /* All of "a dog" again, not "a" of the other end. */
    assert_int_equal(compare(a, "a x a dog", "a dog", m), 2);
    assert_int_equal(m[0].hyp, 2);
    assert_int_equal(m[1].hyp, 3);
    /* A match of one word that is not exact counts nothing, and costs a
     * chunk: the beam leaves it out, unless it is fixed. */
    assert_int_equal(compare(a, "dogs", "dog", m), 0);
    assert_int_equal(compare(a, "man z", "person y", m), 0);
    assert_int_equal(compare(a, "firefighter", "fireman", m), 1);
    ch_meteor_align_close(a);
}

/* More words than fit one word of marks. */
static void long_captions_align(void **state)
{
    enum { COUNT = 150 };
    struct ch_meteor_sentence hyp, ref;
    struct ch_meteor_book *b;
    struct ch_meteor_aligner *a;
    struct ch_err e = CH_ERR_INIT;
    struct ch_buffer text = { 0 };
    const struct ch_meteor_match *match;
    size_t count;

    (void)state;
    for (int i = 0; i < COUNT; i++)
        ch_buffer_format(&text, "w%d a ", i);
    assert_int_equal(ch_meteor_book_open(&b, data, &e), 0);
    assert_int_equal(ch_meteor_align_open(&a, &e), 0);
    assert_int_equal(ch_meteor_book_add(b, text.at, text.size, &e), 0);
    ch_buffer_text(&text, "end");
    assert_int_equal(ch_meteor_book_add(b, text.at, text.size, &e), 0);
    hyp = ch_meteor_book_sentence(b, 0);
    ref = ch_meteor_book_sentence(b, 1);
    assert_int_equal(ch_meteor_align_pair(a, b, &hyp, &ref, &match, &count,
                                          &e), 0);
    assert_int_equal(count, 2 * COUNT);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(match[i].hyp, match[i].ref);
    ch_meteor_align_close(a);
    ch_meteor_book_close(b);
    ch_buffer_release(&text);
}

/* The most that can match: every word all others, as many as there may be. */
static void a_page_of_one_word_aligns(void **state)
{
    struct ch_meteor_sentence hyp, ref;
    struct ch_meteor_book *b;
    struct ch_meteor_aligner *a;
    struct ch_err e = CH_ERR_INIT;
    struct ch_buffer text = { 0 };
    const struct ch_meteor_match *match;
    size_t count;

    (void)state;
    for (int i = 0; i < CH_METEOR_MAX_WORDS; i++)
        ch_buffer_text(&text, "a ");
    assert_int_equal(ch_meteor_book_open(&b, data, &e), 0);
    assert_int_equal(ch_meteor_align_open(&a, &e), 0);
    assert_int_equal(ch_meteor_book_add(b, text.at, text.size, &e), 0);
    text.at[text.size - 2] = 'b';
    assert_int_equal(ch_meteor_book_add(b, text.at, text.size, &e), 0);
    hyp = ch_meteor_book_sentence(b, 0);
    ref = ch_meteor_book_sentence(b, 1);
    assert_int_equal(ch_meteor_align_pair(a, b, &hyp, &ref, &match, &count,
                                          &e), 0);
    assert_int_equal(count, CH_METEOR_MAX_WORDS - 1);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(match[i].hyp, match[i].ref);
    ch_meteor_align_close(a);
    ch_meteor_book_close(b);
    ch_buffer_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_captions_align_as_the_oracle_says),
        cmocka_unit_test(a_beam_that_overflows_is_the_oracles),
        cmocka_unit_test(one_word_may_be_left_out_for_fewer_chunks),
        cmocka_unit_test(long_captions_align),
        cmocka_unit_test(a_page_of_one_word_aligns),
    };

    return cmocka_run_group_tests(tests, open_data, close_data);
}
