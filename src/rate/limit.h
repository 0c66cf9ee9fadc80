/* limit.h - not too many requests from one side
 *
 * Each key (an address, a token) has a bucket that fills at `rate` a second up
 * to `burst`; a request takes one.  Keys share a fixed table: two that meet in
 * a place share a bucket, so memory does not grow with the number of keys.
 */
#ifndef CH_RATE_LIMIT_H
#define CH_RATE_LIMIT_H

#include <stdbool.h>
#include <stddef.h>

#define CH_LIMIT_PLACES 1024

struct ch_limit {
    double rate, burst;
    struct {
        double level, at_s;
    } bucket[CH_LIMIT_PLACES];
};

void ch_limit_init(struct ch_limit *l, double rate, double burst);
/* now_s: on a clock that only goes forward.  false: too many. */
bool ch_limit_take(struct ch_limit *l, const char *key, double now_s);

#endif
