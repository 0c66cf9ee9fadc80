/* replica.c - what one rank holds while training */
#include "train/replica.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/kernel.h"
#include "net/mixed.h"
#include "train/replica_data.h"
#include "train/resume.h"
#include "train/save.h"
#include "train/settings.h"

/* ------------------------------------------------------------- the memory */

static bool is_looking(const struct ch_replica *r)
{
    return r->model.decoder.shape.kind != CH_DECODER_NIC;
}

/* A pass, and before it the drawing of words. */
static size_t arena_bytes(const struct ch_replica *r, size_t B, size_t longest)
{
    size_t pass = ch_decoder_arena_bytes(&r->model.decoder, B, longest);
    size_t mixed = r->o.sampling > 0 ? ch_mixed_bytes(&r->model.decoder, B)
                                     : 0;

    return pass > mixed ? pass : mixed;
}

static int take_desk(struct ch_replica *r, struct ch_replica_desk *desk,
                     size_t longest, struct ch_err *e)
{
    const struct ch_decoder_shape *s = &r->model.decoder.shape;
    size_t B = r->train_lanes.lane[0].batch;    /* the largest */
    int rc = ch_batch_init(&desk->rows, B, longest, is_looking(r) ? s->L : 0,
                           s->F, e);

    return rc ? rc : ch_arena_init(&desk->arena, arena_bytes(r, B, longest),
                                   e);
}

/* The threads, no more than there are lanes for, and a desk for each. */
static int take_crew(struct ch_replica *r, size_t longest, struct ch_err *e)
{
    size_t lanes = r->reduce.end_lane - r->reduce.first_lane;
    int rc = 0;

    r->desks = r->o.threads < lanes ? (size_t)r->o.threads : lanes;
    for (size_t i = 0; i < r->desks && !rc; i++)
        rc = take_desk(r, &r->desk[i], longest, e);
    return rc ? rc : ch_crew_open(&r->crew, r->desks, r->reduce.first_lane,
                                  r->reduce.end_lane, e);
}

/* For what a debug run tells (train/debug.h). */
static int take_debug(struct ch_replica *r, struct ch_err *e)
{
    size_t n = r->model.decoder.float_count;

    if (!r->o.debug || ch_comm_rank(r->comm) > 0 ||
        ch_comm_size(r->comm) == 1)
        return 0;
    r->debug_sum = ch_block_get(n, sizeof *r->debug_sum);
    return r->debug_sum ? 0 : ch_fail(e, CH_ENOMEM, "cannot hold a gradient "
                                      "of %zu parameters", n);
}

static int take_memory(struct ch_replica *r, size_t longest, struct ch_err *e)
{
    const struct ch_decoder *d = &r->model.decoder;
    bool is_shared = r->reduce.is_shared;
    int rc = take_crew(r, longest, e);

    if (!rc) rc = take_debug(r, e);
    if (!rc) rc = ch_update_init(&r->update, &r->o, d, r->reduce.first,
                                 r->reduce.end - r->reduce.first,
                                 is_shared ? r->reduce.state : NULL, e);
    for (size_t i = 0; i < r->update.block_count && !rc; i++) {
        if (ch_comm_rank(r->comm) > 0)
            break;
        r->all[i] = is_shared ? r->reduce.state[i]
                              : ch_block_get(d->float_count, sizeof(float));
        if (!r->all[i])
            rc = ch_fail(e, CH_ENOMEM, "cannot hold the optimiser's state of "
                         "%zu parameters", d->float_count);
    }
    return rc;
}

/* Floats of a gradient that are mostly zero: the word vectors, unless every
 * word has a part in the output layer.  MPI adds whole gradients only. */
struct range {
    size_t first, end;
};

static struct range words_of(const struct ch_replica *r)
{
    const struct ch_decoder *d = &r->model.decoder;
    const struct ch_param_info *w = &d->param[d->at.embed];

    if (d->shape.is_tied || r->o.reduce == CH_REDUCE_ALLREDUCE)
        return (struct range) { 0, 0 };
    return (struct range) { w->offset, w->offset + w->count };
}

static int take_save(struct ch_replica *r, struct ch_err *e)
{
    return ch_comm_rank(r->comm) > 0 || r->o.is_dry || r->o.replay_step
               ? 0 : ch_save_open(&r->save, r, e);
}

