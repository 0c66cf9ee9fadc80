#!/bin/sh
# 50-hosts.sh - several ranks and threads on each of two hosts
#
# The same bits as one rank, whichever ranks are on which host; and the network
# carries one gradient for each host, not one for each thread.
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
# shellcheck source=tests/cluster/hosts.sh
. tests/cluster/hosts.sh
why=$(hosts_why_not)
[ -z "$why" ] || { echo "skipped: $why"; exit 77; }
hosts_alone "$PWD/tests/cluster/50-hosts.sh"
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-several-XXXXXX") || exit 1
trap 'hosts_down; rm -rf "$work"' EXIT
hosts_up 2 || { echo "skipped: no network namespaces here"; exit 77; }
bad=0

fail() {
    echo "failed: $*"
    tail -n 20 "$work/log" | sed 's/^/    | /'
    bad=1
}

"$BIN/tests/parallel/np_train" shards "$work" >"$work/log" 2>&1 ||
    { fail "no shards"; exit 1; }
options="--embed 64 --hidden 128 --batch 16 --lanes 8 --max-steps 12
--epochs 1000 --patience 0 --decay-every 0"
# shellcheck disable=SC2086 # several options are meant
"$BIN/chorus-train" -q "$work/shards" --run "$work/alone" $options \
    >"$work/log" 2>&1 || { fail "no run to compare with"; exit 1; }
hosts_mpi
printf 'cn1 slots=2\ncn2 slots=2\n' >"$work/hosts"
export OMPI_MCA_orte_default_hostfile="$work/hosts"

# sent: by the first host, in bytes, so far
sent() {
    host_run cn1 awk '$1 == "eth0:" { print $10 }' /proc/net/dev
}
# train NAME RANKS THREADS MAPPING: what it sent in $bytes
train() {
    before=$(sent)
    # shellcheck disable=SC2086 # several options are meant
    mpirun -n "$2" --map-by "$4" ${CHORUS_REDUCE:+-x CHORUS_REDUCE} \
        "$PWD/$BIN/chorus-train" -q "$work/shards" --run "$work/$1" \
        --threads "$3" $options >"$work/log" 2>&1 ||
        fail "$1: exit $?"
    bytes=$(($(sent) - before))
    cmp "$work/alone/latest.safetensors" "$work/$1/latest.safetensors" ||
        fail "$1: another model"
}

echo "two ranks on each host, each sends"
export CHORUS_REDUCE=exchange
train apart 4 2 slot
unset CHORUS_REDUCE
most=$bytes
echo "each host sends"
train near 4 2 slot
echo "    $most bytes, and $bytes"
# Of M parameters: 2 M, and 4 M, for the sums; 3 to 5 M for what comes back.
[ $((10 * bytes)) -lt $((9 * most)) ] ||
    fail "$bytes bytes were sent, expected less than 0.9 times $most"
echo "neighbours on different hosts; three ranks"
train mixed 4 2 node
train three 3 2 slot
echo "three ranks as if they were on one host, which are on two"
export CHORUS_REDUCE=hosts:3
train pretend 4 1 slot
exit $bad
