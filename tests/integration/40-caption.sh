#!/bin/sh
# 40-caption.sh - chorus caption: shards and photos, each form, what it refuses
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
# shellcheck source=tests/integration/photos.sh
. tests/integration/photos.sh
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-caption-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

fail() {
    echo "failed: $*"
    bad=1
}

# refuse EXIT WORDS COMMAND...: it ends with EXIT and says WORDS in one line.
refuse() {
    code=$1 words=$2
    shift 2
    "$@" >"$work/stdout" 2>"$work/stderr"
    found=$?
    [ $found = "$code" ] || fail "exit $found, expected $code: $*"
    grep -qF "$words" "$work/stderr" ||
        fail "expected \"$words\", found: $(cat "$work/stderr")"
    [ "$(wc -l <"$work/stderr")" = 1 ] || fail "not one line: $*"
    [ ! -s "$work/stdout" ] || fail "words on stdout: $*"
}

"$BIN/tests/parallel/np_train" shards "$work" >/dev/null 2>&1 &&
    "$BIN/chorus" train "$work/shards" --run "$work/run" --embed 8 \
        --hidden 8 --epochs 1 -qq >/dev/null || {
    fail "no model"
    exit 1
}
model=$work/run/best.safetensors
caption="$BIN/chorus-caption --model $model --shards $work/shards"

$caption >"$work/text" || fail "text: exit $?"
grep -q "	" "$work/text" || fail "no tab between photo and caption"
$caption --json --out "$work/json" || fail "json: exit $?"
[ "$(wc -l <"$work/json")" = "$(wc -l <"$work/text")" ] ||
    fail "text and JSON differ in the number of photos"
grep -q '^{"image":".*","image_id":.*,"caption":".*","logp":-' "$work/json" ||
    fail "not the fields expected: $(head -n 1 "$work/json")"
$caption --batch 1 >"$work/alone" || fail "batch of one: exit $?"
cmp "$work/text" "$work/alone" || fail "a batch changes captions"
[ "$($caption --limit 1 | wc -l)" = 1 ] || fail "--limit is not kept"

refuse 2 "nothing to caption" "$BIN/chorus-caption" --model "$model"
refuse 2 "photos or --shards, not both" $caption photo.jpg
refuse 1 "no-such-model" "$BIN/chorus-caption" --model no-such-model x.jpg
refuse 2 "expected train, val or test" $caption --split dev
head -c 300 "$model" >"$work/cut"
refuse 1 "cut" "$BIN/chorus-caption" --model "$work/cut" x.jpg
refuse 1 "expected a plain file" $caption --out /dev/full
refuse 2 "looks at whole photos" $caption --maps "$work/maps"
refuse 2 "not both" $caption --json --format csv
refuse 2 "leave out --ids" $caption --ids "$work/text"

# ------------------------------------------------------------------- photos
{
    photos_draw && photos_train seen
} >"$work/stdout" 2>"$work/stderr" || {
    cat "$work/stderr"
    fail "no model of photos"
    exit 1
}
model=$work/seen/best.safetensors
# A model is told where its encoder is, whichever way it came.
mkdir "$work/lone" "$work/way"
cp "$model" "$work/lone"
refuse 2 "is not beside the model (as $work/lone/tiny.json); name it with \
--encoder" "$BIN/chorus-caption" --model "$work/lone/best.safetensors" \
    "$work/scenes/images"
one=$(find "$work/scenes/images" -type f | LC_ALL=C sort | head -n 1)
"$BIN/chorus-caption" -q --model "$model" "$one" >"$work/one" ||
    fail "no caption: exit $?"
sees() {
    "$BIN/chorus-caption" -q --model "$2" "$one" >"$work/found" ||
        fail "$1: exit $?"
    [ -s "$work/found" ] || fail "$1: no caption"
}
{
    "$BIN/chorus-train" --stage "$work/near" "$work/drawn" \
        --run "$work/way/staged" --embed 8 --hidden 8 --epochs 1 &&
        "$BIN/chorus-shard" "$work/drawn" --reshard 2 \
            --out "$work/two" &&
        "$BIN/chorus-train" "$work/two" --run "$work/way/two" --embed 8 \
            --hidden 8 --epochs 1 &&
        mkdir "$work/way/mean" "$work/way/in" "$work/way/of" &&
        "$BIN/chorus-average" "$model" "$model" \
            --out "$work/way/mean/m.safetensors" &&
        "$BIN/chorus-export" "$model" --out "$work/weights" &&
        "$BIN/chorus-import" "$work/weights" --like "$model" \
            --out "$work/way/in/m.safetensors" &&
        "$BIN/chorus-import" "$work/weights" --shards "$work/drawn" \
            --image first --out "$work/way/of/m.safetensors"
} >"$work/stdout" 2>"$work/stderr" || {
    cat "$work/stderr"
    fail "no other models"
}
sees staged "$work/way/staged/best.safetensors"
sees resharded "$work/way/two/best.safetensors"
sees averaged "$work/way/mean/m.safetensors"
sees "imported like another" "$work/way/in/m.safetensors"
cmp "$work/one" "$work/found" || fail "imported: another caption"
sees "imported for shards" "$work/way/of/m.safetensors"
# What is bad is told once, however it was named.
echo "$work/gone.jpg" >"$work/list"
for name in "$work/gone.jpg" "@$work/list"; do
    refuse 1 "gone.jpg: cannot open: No such file" "$BIN/chorus-caption" \
        --model "$model" "$name"
