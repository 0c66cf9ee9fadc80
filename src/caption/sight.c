/* sight.c - the encoder that a model sees with */
#include "caption/sight.h"

#include "chorus/log.h"

#include <string.h>

static const char *recorded_precision(const struct ch_captioner *c)
{
    return strstr(c->model.encoder, "\"precision\":\"bf16\"") ? "bf16" : "f32";
}

int ch_sight_find(const struct ch_captioner *c, struct ch_encoder_spec *spec,
                  const char **precision, struct ch_err *e)
{
    const char *json = c->model.encoder;
    int rc = ch_encoder_spec_find(spec, json, c->o.model, c->o.encoder, e);

    *precision = recorded_precision(c);
    if (!rc && !ch_captioner_is_looking(c))
        spec->grid[0] = '\0';
    return rc;
}

int ch_sight_check(const struct ch_captioner *c,
                   const struct ch_encoder_spec *spec,
                   const struct ch_encoder *encoder, struct ch_err *e)
{
    const struct ch_decoder_shape *shape = &c->model.decoder.shape;
    size_t rows = 1, found = ch_encoder_feature_count(encoder);

    if (ch_captioner_is_looking(c)) {
        rows = ch_encoder_grid_rows(encoder);
        found = ch_encoder_grid_columns(encoder);
    }
    if (strcmp(recorded_precision(c), ch_encoder_precision(encoder)))
        ch_log(CH_LOG_INFO, "photos are seen in %s: this processor cannot "
               "compute in %s, as those of the training; captions may differ",
               ch_encoder_precision(encoder), recorded_precision(c));
    if (rows == shape->L && found == shape->F)
        return 0;
    return ch_fail_at(e, CH_EFORMAT, spec->network, CH_NO_OFFSET,
                      "gives %zu x %zu features, the model expects %zu x %zu",
                      rows, found, shape->L, shape->F);
}
