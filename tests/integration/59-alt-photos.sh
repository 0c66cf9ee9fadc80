#!/bin/sh
# 59-alt-photos.sh - chorus alt on a folder of photos: proposed, changed by
# people, applied as sidecars; stopped, killed and watched
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
# shellcheck source=tests/integration/photos.sh
. tests/integration/photos.sh
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-alt-photos-XXXXXX") || exit 1
watcher=
trap '[ -z "$watcher" ] || kill $watcher 2>/dev/null; rm -rf "$work"' EXIT
bad=0

fail() {
    echo "failed: $*"
    sed 's/^/    | /' "$work/said" "$work/told" | tail -n 8
    bad=1
}

# run EXIT WORDS COMMAND...: it ends with EXIT and says WORDS on stdout.
run() {
    code=$1 words=$2
    shift 2
    "$@" >"$work/said" 2>"$work/told"
    found=$?
    [ $found = "$code" ] || fail "exit $found, expected $code: $*"
    grep -qF -e "$words" "$work/said" || fail "expected \"$words\": $*"
}

# refuse EXIT WORDS COMMAND...: one line on stderr that has WORDS.
refuse() {
    code=$1 words=$2
    shift 2
    "$@" >"$work/said" 2>"$work/told"
    found=$?
    [ $found = "$code" ] || fail "exit $found, expected $code: $*"
    grep -qF -e "$words" "$work/told" || fail "expected \"$words\": $*"
    [ "$(wc -l <"$work/told")" = 1 ] || fail "not one line: $*"
}

