/* test_filter.c - the rules hold, and cost nothing but what they forbid */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "exact.h"

static bool has_two(const int32_t *id, size_t count)
{
    (void)id;
    return count >= 2;
}

static void no_caption_is_shorter(void **state)
{
    struct ch_decode_options o = searcher_options(100);

    (void)state;
    o.min_words = 2;
    o.n_best = 40;
    check_exact(&o, has_two);
}

static bool ends_well(const int32_t *id, size_t count)
{
    return count == 0 || id[count - 1] == RUNS;
}

static void no_caption_ends_badly(void **state)
{
    struct ch_decode_options o = searcher_options(100);

    (void)state;
    o.endings = "a,unheard,dog";
    o.n_best = 40;
    check_exact(&o, ends_well);
}

static bool has_no_word_twice(const int32_t *id, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++)
            if (id[i] == id[k])
                return false;
    return true;
}

static bool has_no_pair_twice(const int32_t *id, size_t count)
{
    return count < 3 || id[0] != id[1] || id[1] != id[2];
}

static void no_words_in_a_row_repeat(void **state)
{
    struct ch_decode_options o = searcher_options(100);

    (void)state;
    o.n_best = 40;
    o.no_repeat = 1;
    check_exact(&o, has_no_word_twice);
    o.no_repeat = 2;
    check_exact(&o, has_no_pair_twice);
}

static void open_filter(struct ch_filter *f, const struct ch_decode_options *o)
{
    struct searcher s;

    searcher_open(&s, 0, 1);
    assert_int_equal(ch_filter_open(f, o, s.vocab, NULL), 0);
    searcher_close(&s);
}

static void longer_rows_of_words_are_compared_whole(void **state)
{
    struct ch_decode_options o = searcher_options(1);
    struct ch_hypothesis h = { .count = 5, .id = { A, DOG, RUNS, A, DOG } };
    struct ch_filter f;

    (void)state;
    o.max_words = 9;
    o.no_repeat = 3;
    open_filter(&f, &o);
    assert_false(ch_filter_allows(&f, &h, RUNS));
    assert_true(ch_filter_allows(&f, &h, DOG));
    h.id[4] = A;
    assert_true(ch_filter_allows(&f, &h, RUNS));
    ch_filter_close(&f);
}

static void marks_and_unknown_words_are_never_said(void **state)
{
    struct ch_decode_options o = searcher_options(1);
    struct ch_hypothesis h = { .count = 1, .id = { A } };
    struct ch_filter f;

    (void)state;
    open_filter(&f, &o);
    assert_false(ch_filter_allows(&f, &h, CH_WORD_PAD));
    assert_false(ch_filter_allows(&f, &h, CH_WORD_START));
    assert_false(ch_filter_allows(&f, &h, UNK));
    assert_true(ch_filter_allows(&f, &h, CH_WORD_END));
    ch_filter_close(&f);
    o.allow_unk = true;
    open_filter(&f, &o);
    assert_true(ch_filter_allows(&f, &h, UNK));
    h.count = WORDS;
    assert_false(ch_filter_allows(&f, &h, UNK));
    ch_filter_close(&f);
}

static void check_refused(struct ch_decode_options o, const char *message)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_filter f;
    struct searcher s;

    searcher_open(&s, 0, 1);
    assert_int_equal(ch_filter_open(&f, &o, s.vocab, &e), CH_EUSAGE);
    assert_string_equal(e.msg, message);
    searcher_close(&s);
}

static void lengths_that_contradict_are_refused(void **state)
{
    struct ch_decode_options o = searcher_options(1);

    (void)state;
    o.min_words = 4;
    check_refused(o, "captions of at least 4 and at most 3 words: expected "
                     "the least to be the smaller");
    o.max_words = 101;
    check_refused(o, "captions have 1 to 100 words, not 101");
    o = searcher_options(1);
    o.must = "a dog runs,dog a";
    check_refused(o, "what must be said takes 5 words, captions have 3 at "
                     "most");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_caption_is_shorter),
        cmocka_unit_test(no_caption_ends_badly),
        cmocka_unit_test(no_words_in_a_row_repeat),
        cmocka_unit_test(longer_rows_of_words_are_compared_whole),
        cmocka_unit_test(marks_and_unknown_words_are_never_said),
        cmocka_unit_test(lengths_that_contradict_are_refused),
    };

    return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
