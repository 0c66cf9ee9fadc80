/* encoder.c - a frozen CNN, run by OpenVINO (the door of its C API) */
#include "data/encoder.h"

#include "base/arena.h"

#include <openvino/c/openvino.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ch_encoder {
    ov_core_t *core;
    ov_compiled_model_t *compiled;
    ov_infer_request_t *request;
    ov_tensor_t *input;
    float *plane;                  /* the input tensor's memory, 64-aligned */
    size_t plane_count;
    size_t feature_count, grid_rows;
    char pooled[128], grid[128], network[4096];
};

static int fail(const struct ch_encoder *c, ov_status_e status,
                const char *what, struct ch_err *e)
{
    const char *all = ov_get_last_err_msg();      /* ours to free */
    const char *why;
    char line[300];

    /* OpenVINO's messages have many lines; the last says what is wrong. */
    snprintf(line, sizeof line, "%s", all ? all : ov_get_error_info(status));
    ov_free(all);
    for (size_t n = strlen(line); n && (line[n - 1] == '\n' ||
                                        line[n - 1] == ' '); n--)
        line[n - 1] = '\0';
    why = strrchr(line, '\n');
    return ch_fail_at(e, CH_EFORMAT, c->network, CH_NO_OFFSET,
                      "cannot %s: %s", what, why ? why + 1 : line);
}

/* Names of the outputs there are, for the message about one there is not. */
static void list_outputs(const ov_model_t *model, char *out, size_t size)
{
    size_t count = 0, used = 0;

    out[0] = '\0';
    if (ov_model_outputs_size(model, &count) != OK)
        return;
    for (size_t i = 0; i < count && used + 1 < size; i++) {
        ov_output_const_port_t *port = NULL;
        char *name = NULL;
        int n = 0;

        if (ov_model_const_output_by_index(model, i, &port) == OK &&
            ov_port_get_any_name(port, &name) == OK)
            n = snprintf(out + used, size - used, "%s%s", i ? ", " : "", name);
        used += n > 0 ? (size_t)n : 0;
        ov_free(name);
        ov_output_const_port_free(port);
    }
}

static int check_output(const struct ch_encoder *c, const ov_model_t *model,
                        const char *name, struct ch_err *e)
{
    ov_output_const_port_t *port = NULL;
    char names[300];

    if (ov_model_const_output_by_name(model, name, &port) == OK) {
        ov_output_const_port_free(port);
        return 0;
    }
    list_outputs(model, names, sizeof names);
    return ch_fail_at(e, CH_EFORMAT, c->network, CH_NO_OFFSET,
                      "has no output \"%s\"; it has: %s", name, names);
}

static int reshape(struct ch_encoder *c, const ov_model_t *model, size_t size,
                   struct ch_err *e)
{
    const int64_t dims[4] = { 1, 3, (int64_t)size, (int64_t)size };
    ov_partial_shape_t shape = { 0 };
    ov_status_e status = ov_partial_shape_create_static(4, dims, &shape);

    if (status == OK)
        status = ov_model_reshape_single_input(model, shape);
    ov_partial_shape_free(&shape);
    return status == OK ? 0 : fail(c, status, "set its input's size", e);
}

static int compile(struct ch_encoder *c, const struct ch_encoder_spec *s,
                   const char *precision, size_t threads, struct ch_err *e)
{
    ov_model_t *model = NULL;
    char count[24];
    ov_status_e status = ov_core_create(&c->core);
    int rc = status == OK ? 0 : fail(c, status, "start OpenVINO", e);

    snprintf(count, sizeof count, "%zu", threads);
    if (!rc) {
        status = ov_core_read_model(c->core, s->network, NULL, &model);
        if (status != OK)
            rc = fail(c, status, "read the network", e);
    }
    if (!rc) rc = check_output(c, model, s->pooled, e);
    if (!rc && s->grid[0]) rc = check_output(c, model, s->grid, e);
    if (!rc) rc = reshape(c, model, s->rule.size, e);
    if (!rc) {
        status = ov_core_compile_model(
            c->core, model, "CPU", 6, &c->compiled,
            ov_property_key_hint_inference_precision, precision,
            ov_property_key_inference_num_threads, count,
            ov_property_key_num_streams, "1");
        if (status != OK)
            rc = fail(c, status, "compile the network", e);
    }
    ov_model_free(model);
    return rc;
}

/* Memory for the input, which the request reads at each run. */
static int bind_input(struct ch_encoder *c, size_t size, struct ch_err *e)
{
    const int64_t dims[4] = { 1, 3, (int64_t)size, (int64_t)size };
    ov_shape_t shape = { 0 };
    ov_status_e status;

    c->plane_count = 3 * size * size;
    c->plane = ch_block_get(c->plane_count, sizeof *c->plane);
    if (!c->plane)
        return ch_fail(e, CH_ENOMEM, "cannot hold a picture");
    status = ov_compiled_model_create_infer_request(c->compiled, &c->request);
    if (status == OK)
        status = ov_shape_create(4, dims, &shape);
    if (status == OK)
        status = ov_tensor_create_from_host_ptr(F32, shape, c->plane,
                                                &c->input);
    if (status == OK)
        status = ov_infer_request_set_input_tensor(c->request, c->input);
    ov_shape_free(&shape);
    return status == OK ? 0 : fail(c, status, "prepare the network", e);
}

