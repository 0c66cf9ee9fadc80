#!/bin/sh
# 76-download.sh - recipes fetch what is published, whole or not at all
#
# From files and from a server of this machine, in the place of the real ones.
set -u
cd "$(dirname "$0")/../.." || exit 1
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-fetch-XXXXXX") || exit 1
server=
trap '[ -z "$server" ] || kill $server; rm -rf "$work"' EXIT
python=build/venv/bin/python
[ -x $python ] || python=python3
bad=0

fail() {
    echo "failed: $*"
    sed 's/^/    | /' "$work/stdout" "$work/stderr" | tail -n 20
    bad=1
}

# steps CODE COMMAND...: as a recipe would run it.
steps() {
    code=$1
    shift
    # shellcheck disable=SC2016 # the inner shell has them
    sh -euc '. data-prep/steps.sh
        "$@"' recipe.sh "$@" >"$work/stdout" 2>"$work/stderr"
    got=$?
    [ $got = "$code" ] || fail "exit $got, expected $code: $*"
}

says() {
    grep -qF -e "$1" "$work/stderr" || fail "does not say '$1'"
}

mkdir "$work/there"
seq 1 20000 >"$work/there/whole"
bytes=$(stat -c %s "$work/there/whole")
sha=$(sha256sum "$work/there/whole" | cut -d ' ' -f 1)
md5=$(md5sum "$work/there/whole" | cut -d ' ' -f 1)
url=file://$work/there/whole
same() {
    cmp "$work/there/whole" "$work/got" || fail "$1: other bytes"
    [ ! -e "$work/got.part" ] || fail "$1: a part is left"
    rm -f "$work/got"
}

echo "a file is fetched, and checked"
steps 0 fetch "$url" "$work/got" "$bytes" "$sha"
steps 0 fetch "$url.gone" "$work/got" "$bytes" "$sha"
same "what is there is not fetched again"
steps 0 fetch "$url" "$work/got" - "$md5"
same "MD5"
steps 0 fetch "$url" "$work/got"
same "nothing is published"

echo "a stopped download goes on"
head -c 50000 "$work/there/whole" >"$work/got.part"
# Had it begun anew, this byte would be right again.
printf 'X' | dd of="$work/got.part" bs=1 conv=notrunc 2>"$work/stderr"
steps 1 fetch "$url" "$work/got" "$bytes" "$sha"
says "got: its checksum is "
says ", expected $sha; it is removed, try again or fetch it by other means"
[ ! -e "$work/got.part" ] || fail "what is spoilt is not removed"
head -c 50000 "$work/there/whole" >"$work/got.part"
steps 0 fetch "$url" "$work/got" "$bytes" "$sha"
same "went on"
cp "$work/there/whole" "$work/got.part"
steps 0 fetch "$url.gone" "$work/got" "$bytes" "$sha"
same "was all there, by its size"
cp "$work/there/whole" "$work/got.part"
steps 0 fetch "$url.gone" "$work/got" - "$md5"
same "was all there, by its checksum"

echo "what cannot be fetched, or is not what was published, is told"
steps 1 fetch "$url.gone" "$work/got" "$bytes" "$sha"
says "recipe.sh: $url.gone cannot be fetched (curl says 37); start the recipe \
again to go on, or put the file at $work/got"
[ ! -e "$work/got" ] || fail "a file that is not there was made"
rm -f "$work/got.part"
steps 1 fetch "$url" "$work/got" $((bytes + 1)) "$sha"
says "got: its size is $bytes, expected $((bytes + 1))"
steps 1 fetch "$url" "$work/got" "$bytes" 0123456789abcdef0123456789abcdef
says "got: its checksum is $md5, expected 0123456789abcdef0123456789abcdef"

echo "zips are unpacked once, and again when that was stopped"
mkdir "$work/photos"
echo one >"$work/photos/1.jpg"
echo two >"$work/photos/2.jpg"
(cd "$work" && "$OLDPWD/$python" -m zipfile -c there/some.zip photos) 2>/dev/null ||
    (cd "$work" && python3 -m zipfile -c there/some.zip photos) ||
    fail "no zip"
