/* err.h - how every failure in Chorus is told
 *
 * A function that can fail returns 0, or a negative ch_code, and takes the
 * caller's struct ch_err as its last parameter.  The struct is untouched on
 * success, so one struct serves a chain of calls.
 *
 * Owner:    the struct is the caller's; filling it never allocates.
 * Threads:  one struct per thread.
 */
#ifndef CHORUS_ERR_H
#define CHORUS_ERR_H

#include <stddef.h>
#include <stdint.h>

/* One code per reaction of a caller; the detail belongs in the message.
 * X(name, value, exit code of a program that ends with it, one word) */
#define CH_CODES(X)                                                            \
    X(CH_EIO, -1, 1, "io")         /* the outside world refused: file, disk */ \
    X(CH_EFORMAT, -2, 1, "format") /* bytes are not what they should be */     \
    X(CH_ENOMEM, -3, 1, "memory")                                              \
    X(CH_EUSAGE, -4, 2, "usage")   /* the caller asked for the impossible */   \
    X(CH_ECOMM, -5, 1, "comm")     /* another rank failed or is lost */        \
    X(CH_ESTOPPED, -6, 75, "stopped") /* by signal, after saving: try again */

enum ch_code {
    CH_OK = 0,
#define CH_CODE_ENUM(name, value, exit, word) name = value,
    CH_CODES(CH_CODE_ENUM)
#undef CH_CODE_ENUM
};

#define CH_NO_OFFSET UINT64_MAX

struct ch_err {
    int code;            /* enum ch_code */
    const char *file;    /* source file and line that found it: shown by -v */
    int line;
    char path[256];      /* the input at fault, "" when there is none */
    uint64_t offset;     /* byte in path, or CH_NO_OFFSET */
    char msg[512];       /* one sentence: expected, found, remedy.  Lower case,
                            no full stop; it already contains path and offset */
};

/* An empty error: struct ch_err e = CH_ERR_INIT; */
#define CH_ERR_INIT { .code = CH_OK, .offset = CH_NO_OFFSET }

/* Fill `e` (may be NULL) and return `code`, so that a caller can say
 *     return ch_fail(e, CH_EFORMAT, "expected %d words, found %d", a, b);
 * ch_fail_at() names the input: the message becomes "path: what", or
 * "path: byte 17: what" when `offset` is not CH_NO_OFFSET. */
#define ch_fail(e, code, ...) \
    ch_err_set(e, code, __FILE__, __LINE__, NULL, CH_NO_OFFSET, __VA_ARGS__)
#define ch_fail_at(e, code, path, offset, ...) \
    ch_err_set(e, code, __FILE__, __LINE__, path, offset, __VA_ARGS__)

int ch_err_set(struct ch_err *e, int code, const char *file, int line,
               const char *path, uint64_t offset, const char *format, ...)
    __attribute__((format(printf, 7, 8)));

/* Put "prefix: " before the message; use where a level knows something the
 * lower one could not.  Returns e->code (or CH_EIO when e is NULL). */
int ch_err_wrap(struct ch_err *e, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same for a place in a file: "path: prefix: message", whether or not the
 * message named the path. */
int ch_err_wrap_at(struct ch_err *e, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for a failed system call: appends ": strerror(errno)". */
#define ch_fail_errno(e, path, ...) \
    ch_err_set_errno(e, __FILE__, __LINE__, path, __VA_ARGS__)
int ch_err_set_errno(struct ch_err *e, const char *file, int line,
                     const char *path, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* The exit code a program ends with for `code`: 0, 1, 2 or 75. */
int ch_err_exit(int code);

/* "io", "format", ... for a negative code, "ok" for 0. */
const char *ch_err_word(int code);

#endif
