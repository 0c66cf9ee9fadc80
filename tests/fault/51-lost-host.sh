#!/bin/sh
# 51-lost-host.sh - a host is cut off: the others finish, with the same bytes
#
# The hosts are network namespaces; to make them takes root and the tools of
# ../shared.
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
tools=../shared/tools
[ -x $tools/hosts.sh ] || { echo "skipped: no ../shared"; exit 77; }
for tool in ip nsenter; do
    command -v $tool >/dev/null || { echo "skipped: no $tool"; exit 77; }
done
[ "$(id -u)" = 0 ] || { echo "skipped: not root"; exit 77; }
# Sockets that wait for a host that was cut off keep its network for a minute.
hosts_down() {
    $tools/hosts.sh down
    for i in 1 2 3; do ip link del vdpt$i; done
} >/dev/null 2>&1
hosts_down
SLOTS=1 $tools/hosts.sh up 3 >/dev/null 2>&1 || {
    hosts_down
    echo "skipped: no network namespaces here"
    exit 77
}
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-lost-XXXXXX") || exit 1
trap 'hosts_down; rm -rf "$work"' EXIT
bad=0

fail() {
    echo "failed: $*"
    tail -n 8 "$work/stderr" | sed 's/^/    | /'
    bad=1
}

export OMPI_MCA_plm=rsh OMPI_MCA_plm_rsh_agent=/run/dpt/agent
export OMPI_MCA_plm_rsh_no_tree_spawn=1 OMPI_MCA_pml=ob1
export OMPI_MCA_btl=self,vader,tcp
export OMPI_MCA_oob_tcp_if_include=10.77.0.0/24
export OMPI_MCA_btl_tcp_if_include=10.77.0.0/24
export OMPI_MCA_hwloc_base_binding_policy=none

train() {
    launch/chorus-run --hosts /run/dpt/hostfile --back-off 0 \
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
$tools/hosts.sh link dpt2 down
wait $job || fail "the run without the host ended badly"
cmp "$work/whole/latest.safetensors" "$work/cut/latest.safetensors" ||
    fail "another checkpoint"
grep -q 'goes on without host dpt2' "$work/events" ||
    fail "the lost host is not told"
grep -q '"event":"start","ranks":2' "$work/events" ||
    fail "expected two ranks afterwards"
exit $bad
