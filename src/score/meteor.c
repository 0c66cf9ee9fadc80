/* meteor.c - METEOR over all images of a job
 *
 * All captions are made ready first, by one thread; then threads share the
 * images, each taking every so-manieth.  No result depends on another.
 */
#include "score/meteor.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/pool.h"
#include "score/meteor_align.h"
#include "score/meteor_stats.h"

/* What coco-caption puts between the captions it hands to METEOR. */
static const char MARK[] = "|||";

struct job {
    struct ch_meteor_book *book;
    size_t *first;             /* [count + 1] an image's own caption in the
                                  book; its references follow */
    size_t *reference;         /* which one each caption of the book is of */
    size_t reference_room;
    struct ch_buffer unmarked, clean;
    const struct ch_score_item *item;
    size_t count, threads;
    struct ch_meteor_image *out;
};

static int no_memory(struct ch_err *e)
{
    return ch_fail(e, CH_ENOMEM, "no memory for METEOR");
}

/* In one pass from left to right. */
static void replace(const char *text, const char *from, const char *to,
                    struct ch_buffer *out)
{
    const char *hit;

    ch_buffer_reset(out);
    while ((hit = strstr(text, from))) {
        ch_buffer_put(out, text, (size_t)(hit - text));
        ch_buffer_text(out, to);
        text = hit + strlen(from);
    }
    ch_buffer_text(out, text);
}

/* The caption itself: without marks, and of two spaces one.  (Spaces matter:
 * where hits of the normaliser touch, it skips one.) */
static int add_caption(struct job *j, const char *text, struct ch_err *e)
{
    replace(text, MARK, "", &j->unmarked);
    if (!j->unmarked.failed)
        replace(j->unmarked.at, "  ", " ", &j->clean);
    if (j->unmarked.failed || j->clean.failed)
        return no_memory(e);
    return ch_meteor_book_add(j->book, j->clean.at, j->clean.size, e);
}

/* A reference, cut at marks. */
static int add_reference(struct job *j, const char *text, size_t reference,
                         struct ch_err *e)
{
    const char *mark;
    int rc;

    do {
        size_t index = ch_meteor_book_count(j->book);
        void *block = j->reference;

        mark = strstr(text, MARK);
        rc = ch_meteor_room(&block, &j->reference_room, index + 1,
                            sizeof *j->reference, e);
        j->reference = block;
        if (rc)
            return rc;
        j->reference[index] = reference;
        rc = ch_meteor_book_add(j->book, text, mark ? (size_t)(mark - text)
                                                    : strlen(text), e);
        if (mark)
            text = mark + strlen(MARK);
    } while (mark && !rc);
    return rc;
}

static int read_captions(struct job *j, struct ch_err *e)
{
    int rc = 0;

    j->first = calloc(j->count + 1, sizeof *j->first);
    if (!j->first)
        return no_memory(e);
    for (size_t i = 0; i < j->count && !rc; i++) {
        const struct ch_score_item *item = &j->item[i];

        if (item->reference_count == 0)
            rc = ch_fail(e, CH_EUSAGE, "it has no references");
        if (!rc) rc = add_caption(j, item->caption, e);
        for (size_t r = 0; r < item->reference_count && !rc; r++)
            rc = add_reference(j, item->reference[r], r, e);
        if (rc == CH_EUSAGE)
            rc = ch_err_wrap(e, "image %s", item->key);
        j->first[i + 1] = ch_meteor_book_count(j->book);
    }
    return rc;
}

static int score_image(struct job *j, struct ch_meteor_aligner *a, size_t i,
                       struct ch_err *e)
{
    struct ch_meteor_sentence hyp = ch_meteor_book_sentence(j->book,
                                                            j->first[i]);
    struct ch_meteor_image *best = &j->out[i];

    for (size_t k = j->first[i] + 1; k < j->first[i + 1]; k++) {
        struct ch_meteor_sentence ref = ch_meteor_book_sentence(j->book, k);
        const struct ch_meteor_match *match;
        struct ch_meteor_image image = { .reference = j->reference[k] };
        size_t count;
        int rc = ch_meteor_align_pair(a, j->book, &hyp, &ref, &match, &count,
                                      e);

        if (rc)
            return rc;
        ch_meteor_stats_count(&image.stats, j->book, &hyp, &ref, match, count);
        image.score = ch_meteor_stats_score(&image.stats);
        if (k == j->first[i] + 1 || image.score > best->score)
            *best = image;
    }
    return 0;
}

static int work(void *context, size_t index, struct ch_err *e)
{
    struct job *j = context;
    struct ch_meteor_aligner *a;
    int rc = ch_meteor_align_open(&a, e);

    for (size_t i = index; i < j->count && !rc; i += j->threads)
        rc = score_image(j, a, i, e);
    ch_meteor_align_close(a);
    return rc;
}

static int run_threads(struct job *j, struct ch_err *e)
{
    struct ch_pool *pool;
    int rc, finished;

    if (j->threads <= 1)
        return work(j, 0, e);
    rc = ch_pool_start(&pool, j->threads, work, j, e);
    finished = ch_pool_finish(pool, e);
    return rc ? rc : finished;
}

int ch_meteor_score(const struct ch_meteor_data *d,
                    const struct ch_score_item *item, size_t count,
                    size_t threads, struct ch_meteor_image *out,
                    struct ch_err *e)
{
    struct job j = { .item = item, .count = count, .out = out,
                     .threads = threads ? threads : 1 };
    int rc = ch_meteor_book_open(&j.book, d, e);

    if (!rc) rc = read_captions(&j, e);
    if (!rc) rc = run_threads(&j, e);
    ch_meteor_book_close(j.book);
    free(j.first);
    free(j.reference);
    ch_buffer_release(&j.unmarked);
    ch_buffer_release(&j.clean);
    return rc;
}
