#!/bin/sh
# 11-formats.sh - every data set's own files, as tests/fixture/annotations has
# them, become shards
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=$(realpath "${BIN:-build/${CONFIG:-release}}")
files=$PWD/tests/fixture/annotations
bad=0
there=$(mktemp -d "${TMPDIR:-/tmp}/chorus-formats-XXXXXX") || exit 1
trap 'rm -rf "$there"' EXIT
cd "$there" || exit 1

photos() {
    for photo; do
        mkdir -p "photos/$(dirname "$photo")"
        echo "no picture is decoded here" >"photos/$photo"
    done
}

# expect COUNTS OPTION...: train, val and test images, and skipped ones.
expect() {
    want=$1
    shift
    rm -rf out
    if ! "$BIN/chorus-shard" --images photos --out out "$@" >stdout 2>stderr
    then
        echo "chorus-shard $*: $(cat stderr)"
        bad=1
        return
    fi
    found=$(awk '$1 ~ /^(train|val|test)$/ { n[$1] = $2 }
        $1 == "skipped" { n["skipped"] = $2 }
        END { print n["train"] + 0, n["val"] + 0, n["test"] + 0,
            n["skipped"] + 0 }' stdout)
    [ "$found" = "$want" ] || {
        echo "chorus-shard $*: expected $want, found $found"
        bad=1
    }
}

# words WORD...: the vocabulary has these.
words() {
    for word; do
        grep -qxF "$word" out/vocabulary.txt || {
            echo "the vocabulary lacks $word: $(tr '\n' ' ' <out/vocabulary.txt)"
            bad=1
        }
    done
}

photos 1000092795.jpg 10002456.jpg 1000268201.jpg \
    1000268201_693b08cb0e.jpg 1001773457_577c3a7d70.jpg \
    1002674143_1b742ab4b8.jpg a.jpg b.jpg VG_100K/1.jpg VG_100K_2/2.jpg \
    000000397133.jpg 000000037777.jpg \
    train2014/COCO_train2014_000000000009.jpg
for i in 42 73 74; do
    photos "val2014/COCO_val2014_0000000000$i.jpg"
done

echo "Flickr30k"
lists="--train $files/flickr30k_train.txt --val $files/flickr30k_val.txt"
# shellcheck disable=SC2086 # several words
expect '2 1 0 0' --format flickr --captions "$files/results_20130124.token" \
    $lists
cp out/vocabulary.txt token.txt
# shellcheck disable=SC2086
expect '2 1 0 0' --format flickr-csv --captions "$files/results.csv" $lists
cmp out/vocabulary.txt token.txt || bad=1

echo "Karpathy's splits"
expect '2 1 1 0' --format karpathy --captions "$files/dataset_coco.json"
words motorcycle fruit
expect '1 1 1 1' --format karpathy --captions "$files/dataset_coco.json" \
    --no-restval
for set in flickr8k flickr30k; do
    expect '1 1 1 0' --format karpathy --captions "$files/dataset_$set.json"
done

echo "COCO"
expect '2 0 0 0' --format coco --train "$files/captions_val2017.json"
expect '2 0 0 0' --format coco --captions "$files/captions_val2017.json" \
    --split-by hash --val-part 0 --test-part 0

echo "Visual Genome"
genome="--format genome --captions $files/region_descriptions.json
    --split-by hash --val-part 0 --test-part 0"
# shellcheck disable=SC2086
expect '3 0 0 1' $genome
words clock hat street
grep -qF '"what":"1.jpg:1384","reason":"a region of 8 x 8, smaller than 32"' \
    out/skipped.jsonl || {
    echo "the small region is not listed: $(cat out/skipped.jsonl)"
    bad=1
}
# shellcheck disable=SC2086
expect '2 0 0 0' $genome --regions whole
words button

echo "own photos, in any language"
expect '1 1 0 0' --format csv --captions "$files/photos.csv"
words läuft ein hund
expect '1 0 1 0' --format jsonl --captions "$files/photos.jsonl"
words 一只狗 在跑 يركض
expect '2 0 0 0' --format tsv --train "$files/photos.tsv"
words köpek koşuyor

echo "splits by hash do not depend on the order of the file"
for i in $(seq 40); do
    photos "h$i.jpg"
    printf 'h%d.jpg\tword\n' "$i"
done >all.tsv
sort -r all.tsv >reversed.tsv
for file in all reversed; do
    "$BIN/chorus-shard" --format tsv --captions $file.tsv --split-by hash \
        --val-part 0.2 --test-part 0.2 --images photos --out out.$file \
        >$file.out || bad=1
done
cmp all.out reversed.out || bad=1
exit $bad
