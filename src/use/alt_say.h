/* alt_say.h - sentences for a list of photos */
#ifndef CH_USE_ALT_SAY_H
#define CH_USE_ALT_SAY_H

#include "chorus/caption.h"

/* text[i], owned: what the model says of photo i; NULL where it cannot be
 * captioned, which is told in the log.  Photos differ, and none begins with @.
 * beside: a path whose folder may hold a file for the moment. */
int ch_alt_say(struct ch_captioner *c, char *const *photo, size_t n,
               const char *beside, char **text, struct ch_err *e);

#endif