int ch_replica_open(struct ch_replica *r, struct ch_comm *comm,
                    const struct ch_train_options *o, struct ch_err *e)
{
    const char *name[CH_UPDATE_BLOCKS];
    struct range words = { 0, 0 };
    size_t longest = 0, cores = 1;
    int rc;

    memset(r, 0, sizeof *r);
    r->comm = comm;
    r->o = *o;
    r->o.lanes = ch_settings_lanes(o);
    if (r->o.schedule == CH_RATE_COSINE && !r->o.cosine_epochs)
        r->o.cosine_epochs = r->o.epochs;
    ch_update_settle(&r->o);
    ch_schedule_init(&r->schedule);
    r->is_resumed = o->resume;
    ch_block_guard(o->debug);
    rc = ch_comm_agree(comm, ch_kernel_check(e), e);
    if (!rc) rc = ch_reduce_check(comm, r->o.lanes, e);
    if (!rc) rc = ch_watchdog_open(&r->watchdog, comm, o->hang_s, e);
    if (!rc) r->pulse = ch_watchdog_pulse(r->watchdog);
    if (!rc && o->debug)
        ch_watchdog_tell_all(r->watchdog);
    if (!rc) rc = ch_comm_cores(comm, &cores, e);
    if (!r->o.threads)
        r->o.threads = cores < CH_CREW_MOST ? cores : CH_CREW_MOST;
    if (!rc) rc = ch_comm_agree(comm, ch_resume_find(r, e), e);
    if (!rc) rc = ch_comm_agree(comm, ch_replica_data_sets(r, e), e);
    if (!rc) rc = ch_comm_agree(comm, ch_replica_data_model(r, e), e);
    if (!rc) rc = ch_comm_agree(comm, ch_resume_folder(r, e), e);
    if (!rc) {
        ch_watchdog_name_sets(r->watchdog, r->train, r->val);
        ch_pulse_phase(r->pulse, CH_PULSE_READ);
        rc = ch_replica_data_lanes(r, &longest, e);
        words = words_of(r);
    }
    if (!rc)
        rc = ch_reduce_init(&r->reduce, comm, &(struct ch_reduce_size) {
                                r->model.decoder.float_count,
                                ch_update_blocks(&r->o, name), r->o.lanes,
                                o->debug ? (size_t)r->o.lanes
                                         : (size_t)r->o.threads,
                                words.first, words.end
                            }, e);
    r->reduce.is_plain = r->o.reduce == CH_REDUCE_ALLREDUCE;
    if (!rc) rc = ch_comm_agree(comm, take_memory(r, longest, e), e);
    r->reduce.crew = r->crew;
    r->update.used = r->reduce.sum_used;
    if (!rc) r->model.params = r->reduce.params;
    if (!rc) rc = ch_comm_agree(comm, take_save(r, e), e);
    if (!rc) rc = ch_resume_begin(r, e);
    if (rc)
        ch_replica_close(r);
    return rc;
}

void ch_replica_close(struct ch_replica *r)
{
    ch_save_close(r->save);
    ch_watchdog_close(r->watchdog);      /* it looks at the sets */
    for (size_t i = 0; i < r->update.block_count && !r->reduce.is_shared; i++)
        ch_block_release(r->all[i]);
    ch_block_release(r->debug_sum);
    r->model.params = NULL;      /* reduce's */
    ch_update_release(&r->update);
    ch_reduce_release(&r->reduce);
    ch_crew_close(r->crew);
    for (size_t i = 0; i < r->desks; i++) {
        ch_arena_release(&r->desk[i].arena);
        ch_batch_release(&r->desk[i].rows);
    }
    ch_model_release(&r->model);
    ch_lanes_release(&r->val_lanes);
    ch_lanes_release(&r->train_lanes);
    ch_set_close(r->val);
    ch_set_close(r->train);
    ch_block_guard(false);
    memset(r, 0, sizeof *r);
}

/* ------------------------------------------------------------------ lanes */

int ch_replica_load(struct ch_replica *r, struct ch_set *set,
                    const struct ch_lanes *lanes, size_t lane,
                    struct ch_replica_part part, struct ch_batch *out,
                    struct ch_err *e)
{
    struct ch_batch_rows *b = &r->desk[part.desk].rows;
    struct ch_pulse_work work = { .lane = lane, .is_val = set == r->val };
    int rc;

    if (part.count)
        work.record = lanes->lane[lane].example[
            lanes->lane[lane].order[part.first]].record;
    ch_pulse_work(r->pulse, part.desk, work);
    ch_crew_enter(r->crew);       /* a set is read by one thread at a time */
    rc = ch_batch_fill(b, set, &lanes->lane[lane], part.first, part.count,
                       r->model.decoder.shape.V, e);
    ch_crew_leave(r->crew);
    if (rc)
        return rc;
    ch_model_standardise(&r->model, b->M * (b->L ? b->L : 1), b->feature,
                         b->feature);
    work.is_computing = 1;
    ch_pulse_work(r->pulse, part.desk, work);
    *out = (struct ch_batch) {
        .B = b->B, .T = b->T, .N = b->N, .F = b->F, .live = b->live,
        .input = b->input, .target = b->target, .feature = b->feature,
        .example = b->example, .M = b->M, .image = b->L ? b->image : NULL
    };
    return 0;
}

int ch_replica_gather(struct ch_replica *r, struct ch_replica_report *report,
                      struct ch_replica_report *total, struct ch_err *e)
{
    int own = 0, rc;

    for (size_t l = r->reduce.first_lane; l < r->reduce.end_lane && !own; l++)
        own = (int)report[l].rc;
    rc = ch_reduce_lanes(r->comm, r->o.lanes, sizeof *report, report, e);
    if (rc)
        return rc;
    memset(total, 0, sizeof *total);
    for (size_t l = 0; l < r->o.lanes; l++) {
        total->loss += report[l].loss;
        total->words += report[l].words;
        total->wish |= report[l].wish;
        if (report[l].rc)
            return ch_comm_agree(r->comm, own, e);
    }
    return 0;
}

int ch_replica_swap_ema(struct ch_replica *r, struct ch_err *e)
{
    if (!r->update.ema)
        return 0;
    ch_update_swap_ema(&r->update, r->reduce.params + r->reduce.first);
    return ch_reduce_publish(&r->reduce, e);
}
