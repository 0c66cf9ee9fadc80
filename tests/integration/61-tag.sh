#!/bin/sh
# 61-tag.sh - chorus tag and find: what is indexed, again, found, linked
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
# shellcheck source=tests/integration/photos.sh
. tests/integration/photos.sh
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-tag-XXXXXX") || exit 1
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

# expect WORDS COMMAND...: it ends well and says WORDS, a whole line.
expect() {
    words=$1
    shift
    "$@" >"$work/stdout" 2>"$work/stderr" || fail "exit $?: $*"
    grep -qxF -e "$words" "$work/stdout" ||
        fail "expected \"$words\", found: $(cat "$work/stdout")"
}

{
    photos_draw --grid && photos_train run &&
        "$BIN/chorus-train" "$work/drawn" --run "$work/looking" --embed 8 \
            --hidden 8 --epochs 1 --decoder sat &&
        "$BIN/chorus-train" "$work/drawn" --run "$work/other" --embed 8 \
            --hidden 8 --epochs 1
} >"$work/stdout" 2>"$work/stderr" || {
    cat "$work/stderr"
    fail "no model"
    exit 1
}
model=$work/run/best.safetensors
photos=$work/photos
db=$work/photos.db
newline=$(printf 'a\nb\t\033c.jpg')
bytes=$(printf 'caf\303\251 \377.jpg')
mkdir -p "$photos/sub/deep"
set -- "$work"/scenes/images/*
cp "$1" "$photos/one.jpg"
cp "$1" "$photos/sub/one.jpg"
cp "$2" "$photos/$newline"
cp "$3" "$photos/sub/deep/$bytes"
cp "$4" "$photos/sub/-four.JPG"
echo "no photo" >"$photos/text.txt"
find "$photos" -type f -exec cksum {} + >"$work/before"
tag() {
    "$BIN/chorus-tag" "$@" --index "$db" -q
}
find_() {
    "$BIN/chorus-find" --index "$db" -q "$@"
}

# What is said is what chorus caption says; runs after the first do what is new.
expect "5 photos: 5 captioned, 0 as before, 0 bad; 0 gone" \
    tag "$photos" --model "$model"
"$BIN/chorus-caption" --model "$model" "$photos/one.jpg" >"$work/said"
caption=$(cut -f 2 "$work/said")
# shellcheck disable=SC2086 # words of a caption
find_ --limit 0 $caption >"$work/found" || fail "find: exit $?"
grep -qxF "$(cat "$work/said")" "$work/found" ||
    fail "expected $(cat "$work/said"), found: $(cat "$work/found")"
expect "5 photos: 0 captioned, 5 as before, 0 bad; 0 gone" \
    tag "$photos" "$photos/sub" "$photos/one.jpg" --model "$model"
cp "$5" "$photos/five.png"
touch -d 2001-02-03 "$photos/one.jpg"
rm "$photos/sub/-four.JPG"
expect "5 photos: 2 captioned, 3 as before, 0 bad; 1 gone" \
    tag "$photos" --model "$model"
expect '{"photos":1,"captioned":0,"kept":1,"gone":0,"bad":0,"folders_bad":0,"links":0,"links_kept":0,"links_gone":0,"links_bad":0}' \
    tag "$photos/one.jpg" --model "$model" --json

# A bad photo is told and left out, also when it was a good one; the rest stays.
echo "no photo any more" >"$photos/five.png"
refuse 1 "1 photos could not be captioned" tag -q "$photos" --model "$model"
expect "5 photos: 0 captioned, 4 as before, 1 bad; 0 gone" \
    tag "$photos" --model "$model" --skip-bad
grep -q "five.png" "$work/stderr" || fail "a bad photo is not told"
rm "$photos/five.png"
expect "4 photos: 0 captioned, 4 as before, 0 bad; 0 gone" \
    tag "$photos" --model "$model"

# A folder that nobody may read is told, and the rest is done; what the index has
# of it stays until it can be read.  Root reads all, unless it may not.
plainly() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --bounding-set -dac_override,-dac_read_search \
            --inh-caps -dac_override,-dac_read_search "$@"
    else
        "$@"
    fi
}
closed=$photos/closed
mkdir -p "$closed/in" && cp "$5" "$closed/in/five.jpg"
expect "5 photos: 1 captioned, 4 as before, 0 bad; 0 gone" \
    tag "$photos" --model "$model"
chmod 0 "$closed"
if plainly ls "$closed" >"$work/stdout" 2>"$work/stderr"; then
    echo "skipped: unreadable folders (all can be read)"
else
    cp "$5" "$photos/five.jpg"
    plainly "$BIN/chorus-tag" "$photos" --index "$db" --model "$model" -q \
        >"$work/stdout" 2>"$work/stderr"
    code=$?
    [ $code = 1 ] || fail "exit $code with a folder that cannot be read"
    grep -qF "$closed: cannot open the folder" "$work/stderr" ||
        fail "the folder is not told: $(cat "$work/stderr")"
    grep -qF "1 of the folders could not be read" "$work/stderr" ||
        fail "folders are not counted: $(cat "$work/stderr")"
    grep -qxF "5 photos: 1 captioned, 4 as before, 0 bad; 0 gone" \
        "$work/stdout" || fail "beside a closed folder: $(cat "$work/stdout")"
    expect '{"photos":5,"captioned":0,"kept":5,"gone":0,"bad":0,"folders_bad":1,"links":0,"links_kept":0,"links_gone":0,"links_bad":0}' \
        plainly "$BIN/chorus-tag" "$photos" --index "$db" --model "$model" \
        -q --skip-bad --json
    rm "$photos/five.jpg"
fi
chmod 700 "$closed"
tag "$photos" --model "$model" >"$work/stdout" 2>&1
grep -qE "^5 photos: 0 captioned, 5 as before, 0 bad; [01] gone" \
    "$work/stdout" || fail "a folder that is open again: $(cat "$work/stdout")"
rm -r "$closed"
expect "4 photos: 0 captioned, 4 as before, 0 bad; 1 gone" \
    tag "$photos" "$photos" --model "$model"

# By picture: the photo itself and its copy come first; a stranger is seen.
find_ --like "$photos/one.jpg" --limit 2 --null | tr '\0\n' '\n ' >"$work/found"
printf '%s\n' "$photos/one.jpg" "$photos/sub/one.jpg" | sort >"$work/copies"
sort "$work/found" | cmp - "$work/copies" ||
    fail "like: $(cat "$work/found")"
find_ --like "$1" --limit 2 --null | tr '\0\n' '\n ' | sort |
    cmp - "$work/copies" || fail "like a stranger"
find_ --duplicates --distance 0 --null | tr '\0' '\n' | sort |
    cmp - "$work/copies" || fail "duplicates"

# An encoder that lies elsewhere is remembered; a model that looks at places has
# pooled features, too.
mkdir "$work/alone" && cp "$work/looking/best.safetensors" "$work/alone"
sed "s,tiny.xml,$PWD/tests/fixture/tiny.xml," tests/fixture/tiny.json \
    >"$work/eyes.json"
refuse 2 "name it with --encoder" "$BIN/chorus-tag" -q "$photos" \
    --index "$work/alone.db" --model "$work/alone/best.safetensors"
[ ! -e "$work/alone.db" ] || fail "an index without eyes"
"$BIN/chorus-tag" -q "$photos" --index "$work/alone.db" \
    --model "$work/alone/best.safetensors" --encoder "$work/eyes.json" \
    >"$work/stdout" 2>"$work/stderr" || fail "tag by a looking model: exit $?"
"$BIN/chorus-find" --index "$work/alone.db" --like "$1" --limit 2 --null |
    tr '\0\n' '\n ' | sort | cmp - "$work/copies" ||
    fail "like a stranger, by a looking model"

# Names come back byte for byte; JSON has those that are no UTF-8 as hex.
find_ --like "$2" --limit 1 --null | tr -d '\0' >"$work/found"
printf '%s' "$photos/$newline" | cmp - "$work/found" || fail "a line end"
find_ --like "$3" --limit 1 --null | tr -d '\0' >"$work/found"
printf '%s' "$photos/sub/deep/$bytes" | cmp - "$work/found" || fail "bytes"
hex=$(printf '%s' "$photos/sub/deep/$bytes" | od -An -tx1 | tr -d ' \n')
find_ --like "$3" --limit 1 --json | grep -qF "\"path_hex\":\"$hex\"" ||
    fail "no path_hex"
find_ --like "$2" --limit 1 --json | grep -qF 'a\nb\u0009\u001bc.jpg' || fail "JSON"
find_ --like "$2" --limit 1 | cut -f 1 | grep -qxF "$photos/a b  c.jpg" ||
    fail "a line end in text"

# Captions that are known: what words find.
cat >"$work/known.sql" <<'EOL'
INSERT INTO words(words, rowid, caption) SELECT 'delete', id, caption FROM photo;
UPDATE photo SET caption = 'two dogs running on a beach', tags = 'dog beach';
UPDATE photo SET caption = 'a cat on a sofa', tags = 'cat sofa'
    WHERE path = (SELECT min(path) FROM photo);
INSERT INTO words(words) VALUES('rebuild');
DELETE FROM tag;
INSERT INTO tag SELECT 'dog', id FROM photo WHERE tags LIKE 'dog%';
INSERT INTO tag SELECT 'cat', id FROM photo WHERE tags LIKE 'cat%';
EOL
python3 - "$db" "$work/known.sql" <<'EOL' || fail "no known captions"
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.executescript(open(sys.argv[2]).read())
db.commit()
EOL
count() {
    find_ --null "$@" | tr -dc '\0' | wc -c
}
[ "$(count 'Dog on the beaches')" = 3 ] || fail "stemming"
[ "$(count run)" = 3 ] || fail "run finds running"
[ "$(count dog cat)" = 0 ] || fail "all words are asked for"
[ "$(count --any dog cat)" = 4 ] || fail "--any"
[ "$(count 'dog NEAR cat')" = 0 ] || fail "NEAR is a word"
[ "$(count -- 'dog -beach')" = 3 ] || fail "- is no operator"
[ "$(count 'caption:dog')" = 0 ] || fail "a column is a word"
[ "$(count '"do*"')" = 0 ] || fail "* is no operator"
[ "$(count '"dog" AND (beach OR')" = 3 ] || fail "AND and OR"
[ "$(count --tag Dog)" = 3 ] || fail "--tag"
[ "$(find_ --tags)" = "$(printf 'dog\t3\ncat\t1')" ] || fail "--tags"
[ "$(find_ --tags --json --limit 1)" = '{"tag":"dog","photos":3}' ] ||
    fail "--tags --json"
refuse 2 "expected 1 to 64 words" find_ '"*"'
refuse 2 "not UTF-8" find_ "$(printf 'do\377')"

# Links: made once; what somebody has there stays.
mkdir -p "$work/links/dog"
echo mine >"$work/links/dog/one.jpg"
expect "4 links, 0 there before, 0 not made; 0 removed" tag --links "$work/links"
expect "0 links, 4 there before, 0 not made; 0 removed" tag --links "$work/links"
[ "$(cat "$work/links/dog/one.jpg")" = mine ] || fail "a file was replaced"
[ "$(find "$work/links/dog" -name 'one~????????.jpg' -type l | wc -l)" = 2 ] ||
    fail "no link beside a file of that name: $(ls "$work/links/dog")"
cmp "$work/links/cat/"*  "$photos/$newline" || fail "a link leads elsewhere"
expect "4 links, 0 there before, 0 not made; 0 removed" tag --links "$work/hard" --hard
expect "0 links, 4 there before, 0 not made; 0 removed" tag --links "$work/hard" --hard
[ "$work/hard/dog/$bytes" -ef "$photos/sub/deep/$bytes" ] || fail "no hard link"
refuse 2 "name a folder outside" tag --links "$photos/sub/new/links"
ln -s "$photos" "$work/aside"
refuse 2 "name a folder outside" tag --links "$work/aside/x"
refuse 2 "climbs with .." tag --links "$work/new/../photos/x"
[ ! -e "$photos/sub/new" ] && [ ! -e "$photos/x" ] && [ ! -e "$work/new" ] ||
    fail "a folder was made"

rm -r "$work/hard"

# Links to photos that are gone go; those of a disk that is away stay, as do
# links of somebody's, and hard ones.
mkdir -p "$work/some/sub"
cp "$1" "$work/some/one.jpg" && cp "$2" "$work/some/sub/one.jpg"
cp "$3" "$work/some/two.jpg"
some() {
    "$BIN/chorus-tag" "$@" --index "$work/some.db" -q
}
expect "3 photos: 3 captioned, 0 as before, 0 bad; 0 gone" \
    some "$work/some" --model "$model"
python3 - "$work/some.db" <<'EOL' || fail "no known tags"
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.executescript("UPDATE photo SET tags = 'dog'; DELETE FROM tag;"
                 "UPDATE photo SET tags = 'dog cat' WHERE CAST(path AS TEXT) LIKE '%/two%';"
                 "INSERT INTO tag SELECT 'dog', id FROM photo;"
                 "INSERT INTO tag SELECT 'cat', id FROM photo"
                 " WHERE tags LIKE '%cat';")
EOL
stale=$work/stale
expect "4 links, 0 there before, 0 not made; 0 removed" some --links "$stale"
expect "4 links, 0 there before, 0 not made; 0 removed" \
    some --links "$work/hard" --hard
ln -s "$work/some/no.jpg" "$stale/dog/my.jpg"
ln -s ../no.jpg "$stale/dog/no.jpg"
ln -s "$work/no.jpg" "$stale/dog/no~12345678.jpg"
mv "$work/some" "$work/away"
expect "0 links, 4 there before, 0 not made; 0 removed" some --links "$stale"
mv "$work/away" "$work/some"
rm "$work/some/one.jpg" "$work/some/two.jpg"
expect "1 photos: 0 captioned, 1 as before, 0 bad; 2 gone" \
    some "$work/some" --model "$model"
expect "0 links, 1 there before, 0 not made; 3 removed" some --links "$stale"
[ ! -e "$stale/cat" ] || fail "an empty folder stays"
[ "$(find "$stale/dog" -type l | wc -l)" = 4 ] ||
    fail "links: $(ls "$stale/dog")"
expect "0 links, 1 there before, 0 not made; 0 removed" \
    some --links "$work/hard" --hard
cmp "$3" "$work/hard/cat/two.jpg" || fail "a hard link is gone"
rm -r "$work/hard"

# A folder that is empty now may be a disk that is away: nothing is dropped.
mv "$photos" "$work/away" && mkdir "$photos"
refuse 2 "no photo" tag "$photos" --model "$model"
[ "$(count --any dog cat)" = 4 ] || fail "photos of an empty folder are gone"
rmdir "$photos" && mv "$work/away" "$photos"
touch -d 2001-02-03 "$photos/one.jpg"

# Killed in the middle: what was committed stays, and the next run goes on.
mkdir "$work/many"
i=0
while [ $i -lt 300 ]; do
    ln "$1" "$work/many/$i.jpg"
    i=$((i + 1))
done
for after in 0.1 0.3 0.5; do
    "$BIN/chorus-tag" "$work/many" --index "$work/killed.db" --model "$model" \
        --batch 4 --threads 1 -q >"$work/stdout" 2>&1 &
    pid=$!
    sleep $after
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
done
"$BIN/chorus-tag" "$work/many" --index "$work/killed.db" --model "$model" \
    -q --json >"$work/found" || fail "after kills: exit $?"
grep -q '"photos":300,' "$work/found" || fail "after kills: $(cat "$work/found")"
"$BIN/chorus-find" --like "$1" --index "$work/killed.db" --limit 0 --null |
    tr -dc '\0' | wc -c | grep -qx ' *300' || fail "photos are lost after kills"
python3 - "$work/killed.db" <<'EOL' || fail "the index is damaged after kills"
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
db.execute("INSERT INTO words(words) VALUES('integrity-check')")
assert db.execute("SELECT count(*) FROM photo").fetchone() == (300,)
EOL

# Who reads what is found page by page keeps nobody from writing.
python3 - "$BIN/chorus-find" "$1" "$work/killed.db" <<'EOL' ||
import fcntl, os, sqlite3, subprocess, sys, time
out, into = os.pipe()
fcntl.fcntl(into, fcntl.F_SETPIPE_SZ, 4096)
find = subprocess.Popen([sys.argv[1], "--like", sys.argv[2], "--limit", "0",
                         "--index", sys.argv[3]], stdout=into)
os.close(into)
time.sleep(0.5)
assert os.read(out, 1)          # it writes, and waits for us
assert find.poll() is None
db = sqlite3.connect(sys.argv[3], timeout=5)
db.execute("UPDATE root SET path = path")
db.commit()
os.close(out)
find.wait()
EOL
    fail "a find that is read slowly holds the index"

# Two runs at once: one writes, the other says so, nothing is captioned twice.
"$BIN/chorus-tag" "$work/many" --index "$work/twice.db" --model "$model" \
    --batch 4 --threads 1 -q >"$work/first" 2>"$work/first.err" &
pid=$!
i=0
while [ ! -s "$work/twice.db" ] && [ $i -lt 1000 ]; do
    sleep 0.01
    i=$((i + 1))
done
refuse 1 "another chorus tag" "$BIN/chorus-tag" "$work/many" \
    --index "$work/twice.db" --model "$model" -q
"$BIN/chorus-find" --tags --index "$work/twice.db" -q >"$work/stdout" ||
    fail "find beside a run: exit $?"
wait $pid || fail "the first of two runs: $(cat "$work/first.err")"
grep -q "^300 photos: 300 captioned" "$work/first" ||
    fail "the first of two runs: $(cat "$work/first")"

# A damaged index is told, or the damage lies where nobody looks.
python3 - "$db" "$work/damaged" <<'EOL' || fail "no damaged indexes"
import random, sys
whole = open(sys.argv[1], "rb").read()
rng = random.Random(1)
for i in range(24):
    damaged = bytearray(whole)
    for _ in range(1 + i * i):
        at = rng.randrange(100 if i % 3 == 0 else len(damaged))
        damaged[at] ^= 1 << rng.randrange(8)
    if i % 4 == 3:
        del damaged[rng.randrange(len(damaged)):]
    open(sys.argv[2] + "%d.db" % i, "wb").write(damaged)
EOL
told=0
for damaged in "$work"/damaged*.db; do
    for what in "--any dog" --tags --duplicates "--like $photos/one.jpg"; do
        # shellcheck disable=SC2086 # two words
        timeout 20 "$BIN/chorus-find" --index "$damaged" -q $what \
            >"$work/stdout" 2>"$work/stderr"
        code=$?
        [ $code -le 1 ] || fail "$damaged, $what: exit $code"
        [ $code = 0 ] || [ "$(wc -l <"$work/stderr")" = 1 ] ||
            fail "$damaged, $what: $(cat "$work/stderr")"
        told=$((told + code))
    done
    timeout 20 "$BIN/chorus-tag" "$photos" --index "$damaged" \
        --model "$model" -q >"$work/stdout" 2>"$work/stderr"
    code=$?
    [ $code -le 2 ] || fail "$damaged, tag: exit $code"
done
[ $told -gt 0 ] || fail "no damage is told"

# What stands against it, in one sentence each.
refuse 2 "another model" tag "$photos" --model "$work/other/best.safetensors"
refuse 2 "another --beam" tag "$photos" --model "$model" --beam 5
refuse 2 "expected --model" tag "$photos"
refuse 2 "expected photos" tag
refuse 2 "expected photos for --model" tag --links x --model "$model"
refuse 2 "--hard" tag "$photos" --model "$model" --hard
refuse 2 "found nothing" tag "$work/no.jpg" --model "$model"
refuse 2 "expected words" find_
refuse 2 "expected words" find_ dog --tags
refuse 2 "one at a time" find_ dog --json --null
refuse 2 "--any is for words" find_ --tags --any
refuse 2 "--encoder is for --like" find_ dog --encoder x
refuse 2 "chorus tag makes one" "$BIN/chorus-find" dog --index "$work/no.db"
refuse 2 "to make one" "$BIN/chorus-tag" --links x --index "$work/no.db"
refuse 1 "no.jpg" find_ --like "$work/no.jpg"
refuse 1 "text.txt" find_ --like "$photos/text.txt"
refuse 1 "found another file" "$BIN/chorus-find" dog --index /dev/null
find "$photos" -type f ! -name -four.JPG -exec cksum {} + | sort >"$work/after"
grep -av four.JPG "$work/before" | sort | cmp - "$work/after" ||
    fail "the photo folder has changed"
exit $bad
