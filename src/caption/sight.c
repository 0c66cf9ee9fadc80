/* sight.c - the encoder that a model sees with */
#include "caption/sight.h"

#include "chorus/log.h"

#include <string.h>

static const char *recorded_precision(const char *json)
{
    return strstr(json, "\"precision\":\"bf16\"") ? "bf16" : "f32";
}

int ch_sight_recorded(const char *json, const char *model,
                      const char *instead, struct ch_encoder_spec *spec,
                      const char **precision, struct ch_err *e)
{
    *precision = recorded_precision(json);
    return ch_encoder_spec_find(spec, json, model, instead, e);
}

int ch_sight_find(const struct ch_captioner *c, struct ch_encoder_spec *spec,
                  const char **precision, struct ch_err *e)
{
    int rc = ch_sight_recorded(c->model.encoder, c->o.model, c->o.encoder,
                               spec, precision, e);

    if (!rc && !ch_captioner_is_looking(c))
        spec->grid[0] = '\0';
    return rc;
}

int ch_sight_check(const struct ch_captioner *c,
                   const struct ch_encoder_spec *spec,
                   const struct ch_encoder *encoder, struct ch_err *e)
{
    const struct ch_decoder_shape *shape = &c->model.decoder.shape;
    const char *recorded = recorded_precision(c->model.encoder);
    size_t rows = 1, found = ch_encoder_feature_count(encoder);

    if (ch_captioner_is_looking(c)) {
        rows = ch_encoder_grid_rows(encoder);
        found = ch_encoder_grid_columns(encoder);
    }
    if (strcmp(recorded, ch_encoder_precision(encoder)))
        ch_log(CH_LOG_INFO, "photos are seen in %s: this processor cannot "
               "compute in %s, as those of the training; captions may differ",
               ch_encoder_precision(encoder), recorded);
    if (rows == shape->L && found == shape->F)
        return 0;
    return ch_fail_at(e, CH_EFORMAT, spec->network, CH_NO_OFFSET,
                      "gives %zu x %zu features, the model expects %zu x %zu",
                      rows, found, shape->L, shape->F);
}
