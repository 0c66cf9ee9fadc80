#!/bin/sh
# 70-quickstart.sh - the recipe of `make quickstart` on sixty scenes
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
export BIN
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

fail() {
    echo "failed: $*"
    bad=1
}

recipe() {
    SCENES=60 EPOCHS=2 CORES=2 data-prep/quickstart.sh "$work/out" \
        >"$work/stdout" 2>"$work/stderr"
}

if ! recipe; then
    tail -n 20 "$work/stderr"
    fail "quickstart.sh ended badly"
    exit 1
fi
[ "$(find "$work/out/scenes/images" -name '*.jpg' | wc -l)" = 60 ] ||
    fail "expected 60 pictures"
for part in train:250 val:25 test:25; do
    lines=$(wc -l <"$work/out/scenes/${part%:*}.tsv")
    [ "$lines" = "${part#*:}" ] ||
        fail "expected ${part#*:} captions in ${part%:*}.tsv, found $lines"
done
[ "$(wc -l <"$work/out/captions.jsonl")" = 5 ] ||
    fail "expected a caption for each of the 5 test scenes"
[ "$(grep -c '"caption"' "$work/out/captions.jsonl")" = 5 ] ||
    fail "a line of captions.jsonl has no caption"
for metric in BLEU-1 BLEU-4 ROUGE-L CIDEr-D; do
    grep -q "$metric" "$work/stdout" || fail "$metric is not told"
done
grep -q '<html' "$work/out/report.html" || fail "report.html is not a page"
grep -q 'chorus-train' "$work/stderr" || fail "commands are not shown"

# A second run finds everything done, and says the same.
cp "$work/out/captions.jsonl" "$work/first"
recipe || fail "the second run ended badly"
cmp -s "$work/first" "$work/out/captions.jsonl" ||
    fail "the second run says other captions"
exit $bad
