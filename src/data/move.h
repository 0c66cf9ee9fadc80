/* move.h - records that go from shards into other shards
 *
 * Memory: 12 bytes a record of the split that is listed.
 * Life:  open (one or more folders) -> list a split -> get... -> features
 *        -> list the next split ... -> close
 */
#ifndef CH_DATA_MOVE_H
#define CH_DATA_MOVE_H

#include "data/summary.h"

struct ch_store;

struct ch_move_input {
    const char *name;              /* borrowed */
    struct ch_manifest manifest;
};

struct ch_move_place {
    uint32_t input, shard, index;
};

struct ch_move {
    struct ch_move_input *input;
    size_t input_count;
    enum ch_split split;           /* the one listed */
    struct ch_move_place *place;   /* its records, in their new order */
    size_t count;
    struct ch_store *store;        /* of the record got last */
    uint32_t open_input, open_shard;
    char *encoder;                 /* JSON of the first; NULL: no features */
    size_t encoder_bytes;
    struct ch_summary features;    /* of all that was moved */
    int lacks_summary;             /* a shard with features says nothing */
    struct ch_caption_record record;
};

/* Zeroed before.  name: what the input is called, may be NULL. */
int ch_move_open(struct ch_move *m, const char *const *folder,
                 const char *const *name, size_t count, struct ch_err *e);
void ch_move_close(struct ch_move *m);
/* All records of the split, input by input, in shard order. */
int ch_move_list(struct ch_move *m, enum ch_split split, struct ch_err *e);
/* The same from a list made before, which is owned from now on. */
void ch_move_take(struct ch_move *m, enum ch_split split,
                  struct ch_move_place *place, size_t count);
/* 1 and a value of record i of the list, borrowed until the next; 0 when it has
 * none of this kind. */
int ch_move_get(struct ch_move *m, size_t i, char kind, const void **value,
                size_t *n, struct ch_err *e);
/* Its captions, checked, into m->record. */
int ch_move_captions(struct ch_move *m, size_t i, const void **value,
                     size_t *n, struct ch_err *e);
/* The folder of the photos of record i. */
const char *ch_move_images(const struct ch_move *m, size_t i);
/* What chorus encode stored for the records of the list, into new shards of
 * their captions in `folder`.  Records are those that encode would have put
 * there.  What storing them cost is known of old shards alone: the first of the
 * new ones tells it for all. */
int ch_move_features(struct ch_move *m, const char *folder,
                     const struct ch_manifest_split *to, struct ch_err *e);
/* For the manifest, when all is moved. */
void ch_move_tell(const struct ch_move *m, struct ch_manifest_features *out);
/* A file of input 0 as it is; what is not there is left out. */
int ch_move_file(const struct ch_move *m, const char *name, const char *folder,
                 struct ch_err *e);

#endif
