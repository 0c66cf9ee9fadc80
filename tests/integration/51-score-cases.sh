#!/bin/sh
# 51-score-cases.sh - chorus score of raw captions agrees with coco-caption
#
# Cases lie beside the repository: COCO annotations and results, and what
# pycocoevalcap 1.2 prints of them.  METEOR is compared where its data is.
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
cases=${CHORUS_SHARED:-../shared}/cases/metrics
if [ ! -d "$cases" ]; then
    echo "skipped: no ../shared"
    exit 77
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-cases-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
bad=0
count=0

fail() {
    echo "failed: $*"
    bad=1
}

# near NAME FILE FILE: as many numbers in both, each within 1e-12.
near() {
    paste "$2" "$3" | awk -v name="$1" '
        { d = $1 - $2; if (d < 0) d = -d }
        NF != 2 || !(d <= 1e-12) {
            printf "failed: %s: number %d: expected %s, found %s\n", name, NR,
                $1, $2
            bad = 1
        }
        END { exit bad || NR == 0 }' || bad=1
}

# expected FAMILY CASE: its corpus score, then those of the images, a line each.
expected() {
    sed -E 's/.*"'"$1"'":\{"corpus":([^,]*),"per_image":\[([^]]*)\].*/\1,\2/' \
        "$2" | tr ',' '\n'
}

# found TITLE: the same of what the program wrote.
found() {
    sed -E 's/.*"'"$1"'":([^,}]*)[,}].*/\1/' "$work/corpus" "$work/lines"
}

for in in "$cases"/e2e_*.in.json; do
    name=$(basename "$in" .in.json)
    out=$cases/$name.out.json
    sed -E 's/,"results":.*/}/' "$in" >"$work/references"
    sed -E 's/.*,"results":(.*)\}$/\1/' "$in" >"$work/results"
    "$BIN/chorus-score" -qq "$work/results" --references "$work/references" \
        --json --per-image "$work/lines" >"$work/corpus" || {
        fail "$name: exit $?"
        continue
    }
    grep -q '"tokens":"ptb"' "$work/corpus" || fail "$name: other tokens"
    sed -E 's/.*"bleu":\{"corpus":\[([^]]*)\].*/\1/' "$out" | tr ',' '\n' \
        >"$work/expected"
    for n in 1 2 3 4; do
        found "BLEU-$n" | head -n 1
    done >"$work/found"
    near "$name: BLEU" "$work/expected" "$work/found"
    for pair in rouge_l:ROUGE-L cider:CIDEr-D vrama91_cider:CIDEr-plain \
        meteor:METEOR; do
        title=${pair#*:}
        if [ "$title" = METEOR ] && ! grep -q METEOR "$work/corpus"; then
            continue
        fi
        expected "${pair%%:*}" "$out" >"$work/expected"
        found "$title" >"$work/found"
        near "$name: $title" "$work/expected" "$work/found"
    done
    count=$((count + 1))
done
[ $count -gt 0 ] || fail "no cases"
echo "$count cases"
exit $bad
