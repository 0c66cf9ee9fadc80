/* pages.h - whether the pages of an LMDB file can be walked
 *
 * LMDB follows what its pages say without a look; one changed byte in a page of
 * the tree can end the process.  This reads the same pages as plain bytes, and
 * checks every number that LMDB would follow.
 */
#ifndef CH_DATA_PAGES_H
#define CH_DATA_PAGES_H

#include "base/bytes.h"

/* 0: both trees, and so all records, can be read.  CH_EFORMAT names the page
 * and what is wrong with it.  is_deep: look at the first page of each large
 * value, too; without, only where it lies, and the values are not touched. */
int ch_pages_check(const char *path, int is_deep, struct ch_err *e);
/* The same of bytes; path is for messages. */
int ch_pages_check_bytes(const void *bytes, size_t n, const char *path,
                         int is_deep, struct ch_err *e);

#endif
