#!/bin/sh
# 55-kills.sh - killed with -9 at any moment, a run ends as one never touched
#
# KILLS (4) times: one rank, all ranks, mpirun, or rank 0 inside the write of a
# checkpoint (tests/fault/door.c), each start on another number of ranks; then
# the run goes on to its end, on yet another number.
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
kills=${KILLS:-4}
door=$(realpath "$BIN")/tests/fault/door.so
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-kills-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
bad=0
seed=${SEED:-7}
echo "SEED=$seed"

fail() {
    echo "failed: $*"
    tail -n 5 "$work/stderr" | sed 's/^/    | /'
    bad=1
}

# dice LOW HIGH: into $number; the same each time for one seed.
dice() {
    seed=$(((seed * 1103515245 + 12345) % 2147483648))
    number=$(($1 + seed / 65536 % ($2 - $1 + 1)))
}

# train RANKS RUN STEPS OPTION-OF-MPIRUN...
train() {
    ranks=$1 run=$2 steps=$3
    shift 3
    resume=
    ls "$work/$run"/*.safetensors >"$work/files" 2>&1 && resume=--resume
    exec mpirun -n "$ranks" "$@" "$BIN/chorus-train" "$work/shards" \
        --run "$work/$run" -q --embed 8 --hidden 12 --batch 12 --lanes 4 \
        --patience 0 --decay-every 0 --epochs 1000 --save-every 5 \
        --max-steps "$steps" $resume >"$work/stdout" 2>"$work/stderr"
}

ranks_of_run() {
    pgrep -f "chorus-train $work/shards --run $work/run " |
        while read -r pid; do
            [ "$(tr '\0' '\n' <"/proc/$pid/cmdline" | head -n 1)" = \
                "$BIN/chorus-train" ] && echo "$pid"
        done
}

wait_gone() {
    tries=0
    while [ -n "$(ranks_of_run)" ] && [ $tries -lt 300 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
    [ -z "$(ranks_of_run)" ] || fail "ranks are left behind"
}

# Until the log has a line more: the ranks are in the loop.
wait_loop() {
    tries=0
    while [ "$(wc -c 2>/dev/null <"$work/run/log.jsonl" || echo 0)" -le \
        "$1" ] && [ $tries -lt 400 ]; do
        sleep 0.05
        tries=$((tries + 1))
    done
}

"$BIN/tests/parallel/np_train" shards "$work" >"$work/stderr" 2>&1 || {
    fail "no shards"
    exit 1
}
i=0
while [ $i -lt "$kills" ]; do
    at=$((i % 4))
    i=$((i + 1))
    dice 1 4
    ranks=$number
    if [ $at = 3 ]; then
        dice 0 2
        kind=$(echo write sync rename | cut -d ' ' -f $((number + 1)))
        dice 5 60
        (train "$ranks" run 1000000 -x LD_PRELOAD="$door" \
            -x FAULT_KIND="$kind" -x FAULT_AT="$number" -x FAULT_ACT=kill)
        code=$?
        grep -q 'signal 9' "$work/stderr" || fail "not killed in its write"
        echo "  $i: $ranks ranks, in $kind $number: exit $code"
        wait_gone
        continue
    fi
    seen=$(wc -c 2>/dev/null <"$work/run/log.jsonl" || echo 0)
    (train "$ranks" run 1000000) &
    job=$!
    wait_loop "$seen"
    dice 0 400
    sleep "0.$(printf %03d "$number")"
    case $at in
    0) victim=$(ranks_of_run | tail -n 1) what="one rank" ;;
    1) victim=$(ranks_of_run) what="all ranks" ;;
    2) victim=$job what=mpirun ;;
    esac
    # shellcheck disable=SC2086 # several processes are meant
    kill -9 $victim 2>"$work/files" || fail "nobody to kill"
    wait $job
    code=$?
    [ $code != 0 ] || fail "a killed job ends with 0"
    echo "  $i: $ranks ranks, $what after $number ms: exit $code"
    wait_gone
done
last=$(sed -n 's/.*"kind":"step","step":\([0-9]*\).*/\1/p' \
    "$work/run/log.jsonl" | sort -n | tail -n 1)
[ "${last:-0}" -gt 5 ] || fail "no steps were done"
steps=$((last + 20))
(train 3 run $steps) || fail "going on"
(train 2 whole $steps) || fail "the undisturbed run"
for file in latest best; do
    cmp "$work/whole/$file.safetensors" "$work/run/$file.safetensors" ||
        fail "another $file than undisturbed"
done
[ -z "$(find "$work/run" -name '*.tmp.*')" ] || fail "parts are left behind"
exit $bad
