/* checkpoint.c - everything a run needs to go on, in one file */
#include "train/checkpoint.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define VERSION 3
/* Counts in JSON: up to what a double holds exactly. */
#define COUNT_MAX (INT64_C(1) << 53)

static const struct { const char *name, *values; } choice[] = {
#define CHOICE_ENTRY(option, list) { option, list },
    CH_CHECKPOINT_CHOICES(CHOICE_ENTRY)
#undef CHOICE_ENTRY
};

static const char *values_of(const char *name)
{
    for (size_t i = 0; i < sizeof choice / sizeof *choice; i++)
        if (!strcmp(choice[i].name, name))
            return choice[i].values;
    return "";
}

/* The i-th of "a|b|c", and its length; NULL behind the last. */
static const char *value_at(const char *values, int i, size_t *n)
{
    for (; i > 0 && values; i--) {
        values = strchr(values, '|');
        values = values ? values + 1 : NULL;
    }
    *n = values ? strcspn(values, "|") : 0;
    return values;
}

/* ---------------------------------------------------------------- writing */

static void put_count(struct ch_json_writer *w, const char *name, uint64_t v)
{
    ch_json_put_int(w, name, (int64_t)v);
}

static void put_choice(struct ch_json_writer *w, const char *name, int value)
{
    size_t n;
    const char *text = value_at(values_of(name), value, &n);

    ch_json_put_text(w, name, text, n);
}

void ch_checkpoint_put_settings(struct ch_json_writer *w,
                                const struct ch_train_options *o)
{
#define PUT_COUNT(field, name) put_count(w, name, o->field);
#define PUT_NUMBER(field, name) ch_json_put_real(w, name, o->field);
#define PUT_FLAG(field, name) ch_json_put_bool(w, name, o->field);
#define PUT_CHOICE(field, name) put_choice(w, name, o->field);
#define PUT(kind, field, name) PUT_##kind(field, name)
    CH_CHECKPOINT_SETTINGS(PUT)
#undef PUT
}

static void put_data(struct ch_json_writer *w,
                     const struct ch_checkpoint_data *d)
{
    ch_json_begin(w, "data", '{');
    ch_json_put_text(w, "vocabulary", d->vocabulary, strlen(d->vocabulary));
    ch_json_put_text(w, "encoder", d->encoder, strlen(d->encoder));
    put_count(w, "images", d->images);
    put_count(w, "captions", d->captions);
    put_count(w, "val_images", d->val_images);
    put_count(w, "val_captions", d->val_captions);
    ch_json_end(w);
}

static void put_history(struct ch_json_writer *w, const struct ch_schedule *s)
{
    ch_json_begin(w, "history", '[');
    for (size_t i = 0; i < s->epoch; i++) {
        ch_json_begin(w, NULL, '[');
        ch_json_put_real(w, NULL, s->history[i].train_loss);
        ch_json_put_real(w, NULL, s->history[i].val_loss);
        ch_json_put_real(w, NULL, s->history[i].rate);
        ch_json_put_real(w, NULL, s->history[i].score);
        ch_json_end(w);
    }
    ch_json_end(w);
}

static void put_training(const struct ch_checkpoint *c, struct ch_buffer *out)
{
    const struct ch_schedule *s = &c->schedule;
    struct ch_json_writer writer, *w = &writer;

    ch_json_writer_init(w, out);
    ch_json_begin(w, NULL, '{');
    ch_json_put_int(w, "version", VERSION);
    ch_json_begin(w, "settings", '{');
    ch_checkpoint_put_settings(w, &c->options);
    ch_json_end(w);
    put_data(w, &c->data);
    put_count(w, "epoch", s->epoch);
    put_count(w, "step", s->step);
    put_count(w, "words", s->words);
    put_count(w, "epoch_step", s->epoch_step);
    put_count(w, "epoch_words", s->epoch_words);
    ch_json_put_real(w, "epoch_loss", s->epoch_loss);
    put_count(w, "best_epoch", s->best_epoch);
    ch_json_put_real(w, "best_loss", s->best_loss);
    ch_json_put_real(w, "best_score", s->best_score);
    ch_json_put_real(w, "plateau_best", s->plateau_best);
    put_count(w, "plateau_bad", s->plateau_bad);
    ch_json_put_real(w, "plateau_scale", s->plateau_scale);
    put_count(w, "rollbacks", s->rollbacks);
    put_history(w, s);
    ch_json_end(w);
}

static void add_block(struct ch_safetensors_writer *w, const char *name,
                       size_t count, const void *data)
{
    ch_safetensors_add(w, (struct ch_tensor) {
        .name = name, .dtype = CH_F32, .rank = 1, .shape = { count },
        .data = data, .bytes = count * sizeof(float)
    });
}

