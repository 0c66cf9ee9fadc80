#!/bin/sh
# launch.sh - launch/chorus-run places ranks, and lets them be looked at
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
"${MPIRUN:-mpirun}" --version 2>/dev/null | grep -q 'Open MPI' || {
    echo "skipped: chorus-run speaks to Open MPI's mpirun only"
    exit 77
}
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-launch-XXXXXX") || exit 1
socket=$work/tmux
trap 'tmux -S "$socket" kill-server 2>/dev/null; rm -rf "$work"' EXIT
bad=0

fail() {
    echo "failed: $*"
    tail -n 5 "$work/stderr" | sed 's/^/    | /'
    bad=1
}

# launch OPTION... -- PROGRAM...
launch() {
    launch/chorus-run "$@" >"$work/stdout" 2>"$work/stderr" ||
        fail "chorus-run $*: $?"
}

# debug RUN STEPS OPTION...: a debug run of chorus-train on small shards.
debug() {
    run=$1 steps=$2
    shift 2
    launch/chorus-run --debug "$@" -- "$BIN/chorus-train" "$work/shards" \
        --run "$work/$run" --embed 8 --hidden 12 --batch 12 \
        --max-steps "$steps" >"$work/stdout" 2>"$work/stderr"
}

# wait_for COMMAND...: within two minutes, on a busy machine.
wait_for() {
    tries=0
    while ! "$@" >/dev/null 2>&1 && [ $tries -lt 600 ]; do
        sleep 0.2
        tries=$((tries + 1))
    done
    [ $tries -lt 600 ] || fail "waited for: $*"
}

"$BIN/tests/parallel/np_train" shards "$work" || exit 1

echo "every line is its rank's"
launch -n 3 --tag -- sh -c 'echo "says [1,0]<stdout>:x"; echo moans >&2'
for rank in 0 1 2; do
    grep -qxF "rank $rank: says [1,0]<stdout>:x" "$work/stdout" ||
        fail "stdout of rank $rank"
    grep -qxF "rank $rank: moans" "$work/stderr" || fail "stderr of rank $rank"
done
[ "$(wc -l <"$work/stdout")" = 3 ] || fail "more lines than ranks"

echo "a file for each rank, that grows"
for words in "echo moans >&2" "echo done"; do
    launch -n 2 --output "$work/logs/deep" -- \
        sh -c "echo I am \$OMPI_COMM_WORLD_RANK; $words"
done
for rank in 0 1; do
    printf 'I am %s\nmoans\nI am %s\ndone\n' $rank $rank >"$work/expected"
    cmp -s "$work/logs/deep/rank-$rank.log" "$work/expected" ||
        fail "the file of rank $rank"
done
[ ! -s "$work/stdout" ] || fail "what went to a file was said, too"

echo "a hang that was told to a file is started again"
# It hangs once; what it says after that is its own.
cat >"$work/hangs-once" <<'END'
#!/bin/sh
echo start >>"$1"
[ "$(wc -l <"$1")" = 1 ] || exit 2
echo "rank 0 on host a (pid 7) has been silent for 5 s" >&2
exit 1
END
chmod +x "$work/hangs-once"
launch/chorus-run -n 1 --back-off 0 --output "$work/logs/hung" -- \
    "$work/hangs-once" "$work/starts" >"$work/stdout" 2>"$work/stderr"
code=$?
[ $code = 2 ] || fail "exit $code of what hung, then was refused"
[ "$(wc -l <"$work/starts")" = 2 ] || fail "not started again once"
grep -q "the job died with 1: silent host a" "$work/stderr" ||
    fail "the cause is not told"

echo "ranks are bound as was asked"
# cores N: different masks of N ranks.
cores() {
    sort -u "$work/stdout" | wc -l
}
if [ "$(nproc)" -ge 2 ]; then
    launch -n 2 --bind core -- sh -c 'grep Cpus_allowed: /proc/self/status'
    [ "$(cores)" = 2 ] || fail "--bind core: two ranks on one core"
fi
launch -n 2 --bind none -- sh -c 'grep Cpus_allowed: /proc/self/status'
[ "$(cores)" = 1 ] || fail "--bind none: ranks are bound"
# Without -n a rank for each NUMA node.
launch --bind numa -- sh -c 'grep Cpus_allowed: /proc/self/status'
nodes=$(find /sys/devices/system/node -maxdepth 1 -name 'node[0-9]*' | wc -l)
[ "$(wc -l <"$work/stdout")" = "$((nodes ? nodes : 1))" ] ||
    fail "--bind numa: expected a rank on each node"
