#!/bin/sh
# visual_genome.sh - regions of Visual Genome, from its own files to a score
#
#     data-prep/visual_genome.sh DATA OUT [CORES]
#
# DATA holds, from the site of Visual Genome (homes.cs.washington.edu/~ranjay/
# visualgenome, "Data"):
#     region_descriptions.json         700 MB (121 MB zipped)
#     VG_100K/ and VG_100K_2/          108,077 photos, 9.2 GB and 5.5 GB; they
#                                      may also lie together in DATA
# With DOWNLOAD=1 the descriptions are fetched, and a stopped download goes on;
# no checksum is published.
# OUT is the folder for shards and run; a stopped recipe goes on there.
#
# REGIONS=crop (default) makes each region a picture; each is decoded from its
# whole photo.  REGIONS=whole makes the descriptions captions of the photo.
# Photos are divided by the hash of their names.  More options of training go
# into TRAIN.
set -eu
if [ $# -lt 2 ] || [ $# -gt 3 ]; then
    echo "usage: visual_genome.sh DATA OUT [CORES]" >&2
    exit 2
fi
data=$(realpath -m "$1")
out=$(realpath -m "$2")
cores=${3:-$(nproc)}
cd "$(dirname "$0")/.."
. data-prep/steps.sh
begun=$(date +%s)

where=https://homes.cs.washington.edu/~ranjay/visualgenome
if [ ! -e "$data/region_descriptions.json" ] && [ "${DOWNLOAD:-0}" = 1 ]; then
    fetch "$where/data/dataset/region_descriptions.json.zip" \
        "$data/region_descriptions.json.zip"
    run unzip -o "$data/region_descriptions.json.zip" -d "$data"
fi
need "$data/region_descriptions.json" "a part of Visual Genome, from $where \
(or set DOWNLOAD=1)"
mkdir -p "$out"

step "shards"
once "$out/shards/manifest.json" "$BIN/chorus" shard --format genome \
    --captions "$data/region_descriptions.json" --split-by hash \
    --regions "${REGIONS:-crop}" --images "$data" --min-count 5 --skip-bad \
    --out "$out/shards"
learn "$out" test
finish "$out" "$begun"