/* The model, how it was trained as `meta`, and blocks of the optimiser. */
static int write_file(const struct ch_checkpoint *c, const char *meta,
                      const char **name, size_t blocks, const char *path,
                      struct ch_err *e)
{
    struct ch_safetensors_writer *w = calloc(1, sizeof *w);
    struct ch_buffer hold[2] = { 0 }, training = { 0 };
    int rc;

    if (!w)
        return ch_fail(e, CH_ENOMEM, "cannot hold a list of tensors");
    rc = ch_model_add(&c->model, w, hold, e);
    put_training(c, &training);
    if (!rc && training.failed)
        rc = ch_fail(e, CH_ENOMEM, "cannot hold the checkpoint's settings");
    if (!rc) {
        for (size_t i = 0; i < blocks; i++)
            add_block(w, name[i], c->model.decoder.float_count, c->block[i]);
        ch_safetensors_add_meta(w, meta, training.at);
        rc = ch_safetensors_write(w, path, e);
    }
    ch_buffer_release(&hold[0]);
    ch_buffer_release(&hold[1]);
    ch_buffer_release(&training);
    free(w);
    return rc;
}

int ch_checkpoint_write(const struct ch_checkpoint *c, const char *path,
                        struct ch_err *e)
{
    const char *name[CH_UPDATE_BLOCKS];
    size_t blocks = ch_update_blocks(&c->options, name);

    return write_file(c, "chorus.training", name, blocks, path, e);
}

int ch_checkpoint_write_model(const struct ch_checkpoint *c, const char *path,
                              struct ch_err *e)
{
    return write_file(c, "chorus.trained", NULL, 0, path, e);
}

/* ---------------------------------------------------------------- reading */

struct reader {
    const char *path;
    struct ch_err *e;
    int rc;                    /* the first error: later reads do nothing */
};

#define refuse(r, ...) \
    ((r)->rc = ch_fail_at((r)->e, CH_EFORMAT, (r)->path, CH_NO_OFFSET, \
                          __VA_ARGS__))

static void get_count(struct reader *r, const struct ch_json *o,
                      const char *name, uint64_t *out)
{
    int64_t v = 0;

    if (!r->rc)
        r->rc = ch_json_need_int(o, name, 0, COUNT_MAX, &v, r->path, r->e);
    *out = (uint64_t)v;
}

static void get_number(struct reader *r, const struct ch_json *o,
                       const char *name, double *out)
{
    const struct ch_json *v = ch_json_get(o, name);

    *out = ch_json_real(v, 0);
    if (!r->rc && !ch_json_is_number(v))
        refuse(r, "\"%s\" is missing or not a number", name);
}

static void get_flag(struct reader *r, const struct ch_json *o,
                     const char *name, bool *out)
{
    const struct ch_json *v = ch_json_get(o, name);

    *out = ch_json_bool(v, false);
    if (!r->rc && ch_json_bool(v, false) != ch_json_bool(v, true))
        refuse(r, "\"%s\" is missing or not true or false", name);
}

static void get_choice(struct reader *r, const struct ch_json *o,
                       const char *name, int *out)
{
    const char *text = ch_json_text(ch_json_get(o, name), "");
    const char *values = values_of(name), *value;
    size_t n;

    for (int i = 0; (value = value_at(values, i, &n)); i++)
        if (n == strlen(text) && !memcmp(text, value, n)) {
            *out = i;
            return;
        }
    if (!r->rc)
        refuse(r, "\"%s\" is \"%.40s\", expected one of %s", name, text,
               values);
}

static void get_hash(struct reader *r, const struct ch_json *o,
                     const char *name, char out[17])
{
    const char *text = ch_json_text(ch_json_get(o, name), NULL);

    if (!r->rc && (!text || strlen(text) > 16))
        refuse(r, "\"%s\" is missing or not a hash", name);
    snprintf(out, 17, "%s", text ? text : "");
}

static void get_settings(struct reader *r, const struct ch_json *o,
                         struct ch_train_options *to)
{
#define GET_COUNT(field, name) get_count(r, o, name, &to->field);
#define GET_NUMBER(field, name) get_number(r, o, name, &to->field);
#define GET_FLAG(field, name) get_flag(r, o, name, &to->field);
#define GET_CHOICE(field, name) get_choice(r, o, name, &to->field);
#define GET(kind, field, name) GET_##kind(field, name)
    CH_CHECKPOINT_SETTINGS(GET)
#undef GET
}

static void get_data(struct reader *r, const struct ch_json *o,
                     struct ch_checkpoint_data *d)
{
    get_hash(r, o, "vocabulary", d->vocabulary);
    get_hash(r, o, "encoder", d->encoder);
    get_count(r, o, "images", &d->images);
    get_count(r, o, "captions", &d->captions);
    get_count(r, o, "val_images", &d->val_images);
    get_count(r, o, "val_captions", &d->val_captions);
}

