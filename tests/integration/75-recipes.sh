#!/bin/sh
# 75-recipes.sh - the recipes of real data sets, on scenes in their formats
#
# Sixty scenes are written as Flickr8k and as COCO write their files, and one
# photo of each is missing, as happens; the frozen network is the tiny one.
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
ENCODER=tests/fixture/tiny.json
TRAIN="--epochs 1 --batch 16"
export BIN ENCODER TRAIN
work=$(mktemp -d) || exit 1
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT
python=build/venv/bin/python
[ -x $python ] || python=python3
bad=0

fail() {
    echo "failed: $*"
    bad=1
}

# recipe NAME ARGUMENT...: what it says goes to stdout and stderr of $work.
recipe() {
    name=$1
    shift
    if ! "data-prep/$name" "$@" >"$work/stdout" 2>"$work/stderr"; then
        tail -n 20 "$work/stderr"
        fail "$name ended badly"
        exit 1
    fi
}

# check NAME OUT CAPTIONS: a caption a photo, scores, a page, one photo skipped.
check() {
    [ "$(grep -c '"caption"' "$2/captions.jsonl")" = "$3" ] ||
        fail "$1: expected $3 captions"
    for metric in BLEU-1 BLEU-4 ROUGE-L CIDEr-D; do
        grep -q "^$metric" "$work/stdout" || fail "$1: $metric is not told"
    done
    grep -q '<html' "$2/report.html" || fail "$1: report.html is no page"
    grep -q missing.jpg "$2/shards/skipped.jsonl" ||
        fail "$1: the missing photo is not listed"
}

# coco SPLIT: its captions as COCO's JSON, images numbered from 1.
coco() {
    awk -F '\t' '
        !($1 in id) { id[$1] = ++n; image = image (n > 1 ? "," : "") \
            "{\"id\":" n ",\"file_name\":\"" $1 "\"}" }
        { caption = caption (NR > 1 ? "," : "") "{\"id\":" NR \
            ",\"image_id\":" id[$1] ",\"caption\":\"" $2 "\"}" }
        END { print "{\"images\":[" image "],\"annotations\":[" caption "]}" }
    ' "$work/scenes/$1.tsv" >"$work/coco/captions_$1.json"
}

"$BIN/scenes" -q --out "$work/scenes" --count 60 --seed 5 || exit 1
printf 'missing.jpg\tNobody has seen this.\n' >>"$work/scenes/train.tsv"

