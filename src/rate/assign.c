/* assign.c - new raters, their tokens, and what each of them sees */
#include "rate/assign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "base/text.h"
#include "rate/order.h"
#include "rate/ticket.h"

/* Captions looked at for a check: the one that fits the least is shown. */
#define TRIES 24

struct caption {
    int64_t id;
    char *words;               /* normalised, between spaces */
};

/* The study's captions: [photo][system]. */
struct deck {
    struct ch_study *study;
    struct caption *caption;
    int64_t *photo;            /* their ids */
    bool *left_out;            /* [photo][arm], of pairs that say the same */
    size_t photos, systems, arms;
    size_t checked;            /* the system whose captions checks show */
};

static struct caption *of(const struct deck *d, size_t photo, size_t system)
{
    return &d->caption[photo * d->systems + system];
}

/* The arm-th pair of systems: 0-1, 0-2, 1-2, 0-3, ... */
static void pair_of(size_t arm, size_t *first, size_t *second)
{
    *second = 1;
    while (arm >= *second)
        arm -= (*second)++;
    *first = arm;
}

/* ------------------------------------------------------------ the captions */

static char *normalised(const char *text, struct ch_err *e)
{
    struct ch_buffer b = { 0 };
    int rc;

    ch_buffer_text(&b, " ");
    rc = ch_text_normalise(text, strlen(text), &b, e);
    ch_buffer_text(&b, " ");
    if (rc || b.failed) {
        if (!rc)
            ch_fail(e, CH_ENOMEM, "no memory for the captions");
        ch_buffer_release(&b);
        return NULL;
    }
    return b.at;
}

static int count_rows(struct deck *d, struct ch_err *e)
{
    int64_t photos = 0, systems = 0, human = 0;
    struct ch_sql *sql = d->study->sql;
    int rc = ch_sql_one(sql, &photos, e, "SELECT count(*) FROM photo", "");

    if (rc >= 0)
        rc = ch_sql_one(sql, &systems, e, "SELECT count(*) FROM system", "");
    if (rc >= 0)
        rc = ch_sql_one(sql, &human, e, "SELECT id FROM system WHERE is_human "
                        "= 1", "");
    d->photos = (size_t)photos;
    d->systems = (size_t)systems;
    d->arms = d->study->mode == CH_RATE_PAIRS
              ? d->systems * (d->systems - 1) / 2 : d->systems;
    /* What people wrote says most about a photo, and about no other. */
    d->checked = human ? (size_t)human - 1 : 0;
    return rc < 0 ? rc : 0;
}

static int read_captions(struct deck *d, struct ch_err *e)
{
    struct ch_sql_rows *r = NULL;
    size_t n = 0, all = d->photos * d->systems;
    int more = 0;
    int rc = ch_sql_query(&r, d->study->sql, e, "SELECT id, photo, text FROM "
                          "caption ORDER BY photo, system", "");

    while (!rc && (more = ch_sql_next(r, e)) > 0 && n < all) {
        struct caption *c = &d->caption[n];

        c->id = ch_sql_int(r, 0);
        d->photo[n / d->systems] = ch_sql_int(r, 1);
        c->words = normalised(ch_sql_text(r, 2), e);
        if (!c->words)
            rc = e->code;
        n++;
    }
    ch_sql_rows_close(r);
    if (!rc && (more || n < all))
        rc = more < 0 ? more : ch_fail_at(e, CH_EFORMAT, d->study->path,
                                          CH_NO_OFFSET, "expected %zu "
                                          "captions", all);
    return rc;
}

static void leave_out(struct deck *d)
{
    for (size_t p = 0; p < d->photos; p++)
        for (size_t a = 0; a < d->arms; a++) {
            size_t first, second;

            pair_of(a, &first, &second);
            d->left_out[p * d->arms + a] =
                d->study->mode == CH_RATE_PAIRS &&
                !strcmp(of(d, p, first)->words, of(d, p, second)->words);
        }
}

static int open_deck(struct deck *d, struct ch_err *e)
{
    int rc = count_rows(d, e);

    if (rc)
        return rc;
    d->caption = calloc(d->photos * d->systems + 1, sizeof *d->caption);
    d->photo = calloc(d->photos + 1, sizeof *d->photo);
    d->left_out = calloc(d->photos * d->arms + 1, sizeof *d->left_out);
    if (!d->caption || !d->photo || !d->left_out)
        return ch_fail(e, CH_ENOMEM, "no memory for the captions");
    rc = read_captions(d, e);
    if (!rc)
        leave_out(d);
    return rc;
}

static void close_deck(struct deck *d)
{
    for (size_t i = 0; d->caption && i < d->photos * d->systems; i++)
        free(d->caption[i].words);
    free(d->caption);
    free(d->photo);
    free(d->left_out);
}

/* ------------------------------------------------------------------ checks */

