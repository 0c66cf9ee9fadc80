#!/bin/sh
# 61-hang-hosts.sh - a rank hangs, or its host is cut off: the others finish
#
# The hosts are network namespaces; to make them takes root.
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
# shellcheck source=tests/cluster/hosts.sh
. tests/cluster/hosts.sh
why=$(hosts_why_not)
[ -z "$why" ] || { echo "skipped: $why"; exit 77; }
hosts_alone "$PWD/tests/fault/61-hang-hosts.sh"
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-hang-XXXXXX") || exit 1
trap 'hosts_down; rm -rf "$work"' EXIT
hosts_up 3 || { echo "skipped: no network namespaces here"; exit 77; }
hosts_mpi
bad=0

fail() {
    echo "failed: $*"
    tail -n 20 "$work/stderr" | sed 's/^/    | /'
    bad=1
}

# train RUN COMMAND...: chorus-train, started by the command.
train() {
    run=$work/$1
    shift
    "$@" "$PWD/$BIN/chorus-train" "$work/shards" --run "$run" -q --embed 8 \
        --hidden 12 --batch 12 --patience 0 --decay-every 0 --epochs 1000 \
        --save-every 20 --max-steps 3000 --hang-timeout 5s \
        >"$work/stdout" 2>"$work/stderr"
}

# start RUN: supervised, in the background, until it has saved, and all have
# heard of each other.
start() {
    rm -f "$work/events"
    train "$1" launch/chorus-run --hosts "$hosts/file" --back-off 0 \
        --log "$work/events" -- &
    job=$!
    tries=0
    while [ ! -e "$work/$1/latest.safetensors" ] && [ $tries -lt 400 ]; do
        sleep 0.05
        tries=$((tries + 1))
    done
    sleep 1
}

rank_on() {
    host_pids "$1" | while read -r pid; do
        [ "$(tr '\0' '\n' <"/proc/$pid/cmdline" | head -n 1)" = \
            "$PWD/$BIN/chorus-train" ] && echo "$pid"
    done
}

# finished RUN RANK HOST PID: without that host, and as if nothing had been.
finished() {
    wait $job || fail "the run without $3 ended badly"
    grep -qE "rank $2 on host $3 \(pid $4\) has been silent for [0-9]+ s, in \
step [0-9]+, .*; the job ends" "$work/stderr" ||
        fail "$3: the rank is not named"
    [ "$(grep -c 'has been silent for' "$work/stderr")" = 1 ] ||
        fail "$3: one that is well is named"
    grep -qE "the job died with .*: (silent|lost) host $3" "$work/events" ||
        fail "$3: the silent host is not told"
    grep -q "goes on without host $3" "$work/events" ||
        fail "$3: the silent host is not dropped"
    grep -q '"event":"start","ranks":2' "$work/events" ||
        fail "$3: expected two ranks afterwards"
    cmp "$work/whole/latest.safetensors" "$work/$1/latest.safetensors" ||
        fail "$3: another checkpoint"
}

"$BIN/tests/parallel/np_train" shards "$work" >"$work/stderr" 2>&1 || {
    fail "no shards"
    exit 1
}
train whole mpirun -n 1 || fail "the undisturbed run"

echo "a rank of another host is stopped"
start stopped
victim=$(rank_on cn3)
kill -STOP "$victim"
finished stopped 2 cn3 "$victim"

echo "a host is cut off"
start cut
victim=$(rank_on cn2)
host_cut cn2
finished cut 1 cn2 "$victim"
[ -z "$(rank_on cn2)" ] || fail "the rank that was cut off waits for ever"
exit $bad
