/* page_run.h - what a run's log tells, in memory */
#ifndef CH_PAGE_PAGE_RUN_H
#define CH_PAGE_PAGE_RUN_H

#include "base/json.h"
#include "chorus/page.h"

/* NaN: not told. */
struct ch_page_step {
    double step, epoch, loss, rate, norm, words_per_s;
    double load_s, compute_s, wait_s, update_s;   /* of rank 0 */
};

struct ch_page_epoch {
    double step, epoch, train_loss, val_loss, cider_d, bleu_4;
    double seconds, words_per_s;
    bool is_best;              /* when it ended */
};

/* The least, the median and the most of the ranks, in seconds. */
struct ch_page_ranks {
    double epoch;
    double load_s[3], compute_s[3], wait_s[3];
    int64_t slowest;
    char host[64];
};

/* What was said of a validation photo after an epoch. */
struct ch_page_said {
    double epoch;
    char *image, *caption;
};

/* How far a log is read: whole lines of one file.  Its last bytes tell whether
 * it is still the same one. */
#define CH_PAGE_TAIL 64
struct ch_page_place {
    uint64_t inode, bytes, lines;
    char tail[CH_PAGE_TAIL];
    size_t tail_bytes;
};

struct ch_page_run {
    char *name;                /* its folder, as it was given */
    struct ch_page_place read;
    struct ch_json *settings;  /* the last line of them */
    struct ch_page_step *step;
    struct ch_page_epoch *epoch;
    struct ch_page_ranks *ranks;
    struct ch_page_said *said;
    size_t steps, epochs, rank_lines, saids;
    size_t step_room, epoch_room, rank_room, said_room;
};

/* The best epoch so far, or NULL. */
const struct ch_page_epoch *ch_page_run_best(const struct ch_page_run *r);

/* The page as HTML; is_live: with the script that follows the run, and photos
 * beside it, as /photo/RUN/NUMBER. */
int ch_page_put(struct ch_buffer *out, const struct ch_page *page,
                bool is_live, struct ch_err *e);

/* Curves of one run, or of several over one another. */
void ch_page_curves_put(struct ch_buffer *out,
                        struct ch_page_run *const *run, size_t count);
/* What they came to, settings, and where the time went. */
void ch_page_results_put(struct ch_buffer *out,
                         struct ch_page_run *const *run, size_t count);
void ch_page_settings_put(struct ch_buffer *out,
                          struct ch_page_run *const *run, size_t count);
void ch_page_times_put(struct ch_buffer *out, const struct ch_page_run *r);

/* Validation photos with their captions epoch by epoch, of the i-th run. */
void ch_page_said_put(struct ch_buffer *out, const struct ch_page *page,
                      size_t i, bool is_live);
/* The bytes of the number-th line of captions' photo, to be freed, and its
 * type; NULL when there is none. */
char *ch_page_said_photo(const struct ch_page *page, size_t i, size_t number,
                         size_t *n, const char **type);

/* A photo with the words of its caption to choose from: the chosen one lights
 * up where the model looked.  bytes: the picture's; number: of the page, for
 * names. */
void ch_page_look_put(struct ch_buffer *out, const struct ch_page_photo *p,
                      const void *bytes, size_t n, size_t number);

#endif
