#!/bin/sh
# 41-maps.sh - chorus caption --attention and --maps: where each word looks
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-maps-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

fail() {
    echo "failed: $*"
    bad=1
}

{
    "$BIN/scenes" --out "$work/scenes" --count 40 --seed 4 &&
        "$BIN/chorus-shard" --format tsv --train "$work/scenes/train.tsv" \
            --val "$work/scenes/val.tsv" --images "$work/scenes/images" \
            --min-count 1 --out "$work/drawn" &&
        "$BIN/chorus-encode" "$work/drawn" --grid \
            --encoder tests/fixture/tiny.json
} >"$work/stdout" 2>"$work/stderr" || {
    cat "$work/stderr"
    echo "failed: no grids of photos"
    exit 1
}
photos=$work/scenes/images

# check DECODER TRAIN_OPTION...
check() {
    decoder=$1
    shift
    echo "$decoder"
    "$BIN/chorus-train" "$work/drawn" --run "$work/$decoder" \
        --decoder "$decoder" --embed 12 --hidden 12 --attention 8 --epochs 3 \
        -qq "$@" >/dev/null || {
        fail "$decoder: no model"
        return
    }
    for batch in 1 64; do
        "$BIN/chorus-caption" --model "$work/$decoder/best.safetensors" -q \
            --encoder tests/fixture/tiny.json "$photos" --batch $batch --words --attention --json --beam 3 \
            --maps "$work/$decoder-$batch" \
            --out "$work/$decoder-$batch.jsonl" ||
            fail "$decoder, batches of $batch: exit $?"
    done
    diff -r "$work/$decoder-1" "$work/$decoder-64" ||
        fail "$decoder: a batch changes the maps"
    cmp "$work/$decoder-1.jsonl" "$work/$decoder-64.jsonl" ||
        fail "$decoder: a batch changes what is told"
    python3 - "$work/$decoder-64.jsonl" "$work/$decoder-64" "$photos" <<'EOL' ||
import glob, html, json, os, re, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
pages = sorted(glob.glob(sys.argv[2] + "/*"))
assert len(lines) == len(pages) == len(os.listdir(sys.argv[3])) > 10
moved = 0
for number, (line, path) in enumerate(zip(lines, pages)):
    name = os.path.splitext(os.path.basename(line["image"]))[0]
    assert os.path.basename(path)[6:] == f"-{name}.html", path
    page, words = open(path).read(), line["words"]
    assert len(line["attention"]) == len(words) > 0
    figures = page.split("<figure>")[1:]
    assert f"<h1>{html.escape(line['caption'], False)}</h1>" in page
    assert [re.search("<figcaption>(.*?)<", f)[1] for f in figures] == \
        [html.escape(w, False) for w in words]
    for weight, figure in zip(line["attention"], figures):
        side = int(re.search(r'viewBox="0 0 (\d+) \1"', figure)[1])
        assert len(weight) == side * side > 1
        # Four digits are told of each.
        assert min(weight) >= 0 and abs(sum(weight) - 1) < 1e-3, sum(weight)
        place = re.findall(r'x="(\d+)" y="(\d+)".*?opacity="([0-9.]+)"',
                           figure)
        assert [(int(x), int(y)) for x, y, _ in place] == \
            [(i % side, i // side) for i in range(side * side)]
        # The darker, the less it is looked at; the most is not dark.
        for (_, _, dark), w in zip(place, weight):
            assert abs(float(dark) - 0.8 * (1 - w / max(weight))) < 2e-3
        moved += weight != line["attention"][0]
assert moved, "no word looks elsewhere than the first"
EOL
        fail "$decoder: what words look at"
}
check att2in
check sat
check updown

# Another width of the beam and several models look as well.
model=$work/att2in/best.safetensors
"$BIN/chorus-caption" --model "$model" --model "$model" -q \
    --encoder tests/fixture/tiny.json "$photos" --words --attention --json \
    --beam 3 >"$work/twins" ||
    fail "twins: exit $?"
cmp "$work/twins" "$work/att2in-64.jsonl" || fail "twins look elsewhere"
exit $bad
