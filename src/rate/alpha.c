/* alpha.c - Krippendorff's alpha */
#include "rate/alpha.h"

#include <assert.h>
#include <math.h>

#define VALUES CH_ALPHA_VALUES

/* How often two values met in a unit; each unit weighs as much as it has
 * values. */
struct meetings {
    double pair[VALUES][VALUES];
    double of[VALUES];             /* row sums */
    double all;
};

static void add_unit(struct meetings *m, const uint32_t count[VALUES])
{
    double values = 0;

    for (int c = 0; c < VALUES; c++)
        values += count[c];
    if (values < 2)
        return;
    for (int c = 0; c < VALUES; c++)
        for (int k = 0; k < VALUES; k++) {
            double pairs = (double)count[c] * (count[k] - (c == k));

            m->pair[c][k] += pairs / (values - 1);
            m->of[c] += pairs / (values - 1);
            m->all += pairs / (values - 1);
        }
}

static struct meetings count_meetings(const struct ch_alpha_value *v, size_t n)
{
    struct meetings m = { .all = 0 };

    for (size_t i = 0; i < n;) {
        uint32_t count[VALUES] = { 0 }, unit = v[i].unit;

        for (; i < n && v[i].unit == unit; i++) {
            assert(v[i].value >= 1 && v[i].value <= VALUES);
            count[v[i].value - 1]++;
        }
        add_unit(&m, count);
    }
    return m;
}

/* The squared difference of two values, c <= k. */
static double difference(const struct meetings *m, int c, int k,
                         enum ch_alpha_level level)
{
    double d = 0;

    if (level == CH_ALPHA_NOMINAL)
        return c != k;
    if (level == CH_ALPHA_INTERVAL)
        return (double)((k - c) * (k - c));
    /* As many values as lie between, the ends half. */
    for (int g = c; g <= k; g++)
        d += m->of[g];
    d -= (m->of[c] + m->of[k]) / 2;
    return d * d;
}

double ch_alpha_of(const struct ch_alpha_value *v, size_t n,
                   enum ch_alpha_level level)
{
    const struct meetings m = count_meetings(v, n);
    double observed = 0, expected = 0;

    for (int c = 0; c < VALUES; c++)
        for (int k = c + 1; k < VALUES; k++) {
            double d = difference(&m, c, k, level);

            observed += m.pair[c][k] * d;
            expected += m.of[c] * m.of[k] * d;
        }
    return expected > 0 ? 1 - (m.all - 1) * observed / expected : NAN;
}
