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
refuse 1 "nothing.tsv" "$BIN/chorus-score" "$work/caps" \
    --references nothing.tsv

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
