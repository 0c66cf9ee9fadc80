#!/bin/sh
# quickstart.sh - the whole way on synthetic scenes, in minutes
#
#     data-prep/quickstart.sh [OUT]
#
# Draws scenes, turns them into shards, encodes them, trains on all cores,
# captions scenes it has not seen, scores the captions and writes a page.
# Every command is shown, so that it can be repeated by hand.  What is done
# already is not done again; `rm -rf OUT` begins anew.
#
# BIN     folder of the programs         (build/release)
# SCENES  how many scenes are drawn      (2400)
# EPOCHS  training epochs at most        (30)
# CORES   ranks and threads              (all)
# ENCODER JSON of another encoder        (EfficientNet-Lite2)
set -eu
case ${1:-} in
-*)
    sed -n '2,/^set -eu/p' "$0" | sed '$d; s/^# \{0,1\}//' >&2
    exit 2 ;;
esac
cd "$(dirname "$0")/.."
. data-prep/steps.sh

out=${1:-build/quickstart}
scenes=${SCENES:-2400}
epochs=${EPOCHS:-30}
cores=${CORES:-$(nproc)}
begun=$(date +%s)

mkdir -p "$out"
step "1 of 7: draw $scenes scenes with five captions each"
once "$out/scenes/test.tsv" "$BIN/scenes" --out "$out/scenes" \
    --count "$scenes" --seed 1

step "2 of 7: the encoder, a frozen network that sees"
build_encoder

step "3 of 7: captions and vocabulary into shards"
once "$out/shards/manifest.json" "$BIN/chorus" shard --format tsv \
    --train "$out/scenes/train.tsv" --val "$out/scenes/val.tsv" \
    --test "$out/scenes/test.tsv" --images "$out/scenes/images" \
    --min-count 2 --out "$out/shards"

step "4 of 7: every picture through the encoder, once"
run "$BIN/chorus" encode --shards "$out/shards" --encoder "$encoder" \
    --threads "$cores"

step "5 of 7: train on $cores ranks"
train "$out/shards" "$out/run" --embed 256 --hidden 256 --epochs "$epochs" \
    --patience 3

step "6 of 7: caption scenes it has not seen, and score the captions"
run "$BIN/chorus" caption --model "$out/run/best.safetensors" \
    --shards "$out/shards" --split test --beam 3 --json \
    >"$out/captions.jsonl"
run "$BIN/chorus" score --captions "$out/captions.jsonl" \
    --references "$out/scenes/test.tsv" >"$out/scores.txt"

step "7 of 7: a page with ten pictures"
run "$BIN/chorus" report "$out/run" --captions "$out/captions.jsonl" \
    --references "$out/scenes/test.tsv" --images "$out/scenes/images" \
    --out "$out/report.html"

finish "$out" "$begun"
