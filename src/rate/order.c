/* order.c - what a rater sees, and in which order */
#include "rate/order.h"

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"

/* A photo is not shown again before this many others, where there are others:
 * captions of one photo are not to be compared. */
#define APART 4

/* Example 0 is the whole study's; raters are counted from 1. */
static struct ch_rng numbers(const struct ch_order_setup *s, uint32_t example)
{
    struct ch_rng r;

    ch_rng_init(&r, (struct ch_rng_place) {
        .seed = s->seed, .purpose = CH_RNG_STUDY, .example = example,
    });
    return r;
}

struct queue {
    uint32_t *photo;           /* of one arm, in the order of showing */
    size_t count, used;
    bool is_odd, was_swapped;  /* sides change in random pairs */
};

/* All that a rater sees, by arm. */
struct hand {
    struct queue *queue;       /* [arms] */
    uint32_t *photo;           /* all queues lie in it */
    size_t cells;
};

static void release(struct hand *h)
{
    free(h->queue);
    free(h->photo);
}

/* The ring of cells: round after round of all photos, in an order that is the
 * whole study's, each photo with the next arm.  Returns how many there are. */
static size_t make_ring(const struct ch_order_setup *s, const uint32_t *base,
                        struct ch_order_task *ring)
{
    size_t cells = 0;

    for (uint32_t round = 0; round < s->arms; round++)
        for (uint32_t j = 0; j < s->photos; j++) {
            uint32_t arm = (j + round) % s->arms;

            if (s->left_out &&
                s->left_out[(size_t)base[j] * s->arms + arm])
                continue;
            ring[cells++] = (struct ch_order_task) { .photo = base[j],
                                                     .arm = arm };
        }
    return cells;
}

static size_t run_length(const struct ch_order_setup *s, size_t cells)
{
    return s->tasks && s->tasks < cells ? s->tasks : cells;
}

/* The rater's run of the ring, sorted into queues of arms, each shuffled. */
static void deal(const struct ch_order_setup *s, struct ch_rng *r,
                 const struct ch_order_task *ring, size_t cells,
                 struct hand *h)
{
    size_t n = run_length(s, cells), at = 0;
    size_t first = (size_t)((uint64_t)s->rater * n % cells);

    h->cells = n;
    for (uint32_t a = 0; a < s->arms; a++) {
        struct queue *q = &h->queue[a];

        q->photo = h->photo + at;
        for (size_t i = 0; i < n; i++) {
            const struct ch_order_task *cell = &ring[(first + i) % cells];

            if (cell->arm == a)
                q->photo[q->count++] = cell->photo;
        }
        ch_rng_shuffle(r, q->photo, q->count);
        at += q->count;
    }
}

static bool was_shown(const struct ch_order_task *out, size_t done,
                      uint32_t photo)
{
    for (size_t back = 1; back <= APART && back <= done; back++)
        if (out[done - back].photo == photo)
            return true;
    return false;
}

static struct ch_order_task take(struct queue *q, uint32_t arm,
                                 struct ch_rng *r,
                                 const struct ch_order_task *out, size_t done)
{
    size_t pick = q->used;
    uint32_t photo;

    while (pick < q->count && was_shown(out, done, q->photo[pick]))
        pick++;
    if (pick == q->count)
        pick = q->used;
    photo = q->photo[pick];
    q->photo[pick] = q->photo[q->used];
    q->photo[q->used++] = photo;
    q->was_swapped = q->is_odd ? !q->was_swapped : ch_rng_below(r, 2);
    q->is_odd = !q->is_odd;
    return (struct ch_order_task) { .photo = photo, .arm = arm,
                                    .is_swapped = q->was_swapped };
}

/* Would the photo be shown too near itself, were it at place i? */
static bool is_near(const struct ch_order_task *t, size_t n, size_t i,
                    uint32_t photo)
{
    size_t low = i > APART ? i - APART : 0;

    for (size_t k = low; k < n && k <= i + APART; k++)
        if (k != i && t[k].photo == photo)
            return true;
    return false;
}

/* The last tasks had no choice: they change photos with others of their arm. */
static void spread(struct ch_order_task *t, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n && is_near(t, n, i, t[i].photo); k++) {
            uint32_t photo = t[i].photo;

            if (t[k].arm != t[i].arm || (k > i ? k - i : i - k) <= APART ||
                is_near(t, n, i, t[k].photo) || is_near(t, n, k, photo))
                continue;
            t[i].photo = t[k].photo;
            t[k].photo = photo;
        }
}

/* Block after block of all arms; arm: room for the arms. */
static void lay_out(const struct ch_order_setup *s, struct ch_rng *r,
                    struct hand *h, uint32_t *arm, struct ch_order_task *out)
{
    size_t done = 0;

