#!/bin/sh
# 45-export.sh - a model's weights to PyTorch's names and back; what is refused
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-export-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

fail() {
    echo "failed: $*"
    bad=1
}

# refused EXIT WORDS COMMAND...: one sentence on stderr, nothing on stdout.
refused() {
    code=$1 words=$2
    shift 2
    "$@" >"$work/stdout" 2>"$work/stderr"
    found=$?
    [ $found = "$code" ] || fail "$*: exit $found, expected $code"
    [ ! -s "$work/stdout" ] || fail "$*: says something on stdout"
    [ "$(wc -l <"$work/stderr")" = 1 ] || fail "$*: not one line on stderr"
    grep -qF -- "$words" "$work/stderr" ||
        fail "$*: expected '$words', found '$(cat "$work/stderr")'"
}

captions() {
    "$BIN/chorus-caption" --model "$1" --shards "$work/shards" --split val \
        --json
}

"$BIN/tests/parallel/np_train" shards "$work" || exit 1
"$BIN/chorus-train" -q "$work/shards" --run "$work/run" --embed 12 \
    --hidden 16 --batch 18 --rate 0.05 --max-steps 8 >/dev/null || exit 1
latest=$work/run/latest.safetensors
weights=$work/weights.safetensors

"$BIN/chorus-export" "$latest" --to pytorch --out "$weights" \
    --vocabulary "$work/words.txt" >"$work/table" || fail "no export"
cmp "$work/words.txt" "$work/shards/vocabulary.txt" ||
    fail "other words than the shards'"
grep -qE '^lstm.weight_ih_l0 +64 x 12$' "$work/table" &&
    grep -qE '^lstm.bias_hh_l0 +64$' "$work/table" ||
    fail "the table of tensors: $(cat "$work/table")"
[ "$(wc -c <"$weights")" -lt "$(wc -c <"$latest")" ] ||
    fail "the state of the optimiser was exported"
captions "$latest" >"$work/before" || fail "no captions"
captions "$weights" >"$work/after" || fail "no captions of what was exported"
cmp "$work/before" "$work/after" || fail "what was exported says other words"

"$BIN/chorus-import" "$weights" --shards "$work/shards" \
    --out "$work/back.safetensors" >"$work/stdout" || fail "no import"
grep -qx "model       $work/back.safetensors" "$work/stdout" ||
    fail "import says $(cat "$work/stdout")"
captions "$work/back.safetensors" >"$work/after" || fail "no captions of back"
cmp "$work/before" "$work/after" || fail "what was imported says other words"

out=$work/out.safetensors
refused 2 'expected one model, found 0' "$BIN/chorus-export" --out "$out"
refused 2 'missing --out FILE' "$BIN/chorus-export" "$latest"
refused 2 'pytorch' "$BIN/chorus-export" "$latest" --to onnx --out "$out"
refused 2 'is there already' "$BIN/chorus-export" "$latest" --out "$weights"
refused 1 'no.safetensors' "$BIN/chorus-export" "$work/no.safetensors" \
    --out "$out"
refused 1 'not a safetensors file' "$BIN/chorus-export" "$work/words.txt" \
    --out "$out"
head -c 3000 "$latest" >"$work/cut.safetensors"
refused 1 'cut.safetensors' "$BIN/chorus-export" "$work/cut.safetensors" \
    --out "$out"
refused 1 'nowhere' "$BIN/chorus-export" "$latest" --out "$work/nowhere/out"
refused 2 'expected one of --like and --shards' "$BIN/chorus-import" \
    "$weights" --out "$out"
refused 2 'expected one file of weights, found 2' "$BIN/chorus-import" \
    "$weights" "$weights" --like "$latest" --out "$out"
refused 1 'adam.m' "$BIN/chorus-import" "$latest" --like "$latest" \
    --out "$out"
refused 1 'not a safetensors file' "$BIN/chorus-import" "$work/words.txt" \
    --like "$latest" --out "$out"
[ ! -e "$out" ] || fail "a refused command left a file"
exit $bad
