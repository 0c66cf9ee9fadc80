/* utter.c - what the weights, as they are now, say of validation images */
#include "train/utter.h"

size_t ch_utter_most(const struct ch_replica *r)
{
    return r->model.max_words < CH_RECORD_MAX_WORDS ? r->model.max_words
                                                    : CH_RECORD_MAX_WORDS;
}

size_t ch_utter_floats(const struct ch_replica *r)
{
    return r->model.decoder.shape.L * r->model.decoder.shape.F;
}

int ch_utter_look(const struct ch_replica *r, size_t image, float *feature,
                  struct ch_err *e)
{
    if (r->model.decoder.shape.kind == CH_DECODER_NIC)
        return ch_set_feature(r->val, image, feature, e);
    return ch_set_grid(r->val, image, feature, e);
}

int ch_utter(const struct ch_replica *r, const size_t *image, size_t n,
             float *feature, int32_t *id, size_t *length, struct ch_err *e)
{
    const struct ch_model *m = &r->model;
    size_t floats = ch_utter_floats(r);
    int rc = 0;

    for (size_t i = 0; i < n && !rc; i++)
        rc = ch_utter_look(r, image[i], feature + i * floats, e);
    if (rc || !n)
        return rc;
    ch_model_standardise(m, n * m->decoder.shape.L, feature, feature);
    return r->o.judge->caption(m, feature, n, ch_utter_most(r), id, length, e);
}
