/* judge.c - the validation set captioned, and the captions scored */
#include "train/judge.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "train/utter.h"

/* Images captioned together. */
#define BATCH 64
/* In place of a caption's length: the record is damaged (--skip-bad). */
#define LEFT_OUT (-1)

struct ch_judge {
    struct ch_replica *r;
    size_t count;              /* images of the validation set */
    size_t most;               /* words of a caption */
    size_t *bytes;             /* of each rank's captions */
    int32_t *caption;          /* [count][1 + most]: how many, and ids */
    float *feature;            /* [BATCH][F], grids [BATCH][L][F] */
    size_t length[BATCH];
    int32_t id[BATCH * (CH_RECORD_MAX_WORDS + 1)];
    /* rank 0: */
    struct ch_buffer text;     /* keys and references, NUL-terminated */
    struct ch_buffer said;     /* captions */
    const char **reference;
    struct ch_score_item *item;      /* of all images */
    struct ch_score_item *scored;    /* without those left out */
};

/* ------------------------------------------------------------- references */

/* A text that ends where it says so, or at its first NUL. */
static void put_text(struct ch_buffer *b, const char *text, size_t n)
{
    ch_buffer_put(b, text, strnlen(text, n));
    ch_buffer_put(b, "", 1);
}

/* All texts, then, when they will not move any more, where each begins. */
static int read_references(struct ch_judge *j, struct ch_err *e)
{
    struct ch_caption_record *record = j->r->desk[0].rows.record;
    /* Those of records that are left out for their features, too. */
    size_t room = ch_set_manifest(j->r->val)->split[CH_SPLIT_VAL].captions;
    size_t at = 0;
    const char *next;
    int rc = 0;

    j->reference = calloc(room ? room : 1, sizeof *j->reference);
    if (!j->reference)
        return ch_fail(e, CH_ENOMEM, "cannot hold %zu references", room);
    for (size_t i = 0; i < j->count && !rc; i++) {
        rc = ch_set_captions(j->r->val, i, record, e);
        if (rc == CH_EFORMAT && j->r->o.skip_bad) {
            rc = 0;              /* its lane has left it out, too */
            put_text(&j->text, "", 0);
            continue;
        }
        if (rc)
            break;
        j->item[i].reference = j->reference + at;
        j->item[i].reference_count = record->caption_count;
        put_text(&j->text, record->key, record->key_bytes);
        for (size_t c = 0; c < record->caption_count; c++, at++)
            put_text(&j->text, record->caption[c].raw,
                     record->caption[c].raw_bytes);
    }
    if (!rc && j->text.failed)
        rc = ch_fail(e, CH_ENOMEM, "cannot hold the references");
    next = j->text.at;
    at = 0;
    for (size_t i = 0; i < j->count && !rc; i++) {
        j->item[i].key = next;
        next += strlen(next) + 1;
        for (size_t c = 0; c < j->item[i].reference_count; c++) {
            j->reference[at++] = next;
            next += strlen(next) + 1;
        }
    }
    return rc;
}

/* The records of a rank's validation lanes. */
static size_t first_record(const struct ch_judge *j, int rank)
{
    const struct ch_lanes *l = &j->r->val_lanes;
    size_t lane = ch_lanes_first(l->count, rank, ch_comm_size(j->r->comm));

    return lane < l->count ? l->lane[lane].first_record : j->count;
}

static int open_all(struct ch_judge *j, struct ch_err *e)
{
    const struct ch_replica *r = j->r;
    size_t n = ch_utter_floats(r);
    int ranks = ch_comm_size(r->comm);

    j->count = ch_set_count(r->val);
    j->most = ch_utter_most(r);
    j->bytes = calloc((size_t)ranks, sizeof *j->bytes);
    j->caption = calloc(j->count * (j->most + 1), sizeof *j->caption);
    j->feature = ch_block_get(BATCH * n, sizeof *j->feature);
    j->item = calloc(j->count, sizeof *j->item);
    j->scored = calloc(j->count, sizeof *j->scored);
    if (!j->bytes || !j->caption || !j->feature || !j->item || !j->scored)
        return ch_fail(e, CH_ENOMEM, "cannot hold the captions of %zu images",
                       j->count);
    for (int q = 0; q < ranks; q++)
        j->bytes[q] = (first_record(j, q + 1) - first_record(j, q)) *
                      (j->most + 1) * sizeof *j->caption;
    return ch_comm_rank(r->comm) ? 0 : read_references(j, e);
}

int ch_judge_open(struct ch_judge **out, struct ch_replica *r,
                  struct ch_err *e)
{
    struct ch_judge *j;
    int rc;

