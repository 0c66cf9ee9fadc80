/* shard.h - a folder of shards and its manifest
 *
 *     DIR/manifest.json                  what is here; written last
 *     DIR/vocabulary.txt                 data/vocab.h
 *     DIR/skipped.jsonl                  one line each: {"what":..,"reason":..}
 *     DIR/train-00000-of-00008.lmdb ...  one LMDB file per shard and split
 *
 * Keys in a shard: a letter and the record's index in the shard, u32 big
 * endian: 'c' captions, 'f' pooled features, 'g' grid features, 'x' why the
 * image has no features (text).  Key "encoder" holds the JSON of the encoder
 * (data/encoder.h) that wrote the features.  Records of a split are cut into
 * shards as contiguous runs, in the order of the manifest: shard order and
 * index give the order of the data set.
 *
 * manifest.json: {"format":"chorus-shards","version":1,"text_rule":..,
 *   "images":image folder (absolute),"vocabulary":{"file","hash","size"},
 *   "max_words":..,"read":{"images","captions"},"skipped":..,
 *   "split_by_hash":{"val_part","test_part"} where they were made so,
 *   "features":{"dtype","images","columns","grid_rows","grid_columns",
 *   "rms_error","largest_error"} once they are encoded,
 *   "splits":{"train":{"images","captions","words","shards":[{"file",
 *   "records","captions"}]},...}}
 */
#ifndef CH_DATA_SHARD_H
#define CH_DATA_SHARD_H

#include "data/record.h"
#include "data/source.h"
#include "data/vocab.h"

struct ch_manifest_shard {
    char file[64];             /* relative to the folder */
    size_t records, captions;
};

struct ch_manifest_split {
    size_t images, captions, words;
    char folder[4096];         /* of its photos, "": the manifest's */
    size_t shard_count;
    struct ch_manifest_shard *shard;
};

/* What encode stored, and what storing it cost; images 0: nothing. */
struct ch_manifest_features {
    char dtype[8];
    size_t images, columns, grid_rows, grid_columns;
    double rms_error;          /* of all values, over the values' rms */
    double largest_error;      /* of one value */
};

struct ch_manifest {
    char folder[4096];         /* where it was read from */
    char images[4096];
    char text_rule[32];
    uint64_t vocab_hash;
    size_t vocab_size, max_words;
    uint64_t images_read, captions_read, skipped;
    double val_part, test_part;    /* split by hash; 0, 0: otherwise */
    struct ch_manifest_features features;
    struct ch_manifest_split split[CH_SPLIT_COUNT];
};

int ch_manifest_read(struct ch_manifest *m, const char *folder,
                     struct ch_err *e);
int ch_manifest_write(const struct ch_manifest *m, const char *folder,
                      struct ch_err *e);
void ch_manifest_release(struct ch_manifest *m);
/* DIR/vocabulary.txt, its hash checked against the manifest. */
int ch_manifest_vocab(const struct ch_manifest *m, struct ch_vocab **out,
                      struct ch_err *e);

/* "c" + index, and so on. */
#define CH_SHARD_KEY_BYTES 5
void ch_shard_key(char kind, uint32_t index, unsigned char key[5]);

/* Under this key each shard holds its vocabulary's hash, 16 hex digits. */
#define CH_SHARD_VOCAB_KEY "vocabulary"
#define CH_SHARD_ENCODER_KEY "encoder"
/* A summary of the shard's features, JSON (data/encode_shard.h). */
#define CH_SHARD_FEATURES_KEY "features"

/* Write `records` records of a split into at most `shards` files of about equal
 * size, and fill the split's list of shards.  next() appends the i-th record's
 * bytes and says how many captions it holds. */
typedef int (*ch_shard_record_fn)(void *context, size_t i,
                                  struct ch_buffer *record, size_t *captions,
                                  struct ch_err *e);
int ch_shard_write(struct ch_manifest_split *split, enum ch_split which,
                   const char *folder, size_t shards, size_t records,
                   uint64_t vocab_hash, ch_shard_record_fn next, void *context,
                   struct ch_err *e);

/* All records of one split that have features, in shard order, read-only.
 * Records whose image was skipped by encode are not among them. */
struct ch_set;
/* need_features: CH_EUSAGE with the remedy when encode has not been run or not
 * finished, CH_EFORMAT when shards were encoded by different encoders. */
int ch_set_open(struct ch_set **out, const char *folder, enum ch_split split,
                int need_features, struct ch_err *e);
void ch_set_close(struct ch_set *s);
/* Only the first so many records, from now on; 0: all. */
void ch_set_take(struct ch_set *s, size_t most);
size_t ch_set_count(const struct ch_set *s);           /* records */
size_t ch_set_skipped(const struct ch_set *s);         /* without features */
size_t ch_set_feature_count(const struct ch_set *s);   /* F */
/* Places of a grid, 0: no grids, and features of each place. */
size_t ch_set_grid_rows(const struct ch_set *s);
size_t ch_set_grid_columns(const struct ch_set *s);
const struct ch_manifest *ch_set_manifest(const struct ch_set *s);
/* The JSON text of the encoder that made the features of the first shard. */
const char *ch_set_encoder(const struct ch_set *s);
/* The file of a record's shard, in its folder; borrowed until ch_set_close().
 * i: any number; "" when there is no such record. */
const char *ch_set_file(const struct ch_set *s, size_t i);
/* Borrowed until ch_set_close(). */
int ch_set_captions(struct ch_set *s, size_t i, struct ch_caption_record *out,
                    struct ch_err *e);
int ch_set_feature(struct ch_set *s, size_t i, float *value /* [F] */,
                   struct ch_err *e);
int ch_set_grid(struct ch_set *s, size_t i, float *value /* [rows][columns] */,
                struct ch_err *e);
/* Captions, and the features or the grid, of record i are whole: CH_EFORMAT
 * names shard, record and image. */
int ch_set_check(struct ch_set *s, size_t i, bool is_grid,
                 struct ch_caption_record *record, struct ch_err *e);
/* The files are still those that were opened: CH_EFORMAT when one was replaced
 * or written to. */
int ch_set_check_files(struct ch_set *s, struct ch_err *e);

#endif
