/* settings.h - the options of a run: what they may be */
#ifndef CH_TRAIN_SETTINGS_H
#define CH_TRAIN_SETTINGS_H

#include "chorus/train.h"

/* CH_EUSAGE that names the first option that cannot be. */
int ch_settings_check(const struct ch_train_options *o, struct ch_err *e);
/* Lanes of the run: those asked for, or what the batch makes of it. */
size_t ch_settings_lanes(const struct ch_train_options *o);

#endif
