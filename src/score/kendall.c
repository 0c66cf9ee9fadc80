/* kendall.c - Kendall's rank correlation in O(n log n)
 *
 * Knight, "A computer method for calculating Kendall's tau with ungrouped
 * data", JASA 1966: sort by x, then y; the exchanges that a merge sort by y
 * makes are the discordant pairs.
 */
#include "score/kendall.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct pair {
    double x, y;
};

static int by_x_then_y(const void *a, const void *b)
{
    const struct pair *p = a, *q = b;

    if (p->x != q->x)
        return p->x < q->x ? -1 : 1;
    return (p->y > q->y) - (p->y < q->y);
}

/* Sorts by y; returns how many pairs stood the wrong way round. */
static uint64_t merge_sort(struct pair *p, struct pair *room, size_t n)
{
    size_t half = n / 2, i = 0, j = half, k = 0;
    uint64_t swaps;

    if (n < 2)
        return 0;
    swaps = merge_sort(p, room, half) + merge_sort(p + half, room, n - half);
    while (i < half && j < n) {
        if (p[j].y < p[i].y) {
            swaps += half - i;
            room[k++] = p[j++];
        } else {
            room[k++] = p[i++];
        }
    }
    while (i < half)
        room[k++] = p[i++];
    /* The rest of the second half is where it belongs. */
    memcpy(p, room, k * sizeof *p);
    return swaps;
}

static uint64_t pairs_of(uint64_t n)
{
    return n ? n * (n - 1) / 2 : 0;
}

static int same_x(const struct pair *p, const struct pair *q)
{
    return p->x == q->x;
}

static int same_y(const struct pair *p, const struct pair *q)
{
    return p->y == q->y;
}

static int same_both(const struct pair *p, const struct pair *q)
{
    return p->x == q->x && p->y == q->y;
}

/* Pairs within runs of equal neighbours; *runs: how many runs there are. */
static uint64_t tied(const struct pair *p, size_t n,
                     int (*same)(const struct pair *, const struct pair *),
                     size_t *runs)
{
    uint64_t sum = 0;

    *runs = 0;
    for (size_t i = 0, next; i < n; i = next) {
        for (next = i + 1; next < n && same(&p[i], &p[next]); next++)
            ;
        sum += pairs_of(next - i);
        ++*runs;
    }
    return sum;
}

int ch_kendall_tau(const double *x, const double *y, size_t n,
                   struct ch_kendall *out, struct ch_err *e)
{
    struct pair *p = calloc(2 * n + 1, sizeof *p);
    size_t x_values, y_values, both, least;
    uint64_t all = pairs_of(n), x_tied, y_tied, both_tied, swaps;
    double surplus, size = (double)n;

    if (!p)
        return ch_fail(e, CH_ENOMEM, "no memory to correlate %zu pairs", n);
    for (size_t i = 0; i < n; i++)
        p[i] = (struct pair) { x[i], y[i] };
    qsort(p, n, sizeof *p, by_x_then_y);
    x_tied = tied(p, n, same_x, &x_values);
    both_tied = tied(p, n, same_both, &both);
    swaps = merge_sort(p, p + n, n);
    y_tied = tied(p, n, same_y, &y_values);
    free(p);
    /* Concordant pairs less discordant ones. */
    surplus = (double)all - (double)x_tied - (double)y_tied +
              (double)both_tied - 2 * (double)swaps;
    least = x_values < y_values ? x_values : y_values;
    *out = (struct ch_kendall) { NAN, NAN };
    if (least < 2)
        return 0;
    out->b = surplus / sqrt((double)(all - x_tied)) /
             sqrt((double)(all - y_tied));
    out->c = 2 * surplus * (double)least /
             (size * size * (double)(least - 1));
    return 0;
}
