/* onnx.c - protocol buffers, as much as is needed to find two tensors
 *
 * ModelProto     7 graph
 * GraphProto     1 node*, 5 initializer*, 12 output*
 * NodeProto      1 input*, 2 output*, 4 op_type, 5 attribute*
 * AttributeProto 1 name, 5 t, 8 ints*
 * TensorProto    7 int64_data*, 8 name, 9 raw_data, 13 external_data*
 * ValueInfoProto 1 name
 */
#include "data/onnx.h"

#include <stdio.h>
#include <string.h>

/* Larger networks take their axes from as many tensors at most: the search for
 * each walks the whole graph. */
#define LOOKUPS 2000
#define AXES 8

struct span {
    const char *at;
    size_t n;
};

/* One field of a message. */
struct field {
    uint64_t number;
    unsigned wire;
    uint64_t value;            /* of wire 0 */
    struct ch_bytes bytes;     /* of wire 2 */
};

struct node {
    struct span op, input, second, output;
    int64_t axis[AXES];
    size_t axis_count;
    int64_t kernel;            /* largest side, 0: none */
    struct ch_bytes constant;  /* a tensor */
};

/* What is known after each node, in their order. */
struct walk {
    struct ch_bytes graph;
    size_t lookups;
    int has_pool, has_flat, has_head, is_split;
    struct span grid, pooled;          /* of the last pool */
    struct span average_in, average;   /* of the last AveragePool */
    struct span flat;                  /* what was flattened last */
    struct span head;                  /* what the classifier takes in */
    struct span tail;                  /* how far the pooled values got */
};

static uint64_t varint(struct ch_bytes *b)
{
    uint64_t v = 0;

    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t byte = ch_bytes_u8(b);
        v |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return v;
    }
    b->bad = true;
    return 0;
}

/* 1, or 0 at the end and at what is no field (b is bad then). */
static int next(struct ch_bytes *b, struct field *f)
{
    uint64_t key, n = 0;
    const void *run;

    if (ch_bytes_left(b) == 0)
        return 0;
    key = varint(b);
    f->number = key >> 3;
    f->wire = key & 7;
    if (f->wire == 0)
        f->value = varint(b);
    else if (f->wire == 1 || f->wire == 5)
        (void)ch_bytes_run(b, f->wire == 1 ? 8 : 4);
    else if (f->wire == 2)
        n = varint(b);
    else
        b->bad = true;
    if (f->wire == 2) {
        run = ch_bytes_run(b, (size_t)n);
        f->bytes = ch_bytes_of(run, run ? (size_t)n : 0);
    }
    return !b->bad;
}

static struct span text(const struct field *f)
{
    return (struct span){ (const char *)f->bytes.at, f->bytes.size };
}

static int is(struct span s, const char *word)
{
    return s.n == strlen(word) && !memcmp(s.at, word, s.n);
}

static int same(struct span a, struct span b)
{
    return a.n == b.n && a.n > 0 && !memcmp(a.at, b.at, a.n);
}

static int is_one_of(struct span s, const char *words)
{
    while (*words) {
        size_t n = strcspn(words, " ");
        if (s.n == n && !memcmp(s.at, words, n))
            return 1;
        words += n + (words[n] == ' ');
    }
    return 0;
}

static void add_axis(struct node *node, uint64_t v)
{
    if (node->axis_count < AXES)
        node->axis[node->axis_count++] = (int64_t)v;
}

/* Whole numbers, one a field or many in a row. */
static void read_axes(struct node *node, const struct field *f)
{
    struct ch_bytes b = f->bytes;

    if (f->wire == 0)
        add_axis(node, f->value);
    while (f->wire == 2 && ch_bytes_left(&b) > 0 && node->axis_count < AXES)
        add_axis(node, varint(&b));
}

static void read_attribute(struct node *node, struct ch_bytes b)
{
    struct span name = { 0 };
    struct node list = { 0 };
    struct field f;

    while (next(&b, &f)) {
        if (f.number == 1 && f.wire == 2)
            name = text(&f);
        if (f.number == 8)
            read_axes(&list, &f);
        if (f.number == 5 && f.wire == 2)
            node->constant = f.bytes;
    }
    if (is(name, "axes")) {
        memcpy(node->axis, list.axis, sizeof node->axis);
        node->axis_count = list.axis_count;
    }
    for (size_t i = 0; is(name, "kernel_shape") && i < list.axis_count; i++)
        if (list.axis[i] > node->kernel)
            node->kernel = list.axis[i];
}

