#!/bin/sh
# million.sh - many records with tiny features: made, verified, moved
#
#     tests/bench/million.sh [RECORDS] [FOLDER]
#
# For each step: seconds, the largest memory of the process, and how much of
# that was its own (not pages of files).  Needs some GB in FOLDER.
set -eu
cd "$(dirname "$0")/../.."
BIN=${BIN:-build/${CONFIG:-release}}
records=${1:-1000000}
there=$(mktemp -d "${2:-${TMPDIR:-/tmp}}/chorus-million-XXXXXX")
trap 'rm -rf "$there"' EXIT

# Peaks are read while the process runs: VmHWM of all, RssAnon of its own.
measure() {
    name=$1
    shift
    begun=$(date +%s.%N)
    "$@" >"$there/stdout" &
    pid=$! all=0 own=0
    while status=$(cat "/proc/$pid/status" 2>/dev/null) &&
        ! echo "$status" | grep -q '^State:.*Z'; do
        # shellcheck disable=SC2046 # two words
        set -- $(echo "$status" | awk '
            /^VmHWM/ { a = $2 } /^RssAnon/ { o = $2 } END { print a + 0, o + 0 }')
        [ "$1" -le "$all" ] || all=$1
        [ "$2" -le "$own" ] || own=$2
        sleep 0.2
    done
    wait $pid
    echo "$name $begun $(date +%s.%N) $all $own" | awk '{
        printf "%-10s %8.1f s   %8.1f MB at most, %8.1f MB its own\n",
            $1, $3 - $2, $4 / 1024, $5 / 1024 }'
}

# A hundred small photos, each under ten thousand names (six million records at
# most: a file has only so many names).
mkdir "$there/photos"
awk -v n="$records" 'BEGIN {
    split("a dog cat bird child runs sleeps plays near the red blue house on grass", w, " ")
    for (i = 0; i < n; i++) {
        printf "%d/%07d.jpg\t", i % 100, i
        for (k = 0; k < 8; k++) printf "%s ", w[1 + (i * 7 + k * k * 3) % 15]
        print ""
    } }' >"$there/all.tsv"
echo "$records captions, $(wc -c <"$there/all.tsv") bytes"
for i in $(seq 0 99); do
    mkdir "$there/photos/$i"
    cp tests/fixture/pictures/colour.jpg "$there/photos/$i/photo.jpg"
done
(cd "$there/photos" && python3 -c '
import os
for line in open("../all.tsv"):
    name = line.split("\t")[0]
    os.link(name.split("/")[0] + "/photo.jpg", name)')
measure shard "$BIN/chorus-shard" --format tsv --captions "$there/all.tsv" \
    --split-by hash --images "$there/photos" --out "$there/s"
measure encode "$BIN/chorus-encode" -q "$there/s" \
    --encoder tests/fixture/tiny.json
measure verify "$BIN/chorus-verify" "$there/s"
measure reshard "$BIN/chorus-shard" --reshard 16 "$there/s" --out "$there/r"
measure verify "$BIN/chorus-verify" "$there/r"
tail -n 9 "$there/stdout"
du -sh "$there/s" | cut -f 1
