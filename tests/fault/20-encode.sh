#!/bin/sh
# 20-encode.sh - chorus encode is killed, and runs out of disk
#
# Killed with -9 at ten moments, alone and as two ranks, then run again: shards
# are those of a run that was never stopped, byte for byte, and a shard that
# was finished stays the file it was.
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-kill-XXXXXX") || exit 1
disk=
trap '[ -z "$disk" ] || umount "$disk"; rm -rf "$work"' EXIT
encoder=tests/fixture/tiny.json
bad=0

fail() {
    echo "failed: $*"
    sed 's/^/    | /' "$work/stdout" "$work/stderr" | tail -n 20
    bad=1
}

# encode SHARDS OPTION...
encode() {
    "$BIN/chorus-encode" "$@" --encoder "$encoder" --grid --piece 3 \
        --threads 2 -q >"$work/stdout" 2>"$work/stderr"
}

# same SHARDS: as those of the run that was not stopped, and no more files
same() {
    for shard in "$work/whole"/*; do
        cmp "$shard" "$1/$(basename "$shard")" || fail "$1: other bytes"
    done
    [ "$(ls "$1")" = "$(ls "$work/whole")" ] || fail "$1: $(ls "$1")"
}

{
    "$BIN/scenes" --out "$work/scenes" --count 150 --seed 4 &&
        "$BIN/chorus-shard" --format tsv --train "$work/scenes/train.tsv" \
            --val "$work/scenes/val.tsv" --images "$work/scenes/images" \
            --shards 4 --out "$work/shards"
} >"$work/stdout" 2>"$work/stderr" || {
    fail "no shards"
    exit 1
}
cp -r "$work/shards" "$work/whole"
begun=$(date +%s%N)
encode "$work/whole" || fail "exit $?"
took=$((($(date +%s%N) - begun) / 1000000))

# killed MILLISECONDS COMMAND...: a job of its own, so that all ranks die.
killed() {
    after=$1
    shift
    setsid "$@" >"$work/stdout" 2>"$work/stderr" &
    pid=$!
    sleep "$(printf '%d.%03d' $((after / 1000)) $((after % 1000)))"
    kill -s KILL -- "-$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
}

echo "killed at ten moments of $took ms, it goes on"
for i in 1 2 3 4 5 6 7 8 9 10; do
    rm -rf "$work/one"
    cp -r "$work/shards" "$work/one"
    if [ $((i % 3)) = 0 ]; then
        killed $((took * i / 11)) mpirun -n 2 "$BIN/chorus-encode" "$work/one" \
            --encoder "$encoder" --grid --piece 3 --threads 1 -q
        # The ranks hear of mpirun's end, and are gone a moment later.
        sleep 1
    else
        killed $((took * i / 11)) "$BIN/chorus-encode" "$work/one" \
            --encoder "$encoder" --grid --piece 3 --threads 2 -q
    fi
    : >"$work/finished"
    for shard in "$work/one"/*.lmdb; do
        cmp -s "$shard" "$work/whole/$(basename "$shard")" &&
            stat -c '%i %y %n' "$shard" >>"$work/finished"
    done
    encode "$work/one" || fail "exit $? after a kill"
    same "$work/one"
    while read -r inode rest; do
        [ "$inode $rest" = "$(stat -c '%i %y %n' "${rest##* }")" ] ||
            fail "a finished shard was written again: $rest"
    done <"$work/finished"
    echo "  $i: $(wc -l <"$work/finished") of 8 shards were finished"
done

echo "a full disk stops it cleanly, and with more room it goes on"
mkdir "$work/disk"
size=$(du -sk "$work/shards" | cut -f1)
if mount -t tmpfs -o size=$((size + 60))k tmpfs "$work/disk" 2>/dev/null; then
    disk=$work/disk
    cp -r "$work/shards" "$disk/shards"
    encode "$disk/shards"
    code=$?
    [ $code = 1 ] || fail "exit $code, expected 1"
    [ "$(wc -l <"$work/stderr")" = 1 ] || fail "not one sentence"
    grep -qiE 'disk is full|no space left' "$work/stderr" || fail "no reason"
    mount -o remount,size=100m "$disk" || fail "no larger disk"
    encode "$disk/shards" || fail "exit $?"
    same "$disk/shards"
else
    echo "  not tried: no right to mount a small disk"
fi
exit $bad
