#!/bin/sh
# 12-disks.sh - each program on a disk that is full, and on one that is read-only
#
# Exit 1, one sentence that says so, nothing left behind; what was there before
# stays as it was.  (chorus shard on disks of many sizes: 11-disk.sh.)
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-disks-XXXXXX") || exit 1
disk=$work/disk
trap 'umount "$disk" "$work/mounted" 2>/dev/null; rm -rf "$work"' EXIT
export OMPI_MCA_ess_singleton_isolated=1
bad=0

fail() {
    echo "failed: $*"
    sed 's/^/    | /' "$work/stderr" | tail -n 8
    bad=1
}

mkdir "$disk"
mount -t tmpfs -o size=2m tmpfs "$disk" 2>"$work/stderr" || {
    echo "skipped: no right to mount a small disk"
    exit 77
}
shard() {
    "$BIN/chorus-shard" --format tsv --train "$work/scenes/train.tsv" \
        --val "$work/scenes/val.tsv" --images "$work/scenes/images" \
        --min-count 1 --out "$1"
}
encode() {
    "$BIN/chorus-encode" "$1" --encoder tests/fixture/tiny.json -q --grid
}
train() {
    "$BIN/chorus-train" "$work/shards" --run "$1" -q --embed 64 --hidden 64 \
        --patience 0 --epochs "$2" ${3:-}
}
{
    "$BIN/scenes" --out "$work/scenes" --count 24 --seed 3 &&
        shard "$work/shards" && cp -r "$work/shards" "$work/plain" &&
        encode "$work/shards" && train "$work/run" 1 &&
        "$BIN/chorus-caption" --model "$work/run/best.safetensors" -q --json \
            --encoder tests/fixture/tiny.json \
            --out "$work/captions.json" "$work/scenes/images"
} >"$work/stdout" 2>"$work/stderr" || {
    fail "no model"
    exit 1
}
awk -F '\t' '!seen[$1]++' "$work/scenes/val.tsv" >"$work/captions.tsv"
cat "$work/scenes"/train.tsv "$work/scenes"/val.tsv "$work/scenes"/test.tsv \
    >"$work/scenes/all.tsv"
