/* lanes.c - the pieces a batch is cut into, so that ranks do not matter */
#include "data/lanes.h"

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "chorus/log.h"

size_t ch_lanes_default(size_t batch)
{
    size_t lanes = 4 * ((batch + 127) / 128);

    if (batch >= 16)
        return lanes < CH_LANES_MAX ? lanes : CH_LANES_MAX;
    return batch >= 4 ? batch / 4 : 1;
}

size_t ch_lanes_first(size_t lane_count, int rank, int size)
{
    return (size_t)rank * lane_count / (size_t)size;
}

int ch_lanes_init(struct ch_lanes *l, size_t records, size_t batch,
                  size_t lane_count, struct ch_err *e)
{
    memset(l, 0, sizeof *l);
    if (lane_count < 1 || lane_count > CH_LANES_MAX)
        return ch_fail(e, CH_EUSAGE, "expected 1 to %d lanes, found %zu",
                       CH_LANES_MAX, lane_count);
    if (lane_count > batch)
        return ch_fail(e, CH_EUSAGE, "%zu lanes need a batch of %zu captions "
                       "or more, found %zu; take fewer lanes or a larger "
                       "batch", lane_count, lane_count, batch);
    if (records > UINT32_MAX)
        return ch_fail(e, CH_EUSAGE, "%zu images are more than a set may "
                       "have", records);
    l->lane = calloc(lane_count, sizeof *l->lane);
    if (!l->lane)
        return ch_fail(e, CH_ENOMEM, "cannot hold %zu lanes", lane_count);
    l->count = lane_count;
    for (size_t i = 0; i < lane_count; i++) {
        struct ch_lane *lane = &l->lane[i];

        /* What does not divide goes to the first lanes. */
        lane->first_record = i * (records / lane_count) +
                             (i < records % lane_count ? i
                                                       : records % lane_count);
        lane->record_count = records / lane_count +
                             (i < records % lane_count);
        lane->batch = batch / lane_count + (i < batch % lane_count);
    }
    return 0;
}

void ch_lanes_release(struct ch_lanes *l)
{
    for (size_t i = 0; i < l->count; i++) {
        free(l->lane[i].example);
        free(l->lane[i].order);
        free(l->lane[i].bad);
    }
    free(l->lane);
    memset(l, 0, sizeof *l);
}

/* Room for the captions of one more record. */
static int make_room(struct ch_lane *lane, size_t more, size_t *room,
                     struct ch_err *e)
{
    struct ch_example *at;

    if (lane->example_count + more <= *room)
        return 0;
    *room = 2 * *room + more;
    at = realloc(lane->example, *room * sizeof *at);
    if (!at)
        return ch_fail(e, CH_ENOMEM, "cannot hold %zu examples", *room);
    lane->example = at;
    return 0;
}

static void add_example(struct ch_lane *lane, size_t record, size_t caption,
                        size_t words)
{
    lane->example[lane->example_count++] = (struct ch_example) {
        (uint32_t)record, (uint16_t)caption, (uint16_t)words
    };
    lane->word_count += words;
    if (words > lane->longest)
        lane->longest = words;
}

static int leave_out(struct ch_lane *lane, size_t record,
                     const struct ch_err *why, struct ch_err *e)
{
    size_t *at = realloc(lane->bad, (lane->bad_count + 1) * sizeof *at);

    if (!at)
        return ch_fail(e, CH_ENOMEM, "cannot hold the damaged records");
    lane->bad = at;
    lane->bad[lane->bad_count++] = record;
    ch_log(CH_LOG_WARN, "left out: %s", why->msg);
    return 0;
}

/* 1 when the record is left out. */
static int read_record(const struct ch_lanes *l, struct ch_lane *lane,
                       struct ch_set *set, size_t n,
                       struct ch_caption_record *record, struct ch_err *e)
{
    struct ch_err why = CH_ERR_INIT;
    int rc;

    if (!l->skip_bad)
        return ch_set_captions(set, n, record, e);
    rc = ch_set_check(set, n, l->is_grid, record, &why);
    if (rc == CH_EFORMAT) {
        rc = leave_out(lane, n, &why, e);
        return rc ? rc : 1;
    }
    if (rc && e)
        *e = why;
    return rc;
}

static int read_records(const struct ch_lanes *l, struct ch_lane *lane,
                        struct ch_set *set, struct ch_caption_record *record,
                        struct ch_err *e)
{
    size_t room = 0;
    int rc = 0;

