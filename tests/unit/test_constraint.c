/* test_constraint.c - what must be said is said */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "exact.h"

static bool says(const int32_t *id, size_t count, int32_t a, int32_t b)
{
    for (size_t i = 0; i < count; i++)
        if (id[i] == a && (b < 0 || (i + 1 < count && id[i + 1] == b)))
            return true;
    return false;
}

static bool says_dog_and_runs(const int32_t *id, size_t count)
{
    return says(id, count, DOG, -1) && says(id, count, RUNS, -1);
}

static bool says_dog_a(const int32_t *id, size_t count)
{
    return says(id, count, DOG, A);
}

static bool says_dog_or_a(const int32_t *id, size_t count)
{
    return says(id, count, DOG, -1) || says(id, count, A, -1);
}

static bool says_runs_not_last(const int32_t *id, size_t count)
{
    return says(id, count, RUNS, -1) && id[count - 1] != RUNS;
}

static void a_wide_beam_finds_the_best_that_say_it(void **state)
{
    struct ch_decode_options o = searcher_options(100);

    (void)state;
    o.n_best = 40;
    o.must = "dog,runs";
    check_exact(&o, says_dog_and_runs);
    o.must = "dog a";
    check_exact(&o, says_dog_a);
    o.must = "dog|a";
    check_exact(&o, says_dog_or_a);
    o.must = "runs";
    o.endings = "runs";
    check_exact(&o, says_runs_not_last);
}

static void check_said(const struct searcher *s,
                       const struct ch_decode_options *o)
{
    struct ch_search *x = search_open(s, o, PHOTOS);

    search_run(x, s, 0, PHOTOS);
    for (size_t i = 0; i < PHOTOS; i++)
        for (size_t k = 0; k < x->best[i].count; k++) {
            const struct ch_hypothesis *h = &x->best[i].at[k];

            assert_true(says(h->id, h->count, RUNS, DOG));
            assert_true(says(h->id, h->count, A, -1));
            assert_int_not_equal(h->id[h->count - 1], DOG);
        }
    ch_search_close(x);
}

static void every_beam_says_it(void **state)
{
    (void)state;
    for (size_t which = 0; which < DECODER_CASES; which++)
        for (size_t beam = 1; beam < 9; beam++) {
            struct ch_decode_options o = searcher_options(beam);
            struct searcher s;

            o.n_best = beam;
            o.must = "runs dog,a";
            o.endings = "dog";
            o.max_words = 4 + beam % 3;
            o.no_repeat = beam % 2 ? 0 : 3;
            o.groups = beam % 2 ? 1 : 2;
            o.diversity = 0.5;
            searcher_open(&s, which, beam);
            check_said(&s, &o);
            searcher_close(&s);
        }
}

static void photos_together_equal_photos_alone(void **state)
{
    struct ch_decode_options o = searcher_options(4);

    (void)state;
    o.n_best = 4;
    o.max_words = 9;
    o.must = "runs dog,a";
    check_alone(&o);
}

static void parse(struct ch_constraints *c, const char *text, int rc,
                  const char *message)
{
    struct ch_err e = CH_ERR_INIT;
    struct searcher s;

    searcher_open(&s, 0, 1);
    assert_int_equal(ch_constraints_parse(c, text, s.vocab, NULL, &e), rc);
    if (message)
        assert_string_equal(e.msg, message);
    searcher_close(&s);
}

static void what_is_still_to_be_said_is_counted(void **state)
{
    struct ch_hypothesis h = { .count = 0 };
    struct ch_constraints c;

    (void)state;
    parse(&c, "dog runs a|dog runs,a", 0, NULL);
    assert_int_equal(c.total, 3);
    assert_int_equal(ch_constraints_need(&c, &h, -1), 3);
    assert_int_equal(ch_constraints_need(&c, &h, DOG), 2);
    assert_int_equal(ch_constraints_need(&c, &h, A), 2);
    h.id[h.count++] = DOG;
    assert_int_equal(ch_constraints_next(&c, &h, 0), RUNS);
    assert_int_equal(ch_constraints_next(&c, &h, 2), A);
    assert_int_equal(ch_constraints_need(&c, &h, DOG), 2);
    assert_int_equal(ch_constraints_need(&c, &h, RUNS), 1);
    assert_int_equal(ch_constraints_met(&c, &h, RUNS), 1);
    h.met = 1;
    h.id[h.count++] = RUNS;
    assert_false(ch_constraints_all(&c, h.met));
    assert_int_equal(ch_constraints_need(&c, &h, A), 0);
    assert_true(ch_constraints_all(&c, ch_constraints_met(&c, &h, A)));
}

static void words_that_cannot_be_said_are_refused(void **state)
{
    struct ch_constraints c;

    (void)state;
    parse(&c, NULL, 0, NULL);
    assert_int_equal(c.count, 0);
    assert_true(ch_constraints_all(&c, 0));
    parse(&c, "dog,zebra", CH_EUSAGE, "\"zebra\" must be said, but the "
          "model's vocabulary does not have it");
    parse(&c, "<end>", CH_EUSAGE, "\"<end>\" must be said, but the model's "
          "vocabulary does not have it");
    parse(&c, "dog,,a", CH_EUSAGE, "expected words between commas in what "
          "must be said, found none");
    parse(&c, "a a a a a a a a a", CH_EUSAGE, "a phrase that must be said has "
          "more than 8 words");
    parse(&c, "a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a", CH_EUSAGE, "more than 16 "
          "things must be said");
}

static void banks_share_the_beam(void **state)
{
    struct ch_constraints c = { .total = 2 };
    struct ch_candidate at[7];
    struct ch_candidates list = { at, 7, 7 };
    static const size_t bank[7] = { 0, 0, 0, 0, 1, 2, 2 };
    static const int32_t kept[5] = { 0, 1, 4, 5, 6 };

    (void)state;
    for (size_t i = 0; i < 7; i++)
        at[i] = (struct ch_candidate){ .word = (int32_t)i, .bank = bank[i] };
    ch_constraints_share(&c, &list, 5);
    assert_int_equal(list.count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(at[i].word, kept[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wide_beam_finds_the_best_that_say_it),
        cmocka_unit_test(every_beam_says_it),
        cmocka_unit_test(photos_together_equal_photos_alone),
        cmocka_unit_test(what_is_still_to_be_said_is_counted),
        cmocka_unit_test(words_that_cannot_be_said_are_refused),
        cmocka_unit_test(banks_share_the_beam),
    };

    return cmocka_run_group_tests_name("constraint", tests, NULL, NULL);
}