printf 'image,alt\n000000.jpg,A house.\n' >"$work/alt.csv"
mkdir "$disk/before"
cp -r "$work/plain" "$disk/before/shards"
cp -r "$work/run" "$disk/before/run"
echo before >"$disk/before/file"
# An index that lacks most of the photos.
set -- "$work"/scenes/images/*
"$BIN/chorus-tag" -q --index "$disk/before/photos.db" "$1" \
    --encoder tests/fixture/tiny.json --model "$work/run/best.safetensors" \
    >"$work/stdout" 2>"$work/stderr" || fail "no index"
cp -r "$disk/before" "$work/kept"

# expect NAME COMMAND...: refused with $words, and nothing has changed.
expect() {
    name=$1
    shift
    "$@" >"$work/stdout" 2>"$work/stderr"
    code=$?
    [ $code = 1 ] || fail "$name: exit $code"
    [ "$(grep -vc -e warning: -e 'without METEOR' "$work/stderr")" = 1 ] ||
        fail "$name: not one sentence"
    grep -qiE "$words" "$work/stderr" || fail "$name: expected $words"
    # Of what was encoded, encode.tmp keeps what it can for the next time.
    rm -rf "$disk/before/shards/encode.tmp"
    diff -r -x log.jsonl -x "events.*" "$disk/before" "$work/kept" >"$work/stdout" ||
        fail "$name: $(head -n 3 "$work/stdout")"
    [ "$(ls -A "$disk")" = "$files" ] || fail "$name: left $(ls -A "$disk")"
}
each() {
    expect shard shard "$disk/shards"
    expect encode encode "$disk/before/shards"
    expect train train "$disk/before/run" 2 --resume
    expect caption "$BIN/chorus-caption" -q --json --out "$disk/before/file" \
        --encoder tests/fixture/tiny.json \
        --model "$work/run/best.safetensors" "$work/scenes/images"
    expect score "$BIN/chorus-score" --references "$work/scenes/val.tsv" \
        --csv "$disk/before/file" "$work/captions.tsv"
    expect average "$BIN/chorus-average" --out "$disk/averaged" \
        "$work/run/best.safetensors" "$work/run/latest.safetensors"
    expect alt "$BIN/chorus-alt" -q --review "$disk/before/alt.csv" \
        --encoder tests/fixture/tiny.json \
        --model "$work/run/best.safetensors" "$work/scenes/images"
    expect "alt --apply" "$BIN/chorus-alt" -q --review "$work/alt.csv" \
        --apply "$disk/before" "$work/scenes/images"
    expect tag "$BIN/chorus-tag" -q --index "$disk/photos.db" \
        --encoder tests/fixture/tiny.json \
        --model "$work/run/best.safetensors" "$work/scenes/images"
    expect "tag again" "$BIN/chorus-tag" -q --index "$disk/before/photos.db" \
        --encoder tests/fixture/tiny.json \
        --model "$work/run/best.safetensors" "$work/scenes/images"
    expect report "$BIN/chorus-report" --out "$disk/before/file" \
        --captions "$work/captions.json" "$work/run" \
        --references "$work/scenes/all.tsv"
}

echo "a read-only disk"
mount -o remount,ro "$disk" || fail "no read-only disk"
words='read-only file system' files=before
each
echo "shards are read there, and no lock file is wanted"
{
    "$BIN/chorus-verify" "$disk/before/shards" &&
        "$BIN/chorus-inspect" "$disk/before/shards" --limit 1 &&
        "$BIN/chorus-find" --like "$1" --index "$disk/before/photos.db"
} >"$work/stdout" 2>"$work/stderr" || fail "verify, inspect: exit $?"
cp -r "$work/shards" "$work/mounted"
mount --bind "$work/mounted" "$work/mounted" &&
    mount -o remount,bind,ro "$work/mounted" || fail "no read-only folder"
"$BIN/chorus-train" "$work/mounted" --run "$work/ro" -q --embed 64 \
    --hidden 64 --patience 0 --epochs 1 >"$work/stdout" 2>"$work/stderr" ||
    fail "train: exit $?"
cmp "$work/ro/latest.safetensors" "$work/run/latest.safetensors" ||
    fail "another model of read-only shards"
umount "$work/mounted"
mount -o remount,rw "$disk" || fail "no disk to write on"
echo "a full disk"
head -c 8m /dev/zero >"$disk/fill" 2>"$work/stderr"
words='no space left|disk is full'
files=$(printf 'before\nfill')
each
train "$disk/run" 1 >"$work/stdout" 2>"$work/stderr"
[ $? = 1 ] || fail "a new run: expected 1"
grep -qiE "$words" "$work/stderr" || fail "a new run: expected $words"
[ -z "$(find "$disk/run" -name '*.safetensors*')" ] ||
    fail "a new run left $(ls "$disk/run")"
echo "and with more room the run goes on"
mount -o remount,size=50m "$disk" || fail "no larger disk"
{
    train "$disk/before/run" 2 --resume && train "$work/whole" 2
} >"$work/stdout" 2>"$work/stderr" || fail "exit $?"
cmp "$disk/before/run/latest.safetensors" "$work/whole/latest.safetensors" ||
    fail "another checkpoint"

# long RUN STEPS OPTION...
long() {
    run=$1 steps=$2
    shift 2
    "$BIN/chorus-train" "$work/shards" --run "$run" -q --embed 64 --hidden 64 \
        --patience 0 --epochs 1000 --save-every 5 --max-steps "$steps" "$@" \
        >"$work/stdout" 2>"$work/stderr"
}
echo "a disk that fills in the middle, and is freed"
rm "$disk/fill"
long "$disk/long" 10000000 &
job=$!
tries=0
while [ ! -e "$disk/long/latest.safetensors" ] && [ $tries -lt 600 ]; do
    sleep 0.1
    tries=$((tries + 1))
done
head -c 60m /dev/zero >"$disk/fill" 2>/dev/null
wait $job
code=$?
[ $code = 1 ] || fail "filled in the middle: exit $code"
[ "$(grep -vc warning: "$work/stderr")" = 1 ] ||
    fail "filled in the middle: not one sentence"
grep -qiE "$words" "$work/stderr" || fail "filled in the middle: not told why"
rm "$disk/fill"
steps=$(($(sed -n 's/.*"kind":"step".*"step":\([0-9]*\).*/\1/p' \
    "$disk/long/log.jsonl" | tail -n 1) + 20))
long "$disk/long" $steps --resume || fail "freed: exit $?"
long "$work/long" $steps || fail "the whole run: exit $?"
cmp "$disk/long/latest.safetensors" "$work/long/latest.safetensors" ||
    fail "freed: another checkpoint"
[ "$(grep -vc '^{.*}$' "$disk/long/log.jsonl")" = 0 ] ||
    fail "freed: a part of a line in the log"
exit $bad
