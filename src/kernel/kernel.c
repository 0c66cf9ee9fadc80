/* kernel.c - the table of kernels, and what is built on it alone */
#include "kernel/kernel.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/variant.h"

#define ENTRY_PLAIN(member, function, type, parameters)                        \
    .member = ch_##function##_ref,

static const struct ch_kernel table_ref = {
    .name = "ref",
    CH_KERNELS_PLAIN(ENTRY_PLAIN)
#define ENTRY(member, function, type, parameters)                              \
    .member = ch_##function##_ref,
    CH_KERNELS(ENTRY)
    CH_KERNELS_AVX2(ENTRY)
#undef ENTRY
};

#if defined(__x86_64__)
static const struct ch_kernel table_avx2 = {
    .name = "avx2",
    CH_KERNELS_PLAIN(ENTRY_PLAIN)
#define ENTRY(member, function, type, parameters)                              \
    .member = ch_##function##_avx2,
    CH_KERNELS(ENTRY)
    CH_KERNELS_AVX2(ENTRY)
#undef ENTRY
};

static const struct ch_kernel table_avx512 = {
    .name = "avx512",
#define ENTRY(member, function, type, parameters)                              \
    .member = ch_##function##_avx2,
    CH_KERNELS_AVX2(ENTRY)
#undef ENTRY
    CH_KERNELS_PLAIN(ENTRY_PLAIN)
#define ENTRY(member, function, type, parameters)                              \
    .member = ch_##function##_avx512,
    CH_KERNELS(ENTRY)
#undef ENTRY
};
#endif

/* Chosen at the first call, then never changed; threads that race there
 * choose the same. */
static _Atomic(const struct ch_kernel *) chosen;

const struct ch_kernel *ch_kernel_find(const char *name)
{
    if (!strcmp(name, "ref"))
        return &table_ref;
#if defined(__x86_64__)
    if (!strcmp(name, "avx2") && ch_cpu_has_avx2())
        return &table_avx2;
    if (!strcmp(name, "avx512") && ch_cpu_has_avx512())
        return &table_avx512;
#endif
    return NULL;
}

const struct ch_kernel *ch_kernel_get(void)
{
    const struct ch_kernel *k;
    const char *wish;

    k = atomic_load_explicit(&chosen, memory_order_acquire);
    if (k)
        return k;
    wish = getenv("CHORUS_KERNEL");
    if (wish)
        k = ch_kernel_find(wish);
    if (!k)
        k = ch_kernel_find("avx512");
    if (!k)
        k = ch_kernel_find("avx2");
    if (!k)
        k = &table_ref;
    atomic_store_explicit(&chosen, k, memory_order_release);
    return k;
}

void ch_kernel_gather(size_t rows, size_t columns, const float *table,
                      const int32_t *id, float *out)
{
    for (size_t r = 0; r < rows; r++) {
        assert(id[r] >= 0);
        memcpy(out + r * columns, table + (size_t)id[r] * columns,
               columns * sizeof *out);
    }
}

void ch_kernel_bias(size_t rows, size_t columns, const float *b, float *x)
{
    const struct ch_kernel *k = ch_kernel_get();

    for (size_t r = 0; r < rows; r++)
        k->add(columns, b, x + r * columns);
}

void ch_kernel_columns(size_t rows, size_t columns, const float *x, float *b)
{
    const struct ch_kernel *k = ch_kernel_get();

    for (size_t r = 0; r < rows; r++)
        k->add(columns, x + r * columns, b);
}