/* An output's values, borrowed until the next run, and its shape. */
static int output(struct ch_encoder *c, const char *name, const float **value,
                  size_t dims[4], size_t *rank, ov_tensor_t **tensor,
                  struct ch_err *e)
{
    ov_shape_t shape = { 0 };
    ov_element_type_e type = F32;
    void *data = NULL;
    ov_status_e status = ov_infer_request_get_tensor(c->request, name, tensor);

    if (status == OK)
        status = ov_tensor_get_shape(*tensor, &shape);
    if (status == OK)
        status = ov_tensor_get_element_type(*tensor, &type);
    if (status == OK)
        status = ov_tensor_data(*tensor, &data);
    if (status != OK)
        return fail(c, status, "read an output", e);
    *rank = shape.rank > 0 && shape.rank <= 4 ? (size_t)shape.rank : 0;
    for (size_t i = 0; i < *rank; i++)
        dims[i] = (size_t)shape.dims[i];
    ov_shape_free(&shape);
    if (type != F32 || *rank == 0)
        return ch_fail_at(e, CH_EFORMAT, c->network, CH_NO_OFFSET,
                          "output \"%s\" is not f32 of 1 to 4 dimensions",
                          name);
    *value = data;
    return 0;
}

/* pooled [1, F], or [1, F, 1, 1]. */
static int take_pooled(struct ch_encoder *c, float *to, struct ch_err *e)
{
    ov_tensor_t *tensor = NULL;
    const float *value = NULL;
    size_t dims[4], rank, count = 1;
    int rc = output(c, c->pooled, &value, dims, &rank, &tensor, e);

    for (size_t i = 0; !rc && i < rank; i++)
        count *= dims[i];
    if (!rc && c->feature_count && count != c->feature_count)
        rc = ch_fail_at(e, CH_EFORMAT, c->network, CH_NO_OFFSET,
                        "output \"%s\" changed its size", c->pooled);
    if (!rc) {
        c->feature_count = count;
        if (to)
            memcpy(to, value, count * sizeof *to);
    }
    ov_tensor_free(tensor);
    return rc;
}

/* grid [1, F, h, w] -> [h * w][F]. */
static int take_grid(struct ch_encoder *c, float *to, struct ch_err *e)
{
    ov_tensor_t *tensor = NULL;
    const float *value = NULL;
    size_t dims[4], rank;
    int rc = output(c, c->grid, &value, dims, &rank, &tensor, e);

    if (!rc && (rank != 4 || dims[1] != c->feature_count))
        rc = ch_fail_at(e, CH_EFORMAT, c->network, CH_NO_OFFSET,
                        "output \"%s\" is not [1, %zu, height, width]",
                        c->grid, c->feature_count);
    if (!rc) {
        c->grid_rows = dims[2] * dims[3];
        for (size_t f = 0; to && f < dims[1]; f++)
            for (size_t g = 0; g < c->grid_rows; g++)
                to[g * dims[1] + f] = value[f * c->grid_rows + g];
    }
    ov_tensor_free(tensor);
    return rc;
}

static int run_one(struct ch_encoder *c, float *pooled, float *grid,
                   struct ch_err *e)
{
    ov_status_e status = ov_infer_request_infer(c->request);
    int rc = status == OK ? 0 : fail(c, status, "run the network", e);

    if (!rc) rc = take_pooled(c, pooled, e);
    if (!rc && c->grid[0] && (grid || !c->grid_rows))
        rc = take_grid(c, grid, e);
    return rc;
}

int ch_encoder_open(struct ch_encoder **out, const struct ch_encoder_spec *s,
                    const char *precision, size_t threads, struct ch_err *e)
{
    struct ch_encoder *c = calloc(1, sizeof *c);
    int rc;

    *out = NULL;
    if (!c)
        return ch_fail(e, CH_ENOMEM, "cannot hold an encoder");
    strcpy(c->network, s->network);
    strcpy(c->pooled, s->pooled);
    strcpy(c->grid, s->grid);
    rc = compile(c, s, precision, threads, e);
    if (!rc) rc = bind_input(c, s->rule.size, e);
    /* One run on a black picture tells the sizes of the outputs. */
    if (!rc) rc = run_one(c, NULL, NULL, e);
    if (rc)
        ch_encoder_close(c);
    else
        *out = c;
    return rc;
}

void ch_encoder_close(struct ch_encoder *c)
{
    if (!c)
        return;
    ov_tensor_free(c->input);
    ov_infer_request_free(c->request);
    ov_compiled_model_free(c->compiled);
    ov_core_free(c->core);
    ch_block_release(c->plane);
    free(c);
}

size_t ch_encoder_feature_count(const struct ch_encoder *c)
{
    return c->feature_count;
}

size_t ch_encoder_grid_rows(const struct ch_encoder *c)
{
    return c->grid_rows;
}

int ch_encoder_run(struct ch_encoder *c, const float *planes, size_t n,
                   float *pooled, float *grid, struct ch_err *e)
{
    int rc = 0;

    for (size_t i = 0; i < n && !rc; i++) {
        memcpy(c->plane, planes + i * c->plane_count,
               c->plane_count * sizeof *c->plane);
        rc = run_one(c, pooled + i * c->feature_count,
                     grid ? grid + i * c->grid_rows * c->feature_count : NULL,
                     e);
    }
    return rc;
}
