/* fuzz_onnx.c - any bytes as a network whose outputs are looked for */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "data/onnx.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_onnx found;

    if (ch_onnx_find(&found, bytes, n, "input", &e)) {
        if (!e.msg[0])
            abort();
        return 0;
    }
    if (strlen(found.pooled) >= sizeof found.pooled ||
        strlen(found.grid) >= sizeof found.grid)
        abort();
    (void)ch_onnx_tensor(bytes, n, found.grid);
    return 0;
}
