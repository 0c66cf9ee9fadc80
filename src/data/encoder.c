/* encoder.c - a frozen CNN, run by OpenVINO */
#include "data/encoder.h"

#include "base/arena.h"
#include "base/file.h"
#include "data/onnx.h"
#include "data/openvino.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What one picture at a time goes through. */
struct lane {
    ov_infer_request_t *request;
    ov_tensor_t *input;
    float *plane;                  /* the input tensor's memory, 64-aligned */
};

struct ch_encoder {
    ov_core_t *core;
    ov_compiled_model_t *compiled;
    size_t lane_count;
    struct lane *lane;
    size_t size, views;
    int is_flipped;                /* every second view is a mirror image */
    int is_last;                   /* channels come last */
    int is_bf16;                   /* it computes in bf16 */
    size_t feature_count;
    size_t grid_rows, grid_columns, grid_width;
    char pooled[128], grid[128], network[4096];
};

/* Set before there is an encoder, always to the same table. */
static _Atomic(const struct ch_openvino *) ov;

static int fail(const struct ch_encoder *c, ov_status_e status,
                const char *what, struct ch_err *e)
{
    return ch_openvino_fail(c->network, status, what, e);
}

/* Names of the outputs there are, for the message about one there is not. */
static void list_outputs(const ov_model_t *model, char *out, size_t size)
{
    size_t count = 0, used = 0;

    out[0] = '\0';
    if (ov->model_outputs_size(model, &count) != OK)
        return;
    for (size_t i = 0; i < count && used + 1 < size; i++) {
        ov_output_const_port_t *port = NULL;
        char *name = NULL;
        int n = 0;

        if (ov->model_const_output_by_index(model, i, &port) == OK &&
            ov->port_get_any_name(port, &name) == OK)
            n = snprintf(out + used, size - used, "%s%s", i ? ", " : "", name);
        used += n > 0 ? (size_t)n : 0;
        ov->free(name);
        ov->output_const_port_free(port);
    }
}

static int check_output(const struct ch_encoder *c, const ov_model_t *model,
                        const char *name, struct ch_err *e)
{
    ov_output_const_port_t *port = NULL;
    char names[300];

    if (ov->model_const_output_by_name(model, name, &port) == OK) {
        ov->output_const_port_free(port);
        return 0;
    }
    list_outputs(model, names, sizeof names);
    return ch_fail_at(e, CH_EFORMAT, c->network, CH_NO_OFFSET,
                      "has no output \"%s\"; it has: %s", name, names);
}

/* The file's bytes with outputs added behind them. */
static int read_with_outputs(struct ch_encoder *c, const struct ch_map *map,
                             const struct ch_buffer *more, ov_model_t **model,
                             struct ch_err *e)
{
    struct ch_buffer all = { 0 };
    ov_status_e status;
    int rc = 0;

    ch_buffer_put(&all, map->at, map->size);
    ch_buffer_put(&all, more->at, more->size);
    if (all.failed)
        rc = ch_fail(e, CH_ENOMEM, "cannot hold a network of %zu bytes",
                     map->size);
    if (!rc) {
        status = ov->core_read_model_from_memory_buffer(c->core, all.at,
                                                       all.size, NULL, model);
        rc = status == OK ? 0 : fail(c, status, "read the network", e);
    }
    ch_buffer_release(&all);
    return rc;
}

/* In an ONNX network inner tensors become outputs. */
static int find_inner(const struct ch_encoder *c, struct ch_map *map,
                      struct ch_buffer *more, struct ch_err *e)
{
    const char *name[] = { c->pooled, c->grid };
    struct ch_onnx look;
    int rc = ch_map_open(map, c->network, e);

    for (size_t i = 0; i < 2 && !rc; i++)
        if (name[i][0] && ch_onnx_tensor(map->at, map->size, name[i]) ==
                              CH_ONNX_INNER)
            ch_onnx_add_output(more, name[i]);
    if (!rc && more->size && ch_onnx_find(&look, map->at, map->size, "",
                                          NULL) == 0 && look.is_split)
        rc = ch_fail_at(e, CH_EFORMAT, c->network, CH_NO_OFFSET,
                        "keeps its weights in other files, so only its own "
                        "outputs may be named; save it as one file");
    return rc;
}

static int read_network(struct ch_encoder *c, ov_model_t **model,
                        struct ch_err *e)
{
    size_t n = strlen(c->network);
    struct ch_buffer more = { 0 };
    struct ch_map map = { 0 };
    ov_status_e status;
    int rc = 0;

