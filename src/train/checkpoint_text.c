/* checkpoint_text.c - the settings and the state of a run, as JSON */
#include "train/checkpoint_text.h"

#include <math.h>
#include <string.h>

#include "base/choice.h"

#define VERSION 3
/* Counts in JSON: up to what a double holds exactly. */
#define COUNT_MAX (INT64_C(1) << 53)

const char *ch_checkpoint_text_choices(const char *name)
{
    static const struct { const char *name, *choices; } list[] = {
#define CHOICE_ENTRY(option, choices) { option, choices },
        CH_CHECKPOINT_CHOICES(CHOICE_ENTRY)
#undef CHOICE_ENTRY
    };

    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        if (!strcmp(list[i].name, name))
            return list[i].choices;
    return "";
}

/* ---------------------------------------------------------------- writing */

static void put_count(struct ch_json_writer *w, const char *name, uint64_t v)
{
    ch_json_put_int(w, name, (int64_t)v);
}

static void put_choice(struct ch_json_writer *w, const char *name, int value)
{
    char text[CH_CHOICE_BYTES];

    ch_choice_name(ch_checkpoint_text_choices(name), value, text);
    ch_json_put_text(w, name, text, strlen(text));
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

void ch_checkpoint_text_put(const struct ch_checkpoint *c,
                            struct ch_buffer *out)
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

/* A run of before there was this choice has none: the first is what it did. */
static void get_choice(struct reader *r, const struct ch_json *o,
                       const char *name, int *out)
{
    const char *choices = ch_checkpoint_text_choices(name);
    const struct ch_json *v = ch_json_get(o, name);
    const char *text = ch_json_text(v, "");
    int value = v ? ch_choice_find(choices, text) : 0;

    if (value >= 0)
        *out = value;
    else if (!r->rc)
        refuse(r, "\"%s\" is \"%.40s\", expected one of %s", name, text,
               choices);
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

static void get_training(struct reader *r, const struct ch_json *o,
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
}

int ch_checkpoint_text_get(struct ch_checkpoint *c, const char *text,
                           const char *path, struct ch_err *e)
{
    struct reader r = { path, e, 0 };
    struct ch_json *o = NULL;

    r.rc = ch_json_parse(&o, text, strlen(text), path, e);
    if (!r.rc)
        get_training(&r, o, c);
    ch_json_close(o);
    return r.rc;
}
