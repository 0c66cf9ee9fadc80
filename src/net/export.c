/* export.c - a model's weights, for PyTorch */
#include "chorus/export.h"

#include <stdlib.h>

#include "net/model.h"

/* Loaders of Hugging Face's transformers want to be told. */
#define PYTORCH "pt"

static int write_model(const struct ch_model *m, const char *path,
                       struct ch_err *e)
{
    struct ch_safetensors_writer *w = calloc(1, sizeof *w);
    struct ch_buffer hold[2] = { 0 };
    const char *trained = ch_safetensors_meta(m->file, "chorus.trained");
    int rc;

    if (!w)
        return ch_fail(e, CH_ENOMEM, "cannot hold a list of tensors");
    /* A checkpoint says the same under another name. */
    if (!trained)
        trained = ch_safetensors_meta(m->file, "chorus.training");
    rc = ch_model_add(m, w, hold, e);
    ch_safetensors_add_meta(w, "format", PYTORCH);
    if (trained)
        ch_safetensors_add_meta(w, "chorus.trained", trained);
    if (!rc) rc = ch_safetensors_write(w, path, e);
    ch_buffer_release(&hold[0]);
    ch_buffer_release(&hold[1]);
    free(w);
    return rc;
}

static int write_words(const struct ch_vocab *v, const char *path,
                       struct ch_err *e)
{
    struct ch_buffer text = { 0 };
    int rc;

    ch_vocab_text(v, &text);
    rc = text.failed ? ch_fail(e, CH_ENOMEM, "cannot hold the vocabulary")
                     : ch_file_write(path, text.at, text.size, e);
    ch_buffer_release(&text);
    return rc;
}

static int is_free(const char *path, struct ch_err *e)
{
    if (!path || !ch_file_exists(path))
        return 0;
    return ch_fail_at(e, CH_EUSAGE, path, CH_NO_OFFSET, "is there already; "
                      "remove it, or name another file");
}

int ch_export_run(const struct ch_export_options *o, struct ch_err *e)
{
    struct ch_model m;
    int rc = is_free(o->out, e);

    if (!rc) rc = is_free(o->vocabulary, e);
    if (!rc) rc = ch_model_read(&m, o->model, e);
    if (rc)
        return rc;
    rc = write_model(&m, o->out, e);
    if (!rc && o->vocabulary)
        rc = write_words(m.vocab, o->vocabulary, e);
    for (size_t i = 0; i < m.decoder.param_count && !rc && o->show; i++) {
        const struct ch_param_info *p = &m.decoder.param[i];

        o->show(o->context, p->name, p->rows,
                p->columns == 1 ? 0 : p->columns);
    }
    ch_model_release(&m);
    return rc;
}
