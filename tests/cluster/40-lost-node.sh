#!/bin/sh
# 40-lost-node.sh - a node of a SLURM job dies: the same bytes in the end
#
# The slurmd of one of two pretended hosts is killed with all that it runs, in
# the middle of a training; the job is queued again, and goes on when the node is
# back.  The hosts compute otherwise: the preflight of each start chooses what
# both have.
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
# shellcheck source=tests/cluster/hosts.sh
. tests/cluster/hosts.sh
# shellcheck source=tests/cluster/slurm.sh
. tests/cluster/slurm.sh
why=$(slurm_why_not)
[ -z "$why" ] || { echo "skipped: $why"; exit 77; }
hosts_alone "$PWD/tests/cluster/40-lost-node.sh"
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-node-XXXXXX") || exit 1
trap 'slurm_down; hosts_down; rm -rf "$work"' EXIT
hosts_up 2 || { echo "skipped: no network namespaces here"; exit 77; }
slurm_up "$work" 2 || { echo "skipped: SLURM does not start here"; exit 77; }
bad=0

fail() {
    echo "failed: $*"
    tail -n 20 "$work"/*.log "$slurm/slurmctld.log" | sed 's/^/    | /'
    bad=1
}

# wait_until SECONDS COMMAND...
wait_until() {
    limit=$(($(date +%s) + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        if [ "$(date +%s)" -ge $limit ]; then
            fail "waited in vain: $*"
            return 1
        fi
        sleep 0.2
    done
}

cat >"$work/site.conf" <<END
SBATCH_OPTIONS=''
MODULES=''
BIN=$work
SRUN_MPI=''
PREFLIGHT=yes
MPI_OPTIONS='--map-by node --bind-to none --mca btl_tcp_if_include $hosts_net.0/24 --mca oob_tcp_if_include $hosts_net.0/24'
MAX_RESTARTS=9
END
# The processor of the second host is an old one.
cat >"$work/chorus-train" <<END
#!/bin/sh
if [ "\$(hostname)" = cn2 ]; then
    export CHORUS_KERNEL="\${CHORUS_KERNEL:-ref}"
    export OPENBLAS_CORETYPE="\${OPENBLAS_CORETYPE:-Prescott}"
fi
exec "$PWD/$BIN/chorus-train" "\$@"
END
chmod +x "$work/chorus-train"
options='--embed 16 --hidden 16 --max-steps 600 --epochs 1000 --patience 0
--decay-every 0 --save-every 20'
"$BIN/tests/parallel/np_train" shards "$work" >"$work/log" 2>&1 &&
    CHORUS_KERNEL=ref OPENBLAS_CORETYPE=Prescott "$BIN/chorus-train" \
        "$work/shards" --run "$work/whole" $options \
        >>"$work/log" 2>&1 || { fail "no run to compare with"; exit 1; }

export CHORUS_HOME="$PWD" CHORUS_SITE="$work/site.conf"
echo "a preflight"
sbatch --wait --partition=low --output="$work/preflight.log" \
    cluster/preflight "$work" --embed 16 --hidden 16 >>"$work/log" 2>&1 ||
    fail "the preflight ended with $?"
for line in 'ranks        2 on 2 hosts' 'set  *CHORUS_KERNEL=ref ' 'step '; do
    grep -q "^$line" "$work/preflight.log" || fail "no line '$line'"
done

# shellcheck disable=SC2086 # several options are meant
job=$(sbatch --parsable \
    --partition=low --nodes=2 --ntasks-per-node=1 --output="$work/%x-%j.log" \
    cluster/train.sbatch "$work" $options) || fail "not submitted"
state() {
    squeue -h -j "$job" -o %T
}
is() {
    [ "$(state)" = "$1" ]
}
wait_until 60 test -e "$work/run/latest.safetensors"
is RUNNING || fail "the job is $(state), expected RUNNING"
echo "the second node dies"
host_kill cn2
wait_until 90 is PENDING
echo "it is back"
slurm_node cn2 || fail "slurmd does not start again"
# SLURM lets a requeued job wait for two minutes otherwise.
wait_until 30 scontrol update JobId="$job" StartTime=now
wait_until 120 is ''
for file in latest best; do
    cmp "$work/whole/$file.safetensors" "$work/run/$file.safetensors" ||
        fail "another $file"
done
[ "$(grep -c "export CHORUS_KERNEL=ref" "$work"/chorus-train-*.log)" -ge 2 ] ||
    fail "expected two starts"
exit $bad
