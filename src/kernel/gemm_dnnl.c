/* gemm_dnnl.c - matrix products by oneDNN (the door of dnnl.h)
 *
 * The library is opened when it is asked for, and not linked: it brings OpenMP
 * and OpenCL, and nothing but these products needs it.  Built without its
 * header, there is nothing to open.
 *
 * A primitive takes half a millisecond to make, so those made are kept, by
 * shape, for all threads.  What they work in is each thread's own.
 */
#include "kernel/gemm.h"

#ifdef CH_DNNL
#include <dlfcn.h>
#include <dnnl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

#define LIBRARY "libdnnl.so.2"

/* ------------------------------------------------------------ the library */

#define CALLS(X)                                                               \
    X(version)                                                                 \
    X(get_effective_cpu_isa)                                                   \
    X(engine_create)                                                           \
    X(stream_create)                                                           \
    X(stream_destroy)                                                          \
    X(memory_create)                                                           \
    X(memory_destroy)                                                          \
    X(memory_desc_init_by_strides)                                             \
    X(memory_desc_get_size)                                                    \
    X(matmul_desc_init)                                                        \
    X(primitive_attr_create)                                                   \
    X(primitive_attr_destroy)                                                  \
    X(primitive_attr_set_scratchpad_mode)                                      \
    X(primitive_attr_set_post_ops)                                             \
    X(post_ops_create)                                                         \
    X(post_ops_destroy)                                                        \
    X(post_ops_append_sum)                                                     \
    X(primitive_desc_create)                                                   \
    X(primitive_desc_destroy)                                                  \
    X(primitive_desc_query_md)                                                 \
    X(primitive_create)                                                        \
    X(primitive_destroy)                                                       \
    X(primitive_execute)

#define DECLARE(call) __typeof__(dnnl_##call) *call;
static struct {
    CALLS(DECLARE)
    void (*set_threads)(int);   /* OpenMP's, of the thread that calls */
    dnnl_engine_t engine;
    tss_t room;                 /* a thread's: what primitives work in */
    char name[64], isa[32];
} dnnl;

/* ISO C has no way from an object's address to a function's. */
static bool find(void *library, const char *name, void *to)
{
    void *at = dlsym(library, name);

    memcpy(to, &at, sizeof at);
    return at;
}

static const char *isa_name(dnnl_cpu_isa_t isa)
{
    switch (isa) {
    case dnnl_cpu_isa_avx512_core_amx: return "AVX512-AMX";
    case dnnl_cpu_isa_avx512_core_bf16: return "AVX512-BF16";
    case dnnl_cpu_isa_avx512_core_vnni: return "AVX512-VNNI";
    case dnnl_cpu_isa_avx512_core: return "AVX512";
    case dnnl_cpu_isa_avx2_vnni: return "AVX2-VNNI";
    case dnnl_cpu_isa_avx2: return "AVX2";
    default: return "before AVX2";
    }
}

/* NULL, or why it cannot be used. */
static const char *open_library(void)
{
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    const dnnl_version_t *version;

    if (!library)
        return LIBRARY " cannot be opened (Debian has it in libdnnl2)";
#define FIND(call) if (!find(library, "dnnl_" #call, &dnnl.call)) \
        return LIBRARY " lacks dnnl_" #call;
    CALLS(FIND)
    if (!find(library, "omp_set_num_threads", &dnnl.set_threads))
        return LIBRARY " computes without OpenMP";
    if (dnnl.engine_create(&dnnl.engine, dnnl_cpu, 0) != dnnl_success ||
        tss_create(&dnnl.room, free) != thrd_success)
        return LIBRARY " cannot begin";
    version = dnnl.version();
    snprintf(dnnl.name, sizeof dnnl.name, "oneDNN %d.%d.%d", version->major,
             version->minor, version->patch);
    snprintf(dnnl.isa, sizeof dnnl.isa, "%s",
             isa_name(dnnl.get_effective_cpu_isa()));
    return NULL;
}

/* ---------------------------------------------------------- the primitives */

struct made {
    struct ch_gemm_shape shape;
    bool is_bf16;
    dnnl_primitive_t primitive;     /* NULL: this place is free */
    dnnl_memory_desc_t A, B, C, room;
};

