#!/bin/sh
# flickr8k.sh - Flickr8k, from its own files to a score and a page
#
#     data-prep/flickr8k.sh IMAGES TEXT OUT [CORES]
#
# IMAGES  folder of the 8,000 photos (Flickr8k_Dataset.zip, 1.1 GB)
# TEXT    folder with Flickr8k.token.txt, Flickr_8k.trainImages.txt,
#         Flickr_8k.devImages.txt and, when there, Flickr_8k.testImages.txt;
#         without the last the validation photos are captioned
#         (Flickr8k_text.zip, 2 MB)
# OUT     folder for shards, run and page; a stopped recipe goes on there
#
# The University of Illinois no longer offers the files; they are at
# github.com/jbrownlee/Datasets (Releases, Flickr8k).  With DOWNLOAD=1 what is
# missing is fetched from there, checked against the MD5 that torchvision for R
# lists, and unpacked; a stopped download goes on.
# More options of training go into TRAIN ("--epochs 1").
set -eu
if [ $# -lt 3 ] || [ $# -gt 4 ]; then
    sed -n '2,/^set -eu/p' "$0" | sed '$d; s/^# \{0,1\}//' >&2
    exit 2
fi
images=$(realpath -m "$1")
text=$(realpath -m "$2")
out=$(realpath -m "$3")
cores=${4:-$(nproc)}
cd "$(dirname "$0")/.."
. data-prep/steps.sh
begun=$(date +%s)

get Flickr8k_text.zip "$text" "$text/Flickr8k.token.txt" -j 'Flickr*'
get Flickr8k_Dataset.zip "$images" "$images/1000268201_693b08cb0e.jpg" \
    -j 'Flick*/*.jpg'
need "$images" "the folder of the photos (or set DOWNLOAD=1)"
need "$text/Flickr8k.token.txt" "the captions of Flickr8k"
need "$text/Flickr_8k.trainImages.txt" "the list of training photos"
need "$text/Flickr_8k.devImages.txt" "the list of validation photos"
split='val'
test_list=$text/Flickr_8k.testImages.txt
mkdir -p "$out"

step "shards"
set -- shard --format flickr --captions "$text/Flickr8k.token.txt" \
    --train "$text/Flickr_8k.trainImages.txt" \
    --val "$text/Flickr_8k.devImages.txt" --images "$images" \
    --min-count 4 --skip-bad --out "$out/shards"
if [ -e "$test_list" ]; then
    split='test'
    set -- "$@" --test "$test_list"
fi
once "$out/shards/manifest.json" "$BIN/chorus" "$@"

learn "$out" $split "$images" "$text/Flickr8k.token.txt" --dropout 0.3 \
    --rate 1e-3 --decay 0.8 --decay-every 1 --patience 1 --min-delta 0.01
finish "$out" "$begun"