done
"$BIN/chorus-caption" --model "$model" --skip-bad "@$work/list" \
    2>"$work/stderr" || fail "--skip-bad: exit $?"
grep -q "^chorus-caption: warning: skipped: .*gone.jpg: cannot open" \
    "$work/stderr" || fail "not told what was skipped: $(cat "$work/stderr")"
echo "$one" >>"$work/list"
"$BIN/chorus-caption" --model "$model" "@$work/list" --batch 1 \
    >"$work/found" 2>"$work/stderr" && fail "a bad photo is no failure"
[ "$(grep -c "gone.jpg: cannot open" "$work/stderr")" = 1 ] ||
    fail "the first of two is not told once: $(cat "$work/stderr")"
photos=$work/photos
mkdir -p "$photos/deep/er" "$photos/empty"
n=0
for photo in "$work/scenes/images"/*; do
    n=$((n + 1))
    [ $n -le 12 ] || break
    case $n in
    [1-4]) to=$photos ;;
    [5-8]) to=$photos/deep ;;
    *) to=$photos/deep/er ;;
    esac
    cp "$photo" "$to/$(printf 'COCO_val2014_%012d.%s' $((100 - n)) \
        "${photo##*.}")"
done
rm -r "$photos/empty"
say() {
    "$BIN/chorus-caption" --model "$model" -q "$@"
}

say "$photos" >"$work/folder" || fail "folder: exit $?"
[ "$(wc -l <"$work/folder")" = 12 ] || fail "not 12 photos"
cut -f1 "$work/folder" >"$work/names"
LC_ALL=C sort -c "$work/names" || fail "a folder is not in order"
say --list "$work/names" >"$work/found" || fail "list: exit $?"
cmp "$work/folder" "$work/found" || fail "a list changes captions"
say "@$work/names" >"$work/found" && cmp "$work/folder" "$work/found" ||
    fail "@list changes captions"
sed 's/$/\r/' "$work/names" | say --list - --batch 5 >"$work/found" &&
    cmp "$work/folder" "$work/found" || fail "names on stdin change captions"
echo "$photos/deep" | say --list - --limit 6 >"$work/found" &&
    grep "/deep/" "$work/folder" | head -n 6 | cmp - "$work/found" ||
    fail "a folder in a list, with --limit"
first=$(head -n 1 "$work/names")
say - <"$first" | sed "s|^-	|$first	|" >"$work/found"
head -n 1 "$work/folder" | cmp - "$work/found" || fail "a photo on stdin"
for batch in 1 3 100; do
    say "$photos" --batch $batch --threads 1 | cmp "$work/folder" - ||
        fail "batches of $batch change captions"
done
# What is said of a photo is what is said of its features in the shards.
say "$work/scenes/images" --format jsonl | sed 's|"image":".*/images/|"image":"|;
    s|"image_id":[-0-9]*,||' | LC_ALL=C sort >"$work/a"
for split in train val; do
    say --shards "$work/drawn" --split $split --format jsonl
done | sed 's|"image_id":[-0-9]*,||' | LC_ALL=C sort >"$work/b"
cut -d, -f1,2 "$work/a" >"$work/a2"
cut -d, -f1,2 "$work/b" >"$work/b2"
[ -s "$work/b2" ] && LC_ALL=C comm -13 "$work/a2" "$work/b2" >"$work/other" &&
    [ ! -s "$work/other" ] || fail "photos and shards differ"

# -------------------------------------------------------------------- forms
say "$photos" --format coco --out "$work/coco.json" || fail "coco: exit $?"
python3 - "$work/coco.json" "$work/folder" <<'EOL' || fail "COCO results"
import json, sys
results = json.load(open(sys.argv[1]))
lines = [line.rstrip("\n").split("\t") for line in open(sys.argv[2])]
assert len(results) == len(lines) == 12
for r, (name, caption) in zip(results, lines):
    assert set(r) == {"image_id", "caption"} and type(r["image_id"]) is int
    assert r["image_id"] == int(name[-16:-4]) and r["caption"] == caption
EOL
say "$photos" --format csv --sentence >"$work/csv" || fail "csv: exit $?"
say "$photos" --json --sentence >"$work/jsonl" || fail "jsonl: exit $?"
python3 - "$work/csv" "$work/jsonl" "$work/folder" <<'EOL' || fail "CSV, JSON"
import csv, json, sys
rows = list(csv.DictReader(open(sys.argv[1], newline="")))
lines = [json.loads(line) for line in open(sys.argv[2])]
plain = [line.rstrip("\n").split("\t") for line in open(sys.argv[3])]
assert len(rows) == len(lines) == len(plain) == 12
for row, line, (name, caption) in zip(rows, lines, plain):
    assert row["image"] == line["image"] == name and row["rank"] == "1"
    assert row["caption"] == line["caption"]
    assert line["caption"] == caption[:1].upper() + caption[1:] + "."
    assert float(row["logp"]) == line["logp"] < 0