printf 'some.zip file://%s/there %s %s\n' "$work" \
    "$(stat -c %s "$work/there/some.zip")" \
    "$(sha256sum "$work/there/some.zip" | cut -d ' ' -f 1)" >"$work/list"
export DOWNLOADS="$work/list"
steps 0 get some.zip "$work/out" "$work/out/photos"
[ ! -e "$work/out" ] || fail "fetched without DOWNLOAD=1"
export DOWNLOAD=1
steps 0 get some.zip "$work/out" "$work/out/photos"
cmp "$work/photos/2.jpg" "$work/out/photos/2.jpg" || fail "not unpacked"
rm -r "$work/out/photos"
steps 0 get some.zip "$work/out" "$work/out/photos"
[ ! -e "$work/out/photos" ] || fail "unpacked again"
rm "$work/out/some.zip.unpacked"
mkdir "$work/out/photos"
steps 0 get some.zip "$work/out" "$work/out/photos"
cmp "$work/photos/2.jpg" "$work/out/photos/2.jpg" ||
    fail "not unpacked after a stop"
mkdir -p "$work/own/photos"
steps 0 get some.zip "$work/own" "$work/own/photos"
[ ! -e "$work/own/some.zip" ] || fail "fetched what is there"
steps 0 get some.zip "$work/flat" "$work/flat/1.jpg" -j 'photos/1*'
[ "$(ls "$work/flat")" = "$(printf '1.jpg\nsome.zip\nsome.zip.unpacked')" ] ||
    fail "not flat: $(ls "$work/flat")"
steps 1 get other.zip "$work/out" "$work/out/other"
says "recipe.sh: no source of other.zip is known"

echo "a server that cannot go on is asked from the beginning"
"$python" -u -m http.server 0 --bind 127.0.0.1 --directory "$work/there" \
    >"$work/server" 2>&1 &
server=$!
for _ in 1 2 3 4 5 6 7 8 9 10; do
    port=$(sed -n 's/^Serving HTTP on .* port \([0-9]*\) .*/\1/p' \
        "$work/server")
    [ -z "$port" ] || break
    sleep 1
done
url=http://127.0.0.1:$port/whole
head -c 1000 "$work/there/whole" >"$work/got.part"
steps 0 fetch "$url" "$work/got" "$bytes" "$sha"
same "from the beginning"
steps 1 fetch "$url.gone" "$work/got" "$bytes" "$sha"
says "whole.gone cannot be fetched (curl says 22)"

echo "a connection that is cut is taken up where it was"
cp "$work/there/whole" "$work/there/slow"
"$python" tests/integration/cut_server.py "$work/there" "$work/asked" \
    >"$work/port" 2>"$work/stderr" &
server="$server $!"
for _ in 1 2 3 4 5 6 7 8 9 10; do
    [ ! -s "$work/port" ] || break
    sleep 1
done
url=http://127.0.0.1:$(cat "$work/port")
half=$((bytes / 2))
# asked WORDS: what the server was asked for, one after the other.
asked() {
    [ "$(tr '\t\n' '  ' <"$work/asked")" = "$1 " ] ||
        fail "asked for $(tr '\t\n' '  ' <"$work/asked"), expected $1"
}
steps 0 fetch "$url/whole" "$work/got" "$bytes" "$sha"
same "cut in the middle"
asked "/whole - /whole bytes=$half-"

echo "when it brings nothing more the recipe ends, and the next one goes on"
: >"$work/asked"
steps 1 fetch "$url/slow" "$work/got" "$bytes" "$sha"
says "/slow cannot be fetched (curl says 18); start the recipe again to go on"
[ "$(stat -c %s "$work/got.part")" = $half ] || fail "not half of it is kept"
steps 0 fetch "$url/slow" "$work/got" "$bytes" "$sha"
same "after two cuts"
asked "/slow - /slow bytes=$half- /slow bytes=$half-"

echo "every zip that a recipe gets is listed, each with four words"
unset DOWNLOADS
# shellcheck disable=SC2013 # names have no blanks
for zip in $(sed -n 's/^ *get \([^ ]*\).*/\1/p' data-prep/*.sh); do
    grep -q "^$zip https\{0,1\}://[^ ]* [0-9-]* [0-9a-f-]*$" \
        data-prep/downloads.txt || fail "$zip is not listed"
done
exit $bad
