/* beacon.h - a few bytes now and then, between the hosts of a job
 *
 * Datagrams (UDP, IPv4) beside MPI, which only one thread may call and which
 * waits: so that ranks hear of one another while the job stands still.  They
 * may be lost; some networks let none through.  A number that only the job
 * knows is in each, so others are not heard.
 *
 * Life:     open -> send, receive ... -> close
 * Ranks:    open is collective.
 * Threads:  one at a time.
 */
#ifndef CH_TRAIN_BEACON_H
#define CH_TRAIN_BEACON_H

#include "chorus/comm.h"

#define CH_BEACON_MOST 1400    /* bytes */

struct ch_beacon;
int ch_beacon_open(struct ch_beacon **out, struct ch_comm *comm,
                   struct ch_err *e);
void ch_beacon_close(struct ch_beacon *b);     /* NULL is fine */

/* To one rank; n is at most CH_BEACON_MOST. */
void ch_beacon_send(struct ch_beacon *b, int rank, const void *bytes,
                    size_t n);
/* 1 and n bytes that *rank sent, or 0 when nothing has come. */
int ch_beacon_receive(struct ch_beacon *b, int *rank, void *bytes, size_t n);
/* To wait on with poll(). */
int ch_beacon_fd(const struct ch_beacon *b);

#endif
