#!/bin/sh
# 10-slurm.sh - the jobs of cluster/ on a real SLURM of two pretended hosts
#
# The whole way by dependencies; then a training that is requeued, signalled and
# preempted, and ends with the bytes of one that was left alone.
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/${CONFIG:-release}}
# shellcheck source=tests/cluster/hosts.sh
. tests/cluster/hosts.sh
# shellcheck source=tests/cluster/slurm.sh
. tests/cluster/slurm.sh
why=$(slurm_why_not pgrep)
[ -z "$why" ] || { echo "skipped: $why"; exit 77; }
hosts_alone "$PWD/tests/cluster/10-slurm.sh"
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-slurm-XXXXXX") || exit 1
trap 'slurm_down; hosts_down; rm -rf "$work"' EXIT
bad=0

fail() {
    echo "failed: $*"
    [ $bad = 1 ] || tail -n 12 "$work"/*/*.log 2>/dev/null | sed 's/^/    | /'
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

hosts_up 2 || { echo "skipped: no network namespaces here"; exit 77; }
slurm_up "$work" 2 || { echo "skipped: SLURM does not start here"; exit 77; }
cat >"$work/site.conf" <<EOL
SBATCH_OPTIONS='--partition=low'
MODULES=''
BIN=$PWD/$BIN
SRUN_MPI=''
MPI_OPTIONS='--map-by node --bind-to none --mca btl_tcp_if_include $hosts_net.0/24 --mca oob_tcp_if_include $hosts_net.0/24'
MAX_RESTARTS=9
EOL
export CHORUS_SITE="$work/site.conf"

"$BIN/scenes" --out "$work/scenes" --count 60 --seed 1 2>/dev/null || exit 1
encoder=build/encoders/efficientnet-lite2.json
[ -e $encoder ] || encoder=tests/fixture/tiny.json

# pipeline OUT SCENES; paths may be relative to where it is called.
pipeline() {
    cluster/pipeline.sh --encoder $encoder --split test --wait \
        --train "--embed 16 --hidden 16 --max-steps 900 --epochs 1000 \
--patience 0 --decay-every 0 --save-every 40" "$1" -- --format tsv \
        --train "$2/train.tsv" --val "$2/val.tsv" --test "$2/test.tsv" \
        --images "$2/images" >"$work/stdout" 2>"$work/stderr"
}

echo "the whole way"
pipeline "$work/out" "$work/scenes" || fail "the pipeline ended badly"
grep -q CIDEr-D "$work/stdout" || fail "no scores"

echo "a job that fails cancels those after it"
pipeline "$work/none" "$work/no-scenes" && fail "expected a failure"
grep -q 'a job failed or was cancelled' "$work/stderr" ||
    fail "the failure is not told"
[ -z "$(squeue -h)" ] || fail "jobs are left: $(squeue -h)"

echo "requeued, signalled and preempted: the same bytes"
mkdir -p "$work/again"
cp -r "$work/out/shards" "$work/again/shards"
job=$(CHORUS_HOME=$PWD sbatch --parsable --partition=low --nodes=2 \
    --ntasks-per-node=1 --output="$work/again/%x-%j.log" cluster/train.sbatch \
    "$work/again" --embed 16 --hidden 16 --max-steps 900 --epochs 1000 \
    --patience 0 --decay-every 0 --save-every 40)
state() {
    squeue -h -j "$job" -o %T
}
newer() {
    [ "$(state)" = RUNNING ] && [ -e "$work/again/run/latest.safetensors" ] &&
        ! cmp -s "$work/seen" "$work/again/run/latest.safetensors"
}
# Queued again, and script, ranks and steps of the start before have really
# ended: a node fails a job it still holds, and a rank still writes its
# checkpoint. SLURM's own two minutes of waiting, cut short below, are for that.
pending() {
    [ "$(state)" = PENDING ] && ! pgrep -f "$work/again|slurmstepd.*[[]$job[.]"
}
: >"$work/seen"
for event in requeue signal preempt; do
    wait_until 60 newer || break
    case $event in
    requeue) scontrol requeue "$job" ;;
    signal) scancel --signal=USR1 --batch "$job" ;;
    preempt) sbatch --partition=high --nodes=2 --exclusive \
        --output=/dev/null --wrap 'sleep 1' >/dev/null ;;
    esac
    wait_until 60 pending || break
    cp "$work/again/run/latest.safetensors" "$work/seen"
    # A node takes no job from the second in which it let go of it, or before.
    sleep 2
    # SLURM lets a requeued job wait for two minutes otherwise.
    scontrol update JobId="$job" StartTime=now 2>/dev/null
done
over() {
    ! squeue -h -j "$job" | grep .
}
wait_until 90 over
[ "$bad" = 0 ] || scontrol show job "$job"
for file in latest best; do
    cmp "$work/out/run/$file.safetensors" \
        "$work/again/run/$file.safetensors" || fail "another $file"
done
grep -q 'checkpoint; queued again' "$work"/again/chorus-train-*.log ||
    fail "the signal is not told"
[ "$(grep -c ' job [0-9]*: mpirun ' "$work"/again/chorus-train-*.log)" -ge 4 ] ||
    fail "expected four starts"

echo "a sweep"
printf '%s\n' '--rate 1e-5' '--rate 1e-2' >"$work/options"
cluster/sweep.sh "$work/out" "$work/options" --embed 16 --hidden 16 \
    --epochs 2 --patience 0 >"$work/stdout" || fail "sweep.sh ended badly"
wait_until 60 sh -c '[ -z "$(squeue -h)" ]'
cluster/sweep.sh --table "$work/out" >"$work/stdout"
sed -n 2p "$work/stdout" | grep -q '^2 .*--rate 1e-2$' ||
    fail "expected the larger rate to be the best: $(cat "$work/stdout")"
[ "$(wc -l <"$work/stdout")" = 3 ] || fail "expected two runs in the table"
exit $bad
