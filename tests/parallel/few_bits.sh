#!/bin/sh
# few_bits.sh - one example in all: most ranks have nothing, and train the same
#
# One training image with one caption, one validation image with one; 4 lanes,
# three of them empty, on 1 to 4 ranks: ranks without a record.  Then two of
# each in 7 lanes.
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-few-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

fail() {
    echo "failed: $*"
    tail -n 5 "$work/stderr" | sed 's/^/    | /'
    bad=1
}

# few COUNT LANES RANKS...
few() {
    count=$1 lanes=$2
    shift 2
    rm -rf "$work/set" && mkdir "$work/set"
    for split in train val; do
        for i in $(seq "$count"); do
            : >"$work/set/$split$i.jpg"
            printf '%s%d.jpg\ta dog runs %d\n' $split "$i" "$i"
        done >"$work/set/$split.tsv"
    done
    {
        "$BIN/chorus-shard" --format tsv --train "$work/set/train.tsv" \
            --val "$work/set/val.tsv" --images "$work/set" --min-count 1 \
            --out "$work/set/shards" &&
            "$BIN/tests/parallel/np_train" features "$work/set"
    } >"$work/stdout" 2>"$work/stderr" || fail "no shards of $count"
    for ranks in "$@"; do
        "${MPIRUN:-mpirun}" -n "$ranks" "$BIN/chorus-train" "$work/set/shards" -q \
            --run "$work/$count-$ranks" --embed 8 --hidden 8 --batch "$lanes" \
            --lanes "$lanes" --epochs 3 --select cider \
            >"$work/stdout" 2>"$work/stderr" || fail "$count on $ranks ranks"
        for file in latest best; do
            cmp "$work/$count-1/$file.safetensors" \
                "$work/$count-$ranks/$file.safetensors" ||
                fail "$count on $ranks ranks: another $file than 1 rank's"
        done
    done
}
few 1 4 1 2 3 4
few 2 7 1 3 7
exit $bad
