/* hypothesis.h - a caption, or the beginning of one */
#ifndef CH_CAPTION_HYPOTHESIS_H
#define CH_CAPTION_HYPOTHESIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define CH_CAPTION_WORDS_MOST 100

struct ch_hypothesis {
    size_t photo;             /* of those searched together */
    size_t number;            /* of the captions drawn for it */
    size_t count;
    int32_t id[CH_CAPTION_WORDS_MOST];              /* without <end> */
    float word_logp[CH_CAPTION_WORDS_MOST + 1];     /* with <end> */
    /* Which row it was when each word was chosen: where its looks are. */
    uint32_t row[CH_CAPTION_WORDS_MOST + 1];
    uint64_t met;             /* bit i: constraint i holds */
    double logp;              /* their sum */
    double score;             /* of a whole caption */
    bool is_greedy;           /* each word was the likeliest */
    bool is_spare;            /* kept for being greedy alone */
};

/* to = h, seen at a row, and what it says next; an <end> is only counted into
 * logp. */
static inline void ch_hypothesis_extend(const struct ch_hypothesis *h,
                                        size_t row, int32_t word, float logp,
                                        bool is_end, struct ch_hypothesis *to)
{
    size_t n = h->count;

    *to = (struct ch_hypothesis){ .photo = h->photo, .number = h->number,
                                  .count = n + !is_end, .met = h->met,
                                  .logp = h->logp + (double)logp };
    memcpy(to->id, h->id, n * sizeof *h->id);
    memcpy(to->word_logp, h->word_logp, n * sizeof *h->word_logp);
    memcpy(to->row, h->row, n * sizeof *h->row);
    to->word_logp[n] = logp;
    to->row[n] = (uint32_t)row;
    if (!is_end)
        to->id[n] = word;
}

#endif
