/* preset.c - published settings by name
 *
 * What an option says beside a preset holds; what a paper or its code leaves
 * open is left as it is.
 */
#include "train/settings.h"

#include "base/choice.h"
#include "net/decoder.h"

/* im2txt, the code of "Show and tell": 1 M steps of 32 captions are 55 epochs
 * of COCO. */
static void set_nic(struct ch_train_options *o)
{
    o->decoder = CH_DECODER_NIC;
    o->embed = o->hidden = 512;
    o->dropout = 0.3;
    o->batch = 32;
    o->epochs = 55;
    o->patience = 0;
    o->optimiser = CH_SGD;
    o->rate = 2;
    o->schedule = CH_RATE_STEP;
    o->decay = 0.5;
    o->decay_every = 8;
    o->clip_by = CH_CLIP_NORM;
    o->clip = 5;
}

/* "Show, attend and tell" as the PyTorch tutorial of that name trains it. */
static void set_sat(struct ch_train_options *o)
{
    o->decoder = CH_DECODER_SAT;
    o->embed = o->hidden = o->attention = 512;
    o->penalty = 1;
    o->dropout = 0.5;
    o->batch = 80;
    o->epochs = 120;
    o->patience = 20;
    o->optimiser = CH_ADAM;
    o->rate = 4e-4;
    o->schedule = CH_RATE_PLATEAU;
    o->decay = 0.8;
    o->plateau = 7;            /* the 8th lowers the rate */
    o->clip_by = CH_CLIP_VALUE;
    o->clip = 5;
}

/* The code of self-critical sequence training, before it is critical: 10
 * images of 5 captions. */
static void set_rennie(struct ch_train_options *o)
{
    o->attention = 512;
    o->word_relu = true;
    o->dropout = 0.5;
    o->batch = 50;
    o->together = true;
    o->epochs = 30;
    o->patience = 0;
    o->sampling = 0.25;
    o->sampling_step = 0.05;
    o->sampling_every = 5;
    o->optimiser = CH_ADAM;
    o->rate = 5e-4;
    o->schedule = CH_RATE_STEP;
    o->decay = 0.8;
    o->decay_every = 3;
    o->clip_by = CH_CLIP_VALUE;
    o->clip = 0.1;
}

int ch_train_find_preset(const char *name)
{
    int index = ch_choice_find(CH_TRAIN_PRESETS, name);

    return index < 0 ? 0 : index;
}

void ch_train_preset(struct ch_train_options *o, const char *name)
{
    enum { NONE, NIC, NIC_GRU, SAT, ATT2IN, UPDOWN };

    switch (ch_train_find_preset(name)) {
    case NIC:
        set_nic(o);
        break;
    case NIC_GRU:
        set_nic(o);
        o->cell = CH_CELL_GRU;
        break;
    case SAT:
        set_sat(o);
        break;
    case ATT2IN:
        set_rennie(o);
        o->decoder = CH_DECODER_ATT2IN;
        o->embed = o->hidden = 512;
        break;
    case UPDOWN:
        set_rennie(o);
        o->decoder = CH_DECODER_UPDOWN;
        o->embed = o->hidden = 1000;
        break;
    default:
        break;
    }
}
