#!/bin/sh
# 15-memory.sh - a file of Visual Genome's regions is larger than the memory
#
# GENOME_MB (30) of region_descriptions.json become shards by a process that may
# have 24 MB of its own (malloc, stacks, what libraries write); pages of files
# are not counted.  The same limit at any size: memory does not grow with it.
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
size=${GENOME_MB:-30}
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-memory-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

fail() {
    echo "failed: $*"
    sed 's/^/    | /' "$work/stdout" "$work/stderr" | tail -n 20
    bad=1
}

mkdir -p "$work/photos/VG_100K"
: >"$work/stdout"
: >"$work/stderr"
(cd "$work/photos/VG_100K" && seq -f %g.jpg 2000 | xargs touch)
# 2000 photos with as many regions as it takes; one in four is too small.
awk -v bytes=$((size * 1000000)) 'BEGIN {
    each = int(bytes / 2000 / 145)
    print "["
    for (i = 1; i <= 2000; i++) {
        printf "%s{\"id\": %d, \"regions\": [", (i > 1 ? ", " : ""), i
        for (k = 1; k <= each; k++)
            printf "%s{\"region_id\": %d, \"width\": %d, \"height\": 81, " \
                "\"image_id\": %d, \"phrase\": \"the part numbered %d of " \
                "a large brown wall behind it\", \"y\": 9, \"x\": %d}",
                (k > 1 ? ", " : ""), i * 100000 + k, (k % 4 ? 64 + k % 200 : 31),
                i, k % 300, k % 100
        print "]}"
    }
    print "]" }' >"$work/regions.json"
echo "$(wc -c <"$work/regions.json") bytes, $(
    grep -o region_id "$work/regions.json" | wc -l) regions"
[ "$(wc -c <"$work/regions.json")" -ge $((size * 1000000)) ] ||
    fail "the file is smaller than it should be"

# genome OPTION...: in 24 MB
genome() {
    (
        ulimit -d 24576
        exec "$BIN/chorus-shard" -q --format genome --images "$work/photos" \
            --captions "$work/regions.json" --split-by hash "$@"
    ) >"$work/stdout" 2>"$work/stderr"
}

echo "regions as pictures of their own"
genome --out "$work/crops" || fail "exit $?"
wanted=$(($(grep -o region_id "$work/regions.json" | wc -l) -
    $(grep -o '"width": 31,' "$work/regions.json" | wc -l)))
made=$(awk '$1 ~ /^(train|val|test)$/ { n += $2 } END { print n + 0 }' \
    "$work/stdout")
[ "$made" = "$wanted" ] || fail "$made pictures, expected $wanted"
[ "$(grep -c 'smaller than 32' "$work/crops/skipped.jsonl")" = \
    "$(grep -o '"width": 31,' "$work/regions.json" | wc -l)" ] ||
    fail "small regions are not all listed"

echo "regions as captions of the whole photo"
genome --regions whole --out "$work/whole" || fail "exit $?"
made=$(awk '$1 ~ /^(train|val|test)$/ { n += $2 } END { print n + 0 }' \
    "$work/stdout")
[ "$made" = 2000 ] || fail "$made photos, expected 2000"

# Moving holds 12 bytes a record (src/data/move.h).
echo "moved into other shards, and verified"
(
    ulimit -d $((24576 + wanted * 12 / 1024))
    "$BIN/chorus-shard" --reshard 3 "$work/crops" --out "$work/moved" &&
        exec "$BIN/chorus-verify" "$work/moved"
) >"$work/stdout" 2>"$work/stderr" || fail "exit $?"
exit $bad
