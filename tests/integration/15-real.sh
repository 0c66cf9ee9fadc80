#!/bin/sh
# 15-real.sh - real annotations and photos, from ../shared: COCO's val2017 with
# 30 of its photos, 40 photos of Flickr8k in full size
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=$(realpath "${BIN:-build/${CONFIG:-release}}")
data=${CHORUS_SHARED:-$(dirname "$PWD")/shared}/data
encoder=$PWD/tests/fixture/tiny.json
if [ ! -e "$data/coco/captions_val2017.json" ]; then
    echo "skipped: no ../shared"
    exit 77
fi
bad=0
there=$(mktemp -d "${TMPDIR:-/tmp}/chorus-real-XXXXXX") || exit 1
trap 'rm -rf "$there"' EXIT
cd "$there" || exit 1

fail() {
    echo "failed: $*"
    sed 's/^/    | /' stdout stderr | tail -n 20
    bad=1
}

# run PROGRAM ARGUMENT...
run() {
    "$BIN/$@" >stdout 2>stderr || fail "$*: exit $?"
}

has() {
    tr -s ' ' <stdout | grep -qE "^$1" || fail "no line '$1'"
}

echo "COCO: 5,000 images, 25,014 captions, 30 photos"
run chorus-shard --format coco --train "$data/coco/captions_val2017.json" \
    --images "$data/coco" --skip-bad --out coco
has 'train 30 150 '
has 'skipped 4970 images, 24864 captions '
run chorus-encode -q coco --encoder "$encoder" --grid
has 'encoded 30 by this run'
run chorus-verify coco
has 'pooled 30'
has 'bad 0'

echo "40 photos: each can be decoded, encoded and read again"
for photo in "$data"/photos/*.jpg; do basename "$photo"; done >list
awk -F '#' 'NR == FNR { want[$0] = 1; next } $1 in want {
    sub(/#[0-9]*/, ""); print }' list "$data/flickr8k/Flickr8k.token.txt" \
    >captions.tsv
run chorus-shard --check --format tsv --captions captions.tsv --split-by hash \
    --images "$data/photos" --encoder "$encoder"
has 'images that can be used 40'
has 'captions that can be used 200'
has 'decoded 40'
has 'corrupt 0'
has 'duplicate 0'
run chorus-shard --format tsv --captions captions.tsv --split-by hash \
    --images "$data/photos" --out photos
run chorus-encode -q photos --encoder "$encoder" --grid
has 'encoded 40 by this run'
run chorus-shard --reshard 3 photos --out moved
run chorus-verify moved
has 'pooled 40'
has 'grids 40'
has 'bad 0'
exit $bad
