#!/bin/sh
# 50-restart.sh - under launch/chorus-run a death is not an event, either
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-restart-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

fail() {
    echo "failed: $*"
    tail -n 5 "$work/stderr" | sed 's/^/    | /'
    bad=1
}

# supervise OPTION... -- PROGRAM...
supervise() {
    launch/chorus-run --back-off 0 --log "$work/events" "$@" \
        >"$work/stdout" 2>"$work/stderr"
}

# train RANKS RUN STEPS: chorus-train, supervised.
train() {
    supervise -n "$1" -- "$BIN/chorus-train" "$work/shards" \
        --run "$work/$2" -q --embed 8 --hidden 12 --batch 12 --patience 0 \
        --decay-every 0 --epochs 1000 --save-every 20 --max-steps "$3"
}

# The ranks of a run, without the mpirun that names them, too.
ranks_of() {
    pgrep -f "chorus-train $work/shards --run $work/$1 " | while read -r pid
    do
        [ "$(tr '\0' '\n' <"/proc/$pid/cmdline" | head -n 1)" = \
            "$BIN/chorus-train" ] && echo "$pid"
    done
}

# Until the run's newest checkpoint is another one than FILE's bytes.
wait_checkpoint() {
    tries=0
    while { [ ! -e "$work/$1/latest.safetensors" ] || {
        [ -n "${2:-}" ] && cmp -s "$2" "$work/$1/latest.safetensors"
    }; } && [ $tries -lt 400 ]; do
        sleep 0.05
        tries=$((tries + 1))
    done
}

# told EVENT COUNT
told() {
    found=$(grep -c "\"event\":\"$1\"" "$work/events")
    [ "$found" = "$2" ] || fail "$found times $1, expected $2"
}

# Until so many restarts are told: the job before may still save once.
wait_restart() {
    tries=0
    while [ "$(grep -c '"event":"restart"' "$work/events")" -lt "$1" ] &&
        [ $tries -lt 400 ]; do
        sleep 0.05
        tries=$((tries + 1))
    done
}

"$BIN/tests/parallel/np_train" shards "$work" >"$work/stderr" 2>&1 || {
    fail "no shards"
    exit 1
}
train 2 whole 700 || fail "the undisturbed run"
told start 1
told 'done' 1
rm "$work/events"

echo "a rank is killed, then all ranks, then mpirun"
train 3 killed 700 &
job=$!
wait_checkpoint killed
kill -9 "$(ranks_of killed | tail -n 1)"
restarts=0
for round in all mpirun; do
    restarts=$((restarts + 1))
    wait_restart $restarts
    cp "$work/killed/latest.safetensors" "$work/seen"
    wait_checkpoint killed "$work/seen"
    if [ $round = all ]; then
        # shellcheck disable=SC2046 # several processes are meant
        kill -9 $(ranks_of killed)
    else
        pkill -9 -f "^mpirun .*--run $work/killed "
    fi
done
wait $job || fail "the killed run ended badly"
for file in latest best; do
    cmp "$work/whole/$file.safetensors" "$work/killed/$file.safetensors" ||
        fail "killed and started again: another $file"
done
told restart 3
told 'done' 1
grep -q 'from the checkpoint in' "$work/events" ||
    fail "it began from the beginning again"
grep -q 'rank [0-2] on node .* exited on signal 9' "$work/events" ||
    fail "the cause is not told"
rm "$work/events"

echo "TERM is a stop, and the same command goes on"
train 3 stopped 700 &
job=$!
wait_checkpoint stopped
pkill -TERM -f "^/bin/sh launch/chorus-run .*--run $work/stopped "
wait $job
[ $? = 75 ] || fail "TERM: expected 75"
told restart 0
told stop 1
train 1 stopped 700 || fail "going on"
cmp "$work/whole/latest.safetensors" "$work/stopped/latest.safetensors" ||
    fail "stopped and gone on: another checkpoint"
rm "$work/events"

# A core of two hardware threads, as most laptops have them.
echo "a rank on each hardware thread"
HWLOC_SYNTHETIC='core:1 pu:2' HWLOC_THISSYSTEM=1 launch/chorus-run -n 2 -- \
    true >"$work/stdout" 2>"$work/stderr" || fail "hardware threads"

echo "what the program refuses is not tried again"
supervise -n 2 -- "$BIN/chorus-train" --no-such-option
[ $? = 2 ] || fail "a bad option: expected 2"
told restart 0
supervise -n 2 -- "$BIN/chorus-train" "$work/none" --run "$work/none"
[ $? = 2 ] || fail "no shards: expected 2"
told restart 0
rm "$work/events"

echo "a job that always dies is given up"
# shellcheck disable=SC2016 # the shell that is started shall expand it
supervise -n 2 --max-restarts 2 -- sh -c 'kill -9 $$'
[ $? = 70 ] || fail "given up: expected 70"
told restart 2
told give-up 1

# refuse WORDS OPTION...: exit code 2 and one sentence.
refuse() {
    words=$1
    shift
    launch/chorus-run "$@" >"$work/stdout" 2>"$work/stderr"
    [ $? = 2 ] || fail "$*: expected 2"
    [ "$(wc -l <"$work/stderr")" = 1 ] || fail "$*: expected one line"
    grep -qF -- "$words" "$work/stderr" || fail "$*: expected \"$words\""
}
echo "options that make no sense"
refuse "expected a program to run"
refuse "unknown option '--frob'" --frob 1 -- true
refuse "-n 0: expected a whole number, at least 1" -n 0 -- true
refuse "--window 1y: expected a time as 90s, 30m, 12h or 2d" --window 1y true
refuse "--log: expected a value" --log
refuse "absent/log: cannot be written" --log "$work/absent/log" -- true
refuse "none: cannot be read" --hosts "$work/none" -- true
refuse "no-such-program: expected a program" -- no-such-program
: >"$work/empty"
refuse "names no host" --hosts "$work/empty" -- true
exit $bad
