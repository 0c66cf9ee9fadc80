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

"$BIN/chorus-score" "$work/caps" --references "$work/refs" >"$work/out" ||
    fail "exit $?"
grep -q '^BLEU-1 *1.0000' "$work/out" || fail "not all words: $(cat "$work/out")"
grep -q '^ROUGE-L *1.0000' "$work/out" || fail "ROUGE-L is not 1"
grep -q '^images *2' "$work/out" || fail "not two images"
"$BIN/chorus-score" "$work/caps" --references "$work/refs" --json |
    grep -q '"CIDEr-D":[0-9.]*' || fail "no CIDEr-D in JSON"

printf '{"image":"c.jpg","caption":"x"}\n' >"$work/unknown"
refuse 2 "c.jpg" "$BIN/chorus-score" "$work/unknown" --references "$work/refs"
cat "$work/caps" "$work/caps" >"$work/twice"
refuse 1 "a.jpg" "$BIN/chorus-score" "$work/twice" --references "$work/refs"
head -n 1 "$work/caps" >"$work/short"
refuse 1 "1 image with references has no caption (b.jpg)" \
    "$BIN/chorus-score" "$work/short" --references "$work/refs"
"$BIN/chorus-score" "$work/short" --references "$work/refs" --partial \
    >"$work/out" || fail "partial: exit $?"
grep -q '^unscored *1' "$work/out" || fail "partial: one image is unscored"
refuse 1 "nothing.tsv" "$BIN/chorus-score" "$work/caps" \
    --references nothing.tsv

# Every form of the same captions has the same scores.
score="$BIN/chorus-score --json"
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

"$BIN/chorus-score" "$work/caps" --references "$work/refs" \
    --csv "$work/csv" --per-image "$work/lines" >/dev/null || fail "csv: $?"
[ "$(wc -l <"$work/csv")" = 3 ] || fail "expected three lines of CSV"
[ "$(grep -c '"image":"[ab].jpg"' "$work/lines")" = 2 ] ||
    fail "expected two JSON lines"
refuse 1 "none/csv" "$BIN/chorus-score" "$work/caps" --references \
    "$work/refs" --csv "$work/none/csv"

# Scoring needs none of the large libraries.
for library in libmpi openblas lmdb openvino turbojpeg; do
    ! ldd "$BIN/chorus-score" | grep -q "$library" ||
        fail "chorus-score is linked with $library"
done

"$BIN/scenes" --out "$work/scenes" --count 20 --seed 3 >/dev/null 2>&1 ||
    fail "no scenes"
for picture in a b; do
    cp "$(find "$work/scenes/images" -name '*.jpg' | sort | head -n 1)" \
        "$work/$picture.jpg"
done
report="$BIN/chorus-report --captions $work/caps --references $work/refs"
$report --images "$work" --out "$work/page.html" >/dev/null ||
    fail "report: exit $?"
[ "$(grep -c 'data:image/jpeg;base64,' "$work/page.html")" = 2 ] ||
    fail "expected two pictures in the page"
rm "$work/page.html"
refuse 1 "a.jpg" $report --images "$work/scenes" --out "$work/page.html"
[ ! -e "$work/page.html" ] || fail "half a page was left"
exit $bad
