/* fuzz_safetensors.c - any bytes as a file of tensors */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/safetensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* Every byte that a tensor claims must be one of the input. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct ch_safetensors *s;
    struct ch_err e = CH_ERR_INIT;
    size_t sum = 0;

    if (ch_safetensors_parse(&s, bytes, n, "input", &e))
        return 0;
    for (size_t i = 0; i < ch_safetensors_count(s); i++) {
        const struct ch_tensor *t = ch_safetensors_at(s, i);
        const uint8_t *at = t->data;

        if (at < bytes || t->bytes > n ||
            (size_t)(at - bytes) > n - t->bytes ||
            ch_safetensors_get(s, t->name) != t || t->rank > 4)
            abort();
        sum += t->bytes;
    }
    if (sum > n)
        abort();
    ch_safetensors_meta(s, "k");
    ch_safetensors_close(s);
    return 0;
}
