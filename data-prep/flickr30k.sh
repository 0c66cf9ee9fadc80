#!/bin/sh
# flickr30k.sh - Flickr30k, from its own files to a score and a page
#
#     data-prep/flickr30k.sh IMAGES CAPTIONS LISTS OUT [CORES]
#
# IMAGES    folder of the 31,783 photos (4.4 GB), sent on request by the
#           University of Illinois: shannon.cs.illinois.edu/DenotationGraph
# CAPTIONS  results_20130124.token, which comes with them, or the results.csv
#           in circulation
# LISTS     folder with train.txt, val.txt and test.txt, names of photos with or
#           without .jpg, as Flickr30k Entities has them
#           (github.com/BryanPlummer/flickr30k_entities); without them photos
#           are divided by the hash of their names
# OUT       folder for shards, run and page; a stopped recipe goes on there
#
# No checksums are published.  More options of training go into TRAIN.
set -eu
if [ $# -lt 4 ] || [ $# -gt 5 ]; then
    sed -n '2,/^set -eu/p' "$0" | sed '$d; s/^# \{0,1\}//' >&2
    exit 2
fi
images=$(realpath -m "$1")
captions=$(realpath -m "$2")
lists=$(realpath -m "$3")
out=$(realpath -m "$4")
cores=${5:-$(nproc)}
cd "$(dirname "$0")/.."
. data-prep/steps.sh
begun=$(date +%s)

need "$images" "the photos of Flickr30k, sent on request: \
shannon.cs.illinois.edu/DenotationGraph"
need "$captions" "results_20130124.token or results.csv of Flickr30k"
case $captions in
*.csv) format=flickr-csv ;;
*) format=flickr ;;
esac
mkdir -p "$out"

step "shards"
set -- --split-by hash
if [ -e "$lists/train.txt" ]; then
    set -- --train "$lists/train.txt" --val "$lists/val.txt" \
        --test "$lists/test.txt"
fi
once "$out/shards/manifest.json" "$BIN/chorus" shard --format $format \
    --captions "$captions" "$@" --images "$images" --min-count 5 --skip-bad \
    --out "$out/shards"
learn "$out" test "$images" ""
finish "$out" "$begun"
