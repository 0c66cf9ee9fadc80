/* version.h - which Chorus this is */
#ifndef CHORUS_VERSION_H
#define CHORUS_VERSION_H

#define CH_VERSION "0.1.0"

#endif
