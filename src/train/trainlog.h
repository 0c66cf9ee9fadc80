/* trainlog.h - RUN/log.jsonl: what happened, for machines
 *
 * One JSON object a line:
 *   {"kind":"settings","version":..,"ranks":..,"kernel":..,<settings>,...}
 *   {"kind":"step","step":..,"epoch":..,"loss":..,"rate":..,"norm":..,
 *    "words":..,"words_per_s":..,"load_s":..,"compute_s":..,"wait_s":..,
 *    "update_s":..}                     seconds of rank 0; loss per word
 *   {"kind":"epoch","epoch":..,"step":..,"train_loss":..,"val_loss":..,
 *    "rate":..,"seconds":..,"words_per_s":..,"best":true|false}
 *    with --select cider or bleu4 also "cider_d":..,"bleu_4":..
 *   {"kind":"ranks","epoch":..,"step":..,"load_s":[least,median,most],
 *    "compute_s":[..],"wait_s":[..],"slowest_rank":..,"slowest_host":..}
 *                                      seconds of the epoch's steps
 *   {"kind":"caption","epoch":..,"step":..,"image":..,"caption":..}
 *                                      before the epoch's line (--show)
 *
 * A run that goes on drops the lines of steps its checkpoint does not know and
 * adds a settings line with "resumed_step".
 *
 * Ranks:    rank 0 only.
 * Memory:   step() allocates nothing after the first.
 */
#ifndef CH_TRAIN_TRAINLOG_H
#define CH_TRAIN_TRAINLOG_H

#include "chorus/train.h"
#include "train/judge.h"
#include "train/straggler.h"

struct ch_trainlog_facts {
    int ranks;
    const char *kernel;
    uint64_t parameters, images, captions, words;   /* words of an epoch */
    uint64_t left_out;                              /* damaged records */
    const char *photos;                             /* their folder */
};

struct ch_trainlog_step {
    uint64_t step, epoch;
    double loss, rate, norm;
    uint64_t words;
    double words_per_s;
    double load_s, compute_s, wait_s, update_s;
};

struct ch_trainlog_epoch {
    uint64_t epoch, step;
    double train_loss, val_loss, rate;
    double seconds, words_per_s;
    bool is_best;
    const struct ch_judge_score *captions;   /* NULL: nothing was captioned */
};

struct ch_trainlog_caption {
    uint64_t epoch, step;
    const char *image, *caption;             /* its key, what is said of it */
};

struct ch_trainlog;
/* Nothing in the file is changed.  CH_EIO while another job has it open. */
int ch_trainlog_open(struct ch_trainlog **out, const char *path,
                     struct ch_err *e);
/* Before the first line.  resumed_step 0: a new log.  Otherwise the lines up to
 * that step are kept. */
int ch_trainlog_keep(struct ch_trainlog *t, uint64_t resumed_step,
                     struct ch_err *e);
void ch_trainlog_close(struct ch_trainlog *t);

/* What steps and epochs say goes to TensorBoard's file in the folder, too. */
int ch_trainlog_events(struct ch_trainlog *t, const char *folder,
                       struct ch_err *e);

/* Each line is complete in the file when these return. */
int ch_trainlog_settings(struct ch_trainlog *t,
                         const struct ch_train_options *o,
                         const struct ch_trainlog_facts *f, struct ch_err *e);
int ch_trainlog_step(struct ch_trainlog *t, const struct ch_trainlog_step *s,
                     struct ch_err *e);
int ch_trainlog_epoch(struct ch_trainlog *t, const struct ch_trainlog_epoch *s,
                      struct ch_err *e);
int ch_trainlog_caption(struct ch_trainlog *t,
                        const struct ch_trainlog_caption *c, struct ch_err *e);
int ch_trainlog_ranks(struct ch_trainlog *t, uint64_t epoch, uint64_t step,
                      const struct ch_straggler *s, struct ch_err *e);

#endif
