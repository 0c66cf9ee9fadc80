/* test_sample.c - words are drawn as often as they should be */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "searcher.h"

/* Captions drawn for a photo. */
#define DRAWN 3000
/* Chi-square of 3 degrees of freedom, (4 outcomes): exceeded once in 10,000
 * where all is well; the seed is fixed. */
#define LIMIT 21.1

static struct ch_decode_options drawing(size_t count)
{
    struct ch_decode_options o = searcher_options(1);

    o.sample = true;
    o.n_best = count;
    o.seed = 3;
    return o;
}

/* p of <end>, a, dog, runs as a first word, or as a second after `first`. */
static void probabilities(const struct searcher *s, int32_t first,
                          double temperature, double p[V])
{
    const struct ch_voice voice = { &s->d, s->params };
    const float *feature = s->feature;
    int32_t word = CH_WORD_START;
    struct ch_ensemble one;
    double sum = 0;

    assert_int_equal(ch_ensemble_open(&one, &voice, 1, 1, NULL), 0);
    ch_ensemble_begin(&one, &feature, 1);
    ch_ensemble_next(&one, &word);
    if (first)
        ch_ensemble_next(&one, &first);
    for (size_t v = 0; v < V; v++) {
        p[v] = v < CH_WORD_END || v == UNK
                   ? 0 : exp((double)one.logp[v] / temperature);
        sum += p[v];
    }
    for (size_t v = 0; v < V; v++)
        p[v] /= sum;
    ch_ensemble_close(&one);
}

/* Of the captions that begin with `first` (0: all), how often each word comes
 * next. */
static size_t count_next(const struct ch_best *b, int32_t first,
                         size_t count[V])
{
    size_t n = 0, at = first ? 1 : 0;

    memset(count, 0, V * sizeof *count);
    for (size_t i = 0; i < b->count; i++) {
        const struct ch_hypothesis *h = &b->at[i];

        if (first && (h->count == 0 || h->id[0] != first))
            continue;
        count[h->count > at ? h->id[at] : CH_WORD_END]++;
        n++;
    }
    return n;
}

/* Rare ones are taken together. */
static double chi_square(const size_t count[V], size_t n, const double p[V])
{
    double sum = 0, rare = 0, rare_expected = 1e-9;

    for (size_t v = 0; v < V; v++) {
        double expected = p[v] * (double)n, off = (double)count[v] - expected;

        if (p[v] == 0)
            assert_int_equal(count[v], 0);
        if (expected >= 5) {
            sum += off * off / expected;
        } else {
            rare += (double)count[v];
            rare_expected += expected;
        }
    }
    if (rare_expected >= 5)
        sum += (rare - rare_expected) * (rare - rare_expected) / rare_expected;
    else
        assert_true(rare < 20);
    return sum;
}

static void check_frequencies(size_t which, double temperature)
{
    struct ch_decode_options o = drawing(DRAWN);
    struct searcher s;
    struct ch_search *x;

    o.temperature = temperature;
    searcher_open(&s, which, 12);
    x = search_open(&s, &o, 1);
    search_run(x, &s, 0, 1);
    assert_int_equal(x->best[0].count, DRAWN);
    for (int32_t first = 0; first <= RUNS; first = first ? first + 1 : A) {
        double p[V];
        size_t count[V], n = count_next(&x->best[0], first, count);

        probabilities(&s, first, temperature, p);
        assert_true(chi_square(count, n, p) < LIMIT);
    }
    ch_search_close(x);
    searcher_close(&s);
}

static void words_come_as_often_as_the_softmax_says(void **state)
{
    (void)state;
    for (size_t which = 0; which < DECODER_CASES; which++)
        check_frequencies(which, 1);
    check_frequencies(0, 0.5);
    check_frequencies(5, 2);
}

static const float row[10] = { -9, -9, -1.5f, -1, -3, -2, -1, -4, -5, -9 };

/* The word drawn for u, of few of the row above. */
static int32_t draw(size_t top_k, double top_p, double temperature, double u)
{
    struct ch_draw d = { .top_k = top_k, .top_p = top_p,
                         .temperature = temperature };
    struct ch_hypothesis h = { .count = 1 };
    struct ch_filter f = { .max_words = 5, .unk = 9 };
    struct ch_reach r = { .filter = &f, .h = &h, .V = 10, .logp = row };
    int32_t word;

    assert_int_equal(ch_draw_open(&d, 10, NULL), 0);
    word = ch_draw_word(&d, &r, u);
    ch_draw_close(&d);
    return word;
}

static void only_the_likeliest_are_drawn(void **state)
{
    (void)state;
    for (double u = 0.005; u < 1; u += 0.01) {
        int32_t two = draw(2, 1, 1, u), three = draw(3, 1, 1, u);

        assert_int_equal(two, u < 0.5 ? 3 : 6);
        assert_true(three == 3 || three == 6 || three == 2);
        assert_int_equal(draw(1, 1, 1, u), 3);
        assert_int_equal(draw(1000, 1, 0.001, u), u < 0.5 ? 3 : 6);
    }
    /* 3 and 6 have 0.629 of all together, with 2: 0.820. */
    assert_int_equal(draw(0, 0.62, 1, 0.999), 6);
    assert_int_equal(draw(0, 0.64, 1, 0.999), 2);
    assert_int_equal(draw(0, 0.001, 1, 0.999), 3);
    /* Of the three likeliest, 3 and 6 have 0.7673. */
    assert_int_equal(draw(3, 0.76, 1, 0.999), 6);
    assert_int_equal(draw(3, 0.77, 1, 0.999), 2);
    /* All are drawn from when all is asked for. */
    assert_int_equal(draw(0, 1, 1, 0.9999), 8);
    assert_int_equal(draw(0, 1, 1, 0), 2);
}

static void drawn_words_depend_on_seed_key_number_and_step_alone(void **state)
{
    struct ch_decode_options o = drawing(20), other;
    struct searcher s;
    struct ch_search *x, *y;
    size_t same = 0;

    (void)state;
    o.max_words = 9;
    check_alone(&o);
    other = o;
    other.seed = 4;
    searcher_open(&s, 0, 4);
    x = search_open(&s, &o, 1);
    y = search_open(&s, &other, 1);
    search_run(x, &s, 0, 1);
    search_run(y, &s, 0, 1);
    for (size_t i = 0; i < 20; i++)
        same += x->best[0].at[i].logp == y->best[0].at[i].logp;
    assert_true(same < 20);
    ch_search_close(x);
    ch_search_close(y);
    searcher_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_come_as_often_as_the_softmax_says),
        cmocka_unit_test(only_the_likeliest_are_drawn),
        cmocka_unit_test(drawn_words_depend_on_seed_key_number_and_step_alone),
    };

    return cmocka_run_group_tests_name("sample", tests, NULL, NULL);
}
