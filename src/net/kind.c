/* kind.c - the table of decoders */
#include "net/kind.h"

#define ENTRY(kind)                                                            \
    {                                                                          \
        ch_##kind##_list, ch_##kind##_lay, ch_##kind##_forward,                \
        ch_##kind##_backward, ch_##kind##_panels, ch_##kind##_work,            \
        ch_##kind##_part, ch_##kind##_begin, ch_##kind##_next                  \
    }

static const struct ch_kind table[] = {
    [CH_DECODER_NIC] = ENTRY(nic),
    [CH_DECODER_SAT] = ENTRY(sat),
    [CH_DECODER_ATT2IN] = ENTRY(att2in),
    [CH_DECODER_UPDOWN] = ENTRY(updown),
};

const struct ch_kind *ch_kind_of(const struct ch_decoder *d)
{
    return &table[d->shape.kind];
}
