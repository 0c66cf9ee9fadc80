#!/bin/sh
# few_bits.sh - one example in all: most ranks have nothing, and train the same
#
# One training image with one caption, one validation image with one; 4 lanes,
# three of them empty, on 1 to 4 ranks: ranks without a record.  Then two of
# each in 7 lanes, and every decoder in bf16.
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

# few COUNT LANES "OPTION..." RANKS...
few() {
    count=$1 lanes=$2 options=$3 first=$4
    shift 3
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
            "$BIN/tests/parallel/np_train" grids "$work/set"
    } >"$work/stdout" 2>"$work/stderr" || fail "no shards of $count"
    for ranks in "$@"; do
        # Unquoted: the words of options.
        "${MPIRUN:-mpirun}" -n "$ranks" "$BIN/chorus-train" "$work/set/shards" -q \
            --run "$work/run$ranks" --embed 8 --hidden 8 --attention 8 \
            --batch "$lanes" --lanes "$lanes" --epochs 3 --select cider \
            $options >"$work/stdout" 2>"$work/stderr" ||
            fail "$count on $ranks ranks $options"
        for file in latest best; do
            cmp "$work/run$first/$file.safetensors" \
                "$work/run$ranks/$file.safetensors" ||
                fail "$count on $ranks ranks $options: another $file than 1" \
                    "rank's"
        done
    done
    rm -rf "$work"/run*
}
few 1 4 '' 1 2 3 4
few 2 7 '' 1 3 7
few 1 4 '--precision bf16 --cell gru' 1 4
few 2 7 '--precision bf16' 1 3 7
for decoder in sat att2in updown; do
    few 2 7 "--precision bf16 --decoder $decoder" 1 7
done
exit $bad
