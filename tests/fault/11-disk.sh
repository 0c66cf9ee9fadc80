#!/bin/sh
# 11-disk.sh - the disk is full while shards are made or moved
#
# Each time: exit 1, one sentence, nothing left behind; and with more room the
# same command makes the bytes it makes elsewhere.
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-disk-XXXXXX") || exit 1
disk=$work/disk
trap 'umount "$disk" 2>/dev/null; rm -rf "$work"' EXIT
bad=0

fail() {
    echo "failed: $*"
    sed 's/^/    | /' "$work/stdout" "$work/stderr" | tail -n 20
    bad=1
}

mkdir "$disk" "$work/photos"
: >"$work/stdout"
mount -t tmpfs -o size=100k tmpfs "$disk" 2>"$work/stderr" || {
    echo "skipped: no right to mount a small disk"
    exit 77
}
# 20,000 photos that are empty; 3 MB of captions.
awk 'BEGIN { for (i = 0; i < 20000; i++)
    printf "%d.jpg\ta dog number %d runs over the grass of a meadow in the " \
        "morning sun while nobody looks at it, and then comes back\n", i, i }' \
    >"$work/all.tsv"
cut -f 1 "$work/all.tsv" | (cd "$work/photos" && xargs touch)

shard() {
    "$BIN/chorus-shard" --format tsv --captions "$work/all.tsv" \
        --split-by hash --images "$work/photos" --vocab 500 --shards 3 \
        --out "$1" >"$work/stdout" 2>"$work/stderr"
}
reshard() {
    "$BIN/chorus-shard" --reshard 5 "$work/whole" --out "$1" \
        >"$work/stdout" 2>"$work/stderr"
}
shard "$work/whole" || fail "no shards"
reshard "$work/moved" || fail "not moved"

# full SIZE COMMAND: on a disk of this size it cannot work.
full() {
    mount -o remount,size="$1" "$disk" || fail "no disk of $1"
    $2 "$disk/out"
    code=$?
    [ $code = 1 ] || fail "$2 on $1: exit $code"
    [ "$(wc -l <"$work/stderr")" = 1 ] || fail "$2 on $1: not one sentence"
    grep -qE "^chorus-shard: .*(the disk is full|No space left)" \
        "$work/stderr" || fail "$2 on $1: no reason"
    [ -z "$(ls -A "$disk")" ] || fail "$2 on $1: left $(ls -A "$disk")"
}
# room COMMAND WANTED: the same, with more room.
room() {
    mount -o remount,size=200m "$disk" || fail "no larger disk"
    $1 "$disk/out" || fail "$1: exit $? with more room"
    diff -r "$disk/out" "$work/$2" >"$work/stdout" || fail "$1: other bytes"
    rm -r "$disk/out"
}

echo "no room for what was read"
full 1m shard
echo "no room for the shards"
for size in 9m 11m 13m; do
    full $size shard
done
room shard whole
echo "no room for moved shards"
for size in 200k 3m 6m; do
    full $size reshard
done
room reshard moved
exit $bad
