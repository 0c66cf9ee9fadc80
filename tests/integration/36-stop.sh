#!/bin/sh
# 36-stop.sh - signals, time limits and checkpoints: a stop is not an event
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-stop-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
bad=0
options="-q --embed 8 --hidden 12 --batch 12 --patience 0 --decay-every 0"

fail() {
    echo "failed: $*"
    tail -n 5 "$work/stderr" | sed 's/^/    | /'
    bad=1
}

# train RANKS RUN OPTION...
train() {
    ranks=$1 run=$2
    shift 2
    # shellcheck disable=SC2086 # words are meant
    mpirun -n "$ranks" "$BIN/chorus-train" "$work/shards" \
        --run "$work/$run" $options "$@" >"$work/stdout" 2>"$work/stderr"
}

same() {
    for file in latest best; do
        cmp "$work/$1/$file.safetensors" "$work/$2/$file.safetensors" ||
            fail "$3: another $file"
    done
}

# Until the log has so many lines of steps.
wait_steps() {
    tries=0
    while [ "$(cat "$work/$1/log.jsonl" 2>/dev/null |
        grep -c '"kind":"step"')" -lt "$2" ] && [ $tries -lt 200 ]; do
        sleep 0.05
        tries=$((tries + 1))
    done
}

ranks_of() {
    pgrep -f "chorus-train $work/shards --run $work/$1 " | while read -r pid
    do
        [ "$(tr '\0' '\n' <"/proc/$pid/cmdline" | head -n 1)" = \
            "$BIN/chorus-train" ] && echo "$pid"
    done
}

"$BIN/tests/parallel/np_train" shards "$work" >"$work/stderr" 2>&1 || {
    fail "no shards"
    exit 1
}
train 2 whole --max-steps 1500 --epochs 1000 || fail "the whole run"

for signal in TERM INT USR1 USR2 XCPU; do
    echo "SIG$signal to one of three ranks"
    train 3 "$signal" --max-steps 100000 --epochs 1000 &
    job=$!
    wait_steps "$signal" 5
    victim=$(ranks_of "$signal" | tail -n 1)
    kill -s "$signal" "$victim"
    wait $job
    got=$?
    [ $got = 75 ] || fail "$signal: exit $got, expected 75"
    [ "$(grep -c "stopped by SIG$signal after epoch [0-9]*, step [0-9]*; the \
checkpoint is whole, give --resume to go on" "$work/stderr")" = 1 ] ||
        fail "$signal: not told once"
done
steps=$(sed -n 's/.*"step":\([0-9]*\).*/\1/p' "$work/TERM/log.jsonl" |
    tail -n 1)
train 2 TERM --max-steps 100000 --epochs 1000 --time-limit 1s --resume
[ $? = 75 ] || fail "a time limit: not 75"
grep -q "stopped by the time limit after epoch" "$work/stderr" ||
    fail "a time limit is not told"
[ "$(tail -n 1 "$work/TERM/log.jsonl" |
    sed -n 's/.*"step":\([0-9]*\).*/\1/p')" -gt "$steps" ] ||
    fail "nothing was done until the time limit"

echo "the end of a SLURM job is heeded without a signal"
SLURM_JOB_END_TIME=$(($(date +%s) + 121)) train 2 slurm --max-steps 100000 \
    --epochs 1000
[ $? = 75 ] || fail "the end of a job: not 75"
grep -q "stopped by the time limit after epoch" "$work/stderr" ||
    fail "the end of a job is not told"

echo "stopped twice, on other ranks, with checkpoints between: the same end"
train 3 parts --max-steps 1500 --epochs 1000 --save-every 7 --keep 3 &
job=$!
wait_steps parts 10
for pid in $(ranks_of parts | head -n 1); do kill -s USR1 "$pid"; done
wait $job
[ $? = 75 ] || fail "the first stop"
train 1 parts --max-steps 1500 --epochs 1000 --save-every 1s --keep 3 \
    --resume || fail "going on"
same whole parts "stopped and gone on"
[ "$(find "$work/parts" -name 'step-*.safetensors' | wc -l)" = 2 ] ||
    fail "not two checkpoints beside the latest"

echo "a damaged newest checkpoint is named, and the one before it used"
newest=$work/parts/latest.safetensors
printf 'x' | dd of="$newest" bs=1 seek=$(($(wc -c <"$newest") - 90)) \
    conv=notrunc 2>/dev/null
train 2 parts --max-steps 1500 --epochs 1000 --resume || fail "the one before"
grep -q "$newest: .*; trying $work/parts/step-0000001[0-9]*.safetensors \
instead" "$work/stderr" || fail "it is not named"
same whole parts "after a damaged checkpoint"

# One of two ranks does not answer: the step never ends.
echo "a second interrupt leaves at once"
train 2 twice --max-steps 100000 --epochs 1000 &
job=$!
wait_steps twice 3
set -- $(ranks_of twice)
kill -s STOP "$1"
sleep 0.2
kill -s INT "$2"
sleep 0.2
kill -s INT "$2"
begun=$(date +%s)
wait $job
got=$?
[ $got != 0 ] && [ $got != 75 ] || fail "two interrupts: exit $got"
[ $(($(date +%s) - begun)) -lt 20 ] || fail "two interrupts: waited"

echo "times that are none"
for wrong in "--time-limit 10" "--time-limit x" "--save-every 5x" \
    "--save-every -1m" "--time-limit 0s"; do
    # shellcheck disable=SC2086
    train 1 none $wrong
    [ $? = 2 ] || fail "$wrong: not 2"
    grep -q "a time as 90s, 30m, 12h or 2d, found" "$work/stderr" ||
        fail "$wrong: not told"
done
exit $bad
