#!/bin/sh
# 52-meteor.sh - METEOR's tables: made of text files, checked when fetched
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-meteor-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

fail() {
    echo "failed: $*"
    bad=1
}

# refuse EXIT WORDS COMMAND...: standard input is the paraphrases.
refuse() {
    code=$1 words=$2
    shift 2
    "$@" <"$work/paraphrases" >"$work/stdout" 2>"$work/stderr"
    found=$?
    [ $found = "$code" ] || fail "exit $found, expected $code: $*"
    grep -qF "$words" "$work/stderr" ||
        fail "expected \"$words\", found: $(cat "$work/stderr")"
}

make_data() {
    "$BIN/meteor-make" "$work/synsets" "$work/exceptions" "$work/function" \
        "$work/prefixes" "$1"
}

printf '0.5\nnext to\nbeside\n0.1\nmany\na lot of\n' >"$work/paraphrases"
printf 'dog\n1\nhound\n1 2\n' >"$work/synsets"
printf 'goose\ngeese\n' >"$work/exceptions"
printf 'a\nthe\n' >"$work/function"
printf '#comment\nMr\npp #NUMERIC_ONLY# \n' >"$work/prefixes"

make_data "$work/tiny.bin" <"$work/paraphrases" >"$work/stdout" || fail "no data"
grep -q "tiny.bin: 2 paraphrases, [0-9]* bytes" "$work/stdout" ||
    fail "found: $(cat "$work/stdout")"

printf '1\ta hound beside a man\n' >"$work/refs"
printf '{"image":"1","caption":"a dog next to a man"}\n' >"$work/captions"
"$BIN/chorus" score "$work/captions" --references "$work/refs" \
    --meteor "$work/tiny.bin" >"$work/scores" 2>"$work/stderr" ||
    fail "no score: $(cat "$work/stderr")"
# a and man are equal; hound = dog and beside = next to are fixed matches.
grep -q '^METEOR  *0\.' "$work/scores" || fail "found: $(cat "$work/scores")"

# The same tables, the same bytes.
make_data "$work/again.bin" <"$work/paraphrases" >/dev/null
cmp -s "$work/tiny.bin" "$work/again.bin" || fail "two files differ"

refuse 2 "usage: " "$BIN/meteor-make"
refuse 1 "nowhere" "$BIN/meteor-make" "$work/nowhere" "$work/exceptions" \
    "$work/function" "$work/prefixes" "$work/no.bin"
printf '0.5\nnext to\n' >"$work/paraphrases"
refuse 1 "paraphrase 1: expected three lines for each paraphrase" \
    make_data "$work/no.bin"
printf '0.5\na\nb\n0.5\n\nb\n' >"$work/paraphrases"
refuse 1 "paraphrase 2: expected a phrase" make_data "$work/no.bin"
[ ! -e "$work/no.bin" ] || fail "a file of bad tables was left"

# What was fetched is checked before anything is made of it.
echo "no wheel" >"$work/wheel"
BIN=$BIN WHEEL=$work/wheel data-prep/meteor.sh "$work/out" \
    >"$work/stdout" 2>"$work/stderr" && fail "a wrong wheel was taken"
grep -q "expected the SHA-256 [0-9a-f]*, found" "$work/stderr" ||
    fail "found: $(cat "$work/stderr")"
[ -z "$(ls "$work/out")" ] || fail "left in the folder: $(ls "$work/out")"
# What is there is not made again.
touch "$work/out/meteor-en.bin"
BIN=$BIN data-prep/meteor.sh "$work/out" 2>"$work/stderr" || fail "exit $?"
grep -q "is there already" "$work/stderr" || fail "made again"
exit $bad