    if (n > 5 && !strcmp(c->network + n - 5, ".onnx"))
        rc = find_inner(c, &map, &more, e);
    if (!rc && more.size)
        rc = read_with_outputs(c, &map, &more, model, e);
    else if (!rc) {
        status = ov->core_read_model(c->core, c->network, NULL, model);
        rc = status == OK ? 0 : fail(c, status, "read the network", e);
    }
    ch_map_close(&map);
    ch_buffer_release(&more);
    return rc;
}

static int64_t side(const ov_partial_shape_t *shape, int64_t i)
{
    return shape->dims[i].min == shape->dims[i].max ? shape->dims[i].min : -1;
}

/* One picture of f32; channels are where the network says 3. */
static int check_input(struct ch_encoder *c, const ov_model_t *model,
                       struct ch_err *e)
{
    ov_output_const_port_t *port = NULL;
    ov_partial_shape_t shape = { 0 };
    ov_element_type_e type = F32;
    ov_status_e status = ov->model_const_input(model, &port);
    int rc = 0;

    if (status == OK)
        status = ov->port_get_partial_shape(port, &shape);
    if (status == OK)
        status = ov->port_get_element_type(port, &type);
    ov->output_const_port_free(port);
    if (status != OK)
        return fail(c, status, "look at its input", e);
    if (type != F32)
        rc = ch_fail_at(e, CH_EFORMAT, c->network, CH_NO_OFFSET,
                        "its input is not f32; convert the network");
    else if (shape.rank.min == 4 && shape.rank.max == 4)
        c->is_last = side(&shape, 3) == 3 && side(&shape, 1) != 3;
    ov->partial_shape_free(&shape);
    return rc;
}

static void input_dims(const struct ch_encoder *c, int64_t dims[4])
{
    int64_t size = (int64_t)c->size;

    dims[0] = 1;
    dims[1] = c->is_last ? size : 3;
    dims[2] = size;
    dims[3] = c->is_last ? 3 : size;
}

static int reshape(struct ch_encoder *c, const ov_model_t *model,
                   struct ch_err *e)
{
    ov_partial_shape_t shape = { 0 };
    int64_t dims[4];
    ov_status_e status;

    input_dims(c, dims);
    status = ov->partial_shape_create_static(4, dims, &shape);
    if (status == OK)
        status = ov->model_reshape_single_input(model, shape);
    ov->partial_shape_free(&shape);
    return status == OK ? 0 : fail(c, status, "set its input's size", e);
}

/* Without a word OpenVINO takes f32 where the processor has no bf16. */
static int ask_precision(struct ch_encoder *c, struct ch_err *e)
{
    char *value = NULL;
    ov_status_e status = ov->compiled_model_get_property(
        c->compiled, *ov->property_key_hint_inference_precision, &value);

    c->is_bf16 = status == OK && !strcmp(value, "bf16");
    ov->free(value);
    return status == OK ? 0 : fail(c, status, "ask what it computes in", e);
}

/* As many streams as lanes, each of one thread, so that a picture's features
 * do not depend on their number.  Threads are not pinned: the ranks of a host
 * would be pinned to the same cores. */
static int compile(struct ch_encoder *c, const char *precision,
                   struct ch_err *e)
{
    ov_model_t *model = NULL;
    char count[24];
    ov_status_e status = ov->core_create(&c->core);
    int rc = status == OK ? 0 : fail(c, status, "start OpenVINO", e);

    snprintf(count, sizeof count, "%zu", c->lane_count);
    if (!rc) rc = read_network(c, &model, e);
    if (!rc) rc = check_output(c, model, c->pooled, e);
    if (!rc && c->grid[0]) rc = check_output(c, model, c->grid, e);
    if (!rc) rc = check_input(c, model, e);
    if (!rc) rc = reshape(c, model, e);
    if (!rc) {
        status = ov->core_compile_model(
            c->core, model, "CPU", 8, &c->compiled,
            *ov->property_key_hint_inference_precision, precision,
            *ov->property_key_inference_num_threads, count,
            *ov->property_key_num_streams, count,
            *ov->property_key_hint_enable_cpu_pinning, "NO");
        if (status != OK)
            rc = fail(c, status, "compile the network", e);
    }
    if (!rc) rc = ask_precision(c, e);
    ov->model_free(model);
    return rc;
}

