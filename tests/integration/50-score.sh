#!/bin/sh
# 50-score.sh - chorus score and chorus report: numbers, page, refusals
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-score-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

fail() {
    echo "failed: $*"
    bad=1
}

# refuse EXIT WORDS COMMAND...
refuse() {
    code=$1 words=$2
    shift 2
    "$@" >"$work/stdout" 2>"$work/stderr"
    found=$?
    [ $found = "$code" ] || fail "exit $found, expected $code: $*"
    grep -qF "$words" "$work/stderr" ||
        fail "expected \"$words\", found: $(cat "$work/stderr")"
}

printf 'a.jpg\ta dog runs on grass\na.jpg\tA brown dog runs.\n' >"$work/refs"
printf 'b.jpg\ttwo cats sleep\nb.jpg\tTwo cats are asleep\n' >>"$work/refs"
printf '{"image":"a.jpg","caption":"a dog runs on grass"}\n' >"$work/caps"
printf '{"image":"b.jpg","caption":"two cats sleep"}\n' >>"$work/caps"

"$BIN/chorus-score" -qq "$work/caps" --references "$work/refs" >"$work/out" ||
    fail "exit $?"
grep -q '^BLEU-1 *1.0000' "$work/out" || fail "not all words: $(cat "$work/out")"
grep -q '^ROUGE-L *1.0000' "$work/out" || fail "ROUGE-L is not 1"
grep -q '^images *2' "$work/out" || fail "not two images"
"$BIN/chorus-score" -qq "$work/caps" --references "$work/refs" --json |
    grep -q '"CIDEr-D":[0-9.]*' || fail "no CIDEr-D in JSON"

printf '{"image":"c.jpg","caption":"x"}\n' >"$work/unknown"
refuse 2 "c.jpg" "$BIN/chorus-score" "$work/unknown" --references "$work/refs"
cat "$work/caps" "$work/caps" >"$work/twice"
refuse 1 "a.jpg" "$BIN/chorus-score" "$work/twice" --references "$work/refs"
head -n 1 "$work/caps" >"$work/short"
refuse 1 "1 image with references has no caption (b.jpg)" \
    "$BIN/chorus-score" -qq "$work/short" --references "$work/refs"
"$BIN/chorus-score" -qq "$work/short" --references "$work/refs" --partial \
    >"$work/out" || fail "partial: exit $?"
grep -q '^unscored *1' "$work/out" || fail "partial: one image is unscored"
refuse 1 "nothing.tsv" "$BIN/chorus-score" "$work/caps" \
    --references nothing.tsv

# Every form of the same captions has the same scores.
score="$BIN/chorus-score -qq --json"
$score "$work/caps" --references "$work/refs" >"$work/expected"
printf 'a dog runs on grass\ntwo cats sleep\n' >"$work/plain"
printf 'a dog runs on grass\ntwo cats sleep\n' >"$work/one"
printf 'A brown dog runs.\nTwo cats are asleep\n' >"$work/two"
$score "$work/plain" --references "$work/one" --references "$work/two" |
    cmp -s - "$work/expected" || fail "plain lines are scored otherwise"
printf 'b.jpg\ttwo cats sleep\na.jpg\ta dog runs on grass\n' >"$work/table"
$score "$work/table" --references "$work/refs" |
    cmp -s - "$work/expected" || fail "a table is scored otherwise"
printf '%s%s%s' '[{"image_id":1,"caption":"a dog runs on grass"},' \
    '{"image_id":2,"caption":"two cats sleep"}]' '' >"$work/results"
printf '%s' '{"images":[{"id":1},{"id":2}],"annotations":[' \
    '{"image_id":1,"caption":"a dog runs on grass"},' \
    '{"image_id":2,"caption":"two cats sleep"},' \
    '{"image_id":2,"caption":"Two cats are asleep"},' \
    '{"image_id":1,"caption":"A brown dog runs."}]}' >"$work/coco"
