#!/bin/sh
# uneven_bits.sh - on uneven data, for 1 to 8 ranks the same bytes
#
# Two epochs with dropout on 13 images in 9 lanes, one image with a single
# caption and one with 20; the best chosen by the captions of 5 validation
# images, so some lanes have none.  What is selected by is what chorus score
# says of the best model's captions.
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-uneven-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

fail() {
    echo "failed: $*"
    tail -n 5 "$work/stderr" | sed 's/^/    | /'
    bad=1
}

# train RANKS RUN OPTION...
train() {
    ranks=$1 run=$work/$2
    shift 2
    mpirun -n "$ranks" "$BIN/chorus-train" -q "$work/shards" --run "$run" \
        --embed 12 --hidden 16 --batch 18 --lanes 9 --rate 0.05 \
        --dropout 0.5 --epochs 2 --select cider --optimiser adamw --ema 0.9 \
        --schedule cosine --warmup 2 "$@" >"$work/stdout" 2>"$work/stderr" ||
        fail "$ranks ranks, $*"
}

"$BIN/tests/parallel/np_train" shards "$work" || exit 1
for cell in lstm gru; do
    for ranks in 1 2 3 4 5 7 8; do
        train $ranks $cell$ranks --cell $cell
        for file in latest best; do
            cmp "$work/${cell}1/$file.safetensors" \
                "$work/$cell$ranks/$file.safetensors" ||
                fail "$cell: $ranks ranks train another $file than 1"
        done
        # Loss, scores and rates of every epoch and step, but no times.
        sed -E '/"kind":"settings"/d; s/"(words_per_s|seconds|[a-z]*_s)":[^,}]*//g' \
            "$work/$cell$ranks/log.jsonl" >"$work/$cell$ranks.log"
        diff "$work/${cell}1.log" "$work/$cell$ranks.log" ||
            fail "$cell: $ranks ranks have another log than 1"
    done
done

# The metric selected on is the metric reported.
best=$(sed -n 's/^best  *\([0-9.]*\) CIDEr-D .*/\1/p' "$work/stdout")
"$BIN/chorus-caption" --model "$work/gru8/best.safetensors" \
    --shards "$work/shards" --split val --beam 1 --json \
    >"$work/captions" 2>"$work/stderr" || fail "captions of the best model"
"$BIN/chorus-score" --references "$work/val.tsv" "$work/captions" \
    >"$work/scores" 2>"$work/stderr" || fail "scores of the best model"
found=$(awk '$1 == "CIDEr-D" { print $2 }' "$work/scores")
[ -n "$best" ] && awk -v a="$best" -v b="$found" \
    'BEGIN { d = a - b; exit !(d < 1e-4 && d > -1e-4) }' ||
    fail "selected by CIDEr-D $best, chorus score says $found"

# The test must be able to fail.
train 1 other --seed 2
cmp -s "$work/lstm1/latest.safetensors" "$work/other/latest.safetensors" &&
    fail "another seed trains the same weights"
exit $bad
