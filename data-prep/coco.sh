#!/bin/sh
# coco.sh - COCO 2017 captions, from its own files to a score and a page
#
#     data-prep/coco.sh DATA OUT [CORES]
#
# DATA holds what cocodataset.org offers under "Download", unpacked:
#     train2017/                            118,287 photos (train2017.zip,
#                                           19.3 GB)
#     val2017/                              5,000 photos (val2017.zip, 0.8 GB)
#     annotations/captions_train2017.json   both from
#     annotations/captions_val2017.json     annotations_trainval2017.zip, 253 MB
# With DOWNLOAD=1 what is missing is fetched from images.cocodataset.org,
# checked against the SHA-256 that TensorFlow Datasets lists, and unpacked; a
# stopped download goes on.  The zips stay; when all is unpacked they may be
# removed.
# OUT is the folder for shards, run and page; a stopped recipe goes on there.
#
# Other places for the parts: TRAIN_JSON, VAL_JSON, TRAIN_IMAGES, VAL_IMAGES.
# Photos that are missing are listed and left out, so a few of them will do
# for a trial; more options of training go into TRAIN ("--epochs 1").
set -eu
if [ $# -lt 2 ] || [ $# -gt 3 ]; then
    sed -n '2,/^set -eu/p' "$0" | sed '$d; s/^# \{0,1\}//' >&2
    exit 2
fi
data=$(realpath -m "$1")
out=$(realpath -m "$2")
cores=${3:-$(nproc)}
train_json=$(realpath -m "${TRAIN_JSON:-$data/annotations/captions_train2017.json}")
val_json=$(realpath -m "${VAL_JSON:-$data/annotations/captions_val2017.json}")
train_images=$(realpath -m "${TRAIN_IMAGES:-$data/train2017}")
val_images=$(realpath -m "${VAL_IMAGES:-$data/val2017}")
cd "$(dirname "$0")/.."
. data-prep/steps.sh
begun=$(date +%s)

get annotations_trainval2017.zip "$data" "$train_json" \
    'annotations/captions_*2017.json'
get val2017.zip "$data" "$val_images"
get train2017.zip "$data" "$train_images"
where="a part of COCO 2017, from cocodataset.org (Download; or set DOWNLOAD=1)"
for part in "$train_json" "$val_json" "$train_images" "$val_images"; do
    need "$part" "$where"
done
mkdir -p "$out"

step "shards"
once "$out/shards/manifest.json" "$BIN/chorus" shard --format coco \
    --train "$train_json" --val "$val_json" --train-images "$train_images" \
    --val-images "$val_images" --skip-bad --out "$out/shards"

learn "$out" val "$val_images" "$val_json"
finish "$out" "$begun"
