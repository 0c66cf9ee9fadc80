/* test_onnx.c - the two tensors a captioner wants are found in a network */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "data/onnx.h"

static struct ch_err e;

/* A field of wire 2 with a text of less than 128 bytes. */
static void put(struct ch_buffer *b, unsigned number, const void *bytes,
                size_t n)
{
    const unsigned char head[2] = { (unsigned char)(number << 3 | 2),
                                    (unsigned char)n };

    assert_true(n < 128);
    ch_buffer_put(b, head, 2);
    ch_buffer_put(b, bytes, n);
}

/* "Op in out", or "Op in out axis axis" with axes of one digit. */
static void put_node(struct ch_buffer *graph, const char *text)
{
    struct ch_buffer node = { 0 }, list = { 0 };
    char op[32], in[32], out[32];
    int a = 0, b = 0, count = sscanf(text, "%31s %31s %31s %d %d", op, in, out,
                                     &a, &b);

    assert_true(count == 3 || count == 5);
    put(&node, 1, in, strlen(in));
    put(&node, 2, out, strlen(out));
    put(&node, 4, op, strlen(op));
    if (count == 5) {
        const unsigned char axes[] = { 8 << 3, (unsigned char)a,
                                       8 << 3, (unsigned char)b };
        const char *name = strcmp(op, "AveragePool") ? "axes" : "kernel_shape";
        put(&list, 1, name, strlen(name));
        ch_buffer_put(&list, axes, sizeof axes);
        put(&node, 5, list.at, list.size);
    }
    put(graph, 1, node.at, node.size);
    ch_buffer_release(&node);
    ch_buffer_release(&list);
}

/* The network of these nodes, in a block of exactly its size. */
static char *network(const char *const *nodes, size_t *n)
{
    struct ch_buffer graph = { 0 };
    char *all;

    for (; *nodes; nodes++)
        put_node(&graph, *nodes);
    *n = graph.size + 3;
    all = malloc(*n);
    assert_non_null(all);
    all[0] = 7 << 3 | 2;
    all[1] = (char)(0x80 | (graph.size & 0x7f));
    all[2] = (char)(graph.size >> 7);
    memcpy(all + 3, graph.at, graph.size);
    ch_buffer_release(&graph);
    return all;
}

static void expect_found(const char *const *nodes, const char *pooled,
                         const char *grid)
{
    struct ch_onnx found;
    size_t n;
    char *bytes = network(nodes, &n);

    if (ch_onnx_find(&found, bytes, n, "net", &e))
        fail_msg("%s", e.msg);
    assert_string_equal(found.pooled, pooled);
    assert_string_equal(found.grid, grid);
    free(bytes);
}

#define NODES(...) (const char *const[]){ __VA_ARGS__, NULL }

static void known_ways_to_end_are_understood(void **state)
{
    (void)state;
    /* ResNet */
    expect_found(NODES("Conv x a", "Relu a b", "GlobalAveragePool b c",
                       "Flatten c d", "Gemm d y"), "d", "b");
    /* a network without its classifier */
    expect_found(NODES("Conv x a", "ReduceMean a b 2 3"), "b", "a");
    /* channels last */
    expect_found(NODES("Conv x a", "ReduceMean a b 1 2"), "b", "a");
    /* ConvNeXt */
    expect_found(NODES("Add x a", "GlobalAveragePool a b",
                       "LayerNormalization b c", "Flatten c d", "Gemm d y"),
                 "d", "a");
    /* older ways to pool over all */
    expect_found(NODES("Conv x a", "AveragePool a b 7 7", "Dropout b c",
                       "Reshape c d", "Gemm d y"), "d", "a");
    /* VGG: what is flattened, and what the last layer takes in */
    expect_found(NODES("Conv x a", "MaxPool a b", "Flatten b c", "Gemm c d",
                       "Relu d f", "Gemm f y"), "f", "b");
    /* a classifier that is a convolution */
    expect_found(NODES("Conv x a", "GlobalAveragePool a b", "Conv b y"), "b",
                 "a");
    /* MobileNetV3: two layers behind the pool, of which the first counts */
    expect_found(NODES("Conv x a", "GlobalAveragePool a b", "Flatten b c",
                       "Gemm c d", "HardSwish d f", "Gemm f y"), "c", "a");
    /* a gate before the pool */
    expect_found(NODES("Conv x a", "GlobalAveragePool a s", "Conv s t",
                       "Sigmoid t u", "Mul a v", "Conv v w",
                       "GlobalAveragePool w p", "Flatten p q", "Gemm q y"),
                 "q", "w");
}

