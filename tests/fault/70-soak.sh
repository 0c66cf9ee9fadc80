#!/bin/sh
# 70-soak.sh - a long run takes no more memory at its end, and no more files
#
# SOAK_STEPS (2000) steps of a small model, with validations and checkpoints
# all the time.  Memory and open files are read at a quarter of the way, when
# everything that is allocated once is there, and at the end.
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
steps=${SOAK_STEPS:-2000}
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-soak-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

fail() {
    echo "failed: $*"
    tail -n 5 "$work/stderr" | sed 's/^/    | /'
    bad=1
}

"$BIN/tests/parallel/np_train" shards "$work" >"$work/stderr" 2>&1 || {
    fail "no shards"
    exit 1
}
# One rank, which is also the one that writes; 34 steps an epoch, as 1000 epochs
# are the most.
OMPI_MCA_ess_singleton_isolated=1 "$BIN/chorus-train" "$work/shards" \
    --run "$work/run" -q --embed 8 --hidden 12 --batch 2 --lanes 2 --threads 2 \
    --patience 0 --epochs 1000 --save-every 50 --keep 3 --select cider \
    >"$work/stdout" 2>"$work/stderr" &
job=$!

# look STEP: until that step is done; memory in kB and open files.
look() {
    while kill -0 $job 2>"$work/none" && [ "$(tail -n 3 \
        "$work/run/log.jsonl" 2>"$work/none" |
        sed -n 's/.*"step":\([0-9]*\).*/\1/p' | tail -n 1)" -lt "$1" ] \
        2>"$work/none"; do
        sleep 0.05
    done
    memory=$(sed -n 's/^VmRSS:[[:space:]]*\([0-9]*\) kB/\1/p' /proc/$job/status)
    files=$(find /proc/$job/fd -type l | wc -l)
    echo "after step $1: ${memory:-no} kB, $files files"
}

tries=0
while [ ! -e "$work/run/log.jsonl" ] && [ $tries -lt 400 ]; do
    sleep 0.05
    tries=$((tries + 1))
done
look $((steps / 4))
first=$memory
open=$files
look "$steps"
[ -n "$first" ] && [ -n "$memory" ] || fail "it ended too early"
# What is allocated for a checkpoint comes and goes: about half a megabyte.
[ "${memory:-0}" -le $((${first:-0} + 1024)) ] ||
    fail "memory grows: $first kB, then $memory kB"
# A checkpoint may be open just now.
[ "$files" -le $((open + 2)) ] || fail "files stay open: $open, then $files"
kill "$job"
wait $job
[ $? = 75 ] || fail "stopped: expected 75"
exit $bad