    for (size_t i = 0; i < lane->record_count && rc >= 0; i++) {
        size_t n = lane->first_record + i;

        rc = read_record(l, lane, set, n, record, e);
        if (rc)
            continue;
        rc = make_room(lane, record->caption_count, &room, e);
        for (size_t c = 0; !rc && c < record->caption_count; c++) {
            size_t ids = record->caption[c].id_count;

            /* <start> is fed, all after it are predicted. */
            if (ids < 2 || ids > CH_RECORD_MAX_WORDS + 2)
                rc = ch_fail(e, CH_EFORMAT, "caption %zu of image %zu has %zu "
                             "ids, expected 2 to %d; make the shards again",
                             c, n, ids, CH_RECORD_MAX_WORDS + 2);
            else
                add_example(lane, n, c, ids - 1);
        }
    }
    return rc < 0 ? rc : 0;
}

int ch_lanes_read(struct ch_lanes *l, size_t lane, struct ch_set *set,
                  struct ch_err *e)
{
    struct ch_lane *at = &l->lane[lane];
    struct ch_caption_record *record = malloc(sizeof *record);
    int rc = 0;

    if (!record)
        return ch_fail(e, CH_ENOMEM, "cannot hold a record");
    rc = read_records(l, at, set, record, e);
    free(record);
    if (rc)
        return rc;
    if (at->example_count > UINT32_MAX)
        return ch_fail(e, CH_EUSAGE, "lane %zu has %zu captions, at most 2^32 "
                       "are possible; take more lanes", lane,
                       at->example_count);
    at->order = malloc((at->example_count ? at->example_count : 1) *
                       sizeof *at->order);
    if (!at->order)
        return ch_fail(e, CH_ENOMEM, "cannot hold the order of %zu examples",
                       at->example_count);
    for (size_t i = 0; i < at->example_count; i++)
        at->order[i] = (uint32_t)i;
    return 0;
}

void ch_lanes_place(struct ch_lanes *l, const uint64_t *examples)
{
    size_t first = 0;

    for (size_t i = 0; i < l->count; i++) {
        l->lane[i].first_example = first;
        l->lane[i].example_count = (size_t)examples[i];
        first += (size_t)examples[i];
    }
}

bool ch_lanes_is_bad(const struct ch_lanes *l, size_t lane, size_t record)
{
    const struct ch_lane *at = &l->lane[lane];

    for (size_t i = 0; i < at->bad_count; i++)
        if (at->bad[i] == record)
            return true;
    return false;
}

size_t ch_lanes_bad(const struct ch_lanes *l)
{
    size_t count = 0;

    for (size_t i = 0; i < l->count; i++)
        count += l->lane[i].bad_count;
    return count;
}

/* order [n] begins with the first examples of all records, whose own are put
 * in their place: from the end, as no record is without an example. */
static void expand_records(const struct ch_lane *lane, size_t records)
{
    size_t at = lane->example_count;

    for (size_t i = records; i-- > 0;) {
        size_t first = lane->order[i], end = first;

        while (end < lane->example_count &&
               lane->example[end].record == lane->example[first].record)
            end++;
        while (end > first)
            lane->order[--at] = (uint32_t)--end;
    }
}

void ch_lanes_shuffle(struct ch_lanes *l, size_t lane, uint64_t seed,
                      uint32_t epoch)
{
    struct ch_lane *at = &l->lane[lane];
    struct ch_rng rng;
    size_t n = 0;

    /* From the beginning, not from the order of the epoch before: a run that
     * goes on finds the same order. */
    for (size_t i = 0; i < at->example_count; i++)
        if (!l->is_together || i == 0 ||
            at->example[i].record != at->example[i - 1].record)
            at->order[n++] = (uint32_t)i;
    ch_rng_init(&rng, (struct ch_rng_place) {
        .seed = seed, .purpose = CH_RNG_ORDER, .epoch = epoch,
        .example = (uint32_t)lane
    });
    ch_rng_shuffle(&rng, at->order, n);
    if (l->is_together)
        expand_records(at, n);
}

size_t ch_lanes_steps(const struct ch_lanes *l)
{
    size_t most = 0;

    for (size_t i = 0; i < l->count; i++) {
        const struct ch_lane *lane = &l->lane[i];
        size_t steps = (lane->example_count + lane->batch - 1) / lane->batch;

        if (steps > most)
            most = steps;
    }
    return most;
}

size_t ch_lanes_examples(const struct ch_lanes *l)
{
    const struct ch_lane *last = &l->lane[l->count - 1];

    return last->first_example + last->example_count;
}

size_t ch_lanes_at(const struct ch_lanes *l, size_t lane, size_t step,
                   size_t *first)
{
    const struct ch_lane *at = &l->lane[lane];
    size_t left;

    *first = step * at->batch;
    if (*first >= at->example_count)
        return 0;
    left = at->example_count - *first;
    return left < at->batch ? left : at->batch;
}