static void expect_refused(const char *const *nodes)
{
    struct ch_onnx found;
    size_t n;
    char *bytes = network(nodes, &n);

    e = (struct ch_err)CH_ERR_INIT;
    assert_int_equal(ch_onnx_find(&found, bytes, n, "net", &e), CH_EFORMAT);
    assert_string_equal(e.msg, "net: no pooling over all places was found; "
                               "name the outputs: \"pooled\", \"grid\"");
    free(bytes);
}

static void what_does_not_pool_needs_names(void **state)
{
    (void)state;
    expect_refused(NODES("Conv x a", "Relu a b"));
    /* the only pool is a gate's */
    expect_refused(NODES("GlobalAveragePool a s", "Conv s t", "Sigmoid t u",
                         "Mul a v", "Conv v w"));
    /* means over channels, as layers are normalised */
    expect_refused(NODES("Conv x a", "ReduceMean a b 3 3", "MatMul b c"));
    /* ViT: patches are flattened long before the end */
    expect_refused(NODES("Conv x a", "Reshape a b", "Transpose b c",
                         "LayerNormalization c d", "MatMul d f", "Gelu f g",
                         "MatMul g y"));
}

static void a_pool_without_names_is_refused(void **state)
{
    static const char bytes[] = "\x3a\x15\x0a\x13\x22\x11GlobalAveragePool";
    struct ch_onnx found;

    (void)state;
    e = (struct ch_err)CH_ERR_INIT;
    assert_int_equal(ch_onnx_find(&found, bytes, sizeof bytes - 1, "net", &e),
                     CH_EFORMAT);
    assert_string_equal(e.msg, "net: the name of a tensor is empty, or longer "
                               "than 127 bytes");
}

static void axes_are_found_in_a_tensor(void **state)
{
    struct ch_onnx found;
    struct ch_map map;

    (void)state;
    assert_int_equal(ch_map_open(&map, "tests/fixture/tiny.onnx", &e), 0);
    if (ch_onnx_find(&found, map.at, map.size, "tiny.onnx", &e))
        fail_msg("%s", e.msg);
    assert_string_equal(found.pooled, "vector");
    assert_string_equal(found.grid, "map");
    assert_true(found.has_pool);
    assert_false(found.is_split);
    assert_int_equal(ch_onnx_tensor(map.at, map.size, "map"), CH_ONNX_INNER);
    assert_int_equal(ch_onnx_tensor(map.at, map.size, "class"),
                     CH_ONNX_OUTPUT);
    assert_int_equal(ch_onnx_tensor(map.at, map.size, "image"),
                     CH_ONNX_ABSENT);
    ch_map_close(&map);
}

static void a_network_cut_anywhere_is_refused_or_whole_to_there(void **state)
{
    char *bytes;
    size_t n;

    (void)state;
    assert_int_equal(ch_file_read("tests/fixture/tiny.onnx", 1 << 16, &bytes,
                                  &n, &e), 0);
    for (size_t cut = 0; cut < n; cut++) {
        struct ch_onnx found;
        char *part = malloc(cut + 1);

        assert_non_null(part);
        memcpy(part, bytes, cut);
        e = (struct ch_err)CH_ERR_INIT;
        /* The graph is one field; behind it only versions follow. */
        if (ch_onnx_find(&found, part, cut, "net", &e) == 0)
            assert_true(cut > n - 8);
        else
            assert_string_equal(e.msg, "net: not an ONNX network, or cut "
                                       "short");
        free(part);
    }
    free(bytes);
}

static void an_added_output_is_one(void **state)
{
    static const char *const name[] = { "b", "a name of more than a few bytes,"
        " so that lengths need two bytes: 0123456789012345678901234567890123"
        "45678901234567890123456789012345678901234567890123456789" };
    struct ch_buffer all = { 0 };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        size_t n;
        char *bytes = network(NODES("Conv a b"), &n);

        ch_buffer_reset(&all);
        ch_buffer_put(&all, bytes, n);
        ch_onnx_add_output(&all, name[i]);
        assert_int_equal(ch_onnx_tensor(all.at, all.size, name[i]),
                         CH_ONNX_OUTPUT);
        free(bytes);
    }
    ch_buffer_release(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_ways_to_end_are_understood),
        cmocka_unit_test(what_does_not_pool_needs_names),
        cmocka_unit_test(a_pool_without_names_is_refused),
        cmocka_unit_test(axes_are_found_in_a_tensor),
        cmocka_unit_test(a_network_cut_anywhere_is_refused_or_whole_to_there),
        cmocka_unit_test(an_added_output_is_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
