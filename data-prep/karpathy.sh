#!/bin/sh
# karpathy.sh - COCO, Flickr8k or Flickr30k in Karpathy's splits
#
#     data-prep/karpathy.sh JSON IMAGES OUT [CORES]
#
# JSON    dataset_coco.json (144 MB), dataset_flickr8k.json or
#         dataset_flickr30k.json.  They come in caption_datasets.zip, from
#         cs.stanford.edu/people/karpathy/deepimagesent; with DOWNLOAD=1 it is
#         fetched beside JSON, and a stopped download goes on.  No checksum is
#         published
# IMAGES  for COCO the folder with train2014/ (13 GB) and val2014/ (6 GB) from
#         cocodataset.org (Download); else the folder of the photos
# OUT     folder for shards, run and page; a stopped recipe goes on there
#
# "restval" joins training; SHARD="--no-restval" keeps it out.  More options of
# training go into TRAIN.
set -eu
if [ $# -lt 3 ] || [ $# -gt 4 ]; then
    echo "usage: karpathy.sh JSON IMAGES OUT [CORES]" >&2
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
if [ ! -e "$json" ] && [ "${DOWNLOAD:-0}" = 1 ]; then
    folder=$(dirname "$json")
    fetch "$where/caption_datasets.zip" "$folder/caption_datasets.zip"
    run unzip -o "$folder/caption_datasets.zip" "$(basename "$json")" \
        -d "$folder"
fi
need "$json" "a file of caption_datasets.zip, $where (or set DOWNLOAD=1)"
need "$images" "the folder of the photos"
mkdir -p "$out"

step "shards"
# shellcheck disable=SC2086 # SHARD holds several words
once "$out/shards/manifest.json" "$BIN/chorus" shard --format karpathy \
    --captions "$json" --images "$images" --min-count 5 --skip-bad \
    ${SHARD:-} --out "$out/shards"
learn "$out" test "$images"
finish "$out" "$begun"
