/* reduce_slice.c - slices of all ranks to rank 0, and back */
#include "train/reduce.h"

static size_t count_of(const struct ch_reduce *r, int rank)
{
    return ch_reduce_slice(r, rank + 1) - ch_reduce_slice(r, rank);
}

int ch_reduce_collect(struct ch_reduce *r, const float *slice, float *all,
                      struct ch_err *e)
{
    int size = ch_comm_size(r->comm);
    bool is_root = ch_comm_rank(r->comm) == 0;

    for (int q = 0; q < size; q++) {
        r->to_count[q] = q == 0 ? r->end - r->first : 0;
        r->to_start[q] = 0;
        r->from_count[q] = is_root ? count_of(r, q) : 0;
        r->from_start[q] = ch_reduce_slice(r, q);
    }
    return ch_comm_exchange(r->comm, slice,
                            (struct ch_comm_part) { r->to_count, r->to_start },
                            is_root ? all : r->params,  /* nothing comes */
                            (struct ch_comm_part) { r->from_count,
                                                    r->from_start }, e);
}

int ch_reduce_deal(struct ch_reduce *r, const float *all, float *slice,
                   struct ch_err *e)
{
    int size = ch_comm_size(r->comm);
    bool is_root = ch_comm_rank(r->comm) == 0;

    for (int q = 0; q < size; q++) {
        r->to_count[q] = is_root ? count_of(r, q) : 0;
        r->to_start[q] = ch_reduce_slice(r, q);
        r->from_count[q] = q == 0 ? r->end - r->first : 0;
        r->from_start[q] = 0;
    }
    return ch_comm_exchange(r->comm, is_root ? all : r->params,
                            (struct ch_comm_part) { r->to_count, r->to_start },
                            slice,
                            (struct ch_comm_part) { r->from_count,
                                                    r->from_start }, e);
}
