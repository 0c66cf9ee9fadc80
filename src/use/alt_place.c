/* alt_place.c - where in a site's folder the src of a picture leads */
#include "use/alt_place.h"

#include "base/text.h"

#include <string.h>

/* "https:", "data:", ... */
static bool has_scheme(const char *src)
{
    size_t n = strcspn(src, ":/?#");

    return src[n] == ':';
}

/* One part of a path, its %xx replaced; false: not a name of a file. */
static bool put_part(const char *part, size_t n, char *out, size_t room,
                     size_t *used)
{
    size_t at = *used;

    if (at)
        out[at++] = '/';
    for (size_t i = 0; i < n; i++) {
        char c = part[i];

        if (c == '%' && i + 2 < n && ch_text_hex(part[i + 1]) >= 0 &&
            ch_text_hex(part[i + 2]) >= 0) {
            c = (char)(ch_text_hex(part[i + 1]) * 16 +
                       ch_text_hex(part[i + 2]));
            i += 2;
        }
        if (!c || c == '/' || at + 2 >= room)
            return false;
        out[at++] = c;
    }
    out[at] = '\0';
    *used = at;
    return true;
}

/* Walk along `path`; false when it climbs out. */
static bool walk(const char *path, size_t size, char *out, size_t room,
                 size_t *used)
{
    size_t at = 0;

    while (at < size) {
        size_t n = 0, before = *used;
        const char *name;

        while (at + n < size && path[at + n] != '/')
            n++;
        if (n && !put_part(path + at, n, out, room, used))
            return false;
        name = out + before + (before > 0);
        if (n && (!strcmp(name, ".") || !strcmp(name, ".."))) {
            bool climbs = name[1] == '.';
            char *slash;

            out[*used = before] = '\0';
            if (climbs && !before)
                return false;
            slash = climbs ? strrchr(out, '/') : NULL;
            if (climbs)
                *used = slash ? (size_t)(slash - out) : 0;
            out[*used] = '\0';
        }
        at += n + 1;
    }
    return true;
}

bool ch_alt_place_find(const char *page, const char *src, char *out,
                       size_t room)
{
    const char *folder_end = strrchr(page, '/');
    size_t used = 0, n;

    if (room < 4)
        return false;
    *out = '\0';
    src += strspn(src, " \t\n\f\r");
    n = strcspn(src, "?#");
    while (n && strchr(" \t\n\f\r", src[n - 1]))
        n--;
    if (!n || has_scheme(src) || (src[0] == '/' && src[1] == '/'))
        return false;
    /* The page's folder is a path, not an address: it has no %xx. */
    if (src[0] != '/' && folder_end) {
        used = (size_t)(folder_end - page);
        if (used + 2 >= room)
            return false;
        memcpy(out, page, used);
        out[used] = '\0';
    }
    return walk(src, n, out, room, &used) && used;
}
