#!/bin/sh
# 10-slurm.sh - the jobs of cluster/ on a real SLURM of two pretended hosts
#
# The whole way by dependencies, beside a training whose time is over; then one
# that is requeued, signalled and preempted, and whose ranks srun starts.  Both
# end with the bytes of one that was left alone.
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
# All that the test starts names its folder.
end() {
    code=$?
    slurm_down
    hosts_down
    pgrep -af "$work" && { echo "failed: processes are left"; code=1; }
    rm -rf "$work"
    exit $code
}
trap end EXIT
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

# A minute, the shortest limit, and a signal 50 s before it; SLURM looks every 30
# s, so it may come at once.  That it comes in the middle of the training, its
# first start sees to: it stands still from its first checkpoint on.
echo "a training whose time will be over"
mkdir -p "$work/timed/bin"
options='--embed 16 --hidden 16 --max-steps 300 --epochs 1000 --patience 0
--decay-every 0 --save-every 40'
# shellcheck disable=SC2086 # several options are meant
"$BIN/tests/parallel/np_train" shards "$work/timed" >"$work/timed/log" 2>&1 &&
    "$BIN/chorus-train" "$work/timed/shards" --run "$work/timed/whole" \
        $options >>"$work/timed/log" 2>&1 || fail "no run to compare with"
cat >"$work/timed/bin/chorus-train" <<END
#!/bin/sh
run=$work/timed/run
[ ! -e "\$run/latest.safetensors" ] || exec "$PWD/$BIN/chorus-train" "\$@"
told=
trap 'told=1; kill -s USR1 \$rank; kill -s CONT \$rank' USR1
"$PWD/$BIN/chorus-train" "\$@" &
rank=\$!
[ -z "\$told" ] || kill -s USR1 \$rank
until [ -n "\$told" ] || [ -e "\$run/latest.safetensors" ]; do sleep 0.05; done
[ -n "\$told" ] || kill -s STOP \$rank
[ -z "\$told" ] || kill -s CONT \$rank
while kill -0 \$rank 2>/dev/null; do
    wait \$rank
    code=\$?
done
exit \$code
END
chmod +x "$work/timed/bin/chorus-train"
sed "s,^BIN=.*,BIN=$work/timed/bin," "$work/site.conf" >"$work/timed/site.conf"
# shellcheck disable=SC2086 # several options are meant
timed=$(CHORUS_HOME=$PWD CHORUS_SITE=$work/timed/site.conf sbatch --parsable \
    --partition=low --nodes=2 --ntasks-per-node=1 --time=1 \
    --signal=B:USR1@50 --output="$work/timed/%x-%j.log" cluster/train.sbatch \
    "$work/timed" $options) || fail "not submitted"

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
for line in 'prep (job [0-9]*) FAILED with 1; see .*/chorus-prep-[0-9]*.log$' \
    'encode (job [0-9]*) CANCELLED' 'train (job [0-9]*) CANCELLED' \
    'caption (job [0-9]*) CANCELLED'; do
    grep -q "^pipeline.sh: $line" "$work/stderr" || fail "not told: $line"
done
left() {
    squeue -h -o %i | grep -vx "$timed"
}
[ -z "$(left)" ] || fail "jobs are left: $(left)"

# state JOB
state() {
    squeue -h -j "$1" -o %T
}
# pending JOB FOLDER: queued again, and script, ranks and steps of the start
# before have really ended: a node fails a job it still holds, and a rank still
# writes its checkpoint.  SLURM's own two minutes of waiting, cut short by
# go_on, are for that.
pending() {
    [ "$(state "$1")" = PENDING ] &&
        ! pgrep -f "$2|slurmstepd.*[[]$1[.]"
}
go_on() {
    # A node takes no job from the second in which it let go of it, or before.
    sleep 2
    scontrol update JobId="$1" StartTime=now 2>/dev/null
}
over() {
    ! squeue -h -j "$1" | grep .
}
same() {
    for file in latest best; do
        cmp "$1/$file.safetensors" "$2/$file.safetensors" ||
            fail "another $file"
    done
}

echo "the time is over: the same bytes"
done_with_time() {
    over "$timed" || { pending "$timed" "$work/timed" && go_on "$timed" && false; }
}
wait_until 120 done_with_time
same "$work/timed/whole" "$work/timed/run"
grep -q 'checkpoint; queued again' "$work"/timed/chorus-train-*.log ||
    fail "nothing was signalled"

echo "requeued, signalled and preempted: the same bytes"
mkdir -p "$work/again"
cp "$work/site.conf" "$work/again/site.conf"
if srun --mpi=list 2>&1 | grep -qw pmix; then
    {
        echo SRUN_MPI=pmix MPI_OPTIONS=
        echo "export OMPI_MCA_btl_tcp_if_include=$hosts_net.0/24"
    } >>"$work/again/site.conf"
else
    echo "left out: this srun does not know pmix"
fi
cp -r "$work/out/shards" "$work/again/shards"
job=$(CHORUS_HOME=$PWD CHORUS_SITE=$work/again/site.conf sbatch --parsable \
    --partition=low --nodes=2 --ntasks-per-node=1 \
    --output="$work/again/%x-%j.log" cluster/train.sbatch "$work/again" \
    --embed 16 --hidden 16 --max-steps 900 --epochs 1000 --patience 0 \
    --decay-every 0 --save-every 40)
newer() {
    [ "$(state "$job")" = RUNNING ] &&
        [ -e "$work/again/run/latest.safetensors" ] &&
        ! cmp -s "$work/seen" "$work/again/run/latest.safetensors"
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
    wait_until 60 pending "$job" "$work/again" || break
    cp "$work/again/run/latest.safetensors" "$work/seen"
    go_on "$job"
done
wait_until 90 over "$job"
[ "$bad" = 0 ] || scontrol show job "$job"
same "$work/out/run" "$work/again/run"
grep -q 'checkpoint; queued again' "$work"/again/chorus-train-*.log ||
    fail "the signal is not told"
starts=$(grep -cE ' job [0-9]*: (mpirun|srun) ' "$work"/again/chorus-train-*.log)
[ "$starts" -ge 4 ] || fail "expected four starts"

echo "a sweep, each training by one rank"
printf '%s\n' '--rate 1e-5' '--rate 1e-2' >"$work/options"
echo "SBATCH_OPTIONS='--partition=low --nodes=1'" |
    cat "$work/site.conf" - >"$work/sweep.conf"
CHORUS_SITE=$work/sweep.conf cluster/sweep.sh "$work/out" "$work/options" \
    --embed 16 --hidden 16 --epochs 2 --patience 0 >"$work/stdout" ||
    fail "sweep.sh ended badly"
wait_until 60 sh -c '[ -z "$(squeue -h)" ]'
cluster/sweep.sh --table "$work/out" >"$work/stdout"
sed -n 2p "$work/stdout" | grep -q '^2 .*--rate 1e-2$' ||
    fail "expected the larger rate to be the best: $(cat "$work/stdout")"
[ "$(wc -l <"$work/stdout")" = 3 ] || fail "expected two runs in the table"
for run in 1 2; do
    grep -q '^{"kind":"settings".*"ranks":1,' \
        "$work/out/sweep/$run/log.jsonl" || fail "expected one rank"
done
exit $bad
