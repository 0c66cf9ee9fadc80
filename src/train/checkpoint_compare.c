/* checkpoint_compare.c - is this the run that the checkpoint is of? */
#include "train/checkpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/choice.h"
#include "train/checkpoint_text.h"

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
    const char *choices = ch_checkpoint_text_choices(name);
    char a[CH_CHOICE_BYTES], b[CH_CHOICE_BYTES];

    return now == then ? 0 :
           differs(path, name, ch_choice_name(choices, now, a),
                   ch_choice_name(choices, then, b), e);
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
