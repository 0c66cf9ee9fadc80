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

train() {
    launch/chorus-run --hosts "$hosts/file" --back-off 0 \
        --log "$work/events" -- "$PWD/$BIN/chorus-train" "$work/shards" \
        --run "$work/$1" -q --embed 8 --hidden 12 --batch 12 --patience 0 \
        --decay-every 0 --epochs 1000 --save-every 20 --max-steps "$2" \
        >"$work/stdout" 2>"$work/stderr"
}

"$BIN/tests/parallel/np_train" shards "$work" >"$work/stderr" 2>&1 || {
    fail "no shards"
    exit 1
}
echo "three hosts"
train whole 300 || fail "the undisturbed run"
echo "one of them is cut off"
train cut 300 &
job=$!
tries=0
while [ ! -e "$work/cut/latest.safetensors" ] && [ $tries -lt 400 ]; do
    sleep 0.05
    tries=$((tries + 1))
done
host_cut cn2
wait $job || fail "the run without the host ended badly"
cmp "$work/whole/latest.safetensors" "$work/cut/latest.safetensors" ||
    fail "another checkpoint"
grep -q 'goes on without host cn2' "$work/events" ||
    fail "the lost host is not told"
grep -q '"event":"start","ranks":2' "$work/events" ||
    fail "expected two ranks afterwards"
exit $bad
