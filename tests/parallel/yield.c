/* yield.c - who waits lets others go first; preloaded under MPICH
 *
 * MPICH looks for messages without a pause.  With more ranks than cores the one
 * that is waited for gets a core only when those that wait have used up theirs,
 * and tests of seconds take many minutes.  Open MPI has an option for that.
 */
#include <dlfcn.h>
#include <sched.h>

/* MPICH over UCX: nonzero if there was anything to do. */
unsigned ucp_worker_progress(void *worker);
unsigned ucp_worker_progress(void *worker)
{
    static __typeof__(&ucp_worker_progress) real;
    unsigned did;

    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "ucp_worker_progress");
    did = real(worker);
    if (!did)
        sched_yield();
    return did;
}