/* A run meets some thousand shapes: as many as lanes have numbers of words,
 * for each layer.  Those for which there is no place are made anew. */
#define PLACES 8192
#define TRIES 16
static struct made kept[PLACES];
static atomic_flag is_taken = ATOMIC_FLAG_INIT;

static void set_matrix(dnnl_memory_desc_t *d, size_t rows, size_t columns,
                       size_t ld, bool is_turned, dnnl_data_type_t type)
{
    const dnnl_dims_t dims = { (dnnl_dim_t)rows, (dnnl_dim_t)columns };
    const dnnl_dims_t strides = { is_turned ? 1 : (dnnl_dim_t)ld,
                                  is_turned ? (dnnl_dim_t)ld : 1 };

    dnnl.memory_desc_init_by_strides(d, 2, dims, type, strides);
}

static dnnl_primitive_attr_t attributes(bool is_added)
{
    dnnl_primitive_attr_t a = NULL;
    dnnl_post_ops_t after = NULL;

    dnnl.primitive_attr_create(&a);
    dnnl.primitive_attr_set_scratchpad_mode(a, dnnl_scratchpad_mode_user);
    if (is_added) {
        dnnl.post_ops_create(&after);
        dnnl.post_ops_append_sum(after, 1);
        dnnl.primitive_attr_set_post_ops(a, after);
        dnnl.post_ops_destroy(after);
    }
    return a;
}

/* m->primitive stays NULL when it cannot be had. */
static void make(struct made *m)
{
    const struct ch_gemm_shape *s = &m->shape;
    dnnl_data_type_t type = m->is_bf16 ? dnnl_bf16 : dnnl_f32;
    dnnl_primitive_attr_t a = attributes(s->is_added);
    dnnl_primitive_desc_t d = NULL;
    dnnl_matmul_desc_t product;

    set_matrix(&m->A, s->M, s->K, s->lda, s->is_ta, type);
    set_matrix(&m->B, s->K, s->N, s->ldb, s->is_tb, type);
    set_matrix(&m->C, s->M, s->N, s->ldc, false, dnnl_f32);
    m->primitive = NULL;
    if (dnnl.matmul_desc_init(&product, &m->A, &m->B, NULL, &m->C) ==
        dnnl_success &&
        dnnl.primitive_desc_create(&d, &product, a, dnnl.engine, NULL) ==
        dnnl_success) {
        m->room = *dnnl.primitive_desc_query_md(d, dnnl_query_scratchpad_md,
                                                0);
        if (dnnl.primitive_create(&m->primitive, d) != dnnl_success)
            m->primitive = NULL;
        dnnl.primitive_desc_destroy(d);
    }
    dnnl.primitive_attr_destroy(a);
}

static size_t place_of(const struct made *m)
{
    const struct ch_gemm_shape *s = &m->shape;
    const size_t part[] = { s->M, s->N, s->K, s->lda, s->ldb, s->ldc,
                            (size_t)s->is_ta, (size_t)s->is_tb,
                            (size_t)s->is_added, (size_t)m->is_bf16 };
    size_t h = 0;

    for (size_t i = 0; i < sizeof part / sizeof *part; i++)
        h = (h ^ part[i]) * (size_t)0x9e3779b97f4a7c15;
    return h >> 20;
}

static bool is_same(const struct made *a, const struct made *b)
{
    const struct ch_gemm_shape *s = &a->shape, *t = &b->shape;

    return s->M == t->M && s->N == t->N && s->K == t->K && s->lda == t->lda &&
           s->ldb == t->ldb && s->ldc == t->ldc && s->is_ta == t->is_ta &&
           s->is_tb == t->is_tb && s->is_added == t->is_added &&
           a->is_bf16 == b->is_bf16;
}

/* Of a shape, into *m; true: it is kept, false: the caller's. */
static bool take(struct made *m)
{
    size_t first = place_of(m);
    struct made *at = NULL;

    while (atomic_flag_test_and_set_explicit(&is_taken, memory_order_acquire))
        sched_yield();
    for (size_t i = 0; i < TRIES; i++) {
        at = &kept[(first + i) % PLACES];
        if (!at->primitive || is_same(at, m))
            break;
        at = NULL;
    }
    if (at && at->primitive) {
        *m = *at;
    } else {
        make(m);
        if (at)
            *at = *m;
    }
    atomic_flag_clear_explicit(&is_taken, memory_order_release);
    return at;
}