$score "$work/results" --references "$work/coco" |
    cmp -s - "$work/expected" || fail "COCO files are scored otherwise"
printf 'a.jpg#0\ta dog runs on grass\na.jpg#1\tA brown dog runs.\n' \
    >"$work/flickr"
printf 'b.jpg#0\ttwo cats sleep\nb.jpg#1\tTwo cats are asleep\n' \
    >>"$work/flickr"
$score "$work/caps" --references "$work/flickr" --threads 2 |
    cmp -s - "$work/expected" || fail "a token file is scored otherwise"

"$BIN/chorus-score" -qq "$work/caps" --references "$work/refs" \
    --csv "$work/csv" --per-image "$work/lines" >/dev/null || fail "csv: $?"
[ "$(wc -l <"$work/csv")" = 3 ] || fail "expected three lines of CSV"
[ "$(grep -c '"image":"[ab].jpg"' "$work/lines")" = 2 ] ||
    fail "expected two JSON lines"
refuse 1 "none/csv" "$BIN/chorus-score" "$work/caps" --references \
    "$work/refs" --csv "$work/none/csv"

# Intervals, comparison, statistics.
"$BIN/chorus-score" "$work/caps" --references "$work/refs" --bootstrap 200 \
    --compare "$work/table" --stats --train-captions "$work/one" \
    >"$work/out" 2>"$work/stderr" || fail "compare: $(cat "$work/stderr")"
grep -q '^CIDEr-D .* +0.0000 .* 1.0000$' "$work/out" ||
    fail "the same captions differ: $(cat "$work/out")"
grep -q '^novel *0 ' "$work/out" || fail "captions of the training set are new"
grep -q 'CIDEr weighs n-grams by only 2 images' "$work/stderr" ||
    fail "two images are few"
head -n 1 "$work/table" >"$work/half"
refuse 2 "do not caption the same images" "$BIN/chorus-score" "$work/caps" \
    --references "$work/refs" --partial --compare "$work/half"
for threads in 1 3; do
    $score "$work/caps" --references "$work/refs" --bootstrap 300 --seed 4 \
        --threads $threads >"$work/out$threads" 2>/dev/null
done
cmp -s "$work/out1" "$work/out3" || fail "threads change the intervals"

# Document frequencies of both images give each the weight it has among both.
"$BIN/chorus-score" --references "$work/refs" --write-df "$work/df" ||
    fail "write-df: exit $?"
$score -v "$work/caps" --references "$work/refs" \
    --df "$work/df" --per-image "$work/lines" >/dev/null 2>"$work/stderr" || fail "df: exit $?"
! grep -q 'CIDEr weighs' "$work/stderr" || fail "--df is not taken for many"
$score "$work/short" --references "$work/refs" --df "$work/df" --partial \
    --per-image "$work/single" >/dev/null 2>&1 || fail "df of one: exit $?"
head -n 1 "$work/lines" | cmp -s - "$work/single" ||
    fail "one image with --df is not scored as among all"
refuse 2 "use the same --tokens" "$BIN/chorus-score" "$work/caps" \
    --references "$work/refs" --df "$work/df" --tokens none

# Ratings: a caption of the right photo is rated higher.
printf 'c.jpg#0\ta dog on grass\nd.jpg#0\tthree men\n' >>"$work/flickr"
printf 'a.jpg\tc.jpg#0\t3\t4\t4\na.jpg\td.jpg#0\t1\t1\t1\n' \
    >"$work/ratings"
printf 'a.jpg\ta.jpg#1\t4\t4\t4\n' >>"$work/ratings"
"$BIN/chorus-score" --ratings "$work/ratings" --references "$work/flickr" \
    >"$work/out" 2>/dev/null || fail "ratings: exit $?"
grep -q '^ROUGE-L *[0-9.]* *100.000$' "$work/out" ||
    fail "ratings: $(cat "$work/out")"
grep -q '^skipped *1$' "$work/out" || fail "a reference was rated"
refuse 2 "expected no captions" "$BIN/chorus-score" "$work/caps" --ratings \
    "$work/ratings" --references "$work/flickr"

