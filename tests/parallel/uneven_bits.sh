#!/bin/sh
# uneven_bits.sh - on uneven data, for 1 to 8 ranks the same bytes
#
# Two epochs of every decoder with dropout and scheduled sampling on 13 images in
# 9 lanes, one image with a single caption and one with 20; the best chosen by
# the captions of 5 validation images, so some lanes have none.  Threads change
# nothing either.  What is selected by is what chorus score says of the best
# model's captions.
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
    "${MPIRUN:-mpirun}" -n "$ranks" "$BIN/chorus-train" -q "$work/shards" --run "$run" \
        --embed 12 --hidden 16 --batch 18 --lanes 9 --rate 0.05 \
        --dropout 0.5 --epochs 2 --select cider --optimiser adamw --ema 0.9 \
        --schedule cosine --warmup 2 --sampling 0.3 --attention 20 "$@" \
        </dev/null >"$run.out" 2>"$work/stderr" ||
        fail "$ranks ranks, $*"
}

# same REFERENCE RUN WHAT: models, and loss, scores and rates of every epoch and
# step, but no times.
same() {
    for file in latest best; do
        cmp "$work/$1/$file.safetensors" "$work/$2/$file.safetensors" ||
            fail "$3 train another $file than 1"
    done
    for run in "$1" "$2"; do
        sed -E '/"kind":"(settings|ranks)"/d; s/"(words_per_s|seconds|[a-z]*_s)":[^,}]*//g' \
            "$work/$run/log.jsonl" >"$work/$run.log"
    done
    diff "$work/$1.log" "$work/$2.log" || fail "$3 have another log than 1"
}

"$BIN/tests/parallel/np_train" shards "$work" || exit 1
"$BIN/tests/parallel/np_train" grids "$work" || exit 1
# NAME and options of every decoder.
while read -r name options; do
    for ranks in 1 2 3 4 5 7 8; do
        # Unquoted: its words are options.
        train $ranks "$name$ranks" $options
        same "${name}1" "$name$ranks" "$name: $ranks ranks"
    done
    for ranks in 1 3; do
        train $ranks "${name}t$ranks" $options --threads 2
        same "${name}1" "${name}t$ranks" "$name: $ranks ranks of 2 threads"
    done
done <<END
lstm --cell lstm
gru --cell gru --layers 2 --image state --together --image-norm layer
sat --decoder sat --attention-penalty 1 --image-norm layer
att2in --decoder att2in
updown --decoder updown --image-norm layer
END
# In bf16.
while read -r name options; do
    for ranks in 1 2 3 4 5 7 8; do
        train $ranks "b$name$ranks" --precision bf16 $options
        same "b${name}1" "b$name$ranks" "$name in bf16: $ranks ranks"
    done
    train 1 "b${name}t" --precision bf16 $options --threads 2
    same "b${name}1" "b${name}t" "$name in bf16: 2 threads"
    train 1 "f$name" $options
    cmp -s "$work/b${name}1/latest.safetensors" \
        "$work/f$name/latest.safetensors" && fail "$name: bf16 is f32"
done <<END
lstm --cell lstm --image every --tied
gru --cell gru --layers 2
sat --decoder sat --attention-penalty 1
att2in --decoder att2in
updown --decoder updown
END
train 1 t3 --threads 3
same lstm1 t3 "lstm: 3 threads"
# Rank 0 alone says what the log shows, by the averaged weights, while the others
# have nothing to do but to take them back.
for ranks in 1 4; do
    train $ranks "said$ranks" --select loss --embed 256 --hidden 256 --epochs 3
done
same said1 said4 "an averaged model captions: 4 ranks"

# The metric selected on is the metric reported.
best=$(sed -n 's/^best  *\([0-9.]*\) CIDEr-D .*/\1/p' "$work/gru8.out")
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