EOL
printf '%s\t7\n' "$(basename "$first")" >"$work/ids"
[ "$(say "$first" --format coco --ids "$work/ids" | tr -d '\n' |
    sed 's/,"caption.*//')" = '[{"image_id":7' ] || fail "--ids by lines"
printf '{"images":[{"id":8,"file_name":"%s"}]}' "$(basename "$first")" \
    >"$work/ids"
[ "$(say "$first" --format coco --ids "$work/ids" | tr -d '\n' |
    sed 's/,"caption.*//')" = '[{"image_id":8' ] || fail "--ids by JSON"
: >"$work/none"
[ "$(say --list "$work/none" --format coco | tr -d '\n')" = '[]' ] ||
    fail "no photos are no results"

caption="$BIN/chorus-caption --model $model -q"
refuse 2 "the file of --ids does not name it" $caption "$photos" --format coco \
    --ids "$work/ids"
refuse 2 "its name is none of COCO's" $caption tests/fixture/pictures \
    --format coco
refuse 2 "expected another for each" $caption "$first" "$first" --format coco
refuse 1 "line 1: expected a name, a tab and a number" $caption "$first" \
    --ids "$work/names"
refuse 1 "no-such-list" $caption --list "$work/no-such-list"
refuse 2 "found a folder" $caption --list "$photos"
refuse 2 "named twice" $caption - --list -
refuse 1 "no-such.jpg: cannot open" $caption no-such.jpg
mkdir "$work/hollow"
refuse 1 "no photo (.jpg" $caption "$work/hollow"

# ------------------------------------------------------------------- search
same() {
    label=$1
    shift
    say "$photos" "$@" >"$work/found" && cmp "$work/folder" "$work/found" ||
        fail "$label"
}
same "a model and its twins" --model "$model" --model "$model"
say "$photos" --beam 1 --json >"$work/greedy" &&
    say "$photos" --beam 6 --n-best 6 --groups 2 --words --json >"$work/beam" &&
    say "$photos" --must "no-such-word|red" >"$work/found" 2>"$work/stderr"
grep -q '"no-such-word" must be said, but' "$work/stderr" ||
    fail "--must of an unknown word: $(cat "$work/stderr")"
word=$(cut -f2 "$work/folder" | tr ' ' '\n' | sort | uniq -c | sort -n |
    awk 'NR == 1 { print $2 }')
say "$photos" --must "$word" --beam 5 | cut -f2 >"$work/found"
[ "$(wc -l <"$work/found")" = 12 ] && ! grep -qvw "$word" "$work/found" ||
    fail "--must $word is not said"
for batch in 1 5; do
    say "$photos" --sample --n-best 4 --top-k 20 --top-p 0.9 --seed 7 --json \
        --batch $batch >"$work/drawn-$batch" || fail "sampling: exit $?"
done
cmp "$work/drawn-1" "$work/drawn-5" || fail "a batch changes what is drawn"
say "$photos" --sample --n-best 4 --top-k 20 --top-p 0.9 --seed 8 --json |
    cmp -s "$work/drawn-1" - && fail "a seed changes nothing"
say "$photos" --max-words 4 --endings "$word" | cut -f2 >"$work/found"
grep -qw "$word\$" "$work/found" && fail "--endings $word ends a caption"
python3 - "$work/greedy" "$work/beam" "$work/drawn-1" <<'EOL' || fail "n best"
import json, sys
greedy, beam, drawn = ([json.loads(l) for l in open(f)] for f in sys.argv[1:])
assert len(greedy) == len(beam) == len(drawn) == 12
for g, b, d in zip(greedy, beam, drawn):
    assert b["score"] >= g["score"] and 1 < len(b["captions"]) <= 6
    assert len({c["caption"] for c in b["captions"]}) == len(b["captions"])
    assert b["captions"][0]["caption"] == b["caption"]
    scores = [c["score"] for c in b["captions"]]
    assert scores == sorted(scores, reverse=True)
    for c in b["captions"]:
        assert " ".join(c["words"]) == c["caption"]
        assert len(c["word_logp"]) == len(c["words"]) + 1
        assert abs(sum(c["word_logp"]) - c["logp"]) < 1e-4
    assert len(d["captions"]) == 4 and "words" not in d
EOL
refuse 2 "make it as wide" $caption "$photos" --beam 2 --n-best 3
refuse 2 "is not divided into 2 groups" $caption "$photos" --groups 2
refuse 2 "its vocabulary is not that of" $caption "$photos" \
    --model "$work/run/best.safetensors"
exit $bad