/* What a primitive works in, of this thread, as large as it asks for. */
static void *room_of(size_t size)
{
    struct room { size_t size; } *r = tss_get(dnnl.room);
    const size_t head = 64;

    if (r && r->size >= size)
        return (char *)r + head;
    free(r);
    r = aligned_alloc(64, head + (size + 63) / 64 * 64);
    tss_set(dnnl.room, r);
    if (!r)
        return NULL;
    r->size = size;
    return (char *)r + head;
}

/* ------------------------------------------------------------ the products */

static bool execute(const struct made *m, const void *A, const void *B,
                    float *C)
{
    enum { MEMORIES = 4 };
    const dnnl_memory_desc_t *const desc[MEMORIES] = { &m->A, &m->B, &m->C,
                                                       &m->room };
    const int is[MEMORIES] = { DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST,
                               DNNL_ARG_SCRATCHPAD };
    size_t size = dnnl.memory_desc_get_size(&m->room);
    const void *at[MEMORIES] = { A, B, C, size ? room_of(size) : NULL };
    dnnl_exec_arg_t argument[MEMORIES];
    dnnl_stream_t stream = NULL;
    int count = size ? MEMORIES : MEMORIES - 1, made = 0;
    bool is_done = at[count - 1] &&
                   dnnl.stream_create(&stream, dnnl.engine,
                                      dnnl_stream_default_flags) ==
                       dnnl_success;

    for (; is_done && made < count; made += is_done) {
        void *writable;

        /* Its memories know no const; what is read is not written. */
        memcpy(&writable, &at[made], sizeof writable);
        argument[made].arg = is[made];
        is_done = dnnl.memory_create(&argument[made].memory, desc[made],
                                     dnnl.engine, writable) == dnnl_success;
    }
    is_done = is_done && dnnl.primitive_execute(m->primitive, stream, count,
                                                argument) == dnnl_success;
    while (made > 0)
        dnnl.memory_destroy(argument[--made].memory);
    dnnl.stream_destroy(stream);
    return is_done;
}

static bool run(const struct ch_gemm_shape *s, bool is_bf16, const void *A,
                const void *B, float *C)
{
    struct made m = { .shape = *s, .is_bf16 = is_bf16 };
    bool is_kept, is_done;

    /* One thread: its sums must not depend on how many there are.  Before a
     * primitive is made, too: making it divides the work among them. */
    dnnl.set_threads(1);
    is_kept = take(&m);
    is_done = m.primitive && execute(&m, A, B, C);
    if (m.primitive && !is_kept)
        dnnl.primitive_destroy(m.primitive);
    return is_done;
}

static bool product(const struct ch_gemm_shape *s, const float *A,
                    const float *B, float *C)
{
    return run(s, false, A, B, C);
}

static const char *library(void)
{
    return dnnl.name;
}

static const char *core(void)
{
    return dnnl.isa;
}

static bool product_bf16(const struct ch_gemm_shape *s, const uint16_t *A,
                         const uint16_t *B, float *C)
{
    return run(s, true, A, B, C);
}

#define COMMON .name = "onednn", .product = product, .library = library,       \
               .core = core
static const struct ch_gemm plain = { COMMON };
static const struct ch_gemm with_bf16 = { COMMON,
                                          .product_bf16 = product_bf16 };

const struct ch_gemm *ch_gemm_dnnl(const char **why)
{
    static bool is_tried;
    static const char *missing;
    static const struct ch_gemm *table;

    while (atomic_flag_test_and_set_explicit(&is_taken, memory_order_acquire))
        sched_yield();
    if (!is_tried) {
        is_tried = true;
        missing = open_library();
        /* Without its instructions bf16 would be done in f32, slower than by
         * ourselves (product.c). */
        if (!missing)
            table = strstr(dnnl.isa, "BF16") || strstr(dnnl.isa, "AMX")
                        ? &with_bf16 : &plain;
    }
    atomic_flag_clear_explicit(&is_taken, memory_order_release);
    *why = missing;
    return table;
}

#else

const struct ch_gemm *ch_gemm_dnnl(const char **why)
{
    *why = "this chorus was built without oneDNN (Debian: libdnnl-dev)";
    return NULL;
}

#endif