    while (done < h->cells) {
        size_t left = 0;

        for (uint32_t a = 0; a < s->arms; a++)
            if (h->queue[a].used < h->queue[a].count)
                arm[left++] = a;
        ch_rng_shuffle(r, arm, left);
        for (size_t i = 0; i < left; i++, done++)
            out[done] = take(&h->queue[arm[i]], arm[i], r, out, done);
    }
    spread(out, done);
}

/* ------------------------------------------------ checks and repeats */

struct placed {
    size_t after;              /* how many usual tasks come before */
    size_t order;              /* among those of one place */
    struct ch_order_task task;
};

static int by_place(const void *a, const void *b)
{
    const struct placed *p = a, *q = b;

    if (p->after != q->after)
        return p->after < q->after ? -1 : 1;
    return (p->order > q->order) - (p->order < q->order);
}

/* One in each of `checks` equal parts, but not as the very first task. */
static void place_checks(const struct ch_order_setup *s, struct ch_rng *r,
                         size_t n, size_t checks, struct placed *out)
{
    for (size_t i = 0; i < checks; i++) {
        size_t low = i * n / checks, high = (i + 1) * n / checks;
        size_t after = low + 1 + ch_rng_below(r, (uint32_t)(high - low));

        out[i] = (struct placed) {
            .after = after, .order = 1,
            .task = { .kind = CH_ORDER_CHECK,
                      .photo = ch_rng_below(r, s->photos),
                      .is_swapped = ch_rng_below(r, 2) },
        };
    }
}

/* What was seen in the first half comes again at least a third of all later. */
static void place_repeats(struct ch_rng *r, const struct ch_order_task *usual,
                          size_t n, size_t repeats, struct placed *out)
{
    for (size_t i = 0; i < repeats; i++) {
        size_t low = i * (n / 2) / repeats, high = (i + 1) * (n / 2) / repeats;
        size_t source = low + ch_rng_below(r, (uint32_t)(high - low));
        size_t nearest = source + 1 + n / 3;

        out[i] = (struct placed) {
            .after = nearest + ch_rng_below(r, (uint32_t)(n - nearest + 1)),
            .order = 2, .task = usual[source],
        };
        out[i].task.kind = CH_ORDER_REPEAT;
        out[i].task.is_swapped = !out[i].task.is_swapped;
    }
}

static int mix(const struct ch_order_setup *s, struct ch_rng *r,
               const struct ch_order_task *usual, size_t n,
               struct ch_order_task **out, size_t *count, struct ch_err *e)
{
    /* A check needs another photo, and a repeat some distance. */
    size_t checks = s->photos > 1 ? (size_t)ceil(s->checks * (double)n) : 0;
    size_t repeats = n >= 4 ? (size_t)(s->repeats * (double)n) : 0;
    size_t all;
    struct placed *p;

    checks = checks < n ? checks : n;
    repeats = repeats < n / 2 ? repeats : n / 2;
    all = n + checks + repeats;
    p = calloc(all, sizeof *p);
    *out = calloc(all, sizeof **out);
    if (!p || !*out) {
        free(p);
        return ch_fail(e, CH_ENOMEM, "no memory for %zu tasks", all);
    }
    for (size_t i = 0; i < n; i++)
        p[i] = (struct placed) { .after = i, .order = 3, .task = usual[i] };
    place_checks(s, r, n, checks, p + n);
    place_repeats(r, usual, n, repeats, p + n + checks);
    qsort(p, all, sizeof *p, by_place);
    for (size_t i = 0; i < all; i++)
        (*out)[i] = p[i].task;
    *count = all;
    free(p);
    return 0;
}

int ch_order_make(const struct ch_order_setup *s, struct ch_order_task **out,
                  size_t *count, struct ch_err *e)
{
    size_t room = (size_t)s->photos * s->arms, cells;
    struct ch_rng study = numbers(s, 0), own = numbers(s, s->rater + 1);
    uint32_t *base = calloc(s->photos + (size_t)s->arms, sizeof *base);
    struct ch_order_task *ring = calloc(2 * room, sizeof *ring);
    struct hand h = { .queue = calloc(s->arms, sizeof *h.queue),
                      .photo = calloc(room, sizeof *h.photo) };
    int rc = 0;

    *out = NULL;
    *count = 0;
    if (!base || !ring || !h.queue || !h.photo) {
        rc = ch_fail(e, CH_ENOMEM, "no memory for the order of %zu captions",
                     room);
        goto out;
    }
    for (uint32_t p = 0; p < s->photos; p++)
        base[p] = p;
    ch_rng_shuffle(&study, base, s->photos);
    cells = make_ring(s, base, ring);
    if (!cells) {
        rc = ch_fail(e, CH_EUSAGE, "nothing is left to be rated: the systems "
                     "say the same about every photo");
        goto out;
    }
    deal(s, &own, ring, cells, &h);
    lay_out(s, &own, &h, base + s->photos, ring + room);
    rc = mix(s, &own, ring + room, h.cells, out, count, e);
out:
    free(base);
    free(ring);
    release(&h);
    if (rc) {
        free(*out);
        *out = NULL;
    }
    return rc;
}
