/* resume.c - where a run begins, and what it leaves to go on from */
#include "train/resume.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "chorus/log.h"
#include "train/guard.h"
#include "train/keep.h"
#include "train/measure.h"
#include "train/replica_check.h"
#include "train/save.h"

static int fail_begun(const struct ch_replica *r, struct ch_err *e)
{
    return ch_fail_at(e, CH_EUSAGE, r->latest_path, CH_NO_OFFSET, "is there "
                      "already; give --resume to go on, or another --run to "
                      "begin");
}

static bool writes_run(const struct ch_replica *r)
{
    return ch_comm_rank(r->comm) == 0 && !r->o.is_dry && !r->o.replay_step;
}

int ch_resume_find(struct ch_replica *r, struct ch_err *e)
{
    const char *run = r->o.run;
    char **path;
    size_t count;
    int rc;

    rc = ch_file_join(r->best_path, sizeof r->best_path, run,
                      "best.safetensors", e);
    if (!rc) rc = ch_file_join(r->latest_path, sizeof r->latest_path, run,
                               "latest.safetensors", e);
    if (!rc) rc = ch_file_join(r->log_path, sizeof r->log_path, run,
                               "log.jsonl", e);
    if (rc || !writes_run(r))
        return rc;
    rc = ch_keep_list(run, &path, &count, e);
    ch_keep_free(path, count);
    if (rc)
        return rc;
    if (r->o.resume && !count)
        return ch_fail_at(e, CH_EUSAGE, r->latest_path, CH_NO_OFFSET,
                          "is not there, nothing to go on from; leave out "
                          "--resume to begin");
    return !r->o.resume && count ? fail_begun(r, e) : 0;
}

int ch_resume_folder(const struct ch_replica *r, struct ch_err *e)
{
    return writes_run(r) ? ch_file_folder(r->o.run, e) : 0;
}

int ch_resume_check(const struct ch_replica *r, struct ch_err *e)
{
    char **path;
    size_t count;
    int rc;

    if (r->read_id.inode && ch_file_check_same(&r->read_id, r->latest_path, e))
        return ch_fail_at(e, CH_EIO, r->latest_path, CH_NO_OFFSET, "was "
                          "written by another job meanwhile; start again, to "
                          "go on from there");
    if (r->is_resumed || r->has_saved)
        return 0;
    rc = ch_keep_list(r->o.run, &path, &count, e);
    ch_keep_free(path, count);
    return !rc && count ? fail_begun(r, e) : rc;
}

/* -------------------------------------------------------- where it begins */

/* Initial weights, an empty state, and nothing done. */
static int begin_new(struct ch_replica *r, struct ch_err *e)
{
    size_t bytes = r->update.count * sizeof(float);
    uint64_t steps = r->schedule.epoch_steps;
    int rc;

    ch_schedule_init(&r->schedule);
    r->schedule.epoch_steps = steps;
    if (ch_comm_rank(r->comm) == 0)
        ch_decoder_start_params(&r->model.decoder, r->o.seed,
                                r->reduce.params);
    for (size_t i = 0; i < r->update.block_count; i++)
        memset(r->update.block[i], 0, bytes);
    rc = ch_reduce_spread(&r->reduce, e);
    if (!rc)
        ch_update_begin_ema(&r->update, r->reduce.params + r->reduce.first);
    return rc;
}

/* What a checkpoint holds, where it is needed. */
static void take(struct ch_replica *r, struct ch_checkpoint *c)
{
    size_t F = r->model.decoder.shape.F;
    size_t bytes = c->model.decoder.float_count * sizeof(float);

    memcpy(r->reduce.params, c->model.params, bytes);
    for (size_t i = 0; i < r->update.block_count; i++)
        memcpy(r->all[i], c->block[i], bytes);
    memcpy(r->model.feature_mean, c->model.feature_mean, F * sizeof(float));
    memcpy(r->model.feature_std, c->model.feature_std, F * sizeof(float));
    c->schedule.epoch_steps = r->schedule.epoch_steps;
    r->schedule = c->schedule;
}

static int read_one(struct ch_replica *r, const char *path, struct ch_err *e)
{
    struct ch_checkpoint *c = malloc(sizeof *c);
    int rc;

    if (!c)
        return ch_fail(e, CH_ENOMEM, "cannot hold a checkpoint");
    rc = ch_checkpoint_read(c, path, e);
    if (rc) {
        free(c);
        return rc;
    }
    rc = ch_checkpoint_compare(c, &r->o, &r->data, path, e);
    if (!rc && (c->model.decoder.float_count != r->model.decoder.float_count ||
                c->model.decoder.shape.F != r->model.decoder.shape.F))
        rc = ch_fail_at(e, CH_EUSAGE, path, CH_NO_OFFSET, "has a decoder of "
                        "another shape than these shards need; begin another "
                        "run");
    if (!rc)
        take(r, c);
    ch_checkpoint_release(c);
    free(c);
    return rc;
}

/* Rank 0 reads what all need: the newest checkpoint that is whole.  A damaged
 * one is told, and not kept as a step when latest is written again. */
