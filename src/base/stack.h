/* stack.h - where the threads of a process are, on stderr
 *
 * A thread that gets this file's signal prints its own stack, whatever it was
 * doing: "/usr/bin/chorus-train(ch_decoder_loss+0x5d) [0x...]" for each call,
 * or an offset for `addr2line -e` where a function is not exported.  Threads of
 * libraries that none of our code started are left out.
 *
 * Life:     begin -> ... -> end
 * Threads:  begin and end by one, the others by any.
 */
#ifndef CH_BASE_STACK_H
#define CH_BASE_STACK_H

/* who: in front of each stack, "rank 1 on host b". */
void ch_stack_begin(const char *who);
void ch_stack_end(void);

/* Every thread but the calling one, one after the other; a thread that does not
 * answer within a second (it waits in the kernel) is left out. */
void ch_stack_threads(void);

/* The first thread of another process that has begun; as soon as that is
 * continued, if it was stopped. */
void ch_stack_other(int pid);

#endif
