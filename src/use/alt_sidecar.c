/* alt_sidecar.c - the file beside a photo that tells what it shows */
#include "use/alt_sidecar.h"

#include "base/file.h"
#include "chorus/log.h"
#include "use/xmp.h"

#include <stdlib.h>
#include <string.h>

#define PATH_BYTES 4096

/* is_short: .xmp in the place of the photo's ending. */
static int name_sidecar(char *out, const char *folder, const char *photo,
                        bool is_short, struct ch_err *e)
{
    char name[PATH_BYTES];
    size_t n = is_short ? (size_t)(strrchr(photo, '.') - photo)
                        : strlen(photo);

    if (snprintf(name, sizeof name, "%.*s.xmp", (int)n, photo) >=
        (int)sizeof name)
        return ch_fail(e, CH_EUSAGE, "%s: too long a name", photo);
    return ch_file_join(out, PATH_BYTES, folder, name, e);
}

/* 1 and the sidecar that is there in the folder, or 0. */
static int find(char *out, const char *folder, const char *photo,
                bool *is_short, struct ch_err *e)
{
    for (int k = 0; k < 2; k++) {
        int rc = name_sidecar(out, folder, photo, k, e);

        if (rc)
            return rc;
        *is_short = k;
        if (ch_file_exists(out))
            return 1;
    }
    *is_short = false;
    return 0;
}

int ch_alt_sidecar_is_told(const char *folder, const char *photo,
                           struct ch_err *e)
{
    char path[PATH_BYTES], *bytes;
    bool is_short;
    int found = 0, rc = find(path, folder, photo, &is_short, e);
    size_t n;

    if (rc <= 0)
        return rc;
    if (ch_file_read(path, CH_XMP_BYTES, &bytes, &n, NULL))
        return 0;
    rc = ch_xmp_look(bytes, n, path, &found, NULL);
    free(bytes);
    return !rc && found;
}

static int write_at(const char *path, const struct ch_buffer *out,
                    struct ch_err *e)
{
    char folder[PATH_BYTES];
    int rc;

    strcpy(folder, path);
    *strrchr(folder, '/') = '\0';
    rc = ch_file_folder(folder, e);
    return rc ? rc : ch_file_write(path, out->at, out->size, e);
}

/* What is at `from`, with what it lacks. */
static int extend_to(const char *path, const char *from, const char *text,
                     enum ch_alt_sidecar_end *end, struct ch_err *e)
{
    struct ch_buffer out = { 0 };
    struct ch_err why = CH_ERR_INIT;
    char *bytes;
    size_t n;
    int found, rc = ch_file_read(from, CH_XMP_BYTES, &bytes, &n, e);

    if (rc)
        return rc;
    rc = ch_xmp_add(bytes, n, from, text, &out, &found, &why);
    free(bytes);
    *end = rc ? CH_ALT_SIDECAR_BAD
              : out.size ? CH_ALT_SIDECAR_EXTENDED : CH_ALT_SIDECAR_THERE;
    if (rc == CH_EFORMAT) {
        ch_log(CH_LOG_WARN, "%s", why.msg);
        rc = 0;
    } else if (rc) {
        rc = ch_fail(e, rc, "%s", why.msg);
    } else if (out.size) {
        rc = write_at(path, &out, e);
    }
    ch_buffer_release(&out);
    return rc;
}

static int write_new(const char *path, const char *text, struct ch_err *e)
{
    struct ch_buffer out = { 0 };
    int found, rc = ch_xmp_add(NULL, 0, path, text, &out, &found, e);

    if (!rc) rc = write_at(path, &out, e);
    ch_buffer_release(&out);
    return rc;
}

int ch_alt_sidecar_write(const char *folder, const char *out,
                         const char *photo, const char *text, bool extend,
                         enum ch_alt_sidecar_end *end, struct ch_err *e)
{
    char path[PATH_BYTES], from[PATH_BYTES];
    bool is_short;
    int rc, there = find(from, out, photo, &is_short, e);

    if (!there) there = find(from, folder, photo, &is_short, e);
    if (there < 0)
        return there;
    if (there && !extend) {
        ch_log(CH_LOG_INFO, "%s stays as it is; --extend adds what it lacks",
               from);
        *end = CH_ALT_SIDECAR_THERE;
        return 0;
    }
    *end = CH_ALT_SIDECAR_WRITTEN;
    rc = name_sidecar(path, out, photo, is_short, e);
    if (rc)
        return rc;
    return there ? extend_to(path, from, text, end, e)
                 : write_new(path, text, e);
}