static int read_newest(struct ch_replica *r, struct ch_err *e)
{
    struct ch_err why = CH_ERR_INIT;
    char **path;
    size_t count;
    int rc = ch_keep_list(r->o.run, &path, &count, e);

    if (!rc && !count)
        rc = ch_fail_at(e, CH_EIO, r->latest_path, CH_NO_OFFSET,
                        "was removed while training; nothing to go back to");
    for (size_t i = 0; i < count && !rc; i++) {
        struct ch_err this = CH_ERR_INIT;

        r->read_id = (struct ch_file_id) { 0 };
        rc = strcmp(path[i], r->latest_path)
                 ? 0 : ch_file_identify(&r->read_id, path[i], &this);
        if (!rc) rc = read_one(r, path[i], &this);
        if (!rc) {
            r->saved_step = i ? 0 : r->schedule.step;
            r->has_saved = true;
            break;
        }
        if (i == 0 || rc == CH_EUSAGE)
            why = this;
        if (rc == CH_EUSAGE || i + 1 == count) {
            *e = why;
            break;
        }
        ch_log(CH_LOG_WARN, "%s; trying %s instead", this.msg, path[i + 1]);
        rc = 0;
    }
    ch_keep_free(path, count);
    return rc;
}

/* The newest before the step that is computed again, where there is one; the
 * one process that does it reads it. */
static int read_before(struct ch_replica *r, bool *is_found, struct ch_err *e)
{
    char **path;
    size_t count;
    int rc = ch_keep_list(r->o.run, &path, &count, e);

    *is_found = false;
    for (size_t i = 0; i < count && !rc && !*is_found; i++) {
        if (ch_keep_step(path[i]) >= r->o.replay_step)
            continue;
        rc = read_one(r, path[i], e);
        *is_found = !rc && r->schedule.step < r->o.replay_step;
    }
    ch_keep_free(path, count);
    return rc;
}

/* What rank 0 has read goes to where it is needed. */
static int share_read(struct ch_replica *r, struct ch_err *e)
{
    size_t F = r->model.decoder.shape.F;
    int rc = ch_comm_broadcast(r->comm, &r->schedule, sizeof r->schedule, e);

    if (!rc) rc = ch_comm_broadcast(r->comm, r->model.feature_mean,
                                    F * sizeof(float), e);
    if (!rc) rc = ch_comm_broadcast(r->comm, r->model.feature_std,
                                    F * sizeof(float), e);
    for (size_t i = 0; i < r->update.block_count && !rc; i++)
        if (!r->reduce.is_shared)
            rc = ch_reduce_deal(&r->reduce, r->all[i], r->update.block[i], e);
    return rc ? rc : ch_reduce_spread(&r->reduce, e);
}

static int begin_again(struct ch_replica *r, struct ch_err *e)
{
    int rc = 0;

    ch_pulse_phase(r->pulse, CH_PULSE_RESUME);
    if (ch_comm_rank(r->comm) == 0)
        rc = read_newest(r, e);
    rc = ch_comm_agree(r->comm, rc, e);
    return rc ? rc : share_read(r, e);
}

int ch_resume_begin(struct ch_replica *r, struct ch_err *e)
{
    bool is_found = false;
    int rc = r->o.replay_step ? read_before(r, &is_found, e) : 0;

    if (rc || is_found)
        return rc ? rc : share_read(r, e);
    if (r->is_resumed)
        return begin_again(r, e);
    for (size_t f = 0; r->o.is_dry && f < r->model.decoder.shape.F; f++)
        r->model.feature_std[f] = 1;
    if (r->o.is_dry)         /* measuring reads all features */
        return begin_new(r, e);
    ch_pulse_phase(r->pulse, CH_PULSE_MEASURE);
    rc = ch_measure_features(r->comm, &(struct ch_measure_what) {
                                 r->train, &r->train_lanes,
                                 r->model.decoder.shape.kind != CH_DECODER_NIC,
                                 r->pulse
                             }, r->model.feature_mean, r->model.feature_std,
                             e);
    return rc ? rc : begin_new(r, e);
}

int ch_resume_go_back(struct ch_replica *r, struct ch_err *e)
{
    uint64_t rollbacks = r->schedule.rollbacks + 1;
    int rc = ch_resume_wait(r, e);
    bool has_saved = r->has_saved;

    if (!rc) rc = ch_comm_broadcast(r->comm, &has_saved, sizeof has_saved, e);
    if (!rc)
        rc = has_saved ? begin_again(r, e) : begin_new(r, e);
    r->schedule.rollbacks = rollbacks;
    r->seal.step = 0;
    r->is_nan = false;
    return rc;
}

/* ----------------------------------------------------------------- saving */

int ch_resume_save(struct ch_replica *r, bool is_best, struct ch_err *e)
{
    int rc;

    ch_pulse_phase(r->pulse, CH_PULSE_SAVE);
    rc = ch_guard_weights(r, e);
    if (!rc) rc = ch_replica_check_save(r, e);
    /* What was gathered for the one before is being written. */
    if (!rc) rc = ch_resume_wait(r, e);
    if (!r->reduce.is_shared)
        for (size_t i = 0; i < r->update.block_count && !rc; i++)
            rc = ch_reduce_collect(&r->reduce, r->update.block[i], r->all[i],
                                   e);
    if (!rc && r->save)
        ch_save_begin(r->save, is_best);
    return rc;
}

int ch_resume_wait(struct ch_replica *r, struct ch_err *e)
{
    return ch_comm_agree(r->comm, ch_save_wait(r->save, e), e);
}
