#!/bin/sh
# flickr8k-decoders.sh - NIC with LSTM and GRU, SAT and Up-Down, side by side
#
#     data-prep/flickr8k-decoders.sh IMAGES TEXT OUT [CORES]
#
# IMAGES  folder of the 8,000 photos
# TEXT    folder with Flickr8k.token.txt, Flickr_8k.trainImages.txt and
#         Flickr_8k.devImages.txt; flickr8k.sh says where they come from
# OUT     folder for shards, runs, table.md and report.html, where the words of
#         SAT show where it looked; a stopped recipe goes on there
#
# All four see the same photos through the same frozen network, pooled or as a
# grid, and learn with the same settings; the table is of the validation photos
# and captions of beam 3, time is of training and validation.  Shards with grids
# take 1.4 GB (1.1 GB of photos).
# More options of training go into TRAIN ("--epochs 1").
set -eu
if [ $# -lt 3 ] || [ $# -gt 4 ]; then
    sed -n '2,/^set -eu/p' "$0" | sed '$d; s/^# \{0,1\}//' >&2
    exit 2
fi
images=$(realpath -m "$1")
text=$(realpath -m "$2")
out=$(realpath -m "$3")
cores=${4:-2}
cd "$(dirname "$0")/.."
. data-prep/steps.sh

need "$images" "the folder of the photos"
need "$text/Flickr8k.token.txt" "the captions of Flickr8k"
need "$text/Flickr_8k.trainImages.txt" "the list of training photos"
need "$text/Flickr_8k.devImages.txt" "the list of validation photos"
mkdir -p "$out"

step "shards"
once "$out/shards/manifest.json" "$BIN/chorus" shard --format flickr \
    --captions "$text/Flickr8k.token.txt" \
    --train "$text/Flickr_8k.trainImages.txt" \
    --val "$text/Flickr_8k.devImages.txt" --images "$images" \
    --min-count 4 --skip-bad --out "$out/shards"

step "features, pooled and as grids"
build_encoder
run "$BIN/chorus" encode --shards "$out/shards" --encoder "$encoder" --grid \
    --threads "$cores" --skip-bad

# score RUN NAME: a METRIC of the captions, or - when it was not computed.
score() {
    awk -v m="$2" '$1 == m { v = $2 } END { print v == "" ? "-" : v }' \
        "$1/scores.txt"
}

# one NAME OPTION...: train, caption, score; a line of the table.
one() {
    name=$1 of=$out/$(echo "$1" | tr 'A-Z ' 'a-z-')
    shift
    step "$name on $cores ranks"
    # shellcheck disable=SC2086 # TRAIN holds several words
    train "$out/shards" "$of" --embed 256 --hidden 384 --attention 256 \
        --forget-bias 1 --dropout 0.3 --ema 0.99 --rate 2e-3 \
        --schedule cosine --warmup 50 --batch 64 --together --epochs 4 \
        --patience 0 --select cider "$@" ${TRAIN:-}
    run "$BIN/chorus" caption --model "$of/best.safetensors" \
        --shards "$out/shards" --split val --beam 3 --json \
        --attention \
        >"$of/captions.jsonl"
    # Partial: photos of other splits have no caption.
    run "$BIN/chorus" score --captions "$of/captions.jsonl" --partial \
        --references "$text/Flickr8k.token.txt" >"$of/scores.txt"
    minutes=$(sed -n 's/.*"kind":"epoch".*"seconds":\([0-9.]*\).*/\1/p' \
        "$of/log.jsonl" | awk '{ s += $1 } END { printf "%.0f", s / 60 }')
    echo "| $name | $(score "$of" BLEU-4) | $(score "$of" METEOR) |" \
        "$(score "$of" CIDEr-D) | $minutes min |" >>"$out/table.md"
}

printf '| decoder | BLEU-4 | METEOR | CIDEr-D | time |\n|---|---|---|---|---|\n' \
    >"$out/table.md"
one "NIC-LSTM" --decoder nic --cell lstm
one "NIC-GRU" --decoder nic --cell gru
one "SAT" --decoder sat
one "Up-Down" --decoder updown
run "$BIN/chorus" report "$out/nic-lstm" "$out/nic-gru" "$out/sat" \
    "$out/up-down" --title "Four decoders" --captions "$out/sat/captions.jsonl" \
    --references "$text/Flickr8k.token.txt" --images "$images" \
    --out "$out/report.html"
cat "$out/table.md"
