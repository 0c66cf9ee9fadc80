#!/bin/sh
# 30-train.sh - training that cannot go on says so once, and loses nothing
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-fault-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

fail() {
    echo "failed: $*"
    sed 's/^/    | /' "$work/stderr"
    bad=1
}

# run RANKS OPTION...: chorus-train, its words kept.
run() {
    ranks=$1
    shift
    mpirun -n "$ranks" "$BIN/chorus-train" --embed 16 --hidden 16 --batch 16 \
        --lanes 4 --patience 0 "$@" >"$work/stdout" 2>"$work/stderr"
}

# expect CODE WORDS RANKS OPTION...: that exit code, and one line of words.
expect() {
    code=$1 words=$2
    shift 2
    run "$@"
    got=$?
    [ "$got" = "$code" ] || fail "$*: exit $got, expected $code"
    [ "$(grep -cF -- "$words" "$work/stderr")" = 1 ] ||
        fail "$*: expected one line with \"$words\""
}

# copy RUN: a fresh copy of the run that was trained for an epoch.
copy() {
    rm -rf "${work:?}/$1"
    cp -r "$work/run" "$work/$1"
}

same() {
    cmp "$work/$1/latest.safetensors" "$work/$2/latest.safetensors" ||
        fail "$3"
}

"$BIN/tests/parallel/np_train" shards "$work" >"$work/stderr" 2>&1 || {
    fail "no shards"
    exit 1
}
shards=$work/shards
run 2 "$shards" --run "$work/run" --epochs 1 || fail "the first epoch"

echo "more ranks than lanes"
expect 2 "5 ranks, but only 4 lanes to share; start at most 4 ranks" \
    5 "$shards" --run "$work/none"
[ ! -e "$work/none" ] || fail "a refused run leaves a folder"

echo "a run that is there already"
copy there
expect 2 "give --resume to go on, or another --run to begin" \
    3 "$shards" --run "$work/there"
same run there "a refused run changes the checkpoint"

echo "nothing to go on from"
expect 2 "latest.safetensors: is not there, nothing to go on from" \
    3 "$shards" --run "$work/none" --resume

echo "another setting"
expect 2 "was trained with --seed 1, found 2" \
    3 "$shards" --run "$work/there" --resume --seed 2

echo "a damaged checkpoint"
copy damaged
size=$(wc -c <"$work/damaged/latest.safetensors")
printf 'x' | dd of="$work/damaged/latest.safetensors" bs=1 \
    seek=$((size - 100)) conv=notrunc 2>/dev/null
expect 1 "$work/damaged/latest.safetensors: " \
    3 "$shards" --run "$work/damaged" --resume --epochs 2

echo "a checkpoint cut in half"
copy cut
head -c $((size / 2)) "$work/run/latest.safetensors" \
    >"$work/cut/latest.safetensors"
expect 1 "$work/cut/latest.safetensors: " \
    3 "$shards" --run "$work/cut" --resume --epochs 2

echo "a checkpoint of another vocabulary"
mkdir "$work/other"
cp "$work"/*.jpg "$work/other"
sed 's/we /changed /g' "$work/train.tsv" >"$work/other/train.tsv"
"$BIN/chorus-shard" --format tsv --train "$work/other/train.tsv" \
    --val "$work/val.tsv" --images "$work/other" --min-count 1 --shards 2 \
    --out "$work/other/shards" >"$work/stderr" 2>&1 || fail "other shards"
# The same images have the same features.
"$BIN/tests/parallel/np_train" features "$work/other" >"$work/stderr" 2>&1 ||
    fail "features of the other shards"
expect 2 "was trained with another vocabulary" \
    2 "$work/other/shards" --run "$work/there" --resume

echo "a vocabulary that was changed"
printf 'more\n' >>"$work/other/shards/vocabulary.txt"
expect 1 "vocabulary.txt" 2 "$work/other/shards" --run "$work/none"

echo "shards that were not encoded"
rm -rf "$work/other/shards"
"$BIN/chorus-shard" --format tsv --train "$work/train.tsv" \
    --val "$work/val.tsv" --images "$work" --min-count 1 \
    --out "$work/other/shards" >"$work/stderr" 2>&1 || fail "plain shards"
expect 2 "chorus encode" 2 "$work/other/shards" --run "$work/none"

# A write beyond the largest size of a file is an error as on a full disk.  The
# limit leaves room for the files of MPI and for the model, but not for the
# checkpoint, three times as large.
echo "a disk too full for the checkpoint"
large="--embed 300 --hidden 300"
# shellcheck disable=SC2086 # two options are meant
run 1 "$shards" --run "$work/large" $large --epochs 1 || fail "a large model"
cp -r "$work/large" "$work/whole"
cp -r "$work/large" "$work/full"
# shellcheck disable=SC2086
run 1 "$shards" --run "$work/whole" $large --epochs 3 --resume ||
    fail "the whole run"
(
    trap '' XFSZ         # mpirun would undo it
    ulimit -f 14000
    # shellcheck disable=SC2086
    "$BIN/chorus-train" "$shards" --run "$work/full" $large --batch 16 \
        --lanes 4 --patience 0 --epochs 3 --resume \
        >"$work/stdout" 2>"$work/stderr"
)
got=$?
[ $got = 1 ] || fail "a full disk: exit $got, expected 1"
[ "$(grep -c "$work/full/latest.safetensors.*: File too large" \
    "$work/stderr")" = 1 ] || fail "a full disk: the file is not named once"
same large full "a full disk harms the checkpoint"
[ -z "$(find "$work/full" -name '*.tmp.*')" ] || fail "a part is left behind"
# shellcheck disable=SC2086
run 2 "$shards" --run "$work/full" $large --epochs 3 --resume ||
    fail "going on"
same whole full "after a full disk the run ends otherwise"

echo "a rank that dies"
copy dead
run 3 "$shards" --run "$work/dead" --epochs 1000 --resume &
job=$!
# The log grows: all ranks are in the loop.
tries=0
while [ "$(grep -c '"epoch":3' "$work/dead/log.jsonl" 2>/dev/null)" = 0 ] &&
    [ $tries -lt 100 ]; do
    sleep 0.1
    tries=$((tries + 1))
done
expect 1 "log.jsonl: another job is training this run" \
    1 "$shards" --run "$work/dead" --resume
victim=$(pgrep -f "chorus-train.*$work/dead" | tail -n 1)
kill -9 "$victim"
begun=$(date +%s)
wait $job
got=$?
[ $got != 0 ] || fail "a dead rank: exit 0"
[ $(($(date +%s) - begun)) -lt 15 ] || fail "a dead rank is waited for"
[ -z "$(pgrep -f "chorus-train.*$work/dead")" ] || fail "ranks are left behind"
printf x >"$work/dead/latest.safetensors.tmp.1"
"$BIN/chorus-train" "$shards" --run "$work/dead" --embed 16 --hidden 16 \
    --batch 16 --lanes 4 --patience 0 --epochs 1 --resume \
    >"$work/stdout" 2>"$work/stderr" || fail "the checkpoint of a killed run"
[ -z "$(find "$work/dead" -name '*.tmp.*')" ] ||
    fail "a part of a killed run stays"

exit $bad
