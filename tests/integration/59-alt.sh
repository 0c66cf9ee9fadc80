#!/bin/sh
# 59-alt.sh - chorus alt: proposed, changed by people, applied; what stays
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
# shellcheck source=tests/integration/photos.sh
. tests/integration/photos.sh
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-alt-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

fail() {
    echo "failed: $*"
    bad=1
}

# refuse EXIT WORDS COMMAND...: it ends with EXIT and says WORDS.
refuse() {
    code=$1 words=$2
    shift 2
    "$@" >"$work/stdout" 2>"$work/stderr"
    found=$?
    [ $found = "$code" ] || fail "exit $found, expected $code: $*"
    grep -qF -e "$words" "$work/stderr" ||
        fail "expected \"$words\", found: $(cat "$work/stderr")"
    [ "$(wc -l <"$work/stderr")" = 1 ] || fail "not one line: $*"
}

{
    photos_draw && photos_train run
} >"$work/stdout" 2>"$work/stderr" || {
    cat "$work/stderr"
    fail "no model"
    exit 1
}
model=$work/run/best.safetensors

site=$work/site
mkdir -p "$site/sub" "$site/im"
set -- "$work"/scenes/images/*
cp "$1" "$site/im/one.jpg"
cp "$2" "$site/im/two words.jpg"
cat >"$site/index.html" <<'EOL'
<!doctype html><!-- <img src=im/one.jpg> -->
<img src="im/one.jpg"><IMG SRC='im/two%20words.jpg?v=1'/>
<img src=im/one.jpg alt=""><img src=im/one.jpg alt="A kept text">
<img src=https://example.org/x.jpg><img src=im/gone.jpg>
EOL
printf '<p>\r\n<img src=../im/one.jpg></p>' >"$site/sub/b.htm"
printf '<img alt=whole src=x>' >"$site/whole.html"
alt="$BIN/chorus-alt $site --review $work/alt.csv"

$alt --model "$model" >"$work/said" 2>"$work/told" || fail "propose: exit $?"
grep -q "^3 pages, 5 pictures without alt: 3 proposed, 0 in the review file \
before, 1 elsewhere, 1 missing, 0 bad" "$work/said" ||
    fail "counts: $(cat "$work/said")"
grep -q "index.html: line 4: im/gone.jpg is not there" "$work/told" ||
    fail "a missing picture is not told: $(cat "$work/told")"
[ "$(wc -l <"$work/alt.csv")" = 4 ] || fail "rows: $(cat "$work/alt.csv")"
said=$("$BIN/chorus-caption" --model "$model" --sentence "$site/im/one.jpg" |
    cut -f 2)
grep -qF "index.html,2,im/one.jpg,$said" "$work/alt.csv" ||
    fail "not what chorus caption says ($said): $(cat "$work/alt.csv")"
ls "$work"/alt.csv.captions* >"$work/stdout" 2>&1 &&
    fail "captions were left behind"

# People change one, delete one; a second run leaves both as they are.
tr -d '\r' <"$work/alt.csv" | sed -e '/^index/s/\(one.jpg\),.*/\1,"A ""red"" é \& <b>."/' \
    -e 's/\(words[^,]*\),.*/\1,/' >"$work/new" && mv "$work/new" "$work/alt.csv"
cp "$work/alt.csv" "$work/before"
$alt --model "$model" 2>"$work/told" | grep -q "0 proposed, 3 in" ||
    fail "a second run proposes again"
cmp "$work/before" "$work/alt.csv" || fail "a second run changes the review"

$alt --apply "$work/copy" >"$work/said" || fail "apply: exit $?"
grep -q "^2 pages written, 2 alt texts, 0 rows" "$work/said" ||
    fail "apply: $(cat "$work/said")"
[ ! -e "$work/copy/whole.html" ] || fail "a page that does not change is written"
sed '2s/<img/<img alt="A \&#34;red\&#34; \&#233; \&#38; \&#60;b\&#62;."/' \
    "$site/index.html" | cmp - "$work/copy/index.html" ||
    fail "more than alt changed: $(cat "$work/copy/index.html")"
sed 's/ alt="[^"]*"//' "$work/copy/sub/b.htm" | cmp - "$site/sub/b.htm" ||
    fail "more than alt changed in b.htm"
cmp "$work/before" "$work/alt.csv" || fail "apply changes the review"

# Only when asked for: decoration.
"$BIN/chorus-alt" "$site" --review "$work/all.csv" --model "$model" --empty \
    2>/dev/null | grep -q "6 pictures without alt" || fail "--empty"

refuse 2 "is there already" $alt --apply "$work/copy"
refuse 2 "one at a time" $alt --apply "$work/no" --model "$model"
refuse 2 "expected --model" $alt
refuse 2 "--review" "$BIN/chorus-alt" "$site"
refuse 2 "expected one folder" "$BIN/chorus-alt" --review x
refuse 2 "expected the folder" "$BIN/chorus-alt" "$work/no" --review x \
    --apply "$work/y"
refuse 1 "no.csv" "$BIN/chorus-alt" "$site" --review "$work/no.csv" \
    --apply "$work/y"
echo a,b >"$work/other.csv"
refuse 1 "expected the columns" "$BIN/chorus-alt" "$site" \
    --review "$work/other.csv" --apply "$work/y"
printf 'page,image,alt\nindex.html,a,b\nindex.html,a,c\n' >"$work/twice.csv"
refuse 1 "has a row above" "$BIN/chorus-alt" "$site" \
    --review "$work/twice.csv" --apply "$work/y"
printf 'page,image,alt\nno.html,a,b\n' >"$work/stray.csv"
"$BIN/chorus-alt" "$site" --review "$work/stray.csv" --apply "$work/y" \
    2>"$work/told" >/dev/null || fail "a stray row is an error"
grep -q "a of no.html has no place there" "$work/told" ||
    fail "a stray row is not told"
[ ! -e "$work/y" ] || fail "a folder without pages is written"

# No row can hold what is no UTF-8; a folder is no picture.
mkdir "$work/odd" "$work/odd/all" && cp "$1" "$2" "$work/odd/all"
cp "$1" "$work/odd/$(printf 'caf\351.jpg')"
printf '<img src="caf\351.jpg"><img src="caf%%e9.jpg"><img src=all/>' \
    >"$work/odd/index.html"
"$BIN/chorus-alt" "$work/odd" --review "$work/odd.csv" --model "$model" \
    >"$work/said" 2>"$work/told" && fail "what is no UTF-8 is no failure"
grep -q "3 pictures without alt: 1 proposed, 0 in the review file before, 0 \
elsewhere, 1 missing, 1 bad" "$work/said" || fail "odd: $(cat "$work/said")"
grep -q "is not UTF-8, so no row can hold it" "$work/told" ||
    fail "what is no UTF-8 is not told: $(cat "$work/told")"
"$BIN/chorus-alt" "$work/odd" --review "$work/odd.csv" --model "$model" \
    >"$work/said" 2>"$work/told"
grep -q "0 proposed, 1 in the review" "$work/said" ||
    fail "odd, again: $(cat "$work/said" "$work/told")"
echo "not a photo" >"$site/im/gone.jpg"
refuse 1 "1 pictures could not be captioned" $alt -qq --model "$model"
exit $bad
