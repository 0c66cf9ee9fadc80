#!/bin/sh
# skip_bits.sh - damaged records are left out alike on any number of ranks
#
# Two records of each split have a changed bit, in their captions or in their
# features.  With --skip-bad 1 to 4 ranks, and threads, train the same bytes,
# and tell the same records; without it the first one ends the run.  A shard
# that is replaced, or cut short, while it is in use ends it, too.
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-skip-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

fail() {
    echo "failed: $*"
    tail -n 5 "$work/stderr" | sed 's/^/    | /'
    bad=1
}

# train RANKS RUN OPTION...
train() {
    ranks=$1 run=$2
    shift 2
    "${MPIRUN:-mpirun}" -n "$ranks" "$BIN/chorus-train" "$work/shards" \
        --run "$work/$run" -q --embed 12 --hidden 16 --batch 16 --lanes 5 \
        --patience 0 --epochs 3 --select cider "$@" \
        >"$work/stdout" 2>"$work/stderr"
}

same() {
    for file in latest best; do
        cmp "$work/$1/$file.safetensors" "$work/$2/$file.safetensors" ||
            fail "$3"
    done
}

"$BIN/tests/parallel/np_train" shards "$work" || exit 1
train 2 whole || fail "undamaged shards"
train 2 none --skip-bad || fail "nothing is damaged"
same whole none "without damage --skip-bad changes the model"
cp -r "$work/shards" "$work/good"
"$BIN/tests/parallel/np_train" damage "$work" || exit 1

echo "a damaged record ends the run"
train 2 strict
[ $? = 1 ] || fail "a damaged record: expected 1"
[ "$(grep -c 'train-0000[01]-of-00002.lmdb record [0-9]* *.*: checksum is' \
    "$work/stderr")" = 1 ] || fail "the record is not named once"

echo "they are left out alike on any ranks"
for ranks in 1 2 3 4; do
    train $ranks "p$ranks" --skip-bad || fail "$ranks ranks"
    grep -q '^left out     4 damaged records$' "$work/stdout" ||
        fail "$ranks ranks: not counted"
    sed -n 's/.*left out: //p' "$work/stderr" | sort >"$work/told$ranks"
    cmp "$work/told1" "$work/told$ranks" || fail "$ranks ranks tell others"
    same p1 "p$ranks" "$ranks ranks train another model than 1"
done
cut -d : -f 1 "$work/told1" >"$work/names"
cmp - "$work/names" <<'END' || fail "other records are told"
train-00000-of-00002.lmdb record 3
train-00001-of-00002.lmdb record 2 (008.jpg)
val-00000-of-00002.lmdb record 1 (014.jpg)
val-00001-of-00002.lmdb record 0
END
# Shown are others then, by the loss and by the captions: all three whole ones.
for ranks in 1 3; do
    train $ranks "loss$ranks" --skip-bad --select loss || fail "by the loss"
done
for run in p1 p4 loss1 loss3; do
    grep '^{"kind":"caption"' "$work/$run/log.jsonl" >"$work/$run.shown"
    [ "$(wc -l <"$work/$run.shown")" = 9 ] || fail "$run shows others"
done
cmp "$work/p1.shown" "$work/p4.shown" || fail "4 ranks show others"
cmp "$work/loss1.shown" "$work/loss3.shown" || fail "3 ranks show others"
train 2 threads --skip-bad --threads 2 || fail "threads"
same p1 threads "threads train another model"
cmp -s "$work/whole/latest.safetensors" "$work/p1/latest.safetensors" &&
    fail "the damaged records were used"

echo "a run that began before the damage goes on without the records"
cp -r "$work/shards" "$work/hurt"
rm -r "$work/shards" && cp -r "$work/good" "$work/shards"
for ranks in 1 3; do
    train $ranks "later$ranks" --epochs 1 || fail "before the damage"
done
rm -r "$work/shards" && mv "$work/hurt" "$work/shards"
for ranks in 1 3; do
    train $((4 - ranks)) "later$ranks" --skip-bad --resume ||
        fail "after the damage"
done
same later1 later3 "records damaged between: another model"

# replaced NAME WORDS COMMAND: while a run of many steps is in the loop.
replaced() {
    rm -rf "${work:?}/shards" && cp -r "$work/good" "$work/shards"
    train 2 "$1" --epochs 1000 --save-every 50 &
    job=$!
    tries=0
    while [ ! -e "$work/$1/latest.safetensors" ] && [ $tries -lt 400 ]; do
        sleep 0.05
        tries=$((tries + 1))
    done
    (cd "$work/shards" && eval "$3")
    wait $job
    [ $? != 0 ] || fail "$1: exit 0"
    [ "$(grep -c "$2" "$work/stderr")" = 1 ] || fail "$1: not told once"
    rm -r "$work/shards" && cp -r "$work/good" "$work/shards"
    train 1 "$1" --epochs 1000 --max-steps 1 --resume ||
        fail "$1: the last checkpoint is lost"
}
shard=train-00000-of-00002.lmdb
echo "a shard that is replaced is noticed"
replaced moved "$shard: was replaced by another file while it is in use; \
nothing was saved since" "cp $shard new && mv new $shard"
echo "a shard that is written to is noticed"
replaced touched "$shard: was written to while it is in use; nothing was \
saved since" "touch $shard"
echo "a shard that is cut short is no crash"
replaced cut "$shard: " ": >$shard"
exit $bad