# On a machine with one node its cores are told to be in two.
if [ $(($(nproc) % 2)) = 0 ]; then
    export HWLOC_SYNTHETIC="node:2 core:$(($(nproc) / 2)) pu:1"
    export HWLOC_THISSYSTEM=1
    launch -n 2 --bind numa -- sh -c 'grep Cpus_allowed: /proc/self/status'
    [ "$(cores)" = 2 ] || fail "--bind numa: two ranks on one node"
    unset HWLOC_SYNTHETIC HWLOC_THISSYSTEM
fi

echo "the environment reaches another host"
# An agent that forgets all, as ssh does.
cat >"$work/agent" <<'END'
#!/bin/sh
shift
exec env -i PATH="$PATH" HOME="$HOME" OMPI_ALLOW_RUN_AS_ROOT=1 \
    OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 sh -c "$*"
END
chmod +x "$work/agent"
echo 'pretended slots=2' >"$work/hosts"
# shellcheck disable=SC2016 # the ranks expand it
OMPI_MCA_plm_rsh_agent=$work/agent CHORUS_REDUCE=exchange MINE=7 OTHER=8 \
    launch --hosts "$work/hosts" --env MINE --env 'TWO=a b' -- sh -c \
    'echo "$CHORUS_REDUCE,$MINE,$TWO,${OTHER:-},${OPENBLAS_NUM_THREADS:+set}"'
[ "$(cat "$work/stdout")" = "exchange,7,a b,,set
exchange,7,a b,,set" ] || fail "the environment: $(cat "$work/stdout")"

echo "what mpirun leaves behind does not hold the output"
cat >"$work/leaving" <<'END'
#!/bin/sh
sleep 600 &
shift
exec sh -c "$*"
END
chmod +x "$work/leaving"
begun=$(date +%s)
OMPI_MCA_plm_rsh_agent=$work/leaving launch --hosts "$work/hosts" -- true
[ $(($(date +%s) - begun)) -lt 240 ] || fail "it waited for what was left"

# hang_on HOST LISTED LEFT: the word of a watchdog, then exit 2.
hang_on() {
    sed "s/on host a /on host $1 /" "$work/hangs-once" >"$work/hangs-there"
    chmod +x "$work/hangs-there"
    rm -f "$work/starts"
    OMPI_MCA_plm_rsh_agent=$work/agent launch/chorus-run -n 1 --back-off 0 \
        --hosts "$work/hosts" -- "$work/hangs-there" "$work/starts" \
        >"$work/stdout" 2>"$work/stderr"
    grep -qx "chorus-run: goes on without host $2" "$work/stderr" ||
        fail "$1: the host is not dropped"
    grep -q "1 rank on $3, " "$work/stderr" || fail "$1: not the other host"
}

echo "a host is dropped by its short name, or its address"
printf 'node7.cluster slots=1\npretended slots=1\n' >"$work/hosts"
hang_on node7 node7.cluster pretended
printf '127.0.0.1 slots=1\npretended slots=1\n' >"$work/hosts"
hang_on localhost 127.0.0.1 pretended

if unshare -m true 2>/dev/null; then
    echo "a folder of output that another host does not share"
    cat >"$work/apart" <<END
#!/bin/sh
shift
exec unshare -m sh -c "mount -t tmpfs none $work/logs && \$*"
END
    chmod +x "$work/apart"
    echo 'pretended slots=1' >"$work/hosts"
    rm -f "$work/starts"
    OMPI_MCA_plm_rsh_agent=$work/apart launch/chorus-run --back-off 0 \
        --hosts "$work/hosts" --output "$work/logs/apart" -- \
        "$work/hangs-once" "$work/starts" >"$work/stdout" 2>"$work/stderr"
    code=$?
    [ $code = 2 ] || fail "exit $code of what hung there, then was refused"
    grep -q 'has been silent for 5 s' "$work/stderr" || fail "it is not told"
else
    echo "left out: no unshare -m"
fi

echo "only a training is told to go on; every event is JSON"
mkdir "$work/a \"b\" \\c"
: >"$work/a \"b\" \\c/step-0000000004.safetensors"
cat >"$work/chorus" <<'END'
#!/bin/sh
for word; do :; done
[ "$word" = --resume ] && echo 1 || echo 0
END
chmod +x "$work/chorus"
for verb in report train; do
    launch -n 1 --log "$work/events" -- "$work/chorus" $verb --run \
        "$work/a \"b\" \\c"
    cp "$work/stdout" "$work/$verb"
done
[ "$(cat "$work/report" "$work/train")" = "$(printf '0\n1')" ] ||
    fail "who is given --resume"
python3 - "$work/events" "$work" <<'END' || fail "the events are no JSON"
import json, sys
events = [json.loads(line) for line in open(sys.argv[1])]
assert [e["event"] for e in events] == ["start", "done"] * 2, events
assert events[2]["text"].endswith(sys.argv[2] + '/a "b" \\c'), events[2]
END

echo "a stop is heard from the first moment on"
# A program that does not listen is killed by it: that is a stop, too.
# shellcheck disable=SC2317 # wait_for calls it
listens() {
    grep -qE '^SigCgt:.*[4-7c-f][0-9a-f]{3}$' "/proc/$job/status"
}
for delay in 0 0.1 0.3 0.6 1; do
    for signal in TERM USR1; do
        launch/chorus-run -n 1 -- sleep 60 >"$work/stdout" 2>"$work/stderr" &
        job=$!
        wait_for listens
        sleep $delay
        kill -s $signal $job
        wait $job
        code=$?
        [ $code = 75 ] || fail "$signal after $delay s: exit $code"
    done
done
echo "a stop between two starts leaves nothing that holds the output"
begun=$(date +%s)
# shellcheck disable=SC2016 # the shell that is started shall expand it
{
    launch/chorus-run -n 1 --back-off 100s -- sh -c 'kill -9 $$' 2>&1 &
    echo $! >"$work/pid"
    wait $!
    echo "exit $?"
} | {
    while read -r line; do
        echo "$line"
        case $line in
        *"restart 1 of 5 in 100 s") kill "$(cat "$work/pid")" ;;
        esac
    done
} >"$work/stdout"
grep -qx 'exit 75' "$work/stdout" || fail "not 75: $(cat "$work/stdout")"
[ $(($(date +%s) - begun)) -lt 60 ] || fail "the output was held"

