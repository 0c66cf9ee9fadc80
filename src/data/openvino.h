/* openvino.h - OpenVINO, opened when a network is (the door of its C API)
 *
 * Loading it takes longer than all else that a program does which looks at no
 * picture, so it is not linked: after ch_openvino_open() its functions are
 * found in a table, under their names without the ov_.
 *
 * Threads:  any.
 */
#ifndef CH_DATA_OPENVINO_H
#define CH_DATA_OPENVINO_H

#include "chorus/err.h"

#include <openvino/c/openvino.h>

/* What encoder.c uses of it. */
#define CH_OPENVINO(X)                                                         \
    X(get_last_err_msg)                                                        \
    X(get_error_info)                                                          \
    X(free)                                                                    \
    X(core_create)                                                             \
    X(core_free)                                                               \
    X(core_read_model)                                                         \
    X(core_read_model_from_memory_buffer)                                      \
    X(core_compile_model)                                                      \
    X(model_free)                                                              \
    X(model_outputs_size)                                                      \
    X(model_const_input)                                                       \
    X(model_const_output_by_index)                                             \
    X(model_const_output_by_name)                                              \
    X(model_reshape_single_input)                                              \
    X(port_get_any_name)                                                       \
    X(port_get_element_type)                                                   \
    X(port_get_partial_shape)                                                  \
    X(output_const_port_free)                                                  \
    X(partial_shape_create_static)                                             \
    X(partial_shape_free)                                                      \
    X(shape_create)                                                            \
    X(shape_free)                                                              \
    X(compiled_model_create_infer_request)                                     \
    X(compiled_model_get_property)                                             \
    X(compiled_model_free)                                                     \
    X(infer_request_set_input_tensor)                                          \
    X(infer_request_get_tensor)                                                \
    X(infer_request_infer)                                                     \
    X(infer_request_free)                                                      \
    X(tensor_create_from_host_ptr)                                             \
    X(tensor_get_shape)                                                        \
    X(tensor_get_element_type)                                                 \
    X(tensor_data)                                                             \
    X(tensor_free)                                                             \
    X(property_key_hint_inference_precision)                                   \
    X(property_key_hint_enable_cpu_pinning)                                    \
    X(property_key_inference_num_threads)                                      \
    X(property_key_num_streams)

/* Functions, and at the end texts. */
struct ch_openvino {
#define CH_OPENVINO_MEMBER(name) __typeof__(ov_##name) *name;
    CH_OPENVINO(CH_OPENVINO_MEMBER)
#undef CH_OPENVINO_MEMBER
};

/* NULL when the library cannot be opened: CH_EIO, and what to do. */
const struct ch_openvino *ch_openvino_open(struct ch_err *e);
/* CH_EFORMAT: what could not be done with a network, and why. */
int ch_openvino_fail(const char *network, ov_status_e status, const char *what,
                     struct ch_err *e);

#endif
