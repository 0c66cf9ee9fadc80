/* safetensors.h - named tensors in one file
 *
 * The format of the Hugging Face safetensors library: 8 bytes little-endian
 * length of the header, the header (JSON: name -> dtype, shape, data_offsets;
 * "__metadata__": name -> text), then raw little-endian tensors without gaps.
 * In files written here each tensor starts on a multiple of its element's
 * size; others may place them anywhere, so readers copy with memcpy().
 * The metadata carries "chorus.checksum", the hash of the tensor bytes, and
 * "chorus.metadata", the hash of all other metadata; both are verified when the
 * file is opened, where they are there.
 *
 * Life:   writer: init -> meta/tensor... -> write       reader: open -> close
 * Owner:  the reader maps the file; pointers are valid until close.  Arrays
 *         given to the writer are borrowed until write.
 */
#ifndef CH_BASE_SAFETENSORS_H
#define CH_BASE_SAFETENSORS_H

#include "base/file.h"
#include "base/json.h"

enum ch_dtype { CH_F32, CH_F64, CH_I64, CH_U8 };

struct ch_tensor {
    const char *name;
    enum ch_dtype dtype;
    size_t rank;            /* 0 (one number) to 4 */
    size_t shape[4];
    const void *data;
    size_t bytes;
};

struct ch_safetensors;      /* a file opened for reading */
int ch_safetensors_open(struct ch_safetensors **out, const char *path,
                        struct ch_err *e);
/* The same over bytes in memory (borrowed), for fuzzing and tests. */
int ch_safetensors_parse(struct ch_safetensors **out, const void *bytes,
                         size_t n, const char *path, struct ch_err *e);
void ch_safetensors_close(struct ch_safetensors *s);
/* NULL when there is none of that name. */
const struct ch_tensor *ch_safetensors_get(const struct ch_safetensors *s,
                                           const char *name);
size_t ch_safetensors_count(const struct ch_safetensors *s);
const struct ch_tensor *ch_safetensors_at(const struct ch_safetensors *s,
                                          size_t i);
const char *ch_safetensors_meta(const struct ch_safetensors *s,
                                const char *name);

/* Tensors, and entries of metadata, that one file is given. */
enum { CH_SAFETENSORS_MAX = 128, CH_SAFETENSORS_META_MAX = 64 };

struct ch_safetensors_writer {
    struct ch_tensor tensor[CH_SAFETENSORS_MAX];
    size_t tensor_count;
    struct {
        const char *name, *text;                    /* borrowed */
    } meta[CH_SAFETENSORS_META_MAX];
    size_t meta_count;
    /* NULL, or called when all bytes are in the file, before it is there: an
     * error, and it never is. */
    int (*before_end)(void *context, struct ch_err *e);
    void (*moved)(void *context);     /* NULL, or as of struct ch_writer */
    void *context;
};
void ch_safetensors_add(struct ch_safetensors_writer *w, struct ch_tensor t);
void ch_safetensors_add_meta(struct ch_safetensors_writer *w,
                             const char *name, const char *text);
/* Whole or absent; tensors of larger elements first, otherwise in the order
 * they were added; the same bytes for the same input.  Names are unique. */
int ch_safetensors_write(const struct ch_safetensors_writer *w,
                         const char *path, struct ch_err *e);

#endif
