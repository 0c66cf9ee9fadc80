/* show.c - a few validation images, and what each epoch says of them */
#include "train/show.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/hash.h"
#include "chorus/log.h"
#include "train/utter.h"

struct shown {
    uint64_t hash;             /* of its key */
    size_t image;
    char *key;
};

struct ch_show {
    struct ch_replica *r;
    struct shown *shown;       /* by hash; of one hash, by place */
    size_t room, count;
    size_t most;               /* words of a caption */
    size_t *image, *length;    /* [count] */
    int32_t *id;               /* [count][most] */
    float *feature;
};

/* Where a hash has its place among the least; s->room: nowhere. */
static size_t place_of(const struct ch_show *s, uint64_t hash)
{
    size_t at = s->count;

    while (at > 0 && s->shown[at - 1].hash > hash)
        at--;
    return at;
}

static int put(struct ch_show *s, size_t at, struct shown new,
               struct ch_err *e)
{
    if (!new.key)
        return ch_fail(e, CH_ENOMEM, "cannot hold the name of an image");
    if (s->count == s->room)
        free(s->shown[--s->count].key);
    memmove(&s->shown[at + 1], &s->shown[at],
            (s->count - at) * sizeof *s->shown);
    s->shown[at] = new;
    s->count++;
    return 0;
}

/* A damaged one, which --skip-bad leaves out, is CH_EFORMAT. */
static int consider(struct ch_show *s, size_t image, struct ch_err *e)
{
    struct ch_caption_record *record = s->r->desk[0].rows.record;
    struct shown new = { .image = image };
    size_t at;
    int rc = ch_set_captions(s->r->val, image, record, e);

    if (rc)
        return rc;
    new.hash = ch_hash(record->key, record->key_bytes);
    at = place_of(s, new.hash);
    if (at == s->room)
        return 0;
    if (s->r->o.skip_bad)
        rc = ch_utter_look(s->r, image, s->feature, e);
    if (rc)
        return rc;
    new.key = strndup(record->key, record->key_bytes);
    return put(s, at, new, e);
}

static int choose(struct ch_show *s, struct ch_err *e)
{
    size_t images = ch_set_count(s->r->val);
    int rc = 0;

    for (size_t i = 0; i < images && !rc; i++) {
        rc = consider(s, i, e);
        if (rc == CH_EFORMAT && s->r->o.skip_bad)
            rc = 0;
    }
    return rc;
}

static int open_own(struct ch_show *s, struct ch_err *e)
{
    size_t n = s->room;
    int rc;

    s->most = ch_utter_most(s->r);
    s->shown = calloc(n, sizeof *s->shown);
    s->image = calloc(n, sizeof *s->image);
    s->length = calloc(n, sizeof *s->length);
    s->id = calloc(n * s->most, sizeof *s->id);
    s->feature = ch_block_get(n * ch_utter_floats(s->r), sizeof *s->feature);
    if (!s->shown || !s->image || !s->length || !s->id || !s->feature)
        return ch_fail(e, CH_ENOMEM, "cannot hold the captions of %zu images",
                       n);
    rc = choose(s, e);
    for (size_t i = 0; i < s->count; i++)
        s->image[i] = s->shown[i].image;
    return rc;
}

int ch_show_open(struct ch_show **out, struct ch_replica *r, struct ch_err *e)
{
    struct ch_show *s = NULL;
    int rc = 0;

    *out = NULL;
    if (r->o.show && r->o.judge && ch_comm_rank(r->comm) == 0) {
        s = calloc(1, sizeof *s);
        if (s)
            *s = (struct ch_show) { .r = r, .room = (size_t)r->o.show };
        rc = s ? open_own(s, e)
               : ch_fail(e, CH_ENOMEM, "cannot hold images to show");
    }
    rc = ch_comm_agree(r->comm, rc, e);
    if (rc)
        ch_show_close(s);
    else
        *out = s;
    return rc;
}

void ch_show_close(struct ch_show *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->count; i++)
        free(s->shown[i].key);
    free(s->shown);
    free(s->image);
    free(s->length);
    free(s->id);
    ch_block_release(s->feature);
    free(s);
}

int ch_show_say(struct ch_show *s, const struct ch_judge *judge,
                struct ch_err *e)
{
    double begun_s = ch_clock_s();
    int rc = 0;

    if (!s)
        return 0;
    if (judge) {
        for (size_t i = 0; i < s->count; i++) {
            const int32_t *said = ch_judge_caption(judge, s->image[i]);

            s->length[i] = said[0] > 0 ? (size_t)said[0] : 0;
            memcpy(s->id + i * s->most, said + 1,
                   s->length[i] * sizeof *said);
        }
        return 0;
    }
    ch_pulse_phase(s->r->pulse, CH_PULSE_CAPTION);
    rc = ch_utter(s->r, s->image, s->count, s->feature, s->id, s->length, e);
    if (!rc)
        ch_log(CH_LOG_DEBUG, "%zu validation images were captioned in %.3f s",
               s->count, ch_clock_s() - begun_s);
    return rc;
}

int ch_show_tell(const struct ch_show *s, struct ch_trainlog *log,
                 uint64_t epoch, uint64_t step, struct ch_err *e)
{
    struct ch_buffer said = { 0 };
    int rc = 0;

    for (size_t i = 0; s && i < s->count && !rc; i++) {
        ch_buffer_reset(&said);
        ch_vocab_decode(s->r->model.vocab, s->id + i * s->most, s->length[i],
                        &said);
        ch_buffer_put(&said, "", 1);
        rc = said.failed
             ? ch_fail(e, CH_ENOMEM, "cannot hold a caption")
             : ch_trainlog_caption(log, &(struct ch_trainlog_caption) {
                   .epoch = epoch, .step = step, .image = s->shown[i].key,
                   .caption = said.at
               }, e);
    }
    ch_buffer_release(&said);
    return rc;
}
