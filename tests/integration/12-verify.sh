#!/bin/sh
# 12-verify.sh - chorus-inspect lists records, chorus-verify names bad ones
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=$(realpath "${BIN:-build/${CONFIG:-release}}")
bad=0
there=$(mktemp -d "${TMPDIR:-/tmp}/chorus-verify-XXXXXX") || exit 1
trap 'chmod -R u+w "$there"; rm -rf "$there"' EXIT
cd "$there" || exit 1

# expect EXIT STDOUT STDERR PROGRAM ARGUMENT...
expect() {
    code=$1 want_out=$2 want_err=$3
    shift 3
    "$BIN/$@" >stdout 2>stderr
    rc=$?
    [ $rc = "$code" ] || { echo "$*: exit $rc, expected $code"; bad=1; }
    [ "$(cat stdout)" = "$want_out" ] || {
        echo "$*: stdout '$(cat stdout)', expected '$want_out'"
        bad=1
    }
    [ "$(cat stderr)" = "$want_err" ] || {
        echo "$*: stderr '$(cat stderr)', expected '$want_err'"
        bad=1
    }
}

table() {
    printf '%-10s %12s\n' shards "$1" records "$2" captions "$3" pooled 0 \
        grids 0 skipped 0 pending "$4" bytes "$5" bad "$6"
}

mkdir photos
touch photos/1.jpg photos/2.jpg photos/3.jpg
printf '%s\t%s\n' 1.jpg 'A child runs' 2.jpg 'A dog' 2.jpg 'Two dogs!' \
    >train.tsv
printf '3.jpg\tA zebra\n' >val.tsv
"$BIN/chorus-shard" --format tsv --train train.tsv --val val.tsv \
    --images photos --out shards --shards 1 >stdout || exit 1

echo "all is well"
bytes=$("$BIN/chorus-verify" shards | awk '$1 == "bytes" { print $2 }')
expect 0 "$(table 2 3 4 3 "$bytes" 0)" '' chorus-verify shards
expect 0 "$(printf 'train\t1.jpg\n  A child runs\ntrain\t2.jpg\n  A dog
  Two dogs!\nval\t3.jpg\n  A zebra')" '' chorus-inspect shards
photo=$(realpath photos)/3.jpg
expect 0 '{"split":"val","shard":"val-00000-of-00001.lmdb","index":0,'\
'"key":"3.jpg","photo":"'"$photo"'","captions":[{"raw":"A zebra",'\
'"words":"a <unk>"}]}' '' chorus-inspect shards --json --split val

echo "nothing is written"
chmod -R a-w shards
ls -l --full-time shards >before
expect 0 "$(table 2 3 4 3 "$bytes" 0)" '' chorus-verify shards
ls -l --full-time shards >after
cmp before after || bad=1
chmod -R u+w shards

echo "each bad record is named"
file=shards/train-00000-of-00001.lmdb
cp $file whole.lmdb
at=$(grep -abo 'A child runs' $file | head -n 1 | cut -d : -f 1)
printf 'B' | dd of=$file bs=1 seek="$at" conv=notrunc 2>stderr
"$BIN/chorus-verify" shards >stdout 2>stderr
rc=$?
if [ $rc != 1 ] || ! grep -qE '^train-00000-of-00001.lmdb record 0: checksum '\
'is [0-9a-f]{16}, expected [0-9a-f]{16}: the shard is damaged$' stdout ||
    [ "$(cat stderr)" != "chorus-verify: shards: 2 bad, told above; copy or \
make the shards again" ]; then
    echo "a changed letter: exit $rc, $(cat stdout stderr)"
    bad=1
fi

echo "a page that leads nowhere is told, not followed"
cp whole.lmdb $file
printf '\377\377' | dd of=$file bs=1 seek=$((2 * 4096 + 16)) conv=notrunc \
    2>stderr
"$BIN/chorus-verify" shards >stdout 2>stderr
rc=$?
if [ $rc != 1 ] || ! grep -q '^train-00000-of-00001.lmdb: page 2 is damaged: '\
'a node leads out of it; copy or make the shard again$' stdout; then
    echo "a damaged page: exit $rc, $(cat stdout stderr)"
    bad=1
fi

cp whole.lmdb $file

echo "user errors"
expect 2 '' 'chorus-verify: expected one folder of shards, found 0; see '\
'chorus-verify --help' chorus-verify
expect 2 '' 'chorus-verify: photos: no shards here: manifest.json is missing; '\
'make them with chorus shard' chorus-verify photos
expect 2 '' 'chorus-inspect: shards: the shards have no split "test"' \
    chorus-inspect shards --split test
"$BIN/chorus-inspect" shards --limit 1 >/dev/full 2>stderr
rc=$?
if [ $rc != 1 ] || ! grep -q 'cannot write' stderr; then
    echo "a full stdout: exit $rc, $(cat stderr)"
    bad=1
fi
exit $bad
