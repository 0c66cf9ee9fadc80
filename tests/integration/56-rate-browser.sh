#!/bin/sh
# 56-rate-browser.sh - a whole study by keyboard in a real browser
#
# The server is killed in the middle; labels, contrast, focus and width of the
# pages are looked at in light and dark, on a desktop and a phone.  SHOTS names
# a folder for pictures of them.
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
# shellcheck source=tests/integration/browser.sh
. tests/integration/browser.sh
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-browser-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

fail() {
    echo "failed: $*"
    bad=1
}

"$BIN/scenes" --out "$work/scenes" --count 20 --seed 3 >/dev/null 2>&1 ||
    fail "no scenes"
awk -F'\t' '!seen[$1]++' "$work/scenes/train.tsv" | head -n 4 >"$work/one.tsv"
sed 's/\t.*/\ta <b>thing<\/b> in front of something else/' "$work/one.tsv" \
    >"$work/two.tsv"
for mode in '' --pairs; do
    study=$work/study$mode
    # shellcheck disable=SC2086 # no mode is no word
    "$BIN/chorus-rate" new "$study" --captions "$work/one.tsv" "$work/two.tsv" \
        --images "$work/scenes/images" --raters 1 $mode >/dev/null 2>&1 ||
        fail "no study"
    shots=${SHOTS:+$SHOTS/rate$mode}
    [ -z "$shots" ] || mkdir -p "$shots"
    PYTHONDONTWRITEBYTECODE=1 python3 tests/integration/rate_browser.py \
        "$BIN/chorus-rate" "$study" "$chromium" $shots || bad=1
    "$BIN/chorus-rate" links "$study" | awk -F'\t' '$2 != $3 || $3 < 4 {
        print "failed: " $2 " of " $3 " tasks are done"; exit 1 }' || bad=1
done
"$BIN/chorus-rate" report "$work/study" 2>/dev/null |
    grep -qE '^one +fluency .* 4\.000' || fail "not the answers that were typed"
exit $bad