# Without METEOR's data there is all else, and one line says how to get it.
CHORUS_METEOR=$work/none "$BIN/chorus-score" "$work/caps" --references \
    "$work/refs" >/dev/null 2>"$work/stderr"
[ $? = 1 ] || fail "METEOR's data is not there, though named"
cp "$BIN/chorus-score" "$work/chorus-score"
(
    unset CHORUS_METEOR
    "$work/chorus-score" "$work/caps" --references "$work/refs" \
        >"$work/out" 2>"$work/stderr"
) || fail "without METEOR: exit $?"
[ "$(grep -c 'make meteor' "$work/stderr")" = 1 ] ||
    fail "expected one line about METEOR: $(cat "$work/stderr")"
! grep -q METEOR "$work/out" || fail "METEOR is told without its data"

# Scoring needs none of the large libraries; LMDB, which holds shards, is small.
for library in libmpi openblas openvino turbojpeg; do
    ! ldd "$BIN/chorus-score" | grep -q "$library" ||
        fail "chorus-score is linked with $library"
done

"$BIN/scenes" --out "$work/scenes" --count 20 --seed 3 >/dev/null 2>&1 ||
    fail "no scenes"
# Shards as references are what their captions were before.
"$BIN/chorus-shard" --format tsv --train "$work/scenes/train.tsv" \
    --val "$work/scenes/val.tsv" --images "$work/scenes/images" \
    --min-count 1 --shards 2 --out "$work/shards" >/dev/null 2>&1 ||
    fail "no shards"
for split in train val; do
    awk -F'\t' '!seen[$1]++' "$work/scenes/$split.tsv" >"$work/first"
    "$BIN/chorus-score" -qq "$work/first" --json \
        --references "$work/scenes/$split.tsv" >"$work/by-file" ||
        fail "$split: exit $?"
    "$BIN/chorus-score" -qq "$work/first" --json --split $split \
        --references "$work/shards" >"$work/by-shards" ||
        fail "shards of $split: exit $?"
    cmp "$work/by-file" "$work/by-shards" || fail "shards of $split"
done
refuse 2 "expected train, val or test" "$BIN/chorus-score" "$work/first" \
    --references "$work/shards" --split dev
refuse 2 "manifest.json is missing" "$BIN/chorus-score" "$work/first" \
    --references "$work/scenes/images"
for picture in a b; do
    cp "$(find "$work/scenes/images" -name '*.jpg' | sort | head -n 1)" \
        "$work/$picture.jpg"
done
report="$BIN/chorus-report -q --captions $work/caps --references $work/refs"
$report --images "$work" --out "$work/page.html" >/dev/null ||
    fail "report: exit $?"
# The best, the worst, and both as a sample.
[ "$(grep -c 'data:image/jpeg;base64,' "$work/page.html")" = 4 ] ||
    fail "expected four pictures in the page"
$report --images "$work" --best 0 --out "$work/page.html" >/dev/null ||
    fail "report: exit $?"
[ "$(grep -c 'data:image/jpeg;base64,' "$work/page.html")" = 2 ] ||
    fail "expected two pictures in the page"
rm "$work/page.html"
refuse 1 "a.jpg" $report --images "$work/scenes" --out "$work/page.html"
[ ! -e "$work/page.html" ] || fail "half a page was left"
refuse 2 "expected the folder of a run" "$BIN/chorus-report" \
    --out "$work/page.html"
refuse 2 "out: expected the page" "$BIN/chorus-report" "$work"
refuse 2 "live follows runs" "$BIN/chorus-report" "$work" --live \
    --out "$work/page.html"
refuse 2 "go together" "$BIN/chorus-report" --captions "$work/caps" \
    --out "$work/page.html"
refuse 1 "scenes/log.jsonl" "$BIN/chorus-report" "$work/scenes" \
    --out "$work/page.html"
exit $bad
