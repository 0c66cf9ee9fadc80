#!/bin/sh
# 62-hang-again.sh - a job goes on after it was suspended, and after it hung
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

# Seconds that a rank may be silent.
SILENT=5

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

# As a queue suspends jobs.
echo "a job that is stopped as a whole is not silent"
start paused
# shellcheck disable=SC2046 # several processes are meant
kill -STOP $(ranks_of paused)
sleep $((2 * SILENT))
cp "$work/paused/latest.safetensors" "$work/seen"
# shellcheck disable=SC2046
kill -CONT $(ranks_of paused)
tries=0
while cmp -s "$work/seen" "$work/paused/latest.safetensors" &&
    [ $tries -lt 200 ]; do
    sleep 0.1
    tries=$((tries + 1))
done
cmp -s "$work/seen" "$work/paused/latest.safetensors" &&
    fail "paused: it does not go on"
kill -USR1 "$(ranks_of paused | head -n 1)"
wait $job
told 0 "has been silent for"

echo "started again under launch/chorus-run"
launch/chorus-run --back-off 0 --log "$work/events" -n 2 -- \
    "$BIN/chorus-train" "$work/shards" --run "$work/again" -q --embed 8 \
    --hidden 12 --batch 12 --patience 0 --decay-every 0 --epochs 1000 \
    --save-every 20 --max-steps 400 --hang-timeout ${SILENT}s \
    >"$work/stdout" 2>"$work/stderr" &
job=$!
tries=0
while [ ! -e "$work/again/latest.safetensors" ] && [ $tries -lt 1200 ]; do
    sleep 0.05
    tries=$((tries + 1))
done
kill -STOP "$(ranks_of again | tail -n 1)"
wait $job || fail "the run that hung ended badly"
grep -q "the job died with 1: silent host $host" "$work/events" ||
    fail "the cause is not told"
train whole 400 || fail "the undisturbed run"
cmp "$work/whole/latest.safetensors" "$work/again/latest.safetensors" ||
    fail "after a hang the run ends otherwise"
exit $bad
