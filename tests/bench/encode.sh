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
# Prints a table of the medians and what part of the bare rate is reached.
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

median() {
    sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

name=$(sed -n 's/.*"name": *"\([^"]*\)".*/\1/p' "$spec" | head -n 1)
for round in $(seq "$rounds"); do
    "$BIN/tests/bench/bench_encode" "$spec" "$cores" 6 |
        cut -d' ' -f1 >>"$work/bare"
    rm -rf "$work/fresh"
    cp -r "$work/shards" "$work/fresh"
    "$BIN/chorus-encode" -q --encoder "$spec" "$work/fresh" |
        awk '/^speed/ { print $2 }' >>"$work/chorus"
    if [ -n "${TORCH:-}" ]; then
        "$TORCH" tests/bench/torch_encode.py "$name" "$work/photos" "$cores" \
            >>"$work/torch"
    fi
    echo "round $round: $(tail -qn 1 "$work/bare" "$work/chorus" | xargs)" >&2
done
bare=$(median "$work/bare")
chorus=$(median "$work/chorus")
printf 'network\tcores\tbare/s\tchorus/s\tof bare'
[ ! -s "$work/torch" ] || printf '\ttorch/s\ttimes torch'
printf '\n%s\t%s\t%s\t%s\t%s' "$name" "$cores" "$bare" "$chorus" \
    "$(awk "BEGIN { printf \"%.0f %%\", 100 * $chorus / $bare }")"
if [ -s "$work/torch" ]; then
    torch=$(median "$work/torch")
    printf '\t%s\t%s' "$torch" \
        "$(awk "BEGIN { printf \"%.2f\", $chorus / $torch }")"
fi
printf '\n'
