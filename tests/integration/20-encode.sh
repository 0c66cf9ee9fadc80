#!/bin/sh
# 20-encode.sh - chorus encode: what it says, and what it keeps
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-encode-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
encoder=tests/fixture/tiny.json
bad=0

fail() {
    echo "failed: $*"
    sed 's/^/    | /' "$work/stdout" "$work/stderr"
    bad=1
}

# encode SHARDS OPTION...: its exit code is in $code.
encode() {
    "$BIN/chorus-encode" "$@" --encoder "$encoder" >"$work/stdout" \
        2>"$work/stderr"
    code=$?
}

# expect FILE: stdout, speed and cost left out, is the lines on stdin.
expect() {
    cat >"$work/expected"
    grep -qE '^storing  *[0-9.e-]+ off, rms of all; ' "$work/stdout" ||
        fail "not said what storing costs"
    grep -vE '^(speed|storing) ' "$work/stdout" | diff "$work/expected" - ||
        fail "other words on stdout"
}

{
    "$BIN/scenes" --out "$work/scenes" --count 40 --seed 3 &&
        "$BIN/chorus-shard" --format tsv --train "$work/scenes/train.tsv" \
            --val "$work/scenes/val.tsv" --images "$work/scenes/images" \
            --shards 2 --out "$work/shards"
} >"$work/stdout" 2>"$work/stderr" || {
    fail "no shards"
    exit 1
}
images=$(awk '{ print $1 }' "$work/scenes/train.tsv" "$work/scenes/val.tsv" |
    sort -u | wc -l)
cp -r "$work/shards" "$work/whole"
cp -r "$work/shards" "$work/ranks"
cp -r "$work/shards" "$work/damaged"

echo "every photo is encoded"
encode "$work/whole"
[ $code = 0 ] || fail "exit $code"
expect <<END
images    $(printf %10d "$images")
encoded   $(printf %10d "$images") by this run
skipped            0
features           3 per image
END

echo "a second time there is nothing to do"
encode -q "$work/whole"
grep -q '^encoded  *0 by this run$' "$work/stdout" || fail "encoded again"
[ ! -s "$work/stderr" ] || fail "-q is not quiet"

echo "three ranks encode the same bytes"
mpirun -n 3 "$BIN/chorus-encode" "$work/ranks" --encoder "$encoder" \
    >"$work/stdout" 2>"$work/stderr" || fail "exit $?"