static void get_history(struct reader *r, const struct ch_json *o,
                        struct ch_schedule *s)
{
    const struct ch_json *list = ch_json_get(o, "history");

    if (r->rc)
        return;
    if (s->epoch > CH_SCHEDULE_EPOCHS || s->best_epoch > s->epoch) {
        refuse(r, "epoch %llu with best epoch %llu, expected at most %d "
               "epochs and the best among them",
               (unsigned long long)s->epoch,
               (unsigned long long)s->best_epoch, CH_SCHEDULE_EPOCHS);
        return;
    }
    if (!ch_json_is_array(list) || ch_json_count(list) != s->epoch) {
        refuse(r, "\"history\" has %zu entries, expected one for each of %llu "
               "epochs", ch_json_count(list), (unsigned long long)s->epoch);
        return;
    }
    for (size_t i = 0; i < s->epoch; i++) {
        const struct ch_json *entry = ch_json_at(list, i);

        s->history[i] = (struct ch_schedule_epoch) {
            ch_json_real(ch_json_at(entry, 0), (double)NAN),
            ch_json_real(ch_json_at(entry, 1), (double)NAN),
            ch_json_real(ch_json_at(entry, 2), (double)NAN),
            ch_json_real(ch_json_at(entry, 3), (double)NAN)
        };
    }
}

static int get_training(struct reader *r, const struct ch_json *o,
                        struct ch_checkpoint *c)
{
    struct ch_schedule *s = &c->schedule;
    uint64_t version;

    get_count(r, o, "version", &version);
    if (!r->rc && version != VERSION)
        refuse(r, "checkpoint version %llu, this program reads version %d",
               (unsigned long long)version, VERSION);
    get_settings(r, ch_json_get(o, "settings"), &c->options);
    get_data(r, ch_json_get(o, "data"), &c->data);
    ch_schedule_init(s);
    get_count(r, o, "epoch", &s->epoch);
    get_count(r, o, "step", &s->step);
    get_count(r, o, "words", &s->words);
    get_count(r, o, "epoch_step", &s->epoch_step);
    get_count(r, o, "epoch_words", &s->epoch_words);
    get_number(r, o, "epoch_loss", &s->epoch_loss);
    get_count(r, o, "best_epoch", &s->best_epoch);
    if (s->best_epoch)       /* infinity has no JSON: null before the first */
        get_number(r, o, "best_loss", &s->best_loss);
    get_number(r, o, "best_score", &s->best_score);
    get_number(r, o, "plateau_best", &s->plateau_best);
    get_count(r, o, "plateau_bad", &s->plateau_bad);
    get_number(r, o, "plateau_scale", &s->plateau_scale);
    get_count(r, o, "rollbacks", &s->rollbacks);
    get_history(r, o, s);
    return r->rc;
}

static int get_block(struct reader *r, const struct ch_model *m,
                      const char *name, const void **out)
{
    const struct ch_tensor *t = ch_safetensors_get(m->file, name);
    size_t count = m->decoder.float_count;

    if (!t || t->dtype != CH_F32 || t->rank != 1 || t->shape[0] != count)
        return refuse(r, "tensor \"%s\" is missing, or not F32 [%zu]; this is "
                      "a model, but no checkpoint to go on from", name, count);
    *out = t->data;
    for (size_t i = 0; i < count; i++) {
        float x;

        memcpy(&x, (const char *)t->data + i * sizeof x, sizeof x);
        if (!isfinite(x))
            return refuse(r, "tensor \"%s\" has a value that is not finite "
                          "(element %zu)", name, i);
    }
    return 0;
}

int ch_checkpoint_read(struct ch_checkpoint *c, const char *path,
                       struct ch_err *e)
{
    struct reader r = { path, e, 0 };
    const char *text, *name[CH_UPDATE_BLOCKS];
    struct ch_json *o = NULL;
    size_t blocks = 0;

    memset(c, 0, sizeof *c);
    r.rc = ch_model_read(&c->model, path, e);
    if (r.rc)
        return r.rc;
    text = ch_safetensors_meta(c->model.file, "chorus.training");
    if (!text)
        refuse(&r, "the metadata has no \"chorus.training\"; this is a model, "
               "but no checkpoint to go on from");
    else
        r.rc = ch_json_parse(&o, text, strlen(text), path, e);
    if (!r.rc) get_training(&r, o, c);
    if (!r.rc) blocks = ch_update_blocks(&c->options, name);
    for (size_t i = 0; i < blocks && !r.rc; i++)
        get_block(&r, &c->model, name[i], &c->block[i]);
    ch_json_close(o);
    if (r.rc)
        ch_checkpoint_release(c);
    return r.rc;
}