    *out = NULL;
    if (r->o.select == CH_SELECT_LOSS)
        return 0;
    j = calloc(1, sizeof *j);
    if (j)
        j->r = r;
    rc = j ? open_all(j, e) : ch_fail(e, CH_ENOMEM, "cannot hold a judge");
    rc = ch_comm_agree(r->comm, rc, e);
    if (rc)
        ch_judge_close(j);
    else
        *out = j;
    return rc;
}

void ch_judge_close(struct ch_judge *j)
{
    if (!j)
        return;
    free(j->bytes);
    free(j->caption);
    ch_block_release(j->feature);
    ch_buffer_release(&j->text);
    ch_buffer_release(&j->said);
    free(j->reference);
    free(j->item);
    free(j->scored);
    free(j);
}

/* ---------------------------------------------------------------- captions */

static int32_t *caption_of(const struct ch_judge *j, size_t image)
{
    return j->caption + image * (j->most + 1);
}

const int32_t *ch_judge_caption(const struct ch_judge *j, size_t image)
{
    return caption_of(j, image);
}

/* n images of the set. */
static int caption_some(struct ch_judge *j, const size_t *image, size_t n,
                        struct ch_err *e)
{
    int rc = ch_utter(j->r, image, n, j->feature, j->id, j->length, e);

    for (size_t i = 0; i < n && !rc; i++) {
        int32_t *to = caption_of(j, image[i]);

        to[0] = (int32_t)j->length[i];
        memcpy(to + 1, j->id + i * j->most, j->length[i] * sizeof *to);
    }
    return rc;
}

static int caption_own(struct ch_judge *j, struct ch_err *e)
{
    const struct ch_lanes *lanes = &j->r->val_lanes;
    size_t image[BATCH], n = 0;
    int rc = 0;

    ch_pulse_phase(j->r->pulse, CH_PULSE_CAPTION);
    for (size_t l = j->r->reduce.first_lane; l < j->r->reduce.end_lane; l++) {
        size_t first = lanes->lane[l].first_record;
        size_t end = first + lanes->lane[l].record_count;

        for (size_t i = first; i < end && !rc; i++) {
            if (ch_lanes_is_bad(lanes, l, i)) {
                *caption_of(j, i) = LEFT_OUT;
                continue;
            }
            image[n++] = i;
            if (n == BATCH) {
                ch_pulse_count(j->r->pulse);
                rc = caption_some(j, image, n, e);
                n = 0;
            }
        }
    }
    return rc ? rc : caption_some(j, image, n, e);
}

/* Rank 0, which has all captions. */
static int score_all(struct ch_judge *j, struct ch_judge_score *out,
                     struct ch_err *e)
{
    double found[2];
    const char *next;
    size_t n = 0;
    int rc;

    ch_buffer_reset(&j->said);
    for (size_t i = 0; i < j->count; i++) {
        const int32_t *c = caption_of(j, i);

        if (c[0] == LEFT_OUT)
            continue;
        ch_vocab_decode(j->r->model.vocab, c + 1, (size_t)c[0], &j->said);
        ch_buffer_put(&j->said, "", 1);
    }
    if (j->said.failed)
        return ch_fail(e, CH_ENOMEM, "cannot hold %zu captions", j->count);
    next = j->said.at;
    for (size_t i = 0; i < j->count; i++) {
        if (*caption_of(j, i) == LEFT_OUT)
            continue;
        j->scored[n] = j->item[i];
        j->scored[n++].caption = next;
        next += strlen(next) + 1;
    }
    rc = j->r->o.judge->score(j->scored, n, found, e);
    *out = (struct ch_judge_score) { found[0], found[1] };
    return rc;
}

int ch_judge_score(struct ch_judge *j, struct ch_judge_score *out,
                   struct ch_err *e)
{
    struct ch_comm *comm = j->r->comm;
    int rank = ch_comm_rank(comm);
    int rc = ch_comm_agree(comm, caption_own(j, e), e);

    *out = (struct ch_judge_score) { 0, 0 };
    if (!rc)
        rc = ch_comm_gather(comm, j->caption + first_record(j, rank) *
                            (j->most + 1), j->caption, j->bytes, e);
    if (rc)
        return rc;
    ch_pulse_phase(j->r->pulse, CH_PULSE_SCORE);
    if (rank == 0)
        rc = score_all(j, out, e);
    rc = ch_comm_agree(comm, rc, e);
    return rc ? rc : ch_comm_broadcast(comm, out, sizeof *out, e);
}
