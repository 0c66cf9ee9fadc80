/* checkpoint.c - everything a run needs to go on, in one file */
#include "train/checkpoint.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "train/checkpoint_text.h"

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
    w->before_end = c->before_end;
    w->moved = c->moved;
    w->context = c->context;
    rc = ch_model_add(&c->model, w, hold, e);
    ch_checkpoint_text_put(c, &training);
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

static int get_block(const struct ch_model *m, const char *name,
                     const void **out, const char *path, struct ch_err *e)
{
    const struct ch_tensor *t = ch_safetensors_get(m->file, name);
    size_t count = m->decoder.float_count;

    if (!t || t->dtype != CH_F32 || t->rank != 1 || t->shape[0] != count)
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET, "tensor \"%s\" is "
                          "missing, or not F32 [%zu]; this is a model, but "
                          "no checkpoint to go on from", name, count);
    *out = t->data;
    for (size_t i = 0; i < count; i++) {
        float x;

        memcpy(&x, (const char *)t->data + i * sizeof x, sizeof x);
        if (!isfinite(x))
            return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET, "tensor "
                              "\"%s\" has a value that is not finite "
                              "(element %zu)", name, i);
    }
    return 0;
}

int ch_checkpoint_read(struct ch_checkpoint *c, const char *path,
                       struct ch_err *e)
{
    const char *text, *name[CH_UPDATE_BLOCKS];
    size_t blocks;
    int rc;

    memset(c, 0, sizeof *c);
    rc = ch_model_read(&c->model, path, e);
    if (rc)
        return rc;
    text = ch_safetensors_meta(c->model.file, "chorus.training");
    rc = text ? ch_checkpoint_text_get(c, text, path, e) :
         ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET, "the metadata has no "
                    "\"chorus.training\"; this is a model, but no checkpoint "
                    "to go on from");
    blocks = rc ? 0 : ch_update_blocks(&c->options, name);
    for (size_t i = 0; i < blocks && !rc; i++)
        rc = get_block(&c->model, name[i], &c->block[i], path, e);
    if (rc)
        ch_checkpoint_release(c);
    return rc;
}

void ch_checkpoint_release(struct ch_checkpoint *c)
{
    ch_model_release(&c->model);
    memset(c, 0, sizeof *c);
}