expect <<END
images    $(printf %10d "$images")
encoded   $(printf %10d "$images") by this run
skipped            0
features           3 per image
END
for shard in "$work/whole"/*.lmdb; do
    cmp "$shard" "$work/ranks/$(basename "$shard")" || fail "other bytes"
done

echo "an encoder that moved, or has another name, is the same"
mkdir "$work/moved" "$work/other"
cp tests/fixture/tiny.* "$work/moved"
cp tests/fixture/tiny.* "$work/other"
mv "$work/moved/tiny.xml" "$work/moved/net.xml"
sed 's/"name": "tiny"/"name": "net"/; s/tiny.xml/net.xml/' \
    "$work/moved/tiny.json" >"$work/moved/net.json"
encoder=$work/moved/net.json
encode -q "$work/whole"
[ $code = 0 ] && grep -q '^encoded  *0 by this run$' "$work/stdout" ||
    fail "encoded again by an encoder that moved"
grep -rlF -e "$PWD" -e "$work/moved" "$work/whole"/*.lmdb &&
    fail "a folder is in the shards"

echo "another encoder of the same name is another"
printf '<!-- -->' >>"$work/other/tiny.xml"
encoder=$work/other/tiny.json
encode -q "$work/whole"
[ $code = 2 ] && grep -q 'features of another encoder.*--again' \
    "$work/stderr" || fail "exit $code, expected 2"
encoder=tests/fixture/tiny.json

echo "shards of an encoder in two places are one set"
cp -r "$work/shards" "$work/mixed"
encode -q "$work/mixed"
cp -r "$work/shards" "$work/elsewhere"
"$BIN/chorus-encode" -q "$work/elsewhere" --encoder "$work/moved/net.json" \
    >"$work/stdout" 2>"$work/stderr" || fail "exit $?"
cp "$work/elsewhere"/*-00001-*.lmdb "$work/mixed"
"$BIN/chorus-verify" "$work/mixed" >"$work/stdout" 2>"$work/stderr" ||
    fail "verify: exit $?"
"$BIN/chorus-train" -q "$work/mixed" --run "$work/run" --embed 8 --hidden 8 \
    --epochs 1 >"$work/stdout" 2>"$work/stderr" || fail "train: exit $?"
grep -qaF 'text_rule\":\"unicode-1' "$work/run/best.safetensors" ||
    fail "the model does not name the rule of the words"
"$BIN/chorus-shard" -q --reshard 1 --out "$work/one" "$work/mixed" \
    >"$work/stdout" 2>"$work/stderr" || fail "reshard: exit $?"
"$BIN/chorus-caption" -q --model "$work/run/best.safetensors" --shards \
    "$work/elsewhere" >"$work/stdout" 2>"$work/stderr" || fail "caption: $?"

echo "the grid comes later, and is said"
encode "$work/whole" --grid
grep -q '^features  *3 per image, and 4 x 3$' "$work/stdout" || fail "no grid"

echo "a photo of more pixels than --max-pixels is a bad one"
cp -r "$work/shards" "$work/small"
encode -q "$work/small" --max-pixels 100
[ $code = 1 ] || fail "exit $code, expected 1"
grep -q 'a picture of .*, expected at most 100 pixels' "$work/stderr" ||
    fail "not said"

echo "a cut photo is named, with the remedy"
photo=$(head -n 1 "$work/scenes/train.tsv" | cut -f 1)
head -c 500 "$work/scenes/images/$photo" >"$work/cut"
cp "$work/cut" "$work/scenes/images/$photo"
encode -q "$work/damaged"
[ $code = 1 ] || fail "exit $code, expected 1"
grep -q "^chorus-encode: .*$photo: damaged JPEG: .*--skip-bad$" \
    "$work/stderr" || fail "not named"
[ "$(wc -l <"$work/stderr")" = 1 ] || fail "not one sentence"
[ ! -s "$work/stdout" ] || fail "words on stdout"

echo "under mpirun it is said once"
mpirun -n 2 "$BIN/chorus-encode" -q "$work/damaged" --encoder "$encoder" \
    >"$work/stdout" 2>"$work/stderr"
[ $? = 1 ] || fail "expected exit code 1"
[ "$(grep -c 'damaged JPEG' "$work/stderr")" = 1 ] || fail "not said once"

echo "with --skip-bad it is counted and listed"
encode "$work/damaged" --skip-bad
[ $code = 0 ] || fail "exit $code"
grep -q '^skipped  *1 (see skipped.jsonl)$' "$work/stdout" || fail "not counted"
[ "$(grep -c "$photo" "$work/damaged/skipped.jsonl")" = 1 ] ||
    fail "not listed once"

echo "features of another precision are replaced only when told"
encode "$work/ranks" --precision bf16
[ $code = 2 ] || fail "exit $code, expected 2"
grep -q -- '--again' "$work/stderr" || fail "no remedy"
encode "$work/ranks" --dtype bf16 --again --skip-bad
[ $code = 0 ] || fail "exit $code"

echo "a processor without bf16 says so, and makes nothing else of it"
encode "$work/ranks" --precision bf16 --again --skip-bad
if grep -qE 'avx512|amx_bf16' /proc/cpuinfo; then
    [ $code = 0 ] || fail "exit $code"
else
    [ $code = 2 ] || fail "exit $code, expected 2"
    grep -q '^chorus-encode: this processor cannot compute in bf16: ' \
        "$work/stderr" || fail "not said"
    [ "$(wc -l <"$work/stderr")" = 1 ] || fail "not one sentence"
    encode -q "$work/ranks" --dtype bf16
    grep -q '^encoded  *0 by this run$' "$work/stdout" || fail "spoilt"
fi

echo "an OpenVINO that cannot be opened is told"
library=$(grep -ao 'libopenvino_c\.so[.0-9]*' "$BIN/chorus-encode" | head -n 1)
mkdir "$work/libraries"
echo "no library" >"$work/libraries/$library"
(
    LD_LIBRARY_PATH=$work/libraries
    export LD_LIBRARY_PATH
    encode "$work/shards" -q
    exit $code
)
code=$?
[ $code = 1 ] || fail "exit $code, expected 1"
grep -qF "cannot open OpenVINO, which runs encoders: $work/libraries/$library" \
    "$work/stderr" || fail "not said"
[ "$(wc -l <"$work/stderr")" = 1 ] || fail "not one sentence"

echo "wrong use"
encode
[ $code = 2 ] || fail "no shards: exit $code, expected 2"
encode "$work/shards" --dtype f64
[ $code = 2 ] || fail "--dtype f64: exit $code, expected 2"
encode "$work/nowhere"
[ $code = 2 ] || fail "no such folder: exit $code, expected 2"
[ "$(wc -l <"$work/stderr")" = 1 ] || fail "not one sentence"

exit $bad
