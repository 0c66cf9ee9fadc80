/* answer.h - what a rater does: see a task, mark, finish, skip, undo
 *
 * Each call is one transaction, on the disk when it returns.  A rater reaches
 * only tasks of their own: for others, and for values that no question has,
 * functions give 0 and change nothing.
 */
#ifndef CH_RATE_ANSWER_H
#define CH_RATE_ANSWER_H

#include "base/bytes.h"
#include "rate/study.h"

struct ch_answer_rater {
    int64_t id;
    bool has_started;
    int64_t done, skipped, all;        /* tasks */
};

struct ch_answer_task {
    int64_t id, photo;
    struct ch_buffer first, second;    /* captions; second: of a pair */
    uint32_t mark[CH_STUDY_SCALE_COUNT];   /* 0: none yet */
};

/* 1, or 0 when nobody has the token. */
int ch_answer_find(const struct ch_study *s, const char *token,
                   struct ch_answer_rater *out, struct ch_err *e);
/* The rater's next open task: 1, or 0 when there is none.  Zeroed before;
 * released with ch_answer_release(). */
int ch_answer_task(const struct ch_study *s, int64_t rater,
                   struct ch_answer_task *out, struct ch_err *e);
void ch_answer_release(struct ch_answer_task *t);
/* The file of a photo that the rater has tasks with, below s->images. */
int ch_answer_photo(const struct ch_study *s, int64_t rater, int64_t photo,
                    char *out, size_t size, struct ch_err *e);

/* All: 1 when done, 0 when refused. */
int ch_answer_start(const struct ch_study *s, int64_t rater, struct ch_err *e);
/* One click on an open task. */
int ch_answer_mark(const struct ch_study *s, int64_t rater, int64_t task,
                   uint32_t question, uint32_t value, struct ch_err *e);
/* All marks of a task, which is finished then; also corrects one that is. */
int ch_answer_done(const struct ch_study *s, int64_t rater, int64_t task,
                   const uint32_t *mark, struct ch_err *e);
int ch_answer_skip(const struct ch_study *s, int64_t rater, int64_t task,
                   struct ch_err *e);
/* The task finished or skipped last is open again, with its marks. */
int ch_answer_undo(const struct ch_study *s, int64_t rater, struct ch_err *e);
/* All that was skipped is open again. */
int ch_answer_again(const struct ch_study *s, int64_t rater,
                    struct ch_err *e);

#endif
