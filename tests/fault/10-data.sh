#!/bin/sh
# 10-data.sh - bad data gets one clear sentence and exit 1, never a crash
set -u
cd "$(dirname "$0")/../.." || exit 1
. data-prep/steps.sh
BIN=${BIN:-build/${CONFIG:-release}}
encoder=build/encoders/efficientnet-lite2.json
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

fail() {
    echo "failed: $*"
    [ ! -s "$work/stderr" ] || tail -n 5 "$work/stderr"
    bad=1
}

# expect CODE WORD COMMAND...: ends with CODE; the last line on stderr has
# WORD, and is one sentence of the program.
expect() {
    code=$1 word=$2
    shift 2
    timeout 60 "$@" >"$work/stdout" 2>"$work/stderr"
    got=$?
    [ $got = "$code" ] || fail "exit $got, expected $code: $*"
    [ -z "$word" ] || tail -n 1 "$work/stderr" | grep -qF -e "$word" ||
        fail "no \"$word\" in what it says: $*"
}

# A fresh copy of 24 scenes (20 train, 2 val, 2 test) in $work/set.
"$BIN/scenes" --out "$work/good" --count 24 --seed 5 2>"$work/stderr" || {
    fail "scenes ended badly"
    exit 1
}
fresh() {
    rm -rf "$work/set" "$work/shards"
    cp -r "$work/good" "$work/set"
}
shard() {
    code=$1 word=$2
    shift 2
    rm -rf "$work/shards"
    expect "$code" "$word" "$BIN/chorus-shard" --format tsv \
        --train "$work/set/train.tsv" --val "$work/set/val.tsv" \
        --images "$work/set/images" --out "$work/shards" "$@"
    [ "$code" = 0 ] || [ ! -e "$work/shards" ] ||
        fail "a failed shard left its folder"
}
listed() {
    grep -qF "$1" "$work/shards/skipped.jsonl" ||
        fail "$1 is not listed in skipped.jsonl"
}

echo "a missing image"
fresh
rm "$work/set/images/000003.jpg"
shard 1 000003.jpg
shard 0 "" --skip-bad
listed 000003.jpg

echo "a caption of only punctuation"
fresh
printf '000004.jpg\t...!?\n' >>"$work/set/train.tsv"
shard 1 000004.jpg
shard 0 "" --skip-bad
listed 000004.jpg

echo "an empty split"
fresh
: >"$work/set/val.tsv"
shard 1 val

echo "a JSON cut in half"
fresh
printf '{"images":[{"id":1,"file_name":"000000.jpg"}],"annotations":[{"id":1,' \
    >"$work/half.json"
expect 1 half.json "$BIN/chorus-shard" --format coco \
    --train "$work/half.json" --val "$work/half.json" \
    --images "$work/set/images" --out "$work/shards"

echo "a truncated JPEG"
(build_encoder "$encoder") >"$work/stdout" 2>"$work/stderr" ||
    fail "the encoder was not made"
fresh
head -c 3000 "$work/good/images/000002.jpg" >"$work/set/images/000002.jpg"
shard 0 ""
expect 1 000002.jpg "$BIN/chorus-encode" --shards "$work/shards" \
    --encoder "$encoder"
expect 0 "" "$BIN/chorus-encode" --shards "$work/shards" \
    --encoder "$encoder" --skip-bad
listed 000002.jpg

echo "shards of another vocabulary"
fresh
shard 0 ""
expect 0 "" "$BIN/chorus-encode" --shards "$work/shards" --encoder "$encoder"
printf '<pad>\n<start>\n<end>\nother\n<unk>\n' >"$work/shards/vocabulary.txt"
expect 1 vocabulary.txt "$BIN/chorus-train" --shards "$work/shards" \
    --run "$work/run" --epochs 1

exit $bad