echo "a second interrupt does not wait"
env --default-signal=INT launch/chorus-run -n 1 -- sh -c     'trap "" USR1; echo deaf; sleep 100' >"$work/stdout" 2>"$work/stderr" &
job=$!
wait_for grep -q deaf "$work/stdout"
begun=$(date +%s)
kill -s INT $job
sleep 1
kill -s INT $job
wait $job
code=$?
[ $code != 75 ] && [ $code != 0 ] || fail "two interrupts: exit $code"
[ $(($(date +%s) - begun)) -lt 60 ] || fail "two interrupts: waited"

echo "a debug run by itself: two ranks, and exit codes as they are"
debug plain 2 || fail "a debug run"
grep -q '\[rank 1 .*\] step 2, lane ' "$work/stderr" || fail "no lanes of rank 1"
grep -q 'on 2 ranks' "$work/stderr" || fail "expected two ranks"
launch/chorus-run --debug -- sh -c 'exit 7' >"$work/stdout" 2>"$work/stderr"
[ $? = 7 ] || fail "a program that fails: expected its exit code"

echo "a job that hangs tells the stack of every rank"
launch/chorus-run --debug -n 3 -- "$BIN/chorus-train" "$work/shards" \
    --run "$work/hang" --embed 8 --hidden 12 --batch 12 --epochs 1000 \
    --patience 0 --max-steps 1000000 --save-every 1000000 --hang-timeout 3s \
    >"$work/stdout" 2>"$work/stderr" &
job=$!
wait_for grep -q ' step 20 is done' "$work/stderr"
victim=$(pgrep -f "^$BIN/chorus-train $work/shards --run $work/hang " | tail -n 1)
kill -STOP "$victim"
wait $job
[ $? = 1 ] || fail "a hang: expected 1"
for rank in 0 1 2; do
    grep -qE "^rank $rank on host .*, thread [0-9]+ is here:" "$work/stderr" ||
        fail "no stack of rank $rank"
