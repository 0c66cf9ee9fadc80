#!/bin/sh
# photos.sh - own photos and captions, from a table to a score and a page
#
#     data-prep/photos.sh TABLE IMAGES OUT [CORES]
#
# TABLE   captions of all photos: .tsv (image, tab, caption), .csv (a first row
#         that names "image" and "caption") or .jsonl ({"image":..,
#         "caption":..}); an image may have several captions
# IMAGES  folder of the photos: JPEG, PNG or WebP
# OUT     folder for shards, run and page; a stopped recipe goes on there
#
# A twentieth of the photos is for validation and a twentieth for the test, by
# the hash of their names; SPLIT="--split-by given" reads a column "split".
# More options of training go into TRAIN.
set -eu
if [ $# -lt 3 ] || [ $# -gt 4 ]; then
    sed -n '2,/^set -eu/p' "$0" | sed '$d; s/^# \{0,1\}//' >&2
    exit 2
fi
table=$(realpath -m "$1")
images=$(realpath -m "$2")
out=$(realpath -m "$3")
cores=${4:-$(nproc)}
cd "$(dirname "$0")/.."
. data-prep/steps.sh
begun=$(date +%s)

need "$table" "a table of photos and captions"
need "$images" "the folder of the photos"
case $table in
*.csv) format=csv ;;
*.jsonl) format=jsonl ;;
*) format=tsv ;;
esac
mkdir -p "$out"

step "shards"
# shellcheck disable=SC2086 # SPLIT holds several words
once "$out/shards/manifest.json" "$BIN/chorus" shard --format $format \
    --captions "$table" ${SPLIT:---split-by hash} --images "$images" \
    --skip-bad --out "$out/shards"
learn "$out" test "$images" ""
finish "$out" "$begun"
