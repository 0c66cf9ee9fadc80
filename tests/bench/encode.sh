#!/bin/sh
# encode.sh - pictures per second: the bare encoder, chorus encode, PyTorch
#
#     tests/bench/encode.sh SPEC.json PHOTOS [COUNT [ROUNDS]]
#
# COUNT records (default 400) of the photos in the folder PHOTOS, again and
# again, are encoded into a fresh folder of shards, by turns with the bare
# encoder (bench_encode.c) in the same minute, ROUNDS times (default 3), on all
# cores.  TORCH=python that has torch and torchvision adds a column: the network
# of torchvision that SPEC names, on the same photos with the same cores.
# Prints a table of the medians and what part of the bare rate is reached; then
# the same for a second of processor time, which other jobs on the machine
# change little.  What a run of two records takes, the start, is left out of it,
# as it is of the others.
set -eu
cd "$(dirname "$0")/../.."
BIN=${BIN:-build/release}
spec=$1
photos=$(cd "$2" && pwd)
count=${3:-400}
rounds=${4:-3}
cores=$(nproc)
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-bench-XXXXXX")
trap 'rm -rf "$work"' EXIT

mkdir "$work/photos"
ls "$photos" | grep -iE '\.(jpe?g|png|webp)$' >"$work/list"
i=0
while [ $i -lt "$count" ]; do
    while [ $i -lt "$count" ] && read -r photo; do
        ln "$photos/$photo" "$work/photos/$i.jpg" 2>/dev/null ||
            cp "$photos/$photo" "$work/photos/$i.jpg"
        printf '%d.jpg\ta photo of something\n' $i >>"$work/train.tsv"
        i=$((i + 1))
    done <"$work/list"
done

# shards NAME RECORDS: the first of them, one for validation
shards() {
    sed -n "2,$2p" "$work/train.tsv" >"$work/$1.tsv"
    head -n 1 "$work/train.tsv" >"$work/$1-val.tsv"
    "$BIN/chorus-shard" -q --format tsv --train "$work/$1.tsv" \
        --val "$work/$1-val.tsv" --images "$work/photos" --shards 1 \
        --min-count 1 --out "$work/$1" >/dev/null
}
shards all "$count"
shards two 2

# chorus NAME: encodes a copy of these shards; the processor's seconds it took
chorus() (
    rm -rf "$work/fresh"
    cp -r "$work/$1" "$work/fresh"
    times >"$work/before"      # of this subshell, and of what it ran
    "$BIN/chorus-encode" -q --encoder "$spec" "$work/fresh" >"$work/said"
    times >"$work/after"
    awk 'FNR == 2 {
            split($1 " " $2, t, /[ms ]+/)
            used = 60 * (t[1] + t[3]) + t[2] + t[4] - used
        }
        END { print used }' "$work/before" "$work/after"
)

# split NAME: its two rates, each to a file of its own
split() {
    cut -d' ' -f1 "$work/line" >>"$work/$1.wall"
    cut -d' ' -f2 "$work/line" >>"$work/$1.cpu"
}

median() {
    sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

name=$(sed -n 's/.*"name": *"\([^"]*\)".*/\1/p' "$spec" | head -n 1)
for round in $(seq "$rounds"); do
    "$BIN/tests/bench/bench_encode" "$spec" "$cores" 6 >"$work/line"
    split bare
    start=$(chorus two)
    whole=$(chorus all)
    awk -v n=$((count - 2)) -v whole="$whole" -v start="$start" '
        /^speed/ { printf "%s %.2f\n", $2, n / (whole - start) }' \
        "$work/said" >"$work/line"
    split chorus
    if [ -n "${TORCH:-}" ]; then
        "$TORCH" tests/bench/torch_encode.py "$name" "$work/photos" "$cores" \
            >"$work/line"
        split torch
    fi
    echo "round $round: $(tail -qn 1 "$work"/*.wall "$work"/*.cpu | xargs)" >&2
done

# row KIND: medians of one kind of second
row() {
    bare=$(median "$work/bare.$1")
    chorus=$(median "$work/chorus.$1")
    printf '%s\t%s\t%s\t%s\t%s\t%s' "$name" "$cores" "$1" "$bare" "$chorus" \
        "$(awk "BEGIN { printf \"%.0f %%\", 100 * $chorus / $bare }")"
    if [ -s "$work/torch.$1" ]; then
        torch=$(median "$work/torch.$1")
        printf '\t%s\t%s' "$torch" \
            "$(awk "BEGIN { printf \"%.2f\", $chorus / $torch }")"
    fi
    printf '\n'
}

printf 'network\tcores\tsecond\tbare/s\tchorus/s\tof bare'
[ ! -s "$work/torch.wall" ] || printf '\ttorch/s\ttimes torch'
printf '\n'
row wall
row cpu
