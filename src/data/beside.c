/* beside.c - a folder that is whole or absent */
#include "data/beside.h"

#include "base/file.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

int ch_beside_open(struct ch_beside *b, const char *wanted, struct ch_err *e)
{
    size_t n = strlen(wanted);

    b->wanted = wanted;
    while (n > 1 && wanted[n - 1] == '/')
        n--;
    if (n + sizeof ".tmp.0123456789" > sizeof b->beside)
        return ch_fail(e, CH_EUSAGE, "the path %.40s... is too long", wanted);
    memcpy(b->out, wanted, n);
    b->out[n] = '\0';
    strcpy(b->beside, b->out);
    snprintf(b->beside + n, sizeof b->beside - n, ".tmp.%ld", (long)getpid());
    if (ch_file_exists(b->out))
        return ch_fail_at(e, CH_EUSAGE, b->out, CH_NO_OFFSET,
                          "is there already; remove it or choose another "
                          "folder");
    return 0;
}

int ch_beside_make(struct ch_beside *b, struct ch_err *e)
{
    /* Left by a run that was killed and had our number. */
    ch_beside_remove(b);
    return ch_file_folder(b->beside, e);
}

int ch_beside_finish(struct ch_beside *b, struct ch_err *e)
{
    if (rename(b->beside, b->out) != 0)
        return ch_fail_errno(e, b->wanted, "cannot rename the finished "
                             "shards");
    return ch_file_sync_folder(b->out, e);
}

void ch_beside_remove(const struct ch_beside *b)
{
    char **list;
    size_t count;
    struct ch_err ignored = CH_ERR_INIT;

    if (!ch_file_exists(b->beside) && !ch_file_is_folder(b->beside))
        return;
    if (ch_file_list(b->beside, NULL, &list, &count, &ignored) == 0) {
        for (size_t i = 0; i < count; i++)
            unlink(list[i]);
        ch_file_list_free(list, count);
    }
    rmdir(b->beside);
}