void ch_checkpoint_release(struct ch_checkpoint *c)
{
    ch_model_release(&c->model);
    memset(c, 0, sizeof *c);
}

/* -------------------------------------------------------------- comparing */

static int differs(const char *path, const char *name, const char *now,
                   const char *then, struct ch_err *e)
{
    return ch_fail_at(e, CH_EUSAGE, path, CH_NO_OFFSET, "was trained with "
                      "--%s %s, found %s; give the same to go on, or begin "
                      "another run", name, then, now);
}

static int compare_count(const char *path, const char *name, uint64_t now,
                         uint64_t then, struct ch_err *e)
{
    char a[32], b[32];

    if (now == then)
        return 0;
    snprintf(a, sizeof a, "%llu", (unsigned long long)now);
    snprintf(b, sizeof b, "%llu", (unsigned long long)then);
    return differs(path, name, a, b, e);
}

static int compare_number(const char *path, const char *name, double now,
                          double then, struct ch_err *e)
{
    char a[32], b[32];
    int digits = 1;

    if (now == then)
        return 0;
    do {      /* as few digits as tell them apart */
        snprintf(a, sizeof a, "%.*g", digits, now);
        snprintf(b, sizeof b, "%.*g", digits, then);
    } while (digits++ < 17 &&
             (strtod(a, NULL) != now || strtod(b, NULL) != then));
    return differs(path, name, a, b, e);
}

static int compare_choice(const char *path, const char *name, int now,
                          int then, struct ch_err *e)
{
    char text[2][40];
    const int value[2] = { now, then };

    if (now == then)
        return 0;
    for (int i = 0; i < 2; i++) {
        size_t n;
        const char *at = value_at(values_of(name), value[i], &n);

        snprintf(text[i], sizeof text[i], "%.*s", (int)n, at ? at : "");
    }
    return differs(path, name, text[0], text[1], e);
}

/* may_lack: captions of records that were damaged meanwhile. */
static int compare_data(const struct ch_checkpoint_data *now,
                        const struct ch_checkpoint_data *then, bool may_lack,
                        const char *path, struct ch_err *e)
{
    bool is_same = now->captions == then->captions &&
                   now->val_captions == then->val_captions;
    bool is_less = now->captions <= then->captions &&
                   now->val_captions <= then->val_captions;

    if (strcmp(now->vocabulary, then->vocabulary))
        return ch_fail_at(e, CH_EUSAGE, path, CH_NO_OFFSET, "was trained with "
                          "another vocabulary (hash %s) than these shards "
                          "have (%s); give its shards, or begin another run",
                          then->vocabulary, now->vocabulary);
    if (strcmp(now->encoder, then->encoder))
        return ch_fail_at(e, CH_EUSAGE, path, CH_NO_OFFSET, "was trained on "
                          "features of another encoder (hash %s) than these "
                          "shards have (%s); give its shards, or begin "
                          "another run", then->encoder, now->encoder);
    if (now->images != then->images || now->val_images != then->val_images ||
        !(may_lack ? is_less : is_same))
        return ch_fail_at(e, CH_EUSAGE, path, CH_NO_OFFSET, "was trained on "
                          "%llu images with %llu captions and validated on "
                          "%llu with %llu, these shards have %llu, %llu, %llu, "
                          "%llu; give its shards, or begin another run",
                          (unsigned long long)then->images,
                          (unsigned long long)then->captions,
                          (unsigned long long)then->val_images,
                          (unsigned long long)then->val_captions,
                          (unsigned long long)now->images,
                          (unsigned long long)now->captions,
                          (unsigned long long)now->val_images,
                          (unsigned long long)now->val_captions);
    return 0;
}

int ch_checkpoint_compare(const struct ch_checkpoint *c,
                          const struct ch_train_options *o,
                          const struct ch_checkpoint_data *data,
                          const char *path, struct ch_err *e)
{
    const struct ch_train_options *then = &c->options;
    int rc = 0;

#define COMPARE_COUNT(field, name)                                             \
    if (!rc) rc = compare_count(path, name, o->field, then->field, e);
#define COMPARE_NUMBER(field, name)                                            \
    if (!rc) rc = compare_number(path, name, o->field, then->field, e);
#define COMPARE_FLAG(field, name)                                              \
    if (!rc && o->field != then->field)                                        \
        rc = differs(path, name, o->field ? "yes" : "no",                      \
                     then->field ? "yes" : "no", e);
#define COMPARE_CHOICE(field, name)                                            \
    if (!rc) rc = compare_choice(path, name, o->field, then->field, e);
#define COMPARE(kind, field, name) COMPARE_##kind(field, name)
    CH_CHECKPOINT_SETTINGS(COMPARE)
#undef COMPARE
    return rc ? rc : compare_data(data, &c->data, o->skip_bad, path, e);
}