echo "Flickr8k, and the test list's photos are those captioned"
mkdir "$work/flickr" "$work/coco"
cat "$work"/scenes/*.tsv | awk -F '\t' '
    { printf "%s#%d\t%s\n", $1, seen[$1]++, $2 }' \
    >"$work/flickr/Flickr8k.token.txt"
for list in train:train dev:val test:test; do
    cut -f 1 "$work/scenes/${list#*:}.tsv" | uniq \
        >"$work/flickr/Flickr_8k.${list%:*}Images.txt"
done
recipe flickr8k.sh "$work/scenes/images" "$work/flickr" "$work/f" 2
check flickr8k.sh "$work/f" 5
recipe flickr8k.sh "$work/scenes/images" "$work/flickr" "$work/f" 2
grep -q 'trained already' "$work/stderr" || fail "trained a second time"

echo "four decoders side by side"
recipe flickr8k-decoders.sh "$work/scenes/images" "$work/flickr" "$work/four" 2
[ "$(grep -cE '^[|] (NIC-LSTM|NIC-GRU|SAT|Up-Down) [|] [0-9.]+ [|]' \
    "$work/stdout")" = 4 ] || fail "flickr8k-decoders.sh: no table of four"
[ "$(grep -c '<fieldset class="look">' "$work/four/report.html")" -gt 5 ] ||
    fail "flickr8k-decoders.sh: no page of where SAT looked"

echo "more cores than a batch has lanes by itself, and then fewer"
mkdir "$work/six"
cp -r "$work/f/shards" "$work/six"
recipe flickr8k.sh "$work/scenes/images" "$work/flickr" "$work/six" 6
grep -q 'mpirun .* -n 6 .* --lanes 8' "$work/stderr" ||
    fail "six cores are not used"
rm "$work/six/run/done"
# As a kill leaves it where files have one name only.
mv "$work/six/run/latest.safetensors" "$work/six/run/step-0000000999.safetensors"
recipe flickr8k.sh "$work/scenes/images" "$work/flickr" "$work/six" 2
grep -q 'mpirun .* -n 2 .* --lanes 8 --resume' "$work/stderr" ||
    fail "the run does not go on with its lanes"

# A core of two hardware threads, as most laptops have them.
echo "hardware threads"
(
    cores=2 HWLOC_SYNTHETIC='core:1 pu:2' HWLOC_THISSYSTEM=1
    export HWLOC_SYNTHETIC HWLOC_THISSYSTEM
    . data-prep/steps.sh
    ranks true
) >"$work/stdout" 2>"$work/stderr" || {
    cat "$work/stderr"
    fail "a rank on each hardware thread"
}

echo "COCO"
coco train
coco val
TRAIN_JSON=$work/coco/captions_train.json
VAL_JSON=$work/coco/captions_val.json
TRAIN_IMAGES=$work/scenes/images
VAL_IMAGES=$work/scenes/images
export TRAIN_JSON VAL_JSON TRAIN_IMAGES VAL_IMAGES
recipe coco.sh "$work/coco" "$work/c" 2
check coco.sh "$work/c" 5

echo "Flickr30k, as it was sent and as it is in circulation"
awk 'BEGIN { print "image_name| comment_number| comment" }
    { split($1, part, "#"); sub(/^[^\t]*\t/, "")
      print part[1] "| " part[2] "| " $0 }' "$work/flickr/Flickr8k.token.txt" \
    >"$work/flickr/results.csv"
mkdir "$work/lists"
for list in train val test; do
    cut -f 1 "$work/scenes/$list.tsv" | uniq | sed 's/\.jpg$//' \
        >"$work/lists/$list.txt"
done
recipe flickr30k.sh "$work/scenes/images" "$work/flickr/results.csv" \
    "$work/lists" "$work/f30" 2
check flickr30k.sh "$work/f30" 5
cp "$work/flickr/Flickr8k.token.txt" "$work/flickr/results_20130124.token"
"$BIN/chorus-shard" --format flickr --out "$work/f30t" --skip-bad \
    --captions "$work/flickr/results_20130124.token" --min-count 5 \
    --train "$work/lists/train.txt" --val "$work/lists/val.txt" \
    --test "$work/lists/test.txt" --images "$work/scenes/images" \
    >"$work/stdout" || fail "the token file is not read"
cmp "$work/f30/shards/vocabulary.txt" "$work/f30t/vocabulary.txt" ||
    fail "results.csv and the token file differ"

echo "Karpathy's split"
cat "$work"/scenes/*.tsv | awk -F '\t' -v val="$(cut -f 1 \
    "$work/scenes/val.tsv" | uniq | tr '\n' ' ')" -v test="$(cut -f 1 \
    "$work/scenes/test.tsv" | uniq | tr '\n' ' ')" '
    function put() { if (name) printf "%s{\"filename\":\"%s\",\"imgid\":%d," \
        "\"split\":\"%s\",\"sentences\":[%s]}", n++ ? "," : "", name, n,
        index(val, name) ? "val" : index(test, name) ? "test" : n % 2 ? \
        "train" : "restval", said }
    BEGIN { printf "{\"images\":[" }
    $1 != name { put(); name = $1; said = "" }
    { said = said (said ? "," : "") "{\"raw\":\"" $2 "\"}" }
    END { put(); print "],\"dataset\":\"scenes\"}" }' >"$work/dataset_scenes.json"
recipe karpathy.sh "$work/dataset_scenes.json" "$work/scenes/images" \
    "$work/k" 2
check karpathy.sh "$work/k" 5

echo "own photos, as CSV and as regions of Visual Genome"
{
    echo image,caption
    cat "$work"/scenes/*.tsv | sed 's/\t/,"/; s/$/"/'
} >"$work/photos.csv"
recipe photos.sh "$work/photos.csv" "$work/scenes/images" "$work/p" 2
[ -s "$work/p/captions.jsonl" ] || fail "photos.sh: no captions"
grep -q '^CIDEr-D' "$work/stdout" || fail "photos.sh: no scores"
mkdir -p "$work/vg/VG_100K"
cut -f 1 "$work"/scenes/*.tsv | sort -u | head -n 60 | while read -r photo; do
    [ ! -e "$work/scenes/images/$photo" ] ||
        cp "$work/scenes/images/$photo" \
            "$work/vg/VG_100K/$((1$(basename "$photo" .jpg) - 1000000)).jpg"
done
awk 'BEGIN { print "["
    for (i = 0; i < 60; i++) printf "%s{\"id\":%d,\"regions\":[{" \
        "\"region_id\":%d,\"x\":5,\"y\":9,\"width\":%d,\"height\":60," \
        "\"image_id\":%d,\"phrase\":\"a part of %s\"}]}\n", \
        i ? "," : "", i, 100 + i, 50 + i, i, i % 2 ? "a dog" : "the sky"
    print "]" }' >"$work/vg/region_descriptions.json"
recipe visual_genome.sh "$work/vg" "$work/g" 2
grep -q '^CIDEr-D' "$work/stdout" || fail "visual_genome.sh: no scores"
"$BIN/chorus-verify" "$work/g/shards" >"$work/stdout" ||
    fail "visual_genome.sh: bad shards"
grep -q '^pending  *0$' "$work/stdout" || fail "regions are not encoded"

echo "without words, each says where its files come from and how large they are"
for recipe in coco:19.3 flickr8k:1.1 flickr30k:4.4 karpathy:13.5 \
    visual_genome:9.7; do
    "data-prep/${recipe%:*}.sh" >"$work/stdout" 2>"$work/stderr"
    code=$?
    if [ $code != 2 ] || ! grep -qF "${recipe#*:} GB" "$work/stderr" ||
        ! grep -qE '[a-z]+[.](org|edu|com)' "$work/stderr" ||
        grep -q '^set' "$work/stderr"; then
        cat "$work/stderr"
        fail "${recipe%:*}.sh: exit $code"
    fi
done

for recipe in quickstart meteor; do
    "data-prep/$recipe.sh" --help >"$work/stdout" 2>"$work/stderr"
    code=$?
    { [ $code = 2 ] && grep -qF "$recipe.sh [OUT]" "$work/stderr"; } ||
        fail "$recipe.sh --help: exit $code, $(cat "$work/stderr")"
    [ ! -e ./--help ] || fail "$recipe.sh takes an option for a folder"
done

echo "what is missing is named"
VAL_JSON=$work/nowhere.json
if data-prep/coco.sh "$work/coco" "$work/d" >"$work/stdout" \
    2>"$work/stderr"; then
    fail "coco.sh went on without annotations"
fi
[ "$(cat "$work/stderr")" = "coco.sh: $work/nowhere.json is missing: \
expected a part of COCO 2017, from cocodataset.org (Download; or set \
DOWNLOAD=1)" ] || {
    cat "$work/stderr"
    fail "the missing file is not named"
}

# offer ZIP MEMBER...: the server has this archive of these, which lie in
# $work/in, and the list says so.
offer() {
    zip=$work/offered/$1
    shift
    (cd "$work/in" && "$python" -m zipfile -c "$zip" "$@") || fail "no $zip"
    echo "$(basename "$zip") http://127.0.0.1:$port" \
        "$(stat -c %s "$zip") $(sha256sum "$zip" | cut -d ' ' -f 1)" \
        >>"$work/list"
}

# photos_of FOLDER LIST...: the photos of these splits, copied to a new folder.
photos_of() {
    folder=$work/in/$1
    mkdir -p "$folder"
    shift
    for list; do
        cut -f 1 "$work/scenes/$list.tsv" | uniq
    done | grep -v missing | sed "s|^|$work/scenes/images/|" |
        xargs cp -t "$folder"
}

echo "with DOWNLOAD=1 all comes from archives laid out as the real ones, cut"
python=$(realpath -s $python)
mkdir "$work/in" "$work/offered"
"$python" tests/integration/cut_server.py "$work/offered" "$work/asked" \
    >"$work/port" 2>"$work/stderr" &
server=$!
for _ in 1 2 3 4 5 6 7 8 9 10; do
    [ ! -s "$work/port" ] || break
    sleep 1
done
port=$(cat "$work/port")
DOWNLOAD=1 DOWNLOADS=$work/list
unset TRAIN_JSON VAL_JSON TRAIN_IMAGES VAL_IMAGES
export DOWNLOAD DOWNLOADS
mkdir "$work/in/annotations"
for part in train val; do
    cp "$work/coco/captions_$part.json" \
        "$work/in/annotations/captions_${part}2017.json"
    echo '{}' >"$work/in/annotations/instances_${part}2017.json"
    photos_of ${part}2017 $part
    offer ${part}2017.zip ${part}2017
done
offer annotations_trainval2017.zip annotations
recipe coco.sh "$work/got-coco" "$work/cd" 2
check coco.sh "$work/cd" 5
cmp "$work/c/captions.jsonl" "$work/cd/captions.jsonl" ||
    fail "coco.sh: other captions of what was fetched"
[ ! -e "$work/got-coco/annotations/instances_val2017.json" ] ||
    fail "coco.sh: annotations are unpacked that are not read"
[ "$(grep -c 'bytes=' "$work/asked")" = 3 ] ||
    fail "coco.sh: not each of three went on: $(cat "$work/asked")"
: >"$work/asked"
rm -r "$work/cd"
recipe coco.sh "$work/got-coco" "$work/cd" 2
[ ! -s "$work/asked" ] || fail "coco.sh: fetched again: $(cat "$work/asked")"

mkdir "$work/in/__MACOSX"
cp "$work"/flickr/Flickr* "$work/in"
photos_of Flicker8k_Dataset train val test
echo 'no photo' >"$work/in/__MACOSX/._000001.jpg"
offer Flickr8k_Dataset.zip Flicker8k_Dataset __MACOSX
offer Flickr8k_text.zip Flickr8k.token.txt Flickr_8k.trainImages.txt \
    Flickr_8k.devImages.txt Flickr_8k.testImages.txt __MACOSX
recipe flickr8k.sh "$work/got-8k" "$work/got-8k-text" "$work/fd" 2
check flickr8k.sh "$work/fd" 5
cmp "$work/f/captions.jsonl" "$work/fd/captions.jsonl" ||
    fail "flickr8k.sh: other captions of what was fetched"

cp "$work/dataset_scenes.json" "$work/in/dataset_flickr8k.json"
offer caption_datasets.zip dataset_flickr8k.json
recipe karpathy.sh "$work/got-k/dataset_flickr8k.json" \
    "$work/scenes/images" "$work/kd" 2
cmp "$work/k/captions.jsonl" "$work/kd/captions.jsonl" ||
    fail "karpathy.sh: other captions of what was fetched"

cp "$work/vg/region_descriptions.json" "$work/in"
mkdir "$work/in/VG_100K" "$work/in/VG_100K_2"
cp "$work"/vg/VG_100K/?.jpg "$work/in/VG_100K"
cp "$work"/vg/VG_100K/??.jpg "$work/in/VG_100K_2"
offer region_descriptions.json.zip region_descriptions.json
offer images.zip VG_100K
offer images2.zip VG_100K_2
recipe visual_genome.sh "$work/got-g" "$work/gd" 2
cmp "$work/g/captions.jsonl" "$work/gd/captions.jsonl" ||
    fail "visual_genome.sh: other captions of what was fetched"
exit $bad
