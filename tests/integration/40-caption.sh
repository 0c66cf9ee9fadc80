#!/bin/sh
# 40-caption.sh - chorus caption on shards: text, JSON, and what it refuses
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-caption-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

fail() {
    echo "failed: $*"
    bad=1
}

# refuse EXIT WORDS COMMAND...: it ends with EXIT and says WORDS in one line.
refuse() {
    code=$1 words=$2
    shift 2
    "$@" >"$work/stdout" 2>"$work/stderr"
    found=$?
    [ $found = "$code" ] || fail "exit $found, expected $code: $*"
    grep -qF "$words" "$work/stderr" ||
        fail "expected \"$words\", found: $(cat "$work/stderr")"
    [ "$(wc -l <"$work/stderr")" = 1 ] || fail "not one line: $*"
    [ ! -s "$work/stdout" ] || fail "words on stdout: $*"
}

"$BIN/tests/parallel/np_train" shards "$work" >/dev/null 2>&1 &&
    "$BIN/chorus" train "$work/shards" --run "$work/run" --embed 8 \
        --hidden 8 --epochs 1 -qq >/dev/null || {
    fail "no model"
    exit 1
}
model=$work/run/best.safetensors
caption="$BIN/chorus-caption --model $model --shards $work/shards"

$caption >"$work/text" || fail "text: exit $?"
grep -q "	" "$work/text" || fail "no tab between photo and caption"
$caption --json --out "$work/json" || fail "json: exit $?"
[ "$(wc -l <"$work/json")" = "$(wc -l <"$work/text")" ] ||
    fail "text and JSON differ in the number of photos"
grep -q '^{"image":".*","image_id":.*,"caption":".*","logp":-' "$work/json" ||
    fail "not the fields expected: $(head -n 1 "$work/json")"
$caption --batch 1 >"$work/alone" || fail "batch of one: exit $?"
cmp "$work/text" "$work/alone" || fail "a batch changes captions"
[ "$($caption --limit 1 | wc -l)" = 1 ] || fail "--limit is not kept"

refuse 2 "nothing to caption" "$BIN/chorus-caption" --model "$model"
refuse 2 "photos or --shards, not both" $caption photo.jpg
refuse 1 "no-such-model" "$BIN/chorus-caption" --model no-such-model x.jpg
refuse 2 "expected train, val or test" $caption --split dev
head -c 300 "$model" >"$work/cut"
refuse 1 "cut" "$BIN/chorus-caption" --model "$work/cut" x.jpg
refuse 1 "cannot write" $caption --out /dev/full
exit $bad
