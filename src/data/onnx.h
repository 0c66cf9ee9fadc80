/* onnx.h - what an ONNX file says about its outputs
 *
 * Not a reader of networks, OpenVINO is that: it walks the list of operations
 * to find the two tensors a captioner wants, and writes the few bytes that make
 * any tensor an output.  Protocol buffers' messages are joined by putting one
 * behind the other, so those bytes go at the end of the file's.
 */
#ifndef CH_DATA_ONNX_H
#define CH_DATA_ONNX_H

#include "base/bytes.h"

struct ch_onnx {
    char pooled[128];      /* what the classifier, or nobody, takes in */
    char grid[128];        /* what was pooled; "" when there is none */
    bool has_pool;         /* false: the grid is only flattened (VGG) */
    bool is_split;         /* weights lie in other files */
};

/* The input of the last pooling over all places (or of the last flattening, for
 * networks that do not pool), and the vector before the classifier.  No such
 * thing, or no ONNX: CH_EFORMAT. */
int ch_onnx_find(struct ch_onnx *out, const void *bytes, size_t n,
                 const char *path, struct ch_err *e);
/* Whether a tensor is there, and is an output already. */
enum ch_onnx_tensor { CH_ONNX_ABSENT, CH_ONNX_INNER, CH_ONNX_OUTPUT };
enum ch_onnx_tensor ch_onnx_tensor(const void *bytes, size_t n,
                                   const char *name);
/* Bytes that make the tensor an output, to go behind the network's. */
void ch_onnx_add_output(struct ch_buffer *out, const char *tensor);

#endif