/* Share of the words of `a` that are in `b`; words of one to three letters
 * are in every caption. */
static double overlap(const char *a, const char *b)
{
    const char *word;
    size_t n, words = 0, shared = 0;
    char between[66];

    while (ch_text_word(&a, &word, &n)) {
        if (n < 4 || n > sizeof between - 3)
            continue;
        words++;
        snprintf(between, sizeof between, " %.*s ", (int)n, word);
        shared += strstr(b, between) != NULL;
    }
    /* Without long words it may fit any photo. */
    return words ? (double)shared / (double)words : 1;
}

/* A photo whose caption does not fit this one. */
static size_t other_photo(const struct deck *d, size_t photo, struct ch_rng *r)
{
    size_t best = photo;
    double least = 2;

    for (int i = 0; i < TRIES; i++) {
        size_t p = ch_rng_below(r, (uint32_t)d->photos - 1);
        double worst = 0;

        p += p >= photo;
        for (size_t k = 0; k < d->systems; k++) {
            double o = overlap(of(d, p, d->checked)->words + 1,
                               of(d, photo, k)->words);

            worst = o > worst ? o : worst;
        }
        if (worst < least) {
            least = worst;
            best = p;
        }
    }
    return best;
}

/* ------------------------------------------------------------------- tasks */

static int put_task(const struct deck *d, int64_t rater, size_t place,
                    const struct ch_order_task *t, struct ch_rng *r,
                    struct ch_err *e)
{
    bool is_pair = d->study->mode == CH_RATE_PAIRS;
    int64_t first, second = 0;

    if (t->kind == CH_ORDER_CHECK) {
        first = of(d, other_photo(d, t->photo, r), d->checked)->id;
        second = of(d, t->photo, d->checked)->id;
    } else if (is_pair) {
        size_t a, b;

        pair_of(t->arm, &a, &b);
        first = of(d, t->photo, a)->id;
        second = of(d, t->photo, b)->id;
    } else {
        first = of(d, t->photo, t->arm)->id;
    }
    if (is_pair && t->is_swapped) {
        int64_t swap = first;

        first = second;
        second = swap;
    }
    return ch_sql_run(d->study->sql, e, is_pair
                      ? "INSERT INTO task(rater, place, kind, photo, first, "
                        "second) VALUES(?, ?, ?, ?, ?, ?)"
                      : "INSERT INTO task(rater, place, kind, photo, first) "
                        "VALUES(?, ?, ?, ?, ?)",
                      is_pair ? "iiiiii" : "iiiii", rater, (int64_t)place,
                      (int64_t)t->kind, d->photo[t->photo], first, second);
}

static int put_tasks(const struct deck *d, int64_t rater, uint32_t number,
                     struct ch_err *e)
{
    const struct ch_order_setup setup = {
        .photos = (uint32_t)d->photos, .arms = (uint32_t)d->arms,
        .left_out = d->left_out, .rater = number, .tasks = d->study->tasks,
        .checks = d->study->checks, .repeats = d->study->repeats,
        .seed = d->study->seed,
    };
    struct ch_order_task *task = NULL;
    struct ch_rng r;
    size_t count;
    int rc = ch_order_make(&setup, &task, &count, e);

    ch_rng_init(&r, (struct ch_rng_place) {
        .seed = d->study->seed, .purpose = CH_RNG_STUDY, .example = number,
        .position = 1,
    });
    for (size_t i = 0; i < count && !rc; i++)
        rc = put_task(d, rater, i, &task[i], &r, e);
    free(task);
    return rc;
}

static int put_rater(const struct deck *d, uint32_t number, struct ch_err *e)
{
    char name[32], token[CH_TICKET_LENGTH + 1];
    int rc = ch_ticket_make(token, e);

    snprintf(name, sizeof name, "rater-%u", number + 1);
    if (!rc)
        rc = ch_sql_run(d->study->sql, e, "INSERT INTO rater(name, token) "
                        "VALUES(?, ?)", "tt", name, token);
    return rc ? rc : put_tasks(d, ch_sql_last(d->study->sql), number, e);
}

int ch_assign_raters(struct ch_study *s, uint32_t count, struct ch_err *e)
{
    struct deck d = { .study = s };
    int64_t there = 0;
    int rc = open_deck(&d, e);

    if (!rc) {
        /* Ratings of elsewhere may have brought raters of such names. */
        rc = ch_sql_one(s->sql, &there, e, "SELECT ifnull(max(CAST(substr("
                        "name, 7) AS INTEGER)), 0) FROM rater WHERE name GLOB "
                        "'rater-[0-9]*' AND length(name) < 16", "");
        rc = rc < 0 ? rc : 0;
    }
    for (uint32_t i = 0; i < count && !rc; i++)
        rc = put_rater(&d, (uint32_t)there + i, e);
    close_deck(&d);
    return rc;
}
