#!/bin/sh
# 40-caption.sh - chorus caption: bad photos, full disks, readers that leave
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-caption-XXXXXX") || exit 1
disk=
trap '[ -z "$disk" ] || umount "$disk"; rm -rf "$work"' EXIT
bad=0

fail() {
    echo "failed: $*"
    sed 's/^/    | /' "$work/stderr" | tail -n 20
    bad=1
}

{
    "$BIN/scenes" --out "$work/scenes" --count 30 --seed 5 &&
        "$BIN/chorus-shard" --format tsv --train "$work/scenes/train.tsv" \
            --val "$work/scenes/val.tsv" --images "$work/scenes/images" \
            --min-count 1 --out "$work/shards" &&
        "$BIN/chorus-encode" "$work/shards" --encoder tests/fixture/tiny.json &&
        "$BIN/chorus-train" "$work/shards" --run "$work/run" --embed 16 \
            --hidden 16 --epochs 1
} >"$work/stdout" 2>"$work/stderr" || {
    fail "no model"
    exit 1
}
model=$work/run/best.safetensors
photos=$work/scenes/images
caption="$BIN/chorus-caption --model $model --batch 4 -q"

# check EXIT LINES WORDS: of the command whose exit code is in $?.
check() {
    found=$?
    [ $found = "$1" ] || fail "exit $found, expected $1: $3"
    [ "$(wc -l <"$work/stderr")" = "$2" ] || fail "not $2 lines: $3"
    grep -qiE "$3" "$work/stderr" || fail "expected: $3"
}

echo "bad photos are told, and the rest go on"
$caption "$photos" >"$work/good" 2>"$work/stderr" || fail "exit $?"
mkdir "$work/mixed"
cp "$photos"/*.jpg "$work/mixed"
head -c 300 "$photos/000003.jpg" >"$work/mixed/000003-cut.jpg"
: >"$work/mixed/000007-empty.png"
echo "no photo" >"$work/mixed/000009-text.webp"
ln -s nowhere "$work/mixed/000011-link.jpg"
$caption "$work/mixed" >"$work/found" 2>"$work/stderr"
check 1 5 "4 of 34 photos could not be captioned"
for name in cut empty text link; do
    [ "$(grep -c -- "-$name\." "$work/stderr")" = 1 ] || fail "$name not told"
done
sed 's|.*/||' "$work/good" >"$work/a"
sed 's|.*/||' "$work/found" | cmp - "$work/a" || fail "the rest is not the same"
$caption "$work/mixed" --skip-bad --out "$work/kept" 2>"$work/stderr"
check 0 5 "4 photos skipped"
cmp "$work/kept" "$work/found" || fail "--skip-bad changes captions"
$caption "$work/mixed/000009-text.webp" >"$work/found" 2>"$work/stderr"
check 1 1 "000009-text.webp"

echo "a wrong encoder, a missing model"
$caption --encoder tests/fixture/tiny.onnx "$photos" >"$work/found" \
    2>"$work/stderr"
check 1 1 "tiny.onnx"
"$BIN/chorus-caption" --model "$work/none" "$photos" >"$work/found" \
    2>"$work/stderr"
check 1 1 "none: cannot open"
cp tests/fixture/tiny.* "$work"
printf "<!-- -->" >>"$work/tiny.xml"
$caption --encoder "$work/tiny.json" "$photos" >"$work/found" 2>"$work/stderr"
check 2 1 "tiny.xml"
[ ! -s "$work/found" ] || fail "captions of another encoder"

echo "a full disk, and a reader that leaves"
$caption "$photos" >/dev/full 2>"$work/stderr"
check 1 1 "cannot write the captions on stdout.*no space"
mkfifo "$work/pipe"
sleep 0 <"$work/pipe" &
{
    $caption "$photos" 2>"$work/stderr"
    echo $? >"$work/code"
} >"$work/pipe"
wait
(exit "$(cat "$work/code")")
check 1 1 "cannot write the captions on stdout.*broken pipe"
mkdir "$work/disk"
if mount -t tmpfs -o size=8k tmpfs "$work/disk" 2>/dev/null; then
    disk=$work/disk
    echo before >"$disk/captions"
    $caption "$photos" "$photos" "$photos" "$photos" "$photos" --json \
        --out "$disk/captions" 2>"$work/stderr"
    check 1 1 "captions: cannot write.*no space"
    [ "$(cat "$disk/captions")" = before ] || fail "the older file is lost"
    [ "$(ls "$disk")" = captions ] || fail "left behind: $(ls "$disk")"
else
    echo "  not tried: no right to mount a small disk"
fi
exit $bad
