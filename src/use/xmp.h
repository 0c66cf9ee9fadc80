/* xmp.h - what a picture shows, in its XMP sidecar (the door of libxml2)
 *
 * Two properties, each a text in the default language: dc:description, which
 * most programs show, and Iptc4xmpCore:AltTextAccessibility, the IPTC's alt
 * text for those who do not see (IPTC Photo Metadata Standard 2021.1).  XMP is
 * RDF in XML: ISO 16684-1.
 */
#ifndef CH_USE_XMP_H
#define CH_USE_XMP_H

#include "base/bytes.h"

/* More is no sidecar. */
#define CH_XMP_BYTES ((size_t)16 << 20)

enum { CH_XMP_DESCRIPTION = 1, CH_XMP_ALT_TEXT = 2 };

/* Can XML hold the text?  UTF-8 without control characters, but for tab and
 * line ends. */
bool ch_xmp_can_hold(const char *text);

/* *found: which of the two are there, even if empty.  CH_EFORMAT when it is no
 * XMP; path: for messages. */
int ch_xmp_look(const char *bytes, size_t n, const char *path, int *found,
                struct ch_err *e);

/* Append the sidecar with those of the two that it lacks; all else that it says
 * stays.  bytes NULL: a new one.  *found: which were there; when all were,
 * nothing is appended. */
int ch_xmp_add(const char *bytes, size_t n, const char *path, const char *text,
               struct ch_buffer *out, int *found, struct ch_err *e);

#endif
