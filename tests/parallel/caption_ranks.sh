#!/bin/sh
# caption_ranks.sh - captions are the same bytes for 1, 2, 3 and 4 ranks
#
# Photos, a list on standard input, shards; text, COCO results; with bad photos
# among them, whose sentences come in the order of the input, too.
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-ranks-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

fail() {
    echo "failed: $*"
    sed 's/^/    | /' "$work/stderr" | tail -n 20
    bad=1
}

{
    "$BIN/scenes" --out "$work/scenes" --count 40 --seed 5 &&
        "$BIN/chorus-shard" --format tsv --train "$work/scenes/train.tsv" \
            --val "$work/scenes/val.tsv" --images "$work/scenes/images" \
            --min-count 1 --shards 2 --out "$work/shards" &&
        "$BIN/chorus-encode" "$work/shards" --encoder tests/fixture/tiny.json &&
        "$BIN/chorus-train" "$work/shards" --run "$work/run" --embed 16 \
            --hidden 16 --epochs 1
} >"$work/stdout" 2>"$work/stderr" || {
    fail "no model"
    exit 1
}
photos=$work/scenes/images
head -c 200 "$photos/000002.jpg" >"$photos/000002a.jpg"
: >"$photos/000021a.png"
ls "$photos"/* >"$work/names"
echo "$work/no-such.jpg" >>"$work/names"

# caption RANKS OPTION...: exit code in $code
caption() {
    ranks=$1
    shift
    "${MPIRUN:-mpirun}" -n "$ranks" "$BIN/chorus-caption" --model \
        "$work/run/best.safetensors" --threads 1 -q "$@" 2>"$work/raw"
    code=$?
    # mpirun has words of its own about exit codes.
    grep '^chorus-caption' "$work/raw" >"$work/stderr"
}

for ranks in 1 2 3 4; do
    caption $ranks --batch 4 --list - <"$work/names" >"$work/list.$ranks"
    [ $code = 1 ] || fail "$ranks ranks: exit $code, expected 1"
    cp "$work/stderr" "$work/said.$ranks"
    caption $ranks --batch 3 "$photos" --format coco --skip-bad \
        --ids "$work/ids" --out "$work/coco.$ranks" 2>/dev/null
    [ $code = 1 ] && grep -q "ids: cannot open" "$work/stderr" ||
        fail "$ranks ranks: a file that is not there"
    [ ! -e "$work/coco.$ranks" ] || fail "a file was written"
    caption $ranks --shards "$work/shards" --split train --json --batch 5 \
        --sample --n-best 2 \
        --out "$work/jsonl.$ranks"
    [ $code = 0 ] || fail "$ranks ranks: exit $code"
    cmp "$work/list.1" "$work/list.$ranks" || fail "photos, $ranks ranks"
    cmp "$work/said.1" "$work/said.$ranks" || fail "sentences, $ranks ranks"
    cmp "$work/jsonl.1" "$work/jsonl.$ranks" || fail "shards, $ranks ranks"
done
[ "$(wc -l <"$work/list.1")" = 40 ] || fail "not 40 captions"
[ "$(wc -l <"$work/said.1")" = 4 ] || fail "not four sentences"
grep -q "3 of 43 photos could not be captioned" "$work/said.1" ||
    fail "no count of bad photos"

# More ranks than photos, and none at all.
ls "$photos/000001.jpg" >"$work/one"
caption 4 --list "$work/one" >"$work/few"
[ $code = 0 ] && [ "$(wc -l <"$work/few")" = 1 ] || fail "four ranks, a photo"
: >"$work/none"
caption 3 --list "$work/none" >"$work/few"
[ $code = 0 ] && [ ! -s "$work/few" ] || fail "three ranks, no photo"
exit $bad