{
    photos_draw && photos_train run
} >"$work/said" 2>"$work/told" || {
    fail "no model"
    exit 1
}
model=$work/run/best.safetensors
said=$("$BIN/chorus-caption" --model "$model" --sentence \
    "$work"/scenes/images/*1.jpg | cut -f 2 | head -n 1)

# A folder of five photos, of which two are described, and one that is none.
photos=$work/photos
mkdir -p "$photos/sub folder"
set -- "$work"/scenes/images/*1.jpg
cp "$1" "$photos/a,b.jpg"
cp "$2" "$photos/sub folder/été.JPG"
cp "$3" "$photos/told.jpg"
cp "$4" "$photos/short.jpg"
cp tests/fixture/pictures/colour.png "$photos/picture.png"
head -c 400 "$1" >"$photos/cut.jpg"
cp tests/fuzz/corpus/fuzz_xmp/lightroom "$photos/told.jpg.xmp"
cp tests/fuzz/corpus/fuzz_xmp/attribute "$photos/short.xmp"
cp tests/fuzz/corpus/fuzz_xmp/darktable "$photos/picture.png.xmp"
echo '<broken>' >"$photos/a,b.xmp"
cp -r "$photos" "$work/whole"
alt="$BIN/chorus-alt $photos --review $work/alt.csv"

echo "a row for each photo without a description"
run 1 "6 photos: 3 proposed, 0 in the review file before, 2 described by a \
sidecar, 1 bad" $alt --model "$model"
grep -q 'cut.jpg: damaged JPEG' "$work/told" || fail "a cut photo is not told"
[ "$(head -n 1 "$work/alt.csv")" = "$(printf 'image,alt\r')" ] ||
    fail "columns: $(head -n 1 "$work/alt.csv")"
grep -qF "\"a,b.jpg\",$said" "$work/alt.csv" ||
    fail "not what chorus caption says ($said): $(cat "$work/alt.csv")"
grep -q '^sub folder/été.JPG,' "$work/alt.csv" || fail "no row of a subfolder"
ls "$work"/alt.csv.captions* >"$work/stdout" 2>&1 &&
    fail "captions were left behind"
rm "$photos/cut.jpg"

echo "as JSON, the same"
run 0 "5 photos: 3 proposed" "$BIN/chorus-alt" "$photos" \
    --review "$work/alt.json" --model "$model"
python3 -c '
import csv, json, sys
rows = list(csv.DictReader(open(sys.argv[1], newline="")))
sys.exit(rows != json.load(open(sys.argv[2])))' \
    "$work/alt.csv" "$work/alt.json" || fail "other rows in JSON"

echo "people change one and empty one; both stay as they are"
tr -d '\r' <"$work/alt.csv" | sed -e '/^"a,b/s/\("[^"]*"\),.*/\1,"A ""red"" é \& <b>."/' \
    -e '/^sub/s/,.*/,/' >"$work/new" && mv "$work/new" "$work/alt.csv"
cp "$work/alt.csv" "$work/before"
run 0 "0 proposed, 3 in the review file" $alt --model "$model"
cmp "$work/before" "$work/alt.csv" || fail "a second run changes the review"

echo "nothing that is there is overwritten"
run 0 "3 rows: 0 sidecars written, 0 extended, 2 left as they are, 0 bad, 0 \
without a photo" $alt --apply "$photos"
diff -r -x cut.jpg "$work/whole" "$photos" >"$work/said" ||
    fail "apply changed something"

echo "sidecars, in another folder and beside the photos"
rm "$photos/a,b.xmp"
run 0 "1 sidecars written, 0 extended, 1 left" $alt --apply "$work/out/deep"
[ "$(cd "$work/out" && find . -type f)" = "./deep/a,b.jpg.xmp" ] ||
    fail "files: $(find "$work/out")"
run 0 "1 sidecars written, 0 extended, 1 left" $alt --apply "$photos"
cmp "$work/out/deep/a,b.jpg.xmp" "$photos/a,b.jpg.xmp" || fail "other bytes"
# texts FILE: those of the default language, by the names of the properties.
texts() {
    python3 -c '
import sys, xml.etree.ElementTree as tree
rdf = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
for name in ("{http://purl.org/dc/elements/1.1/}description",
             "{http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/}"
             "AltTextAccessibility"):
    for found in tree.parse(sys.argv[1]).iter(name):
        for li in found.findall(f"{rdf}Alt/{rdf}li"):
            print(name.split("}")[1],
                  li.get("{http://www.w3.org/XML/1998/namespace}lang"),
                  li.text)' "$1"
}
[ "$(texts "$photos/a,b.jpg.xmp")" = 'description x-default A "red" é & <b>.
AltTextAccessibility x-default A "red" é & <b>.' ] ||
    fail "the sidecar says $(texts "$photos/a,b.jpg.xmp")"

echo "what was applied is done"
cp "$photos/a,b.jpg.xmp" "$work/sidecar"
run 0 "0 sidecars written, 0 extended, 2 left" $alt --apply "$photos"
cmp "$work/sidecar" "$photos/a,b.jpg.xmp" || fail "written again"
run 0 "5 photos: 2 proposed, 0 in the review file before, 3 described" \
    "$BIN/chorus-alt" "$photos" --review "$work/again.csv" --model "$model"

echo "--extend adds what a sidecar lacks, and only that"
printf 'image,alt\ntold.jpg,new\npicture.png,new\ngone.jpg,x\n' \
    >"$work/extend.csv"
run 0 "3 rows: 0 sidecars written, 2 extended, 0 left as they are, 0 bad, 1 \
without a photo" "$BIN/chorus-alt" "$photos" --review "$work/extend.csv" \
    --apply "$photos" --extend
grep -q 'gone.jpg is no photo in' "$work/told" || fail "a stray row is not told"
[ "$(texts "$photos/told.jpg.xmp")" = 'description x-default A dog.
description de Ein Hund.
AltTextAccessibility x-default new' ] || fail "$(texts "$photos/told.jpg.xmp")"
grep -q 'xmp:Rating="3"' "$photos/told.jpg.xmp" || fail "a rating is lost"
grep -q 'd:history_end="0"' "$photos/picture.png.xmp" || fail "a history is lost"
echo '<broken>' >"$photos/picture.png.xmp"
refuse 1 "1 sidecars are no XMP" "$BIN/chorus-alt" -qq "$photos" \
    --review "$work/extend.csv" --apply "$photos" --extend
[ "$(cat "$photos/picture.png.xmp")" = '<broken>' ] || fail "it was changed"

echo "killed at five moments, it goes on to the same rows"
mkdir "$work/many"
for copy in 1 2 3 4 5 6; do
    for photo in "$work"/scenes/images/*.jpg; do
        ln "$photo" "$work/many/$copy-$(basename "$photo")"
    done
done
many="$BIN/chorus-alt $work/many --model $model -q"
begun=$(date +%s%N)
run 0 "360 photos: 360 proposed" $many --review "$work/wanted.csv"
took=$((($(date +%s%N) - begun) / 1000000))
for i in 1 2 3 4 5; do
    rm -f "$work/killed.csv"
    after=$((took * i / 6))
    timeout -s KILL "$(printf '%d.%03d' $((after / 1000)) $((after % 1000)))" \
        $many --review "$work/killed.csv" >"$work/said" 2>"$work/told"
    run 0 "360 photos" $many --review "$work/killed.csv"
    cmp "$work/wanted.csv" "$work/killed.csv" || fail "other rows after kill $i"
done

echo "stopped by TERM it keeps what it has, and says so"
rm -f "$work/killed.csv"
after=$((took / 2))
timeout -s TERM "$(printf '%d.%03d' $((after / 1000)) $((after % 1000)))" \
    sh -c 'exec "$@" >"$0"' "$work/said" $many --review "$work/killed.csv" \
    2>"$work/told"
run 0 "360 photos" $many --review "$work/killed.csv"
cmp "$work/wanted.csv" "$work/killed.csv" || fail "other rows after a stop"

# until WORDS: the watched review file has them.
until_row() {
    for _ in $(seq 600); do
        ! grep -qF -e "$1" "$work/watched.csv" 2>/dev/null || return 0
        sleep 0.1
    done
    fail "no row $1: $(cat "$work/watched.csv")"
}

echo "--watch captions photos as they come, until it is stopped"
mkdir "$work/inbox"
"$BIN/chorus-alt" "$work/inbox" --review "$work/watched.csv" --watch \
    --model "$model" >"$work/said" 2>"$work/told" &
watcher=$!
until_row image,alt
set -- "$work"/scenes/images/*
head -c 400 "$1" >"$work/inbox/one.jpg"
cp "$2" "$work/inbox/two.jpg"
until_row two.jpg,
sed 's/^two.jpg,.*/two.jpg,By hand./' "$work/watched.csv" >"$work/edited" &&
    mv "$work/edited" "$work/watched.csv"
mkdir "$work/inbox/new"
cp "$3" "$work/inbox/new/three.jpg"
until_row new/three.jpg,
cp "$1" "$work/inbox/one.jpg"
until_row one.jpg,
kill -s TERM $watcher
wait $watcher
code=$?
watcher=
[ $code = 0 ] || fail "exit $code after TERM"
grep -q '^3 photos: 3 proposed, ' "$work/said" || fail "what it did is not said"
grep -q '^two.jpg,By hand\.' "$work/watched.csv" ||
    fail "a text that was changed meanwhile is lost: $(cat "$work/watched.csv")"
[ "$(grep -c 'one.jpg: damaged' "$work/told")" = 1 ] ||
    fail "a bad photo is not told once"

echo "wrong use"
refuse 2 "one at a time" $alt --apply "$work/no" --model "$model"
refuse 2 "one at a time" $alt --apply "$work/no" --watch
refuse 2 "expected --model" $alt
refuse 2 "--extend is of --apply" $alt --model "$model" --extend
refuse 2 "--empty is of a web site" $alt --model "$model" --empty
refuse 2 "expected the folder" "$BIN/chorus-alt" "$work/none" --review x \
    --apply "$work/y"
refuse 1 "no photo (.jpg" "$BIN/chorus-alt" "$work/out" --review "$work/x" \
    --model "$model"
printf 'image,alt\ntold.jpg,a\001b\n' >"$work/control.csv"
refuse 1 "has a control character" "$BIN/chorus-alt" "$photos" \
    --review "$work/control.csv" --apply "$work/out"
printf 'image,alt\n../photos/told.jpg,x\n' >"$work/climbs.csv"
run 0 "1 without a photo" "$BIN/chorus-alt" "$photos" \
    --review "$work/climbs.csv" --apply "$work/out"
echo '<p>' >"$photos/index.html"
refuse 2 "--watch is of photos, and a page is in" $alt --model "$model" --watch
run 0 "0 proposed" $alt --model "$model" --photos
exit $bad
