/* checkpoint_text.h - the settings and the state of a run, as JSON
 *
 * The metadata "chorus.training" and "chorus.trained" of train/checkpoint.h.
 */
#ifndef CH_TRAIN_CHECKPOINT_TEXT_H
#define CH_TRAIN_CHECKPOINT_TEXT_H

#include "train/checkpoint.h"

/* Of c->options, data and schedule; out->failed when memory ran out. */
void ch_checkpoint_text_put(const struct ch_checkpoint *c,
                            struct ch_buffer *out);
/* Into c->options, data and schedule; path: of the file the text is from. */
int ch_checkpoint_text_get(struct ch_checkpoint *c, const char *text,
                           const char *path, struct ch_err *e);
/* "a|b|c" of an option that is a choice; "" of any other. */
const char *ch_checkpoint_text_choices(const char *option);

#endif
