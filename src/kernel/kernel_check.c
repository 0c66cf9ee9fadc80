/* kernel_check.c - is what the environment asks for to be had?
 *
 * Apart from the table: a program that takes kernels and no matrix products is
 * not linked with OpenBLAS, whose start takes time and memory.
 */
#include "kernel/kernel.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/gemm.h"

int ch_kernel_check(struct ch_err *e)
{
    const char *wish = getenv("CHORUS_KERNEL");

    if (!wish || ch_kernel_find(wish))
        return ch_gemm_check(e);
    if (!strcmp(wish, "avx2"))
        return ch_fail(e, CH_EUSAGE, "CHORUS_KERNEL=avx2, but this CPU has "
                       "no AVX2 with FMA; unset CHORUS_KERNEL");
    if (!strcmp(wish, "avx512"))
        return ch_fail(e, CH_EUSAGE, "CHORUS_KERNEL=avx512, but this CPU has "
                       "no AVX-512; unset CHORUS_KERNEL");
    return ch_fail(e, CH_EUSAGE, "CHORUS_KERNEL is \"%s\", expected ref, "
                   "avx2 or avx512", wish);
}
