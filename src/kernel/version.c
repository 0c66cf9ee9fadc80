/* version.c - what this program can compute with */
#include "chorus/version.h"

#include <stdio.h>

#include "kernel/gemm.h"

void ch_version_onednn(char *line, size_t size)
{
    const char *why;
    const struct ch_gemm *g = ch_gemm_dnnl(&why);

    if (g)
        snprintf(line, size, "%s (%s): f32, %s bf16", g->library(), g->core(),
                 g->product_bf16 ? "and" : "no");
    else
        snprintf(line, size, "no oneDNN: %s", why);
}
