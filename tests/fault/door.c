/* door.c - the n-th call of a kind fails, as it does one day
 *
 * A library to preload:
 *   FAULT_KIND   memory, read, write, sync or rename
 *   FAULT_AT     which call fails, from 1; 0: none
 *   FAULT_ACT    kill: the process is killed there instead (SIGKILL);
 *                slow: each call takes half a second, but for those
 *                of the first thread
 *   FAULT_COUNT  a file: how many there were is written to it at the end
 *
 * Counted are calls by the program itself, which holds the whole of libchorus,
 * and by LMDB and SQLite.  What others make of their own failures is not ours
 * to test: jansson 2.14 ends the process by an assertion when it cannot
 * allocate a string (load.c, lex_scan_string).  Messages on stderr are spared.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { MEMORY, READ, WRITE, SYNC, RENAME, KINDS };
static const char *const kind_name[KINDS] = { "memory", "read", "write",
                                              "sync", "rename" };

/* Code whose calls count. */
enum { RANGES = 32 };
static struct { uintptr_t begin, end; } range[RANGES];
static size_t ranges;

static int is_there;                 /* in a program of chorus */
static enum kind wanted = KINDS;     /* none before the start */
static long fail_at;
static int is_killing, is_slow;
static atomic_long calls;

/* glibc's own names: the others are what is being replaced. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *at, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static int add_ranges(struct dl_phdr_info *info, size_t size, void *is_first)
{
    int *first = is_first;

    (void)size;
    if (*first || strstr(info->dlpi_name, "/liblmdb.") ||
        strstr(info->dlpi_name, "/libsqlite3."))
        for (size_t i = 0; i < info->dlpi_phnum && ranges < RANGES; i++)
            if (info->dlpi_phdr[i].p_type == PT_LOAD) {
                range[ranges].begin = info->dlpi_addr +
                                      info->dlpi_phdr[i].p_vaddr;
                range[ranges].end = range[ranges].begin +
                                    info->dlpi_phdr[i].p_memsz;
                ranges++;
            }
    *first = 0;
    return 0;
}

__attribute__((constructor))
static void begin(void)
{
    const char *kind = getenv("FAULT_KIND"), *at = getenv("FAULT_AT");
    const char *act = getenv("FAULT_ACT");
    int is_first = 1;

    /* MPI starts helpers, which inherit the preload. */
    if (strncmp(program_invocation_short_name, "chorus-", 7))
        return;
    is_there = 1;
    dl_iterate_phdr(add_ranges, &is_first);
    fail_at = at ? atol(at) : 0;
    is_killing = act && !strcmp(act, "kill");
    is_slow = act && !strcmp(act, "slow");
    for (enum kind k = MEMORY; kind && k < KINDS; k++)
        if (!strcmp(kind, kind_name[k]))
            wanted = k;
}

__attribute__((destructor))
static void end(void)
{
    const char *path = getenv("FAULT_COUNT");
    char text[32];
    int fd, n;

    wanted = KINDS;
    if (!is_there || !path)
        return;
    n = snprintf(text, sizeof text, "%ld\n", atomic_load(&calls));
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0 || write(fd, text, (size_t)n) != n)
        abort();
    close(fd);
}

static int is_ours(const void *caller)
{
    uintptr_t at = (uintptr_t)caller;

    for (size_t i = 0; i < ranges; i++)
        if (at >= range[i].begin && at < range[i].end)
            return 1;
    return 0;
}

/* Is it this call's turn?  f: a stream, which then says so for itself by the
 * flag of glibc's FILE that ferror() asks; what goes to stderr is spared. */
static int fails(enum kind kind, const void *caller, FILE *f, int code)
{
    if (kind != wanted || (f && f == stderr) || !is_ours(caller))
        return 0;
    if (is_slow && gettid() != getpid())
        usleep(500000);
    if (atomic_fetch_add(&calls, 1) + 1 != fail_at)
        return 0;
    if (is_killing)
        raise(SIGKILL);
    if (f)
        f->_flags |= 0x20;
    errno = code;
    return 1;
}

#define FAILS(kind, f, code)                                                   \
    fails(kind, __builtin_return_address(0), f, code)