static void read_node(struct node *node, struct ch_bytes b)
{
    size_t inputs = 0, outputs = 0;
    struct field f;

    memset(node, 0, sizeof *node);
    while (next(&b, &f)) {
        if (f.wire != 2)
            continue;
        if (f.number == 1 && inputs++ < 2)
            *(inputs == 1 ? &node->input : &node->second) = text(&f);
        if (f.number == 2 && outputs++ == 0)
            node->output = text(&f);
        if (f.number == 4)
            node->op = text(&f);
        if (f.number == 5)
            read_attribute(node, f.bytes);
    }
}

/* The axes in a tensor; its name, if it has one. */
static struct span read_tensor(struct node *node, struct ch_bytes b)
{
    struct span name = { 0 };
    struct field f;

    node->axis_count = 0;
    while (next(&b, &f)) {
        if (f.number == 8 && f.wire == 2)
            name = text(&f);
        if (f.number == 7)
            read_axes(node, &f);
        while (f.number == 9 && f.wire == 2 && ch_bytes_left(&f.bytes) >= 8 &&
               node->axis_count < AXES)
            add_axis(node, ch_bytes_u64(&f.bytes));
    }
    return name;
}

/* Since version 18 axes are an input: a stored tensor, or a Constant. */
static void find_axes(struct walk *w, struct node *node)
{
    struct ch_bytes b = w->graph;
    struct field f;

    if (node->axis_count || !node->second.n || w->lookups++ >= LOOKUPS)
        return;
    while (next(&b, &f)) {
        struct node other;

        if (f.wire != 2)
            continue;
        if (f.number == 5 && same(read_tensor(node, f.bytes), node->second))
            return;
        if (f.number != 1)
            continue;
        read_node(&other, f.bytes);
        if (is(other.op, "Constant") && same(other.output, node->second)) {
            (void)read_tensor(node, other.constant);
            return;
        }
    }
    node->axis_count = 0;
}

/* Over height and width: axes 2 and 3, or 1 and 2 with channels last. */
static int is_over_places(const struct node *node)
{
    int64_t a = node->axis[0], b = node->axis[1];

    if (node->axis_count != 2)
        return 0;
    a += a < 0 ? 4 : 0;
    b += b < 0 ? 4 : 0;
    return (a == 2 && b == 3) || (a == 3 && b == 2) || (a == 1 && b == 2) ||
           (a == 2 && b == 1);
}

static void see_pool(struct walk *w, struct span grid, const struct node *node)
{
    w->has_pool = 1;
    w->has_head = 0;
    w->grid = grid;
    w->pooled = w->tail = node->output;
}

/* A layer: of what was pooled, the first; of what was flattened, the last. */
static void see_layer(struct walk *w, const struct node *node)
{
    if (!w->has_pool || !w->has_head)
        w->head = node->input;
    w->has_head = 1;
}

static void see(struct walk *w, struct node *node)
{
    int is_tail = w->has_pool && same(node->input, w->tail);

    if (is(node->op, "ReduceMean"))
        find_axes(w, node);
    if (is(node->op, "GlobalAveragePool") ||
        (is(node->op, "ReduceMean") && is_over_places(node))) {
        see_pool(w, node->input, node);
        return;
    }
    if (is(node->op, "Flatten") || is(node->op, "Reshape")) {
        if (!w->has_pool && same(node->input, w->average))
            see_pool(w, w->average_in, node);
        w->has_flat = 1;
        w->flat = node->input;
    } else if (is(node->op, "Gemm") || is(node->op, "MatMul") ||
               (is(node->op, "Conv") && is_tail)) {
        see_layer(w, node);
    } else if (is(node->op, "Dropout") || is(node->op, "Identity")) {
        if (same(node->input, w->average))
            w->average = node->output;
    } else if (is_one_of(node->op, "Conv Concat Transpose MaxPool "
                                   "AveragePool")) {
        /* The pool was one of a gate inside the network, or what was
         * flattened were patches of the picture. */
        w->has_pool = w->has_flat = w->has_head = 0;
        w->average_in = w->average = (struct span){ 0 };
        if (is(node->op, "AveragePool") && node->kernel > 1) {
            w->average_in = node->input;
            w->average = node->output;
        }
    } else if (!is_one_of(node->op, "Relu Softmax LogSoftmax Add Constant "
                                    "Clip Tanh HardSwish")) {
        w->has_flat = 0;
    }
    if (is_tail)
        w->tail = node->output;
}

