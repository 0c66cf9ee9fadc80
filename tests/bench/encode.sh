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
# change little: that of chorus holds its start, too.
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
tail -n 1 "$work/train.tsv" >"$work/val.tsv"
sed -i '$d' "$work/train.tsv"
"$BIN/chorus-shard" -q --format tsv --train "$work/train.tsv" \
    --val "$work/val.tsv" --images "$work/photos" --shards 1 --min-count 1 \
    --out "$work/shards" >/dev/null

# chorus SHARDS: records per second, and per second of a core
chorus() (
    "$BIN/chorus-encode" -q --encoder "$spec" "$1" >"$work/said"
    times >"$work/times"       # of this subshell, and of what it ran
    awk -v count="$count" '
        $1 == "speed" { rate = $2 }
        FILENAME ~ /times$/ && FNR == 2 {
            split($1 " " $2, t, /[ms ]+/)
            seconds = 60 * (t[1] + t[3]) + t[2] + t[4]
        }
        END { printf "%.2f %.2f\n", rate, count / seconds }' \
        "$work/said" "$work/times"
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
    rm -rf "$work/fresh"
    cp -r "$work/shards" "$work/fresh"
    chorus "$work/fresh" >"$work/line"
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
