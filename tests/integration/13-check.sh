#!/bin/sh
# 13-check.sh - chorus-shard --check tells what is bad and what will be needed
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=$(realpath "${BIN:-build/${CONFIG:-release}}")
fixture=$PWD/tests/fixture
bad=0
there=$(mktemp -d "${TMPDIR:-/tmp}/chorus-check-XXXXXX") || exit 1
trap 'rm -rf "$there"' EXIT
cd "$there" || exit 1

fail() {
    echo "failed: $*"
    sed 's/^/    | /' stdout stderr | tail -n 20
    bad=1
}

# has WORDS: stdout has a line that is these words, blanks aside.
has() {
    tr -s ' ' <stdout | grep -qxE "$1" || fail "no line '$1'"
}

"$BIN/scenes" -q --out scenes --count 40 --seed 7 || exit 1
cat scenes/*.tsv >all.tsv
head -c 900 scenes/images/000003.jpg >scenes/images/cut.jpg
cp scenes/images/000004.jpg scenes/images/again.jpg
printf 'cut.jpg\tone\nagain.jpg\ttwo\ngone.jpg\tthree\nagain.jpg\t...\n' \
    >>all.tsv
check() {
    "$BIN/chorus-shard" --check --format tsv --captions all.tsv \
        --split-by hash --images scenes/images --encoder \
        "$fixture/tiny.json" "$@" >stdout 2>stderr || fail "exit $?: $*"
}

echo "one page"
check
has 'images 43'
has 'missing 1'
has 'corrupt 1'
has 'too small 0'
has 'duplicate 1'
has ' the 1,000 most frequent 100.00 %'
has ' all 100.00 %'
has 'Words of a caption'
has ' 5 to 8 [0-9]+ #*'
has 'pooled, f32 [0-9.]+ MB'
has 'pooled, f16 [0-9.]+ MB'
has 'grid, f16 [0-9.]+ MB'
has 'captions without words 1'
has 'Features of 3 numbers, grids of 4 x 3: on disk, .*'
has 'encoding with tiny: [0-9.]+ ms an image, [0-9]+ s for all, .*'
has 'memory of the encoder [0-9.]+ MB'
[ "$(wc -l <stdout)" -le 66 ] || fail "more than a page: $(wc -l <stdout)"

echo "the same as JSON, with all that is bad"
check --json
for word in '"missing":1' '"corrupt":1' '"small":0' '"duplicate":1' \
    '"captions_without_words":1' '"coverage":{"1000":1' '"5000":1' \
    '"10000":1' '"all":1' '"lengths":[0,' '"feature_bytes":{"pooled_f32":' \
    '"pooled_f16":' '"grid_f32":' '"grid_f16":' \
    '"feature_count":3' '"grid_rows":4' '"grid_columns":3' \
    '"encoder":{"name":"tiny","sampled":' '"image_seconds":' \
    '"all_seconds":' '"memory_bytes":' '"batch_bytes":{"pooled":768,' \
    '"what":"gone.jpg","reason":"no such image"'; do
    grep -qF "$word" stdout || fail "no $word in the JSON"
done
[ "$(wc -l <stdout)" = 1 ] || fail "not one line"

echo "nothing is made"
[ "$(ls)" = "$(printf 'all.tsv\nscenes\nstderr\nstdout')" ] || fail "$(ls)"

echo "an encoder that is none"
echo '{}' >none.json
"$BIN/chorus-shard" --check --format tsv --captions all.tsv --split-by hash \
    --images scenes/images --encoder none.json >stdout 2>stderr
code=$?
if [ $code != 1 ] || ! grep -q 'none.json' stderr; then
    fail "exit $code"
fi
exit $bad