static int keep(char *out, size_t size, struct span s, const char *path,
                struct ch_err *e)
{
    if (s.n == 0 || s.n >= size || memchr(s.at, 0, s.n))
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "the name of a tensor is empty, or longer than %zu "
                          "bytes", size - 1);
    memcpy(out, s.at, s.n);
    out[s.n] = '\0';
    return 0;
}

static void walk_graph(struct walk *w)
{
    struct ch_bytes b = w->graph;
    struct field f;
    struct node node;

    while (next(&b, &f)) {
        if (f.number == 1 && f.wire == 2) {
            read_node(&node, f.bytes);
            see(w, &node);
        }
        if (f.number == 5 && f.wire == 2) {
            struct field g;
            while (next(&f.bytes, &g))
                w->is_split |= g.number == 13;
        }
    }
    w->graph.bad |= b.bad;
}

int ch_onnx_find(struct ch_onnx *out, const void *bytes, size_t n,
                 const char *path, struct ch_err *e)
{
    struct ch_bytes b = ch_bytes_of(bytes, n);
    struct walk w = { 0 };
    struct field f;
    int has_graph = 0, rc = 0;

    memset(out, 0, sizeof *out);
    while (next(&b, &f))
        if (f.number == 7 && f.wire == 2 && !has_graph) {
            has_graph = 1;
            w.graph = f.bytes;
            walk_graph(&w);
        }
    if (b.bad || w.graph.bad || !has_graph)
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "not an ONNX network, or cut short");
    if (!w.has_pool && !(w.has_flat && w.has_head))
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "no pooling over all places was found; name the "
                          "outputs: \"pooled\", \"grid\"");
    out->has_pool = w.has_pool != 0;
    out->is_split = w.is_split != 0;
    rc = keep(out->pooled, sizeof out->pooled, w.has_head ? w.head : w.pooled,
              path, e);
    if (!rc)
        rc = keep(out->grid, sizeof out->grid, w.has_pool ? w.grid : w.flat,
                  path, e);
    return rc;
}

enum ch_onnx_tensor ch_onnx_tensor(const void *bytes, size_t n,
                                   const char *name)
{
    struct ch_bytes b = ch_bytes_of(bytes, n);
    enum ch_onnx_tensor found = CH_ONNX_ABSENT;
    struct field f, g, h;
    struct node node;

    while (next(&b, &f)) {
        if (f.number != 7 || f.wire != 2)
            continue;
        while (next(&f.bytes, &g)) {
            if (g.wire != 2)
                continue;
            if (g.number == 1 && found == CH_ONNX_ABSENT) {
                read_node(&node, g.bytes);
                found = is(node.output, name) ? CH_ONNX_INNER : found;
            }
            while (g.number == 12 && next(&g.bytes, &h))
                if (h.number == 1 && h.wire == 2 && is(text(&h), name))
                    found = CH_ONNX_OUTPUT;
        }
    }
    return found;
}

/* A field of wire 2, whose `n` bytes follow. */
static void put_head(struct ch_buffer *out, unsigned number, size_t n)
{
    unsigned char head[12] = { (unsigned char)(number << 3 | 2) };
    size_t used = 1;

    for (; n >= 0x80; n >>= 7)
        head[used++] = (unsigned char)(n | 0x80);
    head[used++] = (unsigned char)n;
    ch_buffer_put(out, head, used);
}

static size_t head_bytes(size_t n)
{
    size_t bytes = 2;

    for (; n >= 0x80; n >>= 7)
        bytes++;
    return bytes;
}

void ch_onnx_add_output(struct ch_buffer *out, const char *tensor)
{
    size_t name = strlen(tensor), value = head_bytes(name) + name;

    put_head(out, 7, head_bytes(value) + value);
    put_head(out, 12, value);
    put_head(out, 1, name);
    ch_buffer_text(out, tensor);
}