/* Memory for the input, which the request reads at each run. */
static int open_lane(struct ch_encoder *c, struct lane *lane, struct ch_err *e)
{
    ov_shape_t shape = { 0 };
    int64_t dims[4];
    ov_status_e status;

    lane->plane = ch_block_get(3 * c->size * c->size, sizeof *lane->plane);
    if (!lane->plane)
        return ch_fail(e, CH_ENOMEM, "cannot hold a picture");
    input_dims(c, dims);
    status = ov->compiled_model_create_infer_request(c->compiled,
                                                    &lane->request);
    if (status == OK)
        status = ov->shape_create(4, dims, &shape);
    if (status == OK)
        status = ov->tensor_create_from_host_ptr(F32, shape, lane->plane,
                                                &lane->input);
    if (status == OK)
        status = ov->infer_request_set_input_tensor(lane->request,
                                                   lane->input);
    ov->shape_free(&shape);
    return status == OK ? 0 : fail(c, status, "prepare the network", e);
}

/* An output's values, borrowed until the lane's next run, and its shape. */
static int output(const struct ch_encoder *c, const struct lane *lane,
                  const char *name, const float **value, size_t dims[4],
                  size_t *rank, struct ch_err *e)
{
    ov_tensor_t *tensor = NULL;
    ov_shape_t shape = { 0 };
    ov_element_type_e type = F32;
    void *data = NULL;
    ov_status_e status = ov->infer_request_get_tensor(lane->request, name,
                                                     &tensor);

    if (status == OK)
        status = ov->tensor_get_shape(tensor, &shape);
    if (status == OK)
        status = ov->tensor_get_element_type(tensor, &type);
    if (status == OK)
        status = ov->tensor_data(tensor, &data);
    ov->tensor_free(tensor);        /* the request keeps the memory */
    if (status != OK)
        return fail(c, status, "read an output", e);
    *rank = shape.rank > 0 && shape.rank <= 4 ? (size_t)shape.rank : 0;
    for (size_t i = 0; i < *rank; i++)
        dims[i] = (size_t)shape.dims[i];
    ov->shape_free(&shape);
    if (type != F32 || *rank == 0)
        return ch_fail_at(e, CH_EFORMAT, c->network, CH_NO_OFFSET,
                          "output \"%s\" is not f32 of 1 to 4 dimensions",
                          name);
    *value = data;
    return 0;
}

/* pooled [1, F], or [1, F, 1, 1]; added to what other views gave. */
static int take_pooled(struct ch_encoder *c, const struct lane *lane,
                       int is_first, float *to, struct ch_err *e)
{
    const float *value = NULL;
    size_t dims[4], rank, count = 1;
    int rc = output(c, lane, c->pooled, &value, dims, &rank, e);

    for (size_t i = 0; !rc && i < rank; i++)
        count *= dims[i];
    if (!rc && c->feature_count && count != c->feature_count)
        rc = ch_fail_at(e, CH_EFORMAT, c->network, CH_NO_OFFSET,
                        "output \"%s\" changed its size", c->pooled);
    if (!rc && !c->feature_count)
        c->feature_count = count;
    for (size_t i = 0; !rc && to && i < count; i++)
        to[i] = is_first ? value[i] : to[i] + value[i];
    return rc;
}

/* Rows, columns and width of the grid: [1, C, h, w], [1, h, w, C], or tokens
 * [1, G, C] (of no width).  C is F where it can be told by that. */
static int measure_grid(struct ch_encoder *c, const size_t dims[4],
                        size_t rank, int *is_last, struct ch_err *e)
{
    size_t rows, columns, width = 0, F = c->feature_count;

    *is_last = rank == 3 || (dims[1] == F) == (dims[3 % rank] == F)
                   ? rank == 3 || c->is_last : dims[3 % rank] == F;
    if (rank == 4 && dims[0] == 1) {
        columns = dims[*is_last ? 3 : 1];
        width = dims[*is_last ? 2 : 3];
        rows = dims[*is_last ? 1 : 2] * width;
    } else if (rank == 3 && dims[0] == 1 && !c->is_flipped) {
        columns = dims[2];
        rows = dims[1];
    } else
        return ch_fail_at(e, CH_EFORMAT, c->network, CH_NO_OFFSET,
                          "output \"%s\" has %zu dimensions, expected a grid "
                          "[1, channels, height, width], [1, height, width, "
                          "channels]%s", c->grid, rank, c->is_flipped ? ""
                          : " or [1, places, channels]");
    if (c->grid_rows && (rows != c->grid_rows || columns != c->grid_columns))
        return ch_fail_at(e, CH_EFORMAT, c->network, CH_NO_OFFSET,
                          "output \"%s\" changed its size", c->grid);
    if (!c->grid_rows) {
        c->grid_rows = rows;
        c->grid_columns = columns;
        c->grid_width = width;
    }
    return 0;
}

