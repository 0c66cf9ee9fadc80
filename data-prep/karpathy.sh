#!/bin/sh
# karpathy.sh - COCO, Flickr8k or Flickr30k in Karpathy's splits
#
#     data-prep/karpathy.sh JSON IMAGES OUT [CORES]
#
# JSON    dataset_coco.json (144 MB), dataset_flickr8k.json or
#         dataset_flickr30k.json.  They come in caption_datasets.zip (37 MB),
#         from cs.stanford.edu/people/karpathy/deepimagesent
# IMAGES  for COCO the folder with train2014/ (train2014.zip, 13.5 GB) and
#         val2014/ (val2014.zip, 6.6 GB) from cocodataset.org (Download); else
#         the folder of the photos
# OUT     folder for shards, run and page; a stopped recipe goes on there
#
# With DOWNLOAD=1 the zip is fetched beside JSON, and those of COCO's photos
# into IMAGES, checked against the SHA-256 that TensorFlow Datasets lists, and
# unpacked; a stopped download goes on.  The zips stay; when all is unpacked they
# may be removed.
# "restval" joins training; SHARD="--no-restval" keeps it out.  More options of
# training go into TRAIN.
set -eu
if [ $# -lt 3 ] || [ $# -gt 4 ]; then
    sed -n '2,/^set -eu/p' "$0" | sed '$d; s/^# \{0,1\}//' >&2
    exit 2
fi
json=$(realpath -m "$1")
images=$(realpath -m "$2")
out=$(realpath -m "$3")
cores=${4:-$(nproc)}
cd "$(dirname "$0")/.."
. data-prep/steps.sh
begun=$(date +%s)

where=https://cs.stanford.edu/people/karpathy/deepimagesent
get caption_datasets.zip "$(dirname "$json")" "$json" 'dataset_*.json'
if [ "$(basename "$json")" = dataset_coco.json ]; then
    get val2014.zip "$images" "$images/val2014"
    get train2014.zip "$images" "$images/train2014"
fi
need "$json" "a file of caption_datasets.zip, $where (or set DOWNLOAD=1)"
need "$images" "the folder of the photos"
mkdir -p "$out"

step "shards"
# shellcheck disable=SC2086 # SHARD holds several words
once "$out/shards/manifest.json" "$BIN/chorus" shard --format karpathy \
    --captions "$json" --images "$images" --min-count 5 --skip-bad \
    ${SHARD:-} --out "$out/shards"
learn "$out" test "$images" ""
finish "$out" "$begun"
