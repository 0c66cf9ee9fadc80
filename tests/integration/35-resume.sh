#!/bin/sh
# 35-resume.sh - a run goes on, at the end of an epoch or inside, on any ranks
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-resume-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

fail() {
    echo "failed: $*"
    sed 's/^/    | /' "$work/stderr"
    bad=1
}

# train RANKS RUN OPTION...
train() {
    ranks=$1 run=$2
    shift 2
    mpirun -n "$ranks" "$BIN/chorus-train" "$work/shards" \
        --run "$work/$run" --embed 8 --hidden 12 --batch 12 --patience 0 \
        "$@" >"$work/stdout" 2>"$work/stderr" || fail "$run on $ranks: exit $?"
}

# Same models and, but for times and ranks, the same log.
same() {
    for file in best.safetensors latest.safetensors; do
        cmp "$work/whole/$file" "$work/$1/$file" || fail "$2"
    done
    for run in whole "$1"; do
        grep -vE '"kind":"(settings|ranks)"' "$work/$run/log.jsonl" |
            sed -E 's/"(words_per_s|seconds|[a-z]*_s)":[^,}]*//g' \
                >"$work/$run.log"
    done
    diff "$work/whole.log" "$work/$1.log" || fail "$2: another log"
}

"$BIN/tests/parallel/np_train" shards "$work" >"$work/stderr" 2>&1 || {
    fail "no shards"
    exit 1
}
train 2 whole --epochs 4

echo "epoch by epoch"
train 1 epochs --epochs 1
train 3 epochs --epochs 2 --resume
train 2 epochs --epochs 4 --resume
same epochs "epoch by epoch"

echo "stopped inside an epoch"
train 3 inside --epochs 4 --max-steps 7
train 1 inside --epochs 4 --max-steps 8 --resume
train 2 inside --epochs 4 --resume
same inside "stopped inside an epoch"

# As a run that was killed after its log was written, and before the next
# checkpoint.
echo "steps after the checkpoint are done again"
train 2 killed --epochs 2
cp "$work/killed/latest.safetensors" "$work/latest"
train 2 killed --epochs 3 --resume
cp "$work/latest" "$work/killed/latest.safetensors"
printf '{"kind":"st' >>"$work/killed/log.jsonl"
train 3 killed --epochs 4 --resume
same killed "killed between two checkpoints"

echo "another precision is refused"
"$BIN/chorus-train" "$work/shards" --run "$work/whole" --embed 8 --hidden 12 \
    --batch 12 --patience 0 --epochs 5 --resume --precision bf16 \
    >"$work/stdout" 2>"$work/stderr"
[ $? = 2 ] || fail "--precision bf16: expected exit 2"
grep -q "was trained with --precision f32, found bf16;" "$work/stderr" ||
    fail "--precision bf16: no such sentence"

exit $bad
