/* route.c - what a request asks for */
#include "rate/route.h"

#include <string.h>

#include "rate/urlform.h"

#define PHOTO "photo/"

static enum ch_route_kind of_action(const char *part, const char **method)
{
    static const struct {
        enum ch_route_kind kind;
        const char *method, *part;
    } action[] = {
#define ROUTE_ROW(name, how, part) { CH_ROUTE_##name, how, part },
        CH_ROUTE_ACTIONS(ROUTE_ROW)
#undef ROUTE_ROW
    };

    for (size_t i = 0; i < sizeof action / sizeof *action; i++)
        if (!strcmp(action[i].part, part)) {
            *method = action[i].method;
            return action[i].kind;
        }
    return CH_ROUTE_NONE;
}

/* Behind "/r/". */
static struct ch_route of_rater(const char *at, const char **method)
{
    struct ch_route r = { .kind = CH_ROUTE_NONE };
    size_t n = strcspn(at, "/");

    if (!ch_ticket_is_formed(at, n))
        return r;
    memcpy(r.token, at, n);
    at += n;
    if (!*at) {
        r.kind = CH_ROUTE_TASK;
    } else if (!strncmp(at + 1, PHOTO, strlen(PHOTO))) {
        at += 1 + strlen(PHOTO);
        r.number = ch_urlform_digits(at, strlen(at), INT64_MAX);
        r.kind = r.number > 0 ? CH_ROUTE_PHOTO : CH_ROUTE_NONE;
    } else {
        r.kind = of_action(at + 1, method);
    }
    return r;
}

struct ch_route ch_route_of(const char *method, const char *path)
{
    struct ch_route r = { .kind = CH_ROUTE_NONE };
    const char *needed = "GET";

    if (!strcmp(path, "/"))
        r.kind = CH_ROUTE_ROOT;
    else if (!strcmp(path, "/style.css"))
        r.kind = CH_ROUTE_STYLE;
    else if (!strcmp(path, "/script.js"))
        r.kind = CH_ROUTE_SCRIPT;
    else if (!strncmp(path, "/r/", 3))
        r = of_rater(path + 3, &needed);
    /* HEAD is a GET whose body nobody sees. */
    if (r.kind != CH_ROUTE_NONE && strcmp(method, needed) &&
        !(!strcmp(method, "HEAD") && !strcmp(needed, "GET")))
        r.kind = CH_ROUTE_METHOD;
    return r;
}
