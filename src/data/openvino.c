/* openvino.c - OpenVINO, opened when a network is */
#include "data/openvino.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <threads.h>

static struct ch_openvino table;
static char why_not[300];            /* "": it is open */
static once_flag once = ONCE_FLAG_INIT;

/* ISO C has no way from an object's address to a function's. */
static void find(void *library, const char *name, void *to)
{
    void *at = dlsym(library, name);

    memcpy(to, &at, sizeof at);
    if (!at)
        snprintf(why_not, sizeof why_not, "it lacks %s", name);
}

/* By its name alone: the loader looks where the program says that its libraries
 * are. */
static void open_library(void)
{
    void *library = dlopen(CH_OPENVINO_LIBRARY, RTLD_LAZY | RTLD_LOCAL);
    const char *why;

    if (!library) {
        why = dlerror();
        snprintf(why_not, sizeof why_not, "%s", why ? why : "no reason given");
        return;
    }
#define FIND(name) find(library, "ov_" #name, &table.name);
    CH_OPENVINO(FIND)
#undef FIND
}

const struct ch_openvino *ch_openvino_open(struct ch_err *e)
{
    call_once(&once, open_library);
    if (!why_not[0])
        return &table;
    ch_fail(e, CH_EIO, "cannot open OpenVINO, which runs encoders: %s; it is "
            "installed with chorus, and built with what `make packages` puts "
            "into build/venv", why_not);
    return NULL;
}

int ch_openvino_fail(const char *network, ov_status_e status, const char *what,
                     struct ch_err *e)
{
    const char *all = table.get_last_err_msg();      /* ours to free */
    const char *why;
    char line[300];

    /* OpenVINO's messages have many lines; the last says what is wrong. */
    snprintf(line, sizeof line, "%s", all ? all
                                          : table.get_error_info(status));
    table.free(all);
    for (size_t n = strlen(line); n && (line[n - 1] == '\n' ||
                                        line[n - 1] == ' '); n--)
        line[n - 1] = '\0';
    why = strrchr(line, '\n');
    return ch_fail_at(e, CH_EFORMAT, network, CH_NO_OFFSET,
                      "cannot %s: %s", what, why ? why + 1 : line);
}
