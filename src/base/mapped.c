/* mapped.c - which file an address is of
 *
 * Lines of /proc/self/maps are "BEGIN-END rwxp OFFSET MAJOR:MINOR INODE PATH",
 * the first two in hexadecimal.  No stdio: it may be what was interrupted.
 */
#include "base/mapped.h"

#include "base/text.h"

#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

/* Fields in front of the path. */
#define FIELDS 5

struct line {
    uintptr_t range[2];        /* begin and end */
    int field;                 /* from 0, and FIELDS for the path */
    bool is_between;           /* blanks after a field */
    size_t length;             /* of the path */
};

/* The next letter of a line. */
static void take(struct line *l, char c, int *bound, char *out, size_t size)
{
    if (l->field == FIELDS) {
        if (l->length < size)
            out[l->length] = c;
        l->length++;
    } else if (c == ' ') {
        l->is_between = true;
    } else if (l->field == 0 && c == '-') {
        *bound = 1;
    } else if (l->field == 0 && ch_text_hex(c) >= 0) {
        l->range[*bound] = l->range[*bound] << 4 | (uintptr_t)ch_text_hex(c);
    }
}

bool ch_mapped_file(const void *at, char *out, size_t size)
{
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC), bound = 0;
    struct line l = { 0 };
    bool is_found = false;
    char piece[4096];
    ssize_t n;

    while (fd >= 0 && !is_found && (n = read(fd, piece, sizeof piece)) > 0)
        for (ssize_t i = 0; i < n && !is_found; i++) {
            char c = piece[i];

            if (c == '\n') {
                is_found = (uintptr_t)at >= l.range[0] &&
                           (uintptr_t)at < l.range[1];
                if (is_found)
                    break;
                l = (struct line) { 0 };
                bound = 0;
                continue;
            }
            if (l.is_between && c != ' ') {
                l.is_between = false;
                l.field++;
            }
            take(&l, c, &bound, out, size);
        }
    if (fd >= 0)
        close(fd);
    if (!is_found || !l.length || l.length >= size || out[0] != '/')
        return false;
    out[l.length] = '\0';
    return true;
}