done

if command -v gdb >/dev/null; then
    echo "a rank waits for gdb"
    env -u TMUX launch/chorus-run --debug --gdb 1 -- "$BIN/chorus-train" \
        "$work/shards" --run "$work/gdb" --embed 8 --hidden 12 --batch 12 \
        >"$work/stdout" 2>"$work/stderr" &
    job=$!
    wait_for grep -q 'rank 1 is process [0-9]* on host .*, and waits for gdb' \
        "$work/stderr"
    pid=$(sed -n 's/.* gdb -q -p \([0-9]*\) .*/\1/p' "$work/stderr")
    gdb -q -batch -p "$pid" -ex 'catch exec' -ex continue \
        -ex 'break ch_train_run' -ex continue -ex backtrace -ex detach \
        >"$work/gdb-said" 2>&1
    grep -qE '#1 .* in main ' "$work/gdb-said" || {
        fail "gdb does not see the rank"
        tail "$work/gdb-said"
    }
    wait $job || fail "a rank that gdb has left"
else
    echo "left out: no gdb"
fi

if command -v gdb >/dev/null && command -v tmux >/dev/null; then
    echo "all ranks in panes of tmux"
    # The job's own exit code goes to a file: tmux has another.
    cat >"$work/session" <<END
launch/chorus-run --debug --gdb-all -- "$BIN/chorus-train" "$work/shards" \\
    --run "$work/panes" --embed 8 --hidden 12 --batch 12 \\
    >"$work/stdout" 2>"$work/stderr"
echo \$? >"$work/code"
sleep 60
END
    tmux -S "$socket" -f /dev/null new-session -d -x 300 -y 100 \
        sh "$work/session"
    # shellcheck disable=SC2317 # wait_for calls it
    panes() {
        [ "$(tmux -S "$socket" list-panes | wc -l)" = 3 ]
    }
    # shellcheck disable=SC2317
    stopped() {
        for pane in 1 2; do
            tmux -S "$socket" capture-pane -p -J -t "$pane" |
                grep -qF 'Catchpoint 1 (exec' || return 1
        done
    }
    wait_for panes
    wait_for stopped
    for pane in 1 2; do
        tmux -S "$socket" send-keys -t $pane continue Enter
    done
    wait_for test -s "$work/code"
    [ "$(cat "$work/code")" = 0 ] || fail "a job in panes"
else
    echo "left out: no tmux"
fi

if command -v valgrind >/dev/null; then
    echo "under valgrind"
    debug valgrind 1 --valgrind || fail "valgrind found something"
    grep -q '^==' "$work/stderr" && fail "valgrind speaks"
    cat >"$work/wrong.c" <<'END'
#include <stdlib.h>
int main(void)
{
    volatile char *text = malloc(8);
    return text[8] > 0;
}
END
    ${CC:-cc} -o "$work/wrong" "$work/wrong.c" || fail "no compiler"
    launch/chorus-run -n 1 --valgrind -- "$work/wrong" >"$work/stdout" \
        2>"$work/stderr"
    [ $? = 99 ] || fail "a wrong program: expected 99"
    grep -q 'Invalid read of size 1' "$work/stderr" || fail "what is wrong"
else
    echo "left out: no valgrind"
fi

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
refuse "--bind socket: expected core, numa or none" --bind socket -- true
refuse "--env 1x: expected NAME or NAME=VALUE" --env 1x -- true
refuse "--env NO_SUCH_NAME: is not set" --env NO_SUCH_NAME -- true
refuse "--gdb x: expected a whole number" --gdb x -- true
refuse "--gdb 2: there are ranks 0 to 1" --debug --gdb 2 -- true
refuse "faults are looked for on one machine" --debug --hosts "$work/hosts" true
: >"$work/taken"
refuse "taken/logs: cannot be made" --output "$work/taken/logs" -- true
mkdir -p "$work/logs/folder/rank-0.log"
launch/chorus-run -n 1 --output "$work/logs/folder" -- true >"$work/stdout" \
    2>"$work/stderr"
[ $? = 1 ] || fail "a log that is a folder: expected 1"
grep -q "^chorus-run: rank 0 cannot write to $work/logs/folder on host " \
    "$work/stderr" || fail "a log that is a folder: not told"
exit $bad
