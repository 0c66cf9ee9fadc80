#!/bin/sh
# 60-hang.sh - a rank that hangs is named, and ends the job in time
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-hang-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

fail() {
    echo "failed: $*"
    sed 's/^/    | /' "$work/stderr"
    bad=1
}

# Seconds that a rank may be silent, and until the job must have ended: a busy
# machine needs a few more.
SILENT=5 ENDED=40

train() {
    mpirun -n 3 "$BIN/chorus-train" "$work/shards" --run "$work/$1" -q \
        --embed 8 --hidden 12 --batch 12 --patience 0 --decay-every 0 \
        --epochs 1000 --save-every 20 --max-steps "$2" \
        --hang-timeout ${SILENT}s >"$work/stdout" 2>"$work/stderr"
}

# start RUN: in the background, until it has saved.
start() {
    train "$1" 1000000 &
    job=$!
    tries=0
    while [ ! -e "$work/$1/latest.safetensors" ] && [ $tries -lt 1200 ]; do
        sleep 0.05
        tries=$((tries + 1))
    done
}

ranks_of() {
    pgrep -f "^$BIN/chorus-train $work/shards --run $work/$1 "
}

# ended RUN: the job is over in time, with exit code 1, and nothing is left.
ended() {
    begun=$(date +%s)
    wait $job
    got=$?
    [ $got = 1 ] || fail "$1: exit $got, expected 1"
    [ $(($(date +%s) - begun)) -lt $ENDED ] || fail "$1: ended too late"
    [ -z "$(ranks_of "$1")" ] || fail "$1: ranks are left behind"
}

# told COUNT PATTERN
told() {
    found=$(grep -cE "$2" "$work/stderr")
    [ "$found" = "$1" ] || fail "$found lines of \"$2\", expected $1"
}

"$BIN/tests/parallel/np_train" shards "$work" >"$work/stderr" 2>&1 || {
    fail "no shards"
    exit 1
}
host=$(hostname)

echo "a rank that is stopped"
start stopped
victim=$(ranks_of stopped | tail -n 1)
kill -STOP "$victim"
ended stopped
told 1 "has been silent for"
told 1 "rank 2 on host $host \(pid $victim\) has been silent for [0-9]+ s, in \
step [0-9]+, [a-z ]+.*; its process is stopped; the job ends"
told 1 "^rank 2 on host $host, thread $victim is here:"
told 1 "chorus-train\(main\+"
"$BIN/chorus-train" "$work/shards" --run "$work/stopped" -q --embed 8 \
    --hidden 12 --batch 12 --patience 0 --decay-every 0 --epochs 1000 \
    --max-steps 1 --resume >"$work/stdout" 2>"$work/stderr" ||
    fail "going on after a hang"

echo "a rank in a loop"
mpirun -n 3 "$BIN/tests/parallel/np_train" loop "$work" >"$work/stdout" \
    2>"$work/stderr"
[ $? = 1 ] || fail "a loop: expected 1"
told 1 "has been silent for"
told 1 "rank 2 on host $host \(pid [0-9]+\) has been silent for [0-9]+ s, in step \
[0-9]+, captioning the validation images; the job ends"
told 1 "^rank 2 on host $host, thread [0-9]+ is here:"

echo "one rank alone"
rm -rf "$work/loop"
"$BIN/tests/parallel/np_train" loop "$work" >"$work/stdout" 2>"$work/stderr"
[ $? = 1 ] || fail "alone: expected 1"
told 1 "rank 0 on host $host \(pid [0-9]+\) has been silent for [0-9]+ s"
told 2 "^rank 0 on host $host, thread [0-9]+ is here:"   # one writes files

echo "a disk that is slow is no hang"
# Each write takes half a second, so a checkpoint takes more than the ranks may be
# silent.
LD_PRELOAD=$(realpath "$BIN")/tests/fault/door.so FAULT_KIND=write \
    FAULT_ACT=slow "$BIN/chorus-train" "$work/shards" --run "$work/slow" -q \
    --embed 8 --hidden 12 --batch 12 --max-steps 2 --save-every 1 \
    --hang-timeout 3s >"$work/stdout" 2>"$work/stderr" || fail "a slow disk"
told 0 "has been silent for"

echo "times that make no sense"
for time in 5 0s x -1m; do
    "$BIN/chorus-train" "$work/shards" --run "$work/none" \
        --hang-timeout "$time" >"$work/stdout" 2>"$work/stderr"
    [ $? = 2 ] || fail "--hang-timeout $time: expected 2"
    told 1 "hang-timeout: expected a time as 90s, 30m, 12h or 2d"
done

exit $bad
