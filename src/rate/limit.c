/* limit.c - not too many requests from one side */
#include "rate/limit.h"

#include <math.h>
#include <string.h>

#include "base/hash.h"

void ch_limit_init(struct ch_limit *l, double rate, double burst)
{
    l->rate = rate;
    l->burst = burst;
    for (size_t i = 0; i < CH_LIMIT_PLACES; i++) {
        l->bucket[i].level = burst;
        l->bucket[i].at_s = 0;
    }
}

bool ch_limit_take(struct ch_limit *l, const char *key, double now_s)
{
    size_t place = (size_t)(ch_hash(key, strlen(key)) % CH_LIMIT_PLACES);
    double passed = now_s - l->bucket[place].at_s;
    double level = l->bucket[place].level + fmax(passed, 0) * l->rate;

    level = fmin(level, l->burst);
    l->bucket[place].at_s = now_s;
    l->bucket[place].level = level >= 1 ? level - 1 : level;
    return level >= 1;
}
