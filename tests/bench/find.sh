#!/bin/sh
# find.sh - how long chorus find takes in an index of 100,000 photos
#
#     tests/bench/find.sh [PHOTOS [ROUNDS]]
#
# bench_find makes the index (synthetic captions, 1,280 features) and measures
# inside of one process; then whole processes of chorus find, from start to end,
# ROUNDS times each (default 21): milliseconds, median and longest.
set -eu
cd "$(dirname "$0")/../.."
BIN=${BIN:-build/release}
rounds=${2:-21}
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-bench-XXXXXX")
trap 'rm -rf "$work"' EXIT

"$BIN/tests/bench/bench_find" "${1:-100000}" 1280 "$work/photos.db"

# measure NAME ARGUMENT...
measure() {
    name=$1
    shift
    i=0
    while [ $i -lt "$rounds" ]; do
        begin=$(date +%s%N)
        "$BIN/chorus-find" -q --index "$work/photos.db" "$@" >"$work/found"
        end=$(date +%s%N)
        echo $(((end - begin) / 10000))
        i=$((i + 1))
    done | sort -n | awk -v name="$name" '{ t[NR] = $1 / 100 }
        END { printf "%s\t%.1f\t%.1f\n", name, t[int((NR + 1) / 2)], t[NR] }'
}
echo "chorus find	median ms	longest ms"
measure "dog on a beach" "dog on a beach"
measure "man" man
measure "dog on a beach --any" "dog on a beach" --any
measure "--tag dog" --tag dog
measure "--tags" --tags
