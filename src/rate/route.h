/* route.h - what a request asks for */
#ifndef CH_RATE_ROUTE_H
#define CH_RATE_ROUTE_H

#include "rate/ticket.h"

#include <stdint.h>

/* X(name, method, last part of /r/TOKEN/...) */
#define CH_ROUTE_ACTIONS(X)                                                    \
    X(start, "POST", "start")                                                  \
    X(mark, "POST", "mark")                                                    \
    X(done, "POST", "done")                                                    \
    X(skip, "POST", "skip")                                                    \
    X(undo, "POST", "undo")                                                    \
    X(again, "POST", "again")

enum ch_route_kind {
    CH_ROUTE_NONE,             /* nothing is there */
    CH_ROUTE_METHOD,           /* something, but not by this method */
    CH_ROUTE_ROOT,             /* GET / */
    CH_ROUTE_STYLE,            /* GET /style.css */
    CH_ROUTE_SCRIPT,           /* GET /script.js */
    CH_ROUTE_TASK,             /* GET /r/TOKEN */
    CH_ROUTE_PHOTO,            /* GET /r/TOKEN/photo/NUMBER */
#define CH_ROUTE_ENUM(name, method, part) CH_ROUTE_##name,
    CH_ROUTE_ACTIONS(CH_ROUTE_ENUM)
#undef CH_ROUTE_ENUM
};

struct ch_route {
    enum ch_route_kind kind;
    char token[CH_TICKET_LENGTH + 1];   /* "" where there is none */
    int64_t number;                    /* of a photo */
};

/* path: as it was sent, not decoded: nothing here needs more than letters. */
struct ch_route ch_route_of(const char *method, const char *path);

#endif
