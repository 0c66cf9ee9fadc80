/* replica_data.c - what a rank knows of the data it trains on */
#include "train/replica_data.h"

#include <string.h>

#include "base/hash.h"
#include "data/encoder.h"

static uint64_t encoder_of(const struct ch_set *set)
{
    const char *json = ch_set_encoder(set);

    return ch_encoder_identity(json, strlen(json));
}

int ch_replica_data_sets(struct ch_replica *r, struct ch_err *e)
{
    int rc;

    rc = ch_set_open(&r->train, r->o.shards, CH_SPLIT_TRAIN, 1, e);
    if (!rc) rc = ch_set_open(&r->val, r->o.shards, CH_SPLIT_VAL, 1, e);
    if (rc)
        return rc;
    ch_set_take(r->train, r->o.images);
    ch_set_take(r->val, r->o.images);
    if (!ch_set_count(r->train) || !ch_set_count(r->val))
        return ch_fail_at(e, CH_EUSAGE, r->o.shards, CH_NO_OFFSET, "has %zu "
                          "training and %zu validation images with features, "
                          "expected some of both; give chorus shard both "
                          "splits", ch_set_count(r->train),
                          ch_set_count(r->val));
    if (ch_set_feature_count(r->train) != ch_set_feature_count(r->val) ||
        encoder_of(r->train) != encoder_of(r->val))
        return ch_fail_at(e, CH_EFORMAT, r->o.shards, CH_NO_OFFSET, "training "
                          "and validation images were encoded by different "
                          "encoders; run chorus encode --again");
    return 0;
}

/* Grids of the same size in both sets, for a decoder that looks at them. */
static int check_grids(const struct ch_replica *r, struct ch_err *e)
{
    size_t L = ch_set_grid_rows(r->train), val_L = ch_set_grid_rows(r->val);

    if (r->o.decoder == CH_DECODER_NIC)
        return 0;
    if (L && L == val_L &&
        ch_set_grid_columns(r->train) == ch_set_grid_columns(r->val))
        return 0;
    return ch_fail_at(e, CH_EUSAGE, r->o.shards, CH_NO_OFFSET, "this decoder "
                      "looks at grids, found %zu places in training and %zu "
                      "in validation images; run chorus encode --grid", L,
                      val_L);
}

int ch_replica_data_model(struct ch_replica *r, struct ch_err *e)
{
    struct ch_model *m = &r->model;
    struct ch_decoder_shape s = {
        .E = r->o.embed, .H = r->o.hidden, .F = ch_set_feature_count(r->train),
        .image = (enum ch_image_mode)r->o.image,
        .cell = (enum ch_cell)r->o.cell, .layers = (size_t)r->o.layers,
        .is_tied = r->o.tied, .word_relu = r->o.word_relu,
        .forget_bias = r->o.forget_bias,
        .precision = (enum ch_precision)r->o.precision,
        .image_norm = (enum ch_image_norm)r->o.image_norm,
        .kind = (enum ch_decoder_kind)r->o.decoder,
        .L = ch_set_grid_rows(r->train), .A = (size_t)r->o.attention
    };
    int rc = ch_manifest_vocab(ch_set_manifest(r->train), &m->vocab, e);

    if (!rc) rc = check_grids(r, e);
    if (rc)
        return rc;
    if (r->o.decoder != CH_DECODER_NIC)
        s.F = ch_set_grid_columns(r->train);
    s.V = ch_vocab_size(m->vocab);
    ch_hash_hex(ch_vocab_hash(m->vocab), r->data.vocabulary);
    ch_hash_hex(encoder_of(r->train), r->data.encoder);
    rc = ch_decoder_init(&m->decoder, &s, e);
    if (rc)
        return rc;
    m->encoder = strdup(ch_set_encoder(r->train));
    m->feature_mean = ch_block_get(s.F, sizeof *m->feature_mean);
    m->feature_std = ch_block_get(s.F, sizeof *m->feature_std);
    return m->encoder && m->feature_mean && m->feature_std ? 0 :
           ch_fail(e, CH_ENOMEM, "cannot hold a model");
}

/* What every rank must know of every lane. */
struct lane_facts {
    uint64_t examples, words, longest, bad;
};

static int read_lanes(const struct ch_replica *r, struct ch_lanes *lanes,
                      struct ch_set *set, struct lane_facts *facts,
                      struct ch_err *e)
{
    struct ch_comm *comm = r->comm;
    size_t L = lanes->count;
    int rank = ch_comm_rank(comm), size = ch_comm_size(comm), rc = 0;
    size_t end = ch_lanes_first(L, rank + 1, size);
    uint64_t examples[CH_LANES_MAX];

    for (size_t l = ch_lanes_first(L, rank, size); l < end && !rc; l++) {
        ch_pulse_count(r->pulse);
        rc = ch_lanes_read(lanes, l, set, e);
        facts[l] = (struct lane_facts) {
            lanes->lane[l].example_count, lanes->lane[l].word_count,
            lanes->lane[l].longest, lanes->lane[l].bad_count
        };
    }
    rc = ch_comm_agree(comm, rc, e);
    if (!rc) rc = ch_reduce_lanes(comm, L, sizeof *facts, facts, e);
    if (rc)
        return rc;
    for (size_t l = 0; l < L; l++) {
        examples[l] = facts[l].examples;
        lanes->lane[l].bad_count = (size_t)facts[l].bad;
    }
    ch_lanes_place(lanes, examples);
    return 0;
}

int ch_replica_data_lanes(struct ch_replica *r, size_t *longest,
                          struct ch_err *e)
{
    struct lane_facts facts[2][CH_LANES_MAX];
    size_t L = r->o.lanes, batch = r->o.batch, most = 0;
    int rc;

    memset(facts, 0, sizeof facts);
    rc = ch_lanes_init(&r->train_lanes, ch_set_count(r->train), batch, L, e);
    if (!rc) rc = ch_lanes_init(&r->val_lanes, ch_set_count(r->val), batch, L,
                                e);
    r->train_lanes.is_together = r->o.together;
    r->train_lanes.skip_bad = r->val_lanes.skip_bad = r->o.skip_bad;
    r->train_lanes.is_grid = r->val_lanes.is_grid =
        r->o.decoder != CH_DECODER_NIC;
    rc = ch_comm_agree(r->comm, rc, e);
    if (!rc) rc = read_lanes(r, &r->train_lanes, r->train, facts[0], e);
    if (!rc) rc = read_lanes(r, &r->val_lanes, r->val, facts[1], e);
    if (rc)
        return rc;
    for (size_t l = 0; l < L; l++) {
        r->epoch_words += facts[0][l].words;
        for (int i = 0; i < 2; i++)
            if (facts[i][l].longest > most)
                most = facts[i][l].longest;
    }
    *longest = most;
    r->schedule.epoch_steps = ch_lanes_steps(&r->train_lanes);
    r->data.images = ch_set_count(r->train);
    r->data.captions = ch_lanes_examples(&r->train_lanes);
    r->data.val_images = ch_set_count(r->val);
    r->data.val_captions = ch_lanes_examples(&r->val_lanes);
    r->model.max_words = most > 1 ? most - 1 : 1;
    if (r->data.captions && r->data.val_captions)
        return 0;
    return ch_fail_at(e, CH_EUSAGE, r->o.shards, CH_NO_OFFSET, "has %llu "
                      "training and %llu validation captions, expected some "
                      "of both", (unsigned long long)r->data.captions,
                      (unsigned long long)r->data.val_captions);
}
