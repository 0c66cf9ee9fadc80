#!/bin/sh
# visual_genome.sh - regions of Visual Genome, from its own files to a score
#
#     data-prep/visual_genome.sh DATA OUT [CORES]
#
# DATA holds, from the site of Visual Genome (homes.cs.washington.edu/~ranjay/
# visualgenome, "Data"):
#     region_descriptions.json         700 MB (127 MB zipped)
#     VG_100K/ and VG_100K_2/          108,077 photos (images.zip, 9.7 GB, and
#                                      images2.zip, 5.5 GB); they may also lie
#                                      together in DATA
# With DOWNLOAD=1 what is missing is fetched and unpacked, and a stopped
# download goes on; no checksums are published, so sizes are checked.  The zips
# stay; when all is unpacked they may be removed.
# OUT is the folder for shards and run; a stopped recipe goes on there.
#
# REGIONS=crop (default) makes each region a picture; each is decoded from its
# whole photo.  REGIONS=whole makes the descriptions captions of the photo.
# Photos are divided by the hash of their names.  More options of training go
# into TRAIN.
set -eu
if [ $# -lt 2 ] || [ $# -gt 3 ]; then
    sed -n '2,/^set -eu/p' "$0" | sed '$d; s/^# \{0,1\}//' >&2
    exit 2
fi
data=$(realpath -m "$1")
out=$(realpath -m "$2")
cores=${3:-$(nproc)}
cd "$(dirname "$0")/.."
. data-prep/steps.sh
begun=$(date +%s)

where=https://homes.cs.washington.edu/~ranjay/visualgenome
get region_descriptions.json.zip "$data" "$data/region_descriptions.json"
if [ ! -e "$data/1.jpg" ]; then
    get images.zip "$data" "$data/VG_100K"
    get images2.zip "$data" "$data/VG_100K_2"
fi
need "$data/region_descriptions.json" "a part of Visual Genome, from $where \
(or set DOWNLOAD=1)"
mkdir -p "$out"

step "shards"
once "$out/shards/manifest.json" "$BIN/chorus" shard --format genome \
    --captions "$data/region_descriptions.json" --split-by hash \
    --regions "${REGIONS:-crop}" --images "$data" --min-count 5 --skip-bad \
    --out "$out/shards"
learn "$out" test "" ""
finish "$out" "$begun"