/* The grid as [G][C], of a mirror image turned back. */
static int take_grid(struct ch_encoder *c, const struct lane *lane,
                     size_t view, float *to, struct ch_err *e)
{
    const float *value = NULL;
    size_t dims[4], rank;
    int is_mirror = c->is_flipped && view % 2, is_last = 0;
    int rc = output(c, lane, c->grid, &value, dims, &rank, e);

    if (!rc) rc = measure_grid(c, dims, rank, &is_last, e);
    for (size_t g = 0; !rc && to && g < c->grid_rows; g++) {
        size_t C = c->grid_columns, w = c->grid_width;
        size_t from = is_mirror ? g - g % w + (w - 1 - g % w) : g;

        for (size_t f = 0; f < C; f++, to++) {
            float v = value[is_last ? from * C + f : f * c->grid_rows + from];

            *to = view ? *to + v : v;
        }
    }
    return rc;
}

static int run_view(struct ch_encoder *c, const struct lane *lane, size_t view,
                    float *pooled, float *grid, struct ch_err *e)
{
    ov_status_e status = ov->infer_request_infer(lane->request);
    int rc = status == OK ? 0 : fail(c, status, "run the network", e);

    if (!rc) rc = take_pooled(c, lane, view == 0, pooled, e);
    if (!rc && c->grid[0] && (grid || !c->grid_rows))
        rc = take_grid(c, lane, view, grid, e);
    return rc;
}

int ch_encoder_open(struct ch_encoder **out, const struct ch_encoder_spec *s,
                    const char *precision, size_t lanes, struct ch_err *e)
{
    struct ch_encoder *c;
    int rc;

    *out = NULL;
    ov = ch_openvino_open(e);
    if (!ov)
        return CH_EIO;
    c = calloc(1, sizeof *c);
    if (!c)
        return ch_fail(e, CH_ENOMEM, "cannot hold an encoder");
    strcpy(c->network, s->network);
    strcpy(c->pooled, s->pooled);
    /* Corners do not lie over each other: no grid. */
    strcpy(c->grid, s->rule.corners ? "" : s->grid);
    c->size = s->rule.size;
    c->views = ch_image_view_count(&s->rule);
    c->is_flipped = s->rule.flip;
    c->lane = calloc(lanes, sizeof *c->lane);
    c->lane_count = c->lane ? lanes : 0;
    rc = c->lane ? compile(c, precision, e)
                 : ch_fail(e, CH_ENOMEM, "cannot hold %zu lanes", lanes);
    for (size_t i = 0; i < lanes && !rc; i++)
        rc = open_lane(c, &c->lane[i], e);
    /* One run on a black picture tells the sizes of the outputs. */
    if (!rc) rc = run_view(c, &c->lane[0], 0, NULL, NULL, e);
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
    for (size_t i = 0; i < c->lane_count; i++) {
        ov->tensor_free(c->lane[i].input);
        ov->infer_request_free(c->lane[i].request);
        ch_block_release(c->lane[i].plane);
    }
    ov->compiled_model_free(c->compiled);
    ov->core_free(c->core);
    free(c->lane);
    free(c);
}

const char *ch_encoder_precision(const struct ch_encoder *c)
{
    return c->is_bf16 ? "bf16" : "f32";
}

size_t ch_encoder_feature_count(const struct ch_encoder *c)
{
    return c->feature_count;
}

size_t ch_encoder_grid_rows(const struct ch_encoder *c)
{
    return c->grid_rows;
}

size_t ch_encoder_grid_columns(const struct ch_encoder *c)
{
    return c->grid_columns;
}

static void put_plane(const struct ch_encoder *c, const float *view,
                      float *plane)
{
    size_t places = c->size * c->size;

    if (!c->is_last)
        memcpy(plane, view, 3 * places * sizeof *plane);
    else
        for (size_t i = 0; i < places; i++)
            for (size_t k = 0; k < 3; k++)
                plane[3 * i + k] = view[k * places + i];
}

static void divide(float *value, size_t n, float by)
{
    for (size_t i = 0; i < n; i++)
        value[i] /= by;
}

int ch_encoder_run(struct ch_encoder *c, size_t lane, const float *views,
                   float *pooled, float *grid, struct ch_err *e)
{
    int rc = 0;

    for (size_t v = 0; v < c->views && !rc; v++) {
        put_plane(c, views + v * 3 * c->size * c->size, c->lane[lane].plane);
        rc = run_view(c, &c->lane[lane], v, pooled, grid, e);
    }
    if (rc || c->views == 1)
        return rc;
    divide(pooled, c->feature_count, (float)c->views);
    if (grid)
        divide(grid, c->grid_rows * c->grid_columns, (float)c->views);
    return 0;
}