/* The function that would have been called. */
#define REAL(name)                                                             \
    static __typeof__(&name) real;                                             \
    if (!real)                                                                 \
        *(void **)&real = dlsym(RTLD_NEXT, #name)

/* ----------------------------------------------------------------- memory */

void *malloc(size_t size)
{
    return FAILS(MEMORY, NULL, ENOMEM) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return FAILS(MEMORY, NULL, ENOMEM) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *at, size_t size)
{
    return FAILS(MEMORY, NULL, ENOMEM) ? NULL : __libc_realloc(at, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return FAILS(MEMORY, NULL, ENOMEM) ? NULL
                                       : __libc_memalign(alignment, size);
}

char *strndup(const char *text, size_t most)
{
    size_t n = strnlen(text, most);
    char *copy = FAILS(MEMORY, NULL, ENOMEM) ? NULL : __libc_malloc(n + 1);

    if (copy) {
        memcpy(copy, text, n);
        copy[n] = '\0';
    }
    return copy;
}

char *strdup(const char *text)
{
    size_t n = strlen(text) + 1;
    char *copy = FAILS(MEMORY, NULL, ENOMEM) ? NULL : __libc_malloc(n);

    return copy ? memcpy(copy, text, n) : NULL;
}

void *mmap(void *at, size_t size, int protection, int flags, int fd,
           off_t offset)
{
    REAL(mmap);
    return FAILS(MEMORY, NULL, ENOMEM)
               ? MAP_FAILED : real(at, size, protection, flags, fd, offset);
}

/* ---------------------------------------------------------------- reading */

ssize_t read(int fd, void *to, size_t n)
{
    REAL(read);
    return FAILS(READ, NULL, EIO) ? -1 : real(fd, to, n);
}

ssize_t pread(int fd, void *to, size_t n, off_t at)
{
    REAL(pread);
    return FAILS(READ, NULL, EIO) ? -1 : real(fd, to, n, at);
}

/* The names that SQLite calls. */
ssize_t pread64(int fd, void *to, size_t n, off64_t at)
{
    REAL(pread64);
    return FAILS(READ, NULL, EIO) ? -1 : real(fd, to, n, at);
}

size_t fread(void *to, size_t size, size_t n, FILE *f)
{
    REAL(fread);
    return FAILS(READ, f, EIO) ? 0 : real(to, size, n, f);
}

ssize_t getline(char **line, size_t *room, FILE *f)
{
    REAL(getline);
    return FAILS(READ, f, EIO) ? -1 : real(line, room, f);
}

int getc(FILE *f)
{
    REAL(getc);
    return FAILS(READ, f, EIO) ? EOF : real(f);
}

struct dirent *readdir(DIR *folder)
{
    REAL(readdir);
    return FAILS(READ, NULL, EIO) ? NULL : real(folder);
}

/* ---------------------------------------------------------------- writing */

ssize_t write(int fd, const void *from, size_t n)
{
    REAL(write);
    return fd != STDERR_FILENO && FAILS(WRITE, NULL, ENOSPC)
               ? -1 : real(fd, from, n);
}

ssize_t pwrite(int fd, const void *from, size_t n, off_t at)
{
    REAL(pwrite);
    return FAILS(WRITE, NULL, ENOSPC) ? -1 : real(fd, from, n, at);
}

ssize_t pwrite64(int fd, const void *from, size_t n, off64_t at)
{
    REAL(pwrite64);
    return FAILS(WRITE, NULL, ENOSPC) ? -1 : real(fd, from, n, at);
}

ssize_t pwritev(int fd, const struct iovec *from, int n, off_t at)
{
    REAL(pwritev);
    return FAILS(WRITE, NULL, ENOSPC) ? -1 : real(fd, from, n, at);
}

size_t fwrite(const void *from, size_t size, size_t n, FILE *f)
{
    REAL(fwrite);
    return FAILS(WRITE, f, ENOSPC) ? 0 : real(from, size, n, f);
}

int fputs(const char *text, FILE *f)
{
    REAL(fputs);
    return FAILS(WRITE, f, ENOSPC) ? EOF : real(text, f);
}

int fputc(int c, FILE *f)
{
    REAL(fputc);
    return FAILS(WRITE, f, ENOSPC) ? EOF : real(c, f);
}

int putchar(int c)
{
    REAL(putchar);
    return FAILS(WRITE, stdout, ENOSPC) ? EOF : real(c);
}

int puts(const char *text)
{
    REAL(puts);
    return FAILS(WRITE, stdout, ENOSPC) ? EOF : real(text);
}

int vfprintf(FILE *f, const char *format, va_list list)
{
    REAL(vfprintf);
    return FAILS(WRITE, f, ENOSPC) ? -1 : real(f, format, list);
}

int fprintf(FILE *f, const char *format, ...)
{
    REAL(vfprintf);
    va_list list;
    int n;

    if (FAILS(WRITE, f, ENOSPC))
        return -1;
    va_start(list, format);
    n = real(f, format, list);
    va_end(list);
    return n;
}

int printf(const char *format, ...)
{
    REAL(vfprintf);
    va_list list;
    int n;

    if (FAILS(WRITE, stdout, ENOSPC))
        return -1;
    va_start(list, format);
    n = real(stdout, format, list);
    va_end(list);
    return n;
}

int fflush(FILE *f)
{
    REAL(fflush);
    return FAILS(WRITE, f, ENOSPC) ? EOF : real(f);
}

/* Some file systems tell only here that the disk is full. */
int fclose(FILE *f)
{
    REAL(fclose);
    int is_failing = FAILS(WRITE, f, ENOSPC), rc = real(f);

    if (!is_failing)
        return rc;
    errno = ENOSPC;
    return EOF;
}

int ftruncate(int fd, off_t size)
{
    REAL(ftruncate);
    return FAILS(WRITE, NULL, ENOSPC) ? -1 : real(fd, size);
}

/* ---------------------------------------------------- syncing and renaming */

int fsync(int fd)
{
    REAL(fsync);
    return FAILS(SYNC, NULL, EIO) ? -1 : real(fd);
}

int fdatasync(int fd)
{
    REAL(fdatasync);
    return FAILS(SYNC, NULL, EIO) ? -1 : real(fd);
}

int sync_file_range(int fd, off_t at, off_t n, unsigned flags)
{
    REAL(sync_file_range);
    return FAILS(SYNC, NULL, EIO) ? -1 : real(fd, at, n, flags);
}

int msync(void *at, size_t n, int flags)
{
    REAL(msync);
    return FAILS(SYNC, NULL, EIO) ? -1 : real(at, n, flags);
}

int rename(const char *from, const char *to)
{
    REAL(rename);
    return FAILS(RENAME, NULL, EACCES) ? -1 : real(from, to);
}

int link(const char *from, const char *to)
{
    REAL(link);
    return FAILS(RENAME, NULL, EPERM) ? -1 : real(from, to);
}

int unlink(const char *path)
{
    REAL(unlink);
    return FAILS(RENAME, NULL, EACCES) ? -1 : real(path);
}
