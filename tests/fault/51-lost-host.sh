#!/bin/sh
# 51-lost-host.sh - a host is cut off: the others finish, with the same bytes
#
# The hosts are network namespaces; to make them takes root.
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
# shellcheck source=tests/cluster/hosts.sh
. tests/cluster/hosts.sh
why=$(hosts_why_not)
[ -z "$why" ] || { echo "skipped: $why"; exit 77; }
hosts_alone "$PWD/tests/fault/51-lost-host.sh"
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-lost-XXXXXX") || exit 1
trap 'hosts_down; rm -rf "$work"' EXIT
hosts_up 3 || { echo "skipped: no network namespaces here"; exit 77; }
hosts_mpi
bad=0

fail() {
    echo "failed: $*"
    tail -n 8 "$work/stderr" | sed 's/^/    | /'
    bad=1
}

# on_hosts PROGRAM...: supervised, on the three hosts, in the background.
on_hosts() {
    rm -f "$work/events"
    launch/chorus-run --hosts "$hosts/file" --back-off 0 \
        --log "$work/events" -- "$@" >"$work/stdout" 2>"$work/stderr" &
    job=$!
}

# wait_for COMMAND...: within a minute.
wait_for() {
    tries=0
    until "$@" 2>"$work/waiting"; do
        tries=$((tries + 1))
        [ $tries -lt 1200 ] || { fail "waited for: $*"; return; }
        sleep 0.05
    done
}

# told: which host was lost, and that two ranks were started afterwards.
told() {
    grep -q 'the job died with .*: lost host cn2' "$work/events" ||
        fail "the lost host is not told"
    grep -q 'goes on without host cn2' "$work/events" ||
        fail "the lost host is not dropped"
    grep -q '"event":"start","ranks":2' "$work/events" ||
        fail "expected two ranks afterwards"
}

options='-q --embed 8 --hidden 12 --batch 12 --patience 0 --decay-every 0
--epochs 1000 --save-every 20'
"$BIN/tests/parallel/np_train" shards "$work" >"$work/stderr" 2>&1 || {
    fail "no shards"
    exit 1
}

echo "one of three hosts is cut off"
# It ends when it is told, so that the cut is never too late.
# shellcheck disable=SC2086 # several options are meant
on_hosts "$PWD/$BIN/chorus-train" "$work/shards" --run "$work/cut" $options
wait_for test -e "$work/cut/latest.safetensors"
host_cut cn2
wait_for grep -q '"ranks":2' "$work/events"
cp "$work/cut/latest.safetensors" "$work/seen"
# shellcheck disable=SC2317 # wait_for calls it
went_on() {
    ! cmp -s "$work/seen" "$work/cut/latest.safetensors"
}
wait_for went_on
kill -TERM $job
wait $job
[ $? = 75 ] || fail "the run without the host ended badly"
told
steps=$(sed -n 's/.*"kind":"step","step":\([0-9]*\).*/\1/p' \
    "$work/cut/log.jsonl" | sort -n | tail -n 1)
# shellcheck disable=SC2086
"$BIN/chorus-train" "$work/shards" --run "$work/cut" $options --resume \
    --max-steps $((steps + 20)) >"$work/stdout" 2>"$work/stderr" &&
    "$BIN/chorus-train" "$work/shards" --run "$work/whole" $options \
        --max-steps $((steps + 20)) >"$work/stdout" 2>"$work/stderr" ||
    fail "alone"
cmp "$work/whole/latest.safetensors" "$work/cut/latest.safetensors" ||
    fail "another checkpoint"

echo "it is cut off, and then told something"
hosts_up 3 || fail "no hosts"
# The ranks of the first start wait; the one that dies is to be told to all.
cat >"$work/rank" <<END
#!/bin/sh
[ ! -e "$work/go" ] || exit 0
true >"$work/\$(hostname)"
until [ -e "$work/go" ]; do sleep 0.1; done
[ "\$(hostname)" = cn1 ] && kill -9 \$\$
sleep 100
END
chmod +x "$work/rank"
on_hosts "$work/rank"
for name in cn1 cn2 cn3; do
    wait_for test -e "$work/$name"
done
host_cut cn2
true >"$work/go"
wait $job || fail "the job without the host ended badly"
told
exit $bad
