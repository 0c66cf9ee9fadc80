/* encoder_link.c - where the encoder of shards and models is found again */
#include "data/encoder_link.h"

#include "base/file.h"
#include "base/json.h"
#include "chorus/log.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Is there anything that must stay as it is? */
static bool is_settled(const char *path, const char *target)
{
    char now[PATH_MAX];
    struct stat s;
    ssize_t n;

    if (lstat(path, &s))
        return false;
    if (!S_ISLNK(s.st_mode))
        return true;
    n = readlink(path, now, sizeof now);
    return n > 0 && (size_t)n == strlen(target) &&
           !memcmp(now, target, (size_t)n);
}

/* Made under another name first: there is always the older link or this. */
static int make(const char *target, const char *path)
{
    char beside[PATH_MAX + 32];

    snprintf(beside, sizeof beside, "%s.tmp.%ld", path, (long)getpid());
    if (unlink(beside) && errno != ENOENT)
        return -1;
    if (symlink(target, beside))
        return -1;
    if (!rename(beside, path))
        return 0;
    unlink(beside);
    return -1;
}

void ch_encoder_link(const char *file, const char *folder, const char *name)
{
    char path[PATH_MAX];
    char *target = realpath(file, NULL);

    if (target && !ch_file_join(path, sizeof path, folder, name, NULL) &&
        !is_settled(path, target) && make(target, path))
        ch_log(CH_LOG_DEBUG, "%s: cannot be a link to the encoder: %s", path,
               strerror(errno));
    free(target);
}

void ch_encoder_link_shards(const char *from, const char *to)
{
    char file[PATH_MAX];

    if (!ch_file_join(file, sizeof file, from, CH_ENCODER_LINK, NULL))
        ch_encoder_link(file, to, CH_ENCODER_LINK);
}

static void folder_of(char *out, size_t size, const char *path)
{
    const char *slash = strrchr(path, '/');

    snprintf(out, size, "%.*s", slash ? (int)(slash - path + 1) : 1,
             slash ? path : ".");
}

/* folder/NAME, or folder/its recorded name, beside the model. */
static void link_model(const char *json, const char *from, const char *name,
                       const char *model)
{
    char file[PATH_MAX], to[PATH_MAX];
    struct ch_json *o = NULL;
    const char *recorded = "";

    if (!ch_json_parse(&o, json, strlen(json), "", NULL))
        recorded = ch_json_text(ch_json_get(o, "file"), "");
    folder_of(to, sizeof to, model);
    if (*recorded && !strchr(recorded, '/') &&
        !ch_file_join(file, sizeof file, from, name ? name : recorded, NULL))
        ch_encoder_link(file, to, recorded);
    ch_json_close(o);
}

void ch_encoder_link_model(const char *json, const char *shards,
                           const char *model)
{
    link_model(json, shards, CH_ENCODER_LINK, model);
}

void ch_encoder_link_like(const char *json, const char *like,
                          const char *model)
{
    char from[PATH_MAX];

    folder_of(from, sizeof from, like);
    link_model(json, from, NULL, model);
}
