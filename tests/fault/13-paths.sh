#!/bin/sh
# 13-paths.sh - no program writes over what else it was given
#
# Two outputs that are one file, or an output that is an input: exit code 2, one
# sentence, and the file is as it was.
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-paths-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

fail() {
    echo "failed: $*"
    bad=1
}

# refuse PROGRAM ARGUMENT...: it would lose $work/x, or write $work/new twice.
refuse() {
    program=$BIN/chorus-$1
    shift
    set -- "$program" "$@"
    echo 'seed = 2' >"$work/x"
    rm -f "$work/new"
    "$@" >"$work/stdout" 2>"$work/stderr"
    code=$?
    [ $code = 2 ] || fail "$*: exit $code, expected 2"
    [ ! -s "$work/stdout" ] || fail "$*: says something on stdout"
    [ "$(wc -l <"$work/stderr")" = 1 ] || fail "$*: not one line on stderr"
    grep -q 'would be written over .*; give another name' "$work/stderr" ||
        fail "$*: $(cat "$work/stderr")"
    [ "$(cat "$work/x")" = 'seed = 2' ] || fail "$*: the file was lost"
    [ ! -e "$work/new" ] || fail "$*: wrote"
}

x=$work/x new=$work/new
ln -s x "$work/link"
refuse export "$x" --out "$x"
refuse export "$work/m" --out "$new" --vocabulary "$new"
refuse export "$x" --out "$new" --vocabulary "$work/link"
refuse import "$x" --out "$work/./x"
refuse import "$work/w" --like "$x" --out "$x"
refuse average "$work/a" "$x" --out "$x"
refuse caption photo.jpg --model "$x" --out "$x"
refuse caption --model "$work/m" --list "$x" --out "$x"
refuse caption --model "$work/m" "$x" --out "$x"
refuse caption --model "$work/m" "@$x" --out "$x"
refuse alt "$work" --model "$x" --review "$x"
refuse score "$x" --references "$work/r" --csv "$x"
refuse score "$work/c" --references "$x" --per-image "$x"
refuse score "$work/c" --references "$work/r" --csv "$new" --per-image "$new"
refuse score --references "$work/r" --df "$x" --write-df "$x"
refuse rate new "$work/study" --captions "one=$x" --csv "$x"
refuse rate report "$work/study" --csv "$new" --html "$new"
refuse report "$work/run" --captions "$x" --out "$x"
refuse report "$work/run" --references "$x" --out "$x"
refuse train "$work/shards" --run "$work/run" --config "$x" --trace "$x"
exit $bad
