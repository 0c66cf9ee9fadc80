#!/bin/sh
# 15-jobs.sh - what the scripts of cluster/ decide, with a pretended SLURM
#
# Its commands, mpirun and the programs are scripts that note what they were
# told: which job is queued again, what is loaded, what is cancelled.
set -u
cd "$(dirname "$0")/../.." || exit 1
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-jobs-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

fail() {
    echo "failed: $*"
    tail -n 12 "$work/stdout" "$work/stderr" "$work/told" | sed 's/^/    | /'
    bad=1
}

# pretend NAME COMMANDS: a program that notes its name and words, then does that.
mkdir "$work/bin"
pretend() {
    cat >"$work/bin/$1" <<END
#!/bin/sh
echo "$1 \$*" >>"$work/told"
$2
END
    chmod +x "$work/bin/$1"
}
pretend scontrol ''
pretend scancel ''
real_sleep=$(command -v sleep)
pretend sleep ''
# shellcheck disable=SC2016 # read there
pretend mpirun 'exit $ENDS'
pretend chorus-shard ''
PATH=$work/bin:$PATH
# site MODULES
site() {
    cat >"$work/site.conf" <<END
SBATCH_OPTIONS='--partition=low' BIN=$work/bin SRUN_MPI='' MPI_OPTIONS=''
MAX_RESTARTS=9 PREFLIGHT='' MODULES='$1'
END
}
site ''
export CHORUS_HOME="$PWD" CHORUS_SITE="$work/site.conf" SLURM_JOB_ID=42

# call SCRIPT ARGUMENT...: exit code in $code
call() {
    : >"$work/told"
    "$@" >"$work/stdout" 2>"$work/stderr"
    code=$?
}
# expect CODE SENTENCE: of the call before.
expect() {
    [ $code = "$1" ] || fail "exit $code, expected $1"
    grep -qF -e "$2" "$work/stderr" || fail "not told: $2"
}

echo "which trainings are queued again"
while read -r ends restarts queued sentence; do
    export ENDS="$ends" SLURM_RESTART_COUNT="$restarts"
    call cluster/train.sbatch "$work/out" --epochs 2
    expect "$ends" "$sentence"
    [ "$(grep -c '^scontrol requeue 42$' "$work/told")" = "$queued" ] ||
        fail "ended with $ends after $restarts restarts: queued again or not"
done <<END
0 0 0 trained: $work/out/run/best.safetensors
75 8 1 stopped with a checkpoint; queued again
75 9 0 stopped with a checkpoint; not queued again after 9 times
137 0 1 the ranks died with 137; queued again
1 0 0 chorus-train ended with 1
2 0 0 chorus-train ended with 2
END
pretend mpirun "trap '' USR1; kill -USR1 \$PPID; $real_sleep 0.2; exit 1"
call cluster/train.sbatch "$work/out" --epochs 2
expect 1 "the ranks ended with 1 when told to stop; queued again"
# shellcheck disable=SC2016 # read there
pretend mpirun 'exit $ENDS'
export ENDS=0 SLURM_RESTART_COUNT=0

echo "a checkpoint is gone on from; tasks of an array have their own options"
mkdir -p "$work/out/sweep/2"
: >"$work/out/sweep/2/latest.safetensors"
printf '%s\n' '--rate 1' '--rate 2 --dropout 0.5' >"$work/options"
export SLURM_NTASKS=3 SLURM_ARRAY_TASK_ID=2 SWEEP="$work/options"
call cluster/train.sbatch "$work/out" --epochs 2
grep -qxF "mpirun -n 3 $work/bin/chorus-train --shards $work/out/shards --run \
$work/out/sweep/2 --epochs 2 --rate 2 --dropout 0.5 --resume" "$work/told" ||
    fail "another command"
unset SLURM_NTASKS SLURM_ARRAY_TASK_ID SWEEP

echo "modules, by a shell that does not know them"
mkdir "$work/init"
cat >"$work/init/sh" <<END
echo "\$not_set" >/dev/null
module() { echo "module \$*" >>"$work/told"; [ "\$3" != none ]; }
END
export MODULESHOME="$work"
site 'openmpi some'
call cluster/prep.sbatch "$work/new" --format tsv
[ $code = 0 ] || fail "exit $code with modules"
printf '%s\n' 'module load openmpi some' \
    "chorus-shard --format tsv --out $work/new/shards" >"$work/expected"
cmp "$work/expected" "$work/told" || fail "others, or in another order"
site 'openmpi none'
call cluster/prep.sbatch "$work/new" --format tsv
expect 1 'module load openmpi none failed'
! grep -q chorus-shard "$work/told" || fail "went on without a module"
site ''

echo "a job that is refused takes those before it along"
# shellcheck disable=SC2016 # read there
pretend sbatch 'n=$(grep -c ^sbatch '"'$work/told'"')
[ "$n" -lt 3 ] || { echo "no such node" >&2; exit 1; }
echo "$((100 + n));here"'
call cluster/pipeline.sh --nodes 4 --tasks 16 --encoder \
    tests/fixture/tiny.json "$work/out" -- --format tsv
expect 1 'pipeline.sh: sbatch did not take a job'
grep -qx 'scancel 101 102' "$work/told" || fail "jobs are left"
grep -q '^sbatch .*afterok:101 --nodes=4 --ntasks-per-node=16 .*encode.sb' \
    "$work/told" || fail "encoding does not wait for the shards, on all ranks"
grep -q '^sbatch .*--partition=low .*--nodes=4 --ntasks-per-node=16 .*train.sb' \
    "$work/told" || fail "training on other nodes"

echo "what became of the jobs of a way that failed is told"
# shellcheck disable=SC2016 # read there
pretend sbatch 'n=$(grep -c ^sbatch '"'$work/told'"')
echo "$((100 + n))"
[ "$n" -lt 4 ]'
# shellcheck disable=SC2016 # read there
pretend scontrol 'case $4 in
101) exit 1 ;;
102) echo "JobId=102 JobState=COMPLETED Reason=None BatchFlag=1 ExitCode=0:0" ;;
103) echo "JobId=103 JobState=FAILED Reason=x BatchFlag=1 ExitCode=2:0 Run=0" ;;
104) echo "JobId=104 JobState=CANCELLED Reason=x Requeue=1 ExitCode=0:0 Run=0" ;;
esac'
: >"$work/out/chorus-train-103.log"
call cluster/pipeline.sh --wait --encoder tests/fixture/tiny.json "$work/out" \
    -- --format tsv
[ $code = 1 ] || fail "exit $code, expected 1"
printf '%s\n' 'a job failed or was cancelled:' \
    "train (job 103) FAILED with 2; see $work/out/chorus-train-103.log" \
    'caption (job 104) CANCELLED' | sed 's/^/pipeline.sh: /' >"$work/expected"
diff "$work/expected" "$work/stderr" || fail "another story"

echo "a sweep"
pretend sbatch ''
mkdir -p "$work/swept/shards"
printf '%s\n' '--rate 1e-3' '--rate 2e-3' >"$work/two"
printf '%s\n' '--rate 1e-3' '--rate 2e-3' '--rate 3e-3' >"$work/three"
call cluster/sweep.sh "$work/swept" "$work/two"
expect 2 "$work/swept/shards: expected encoded shards"
: >"$work/swept/shards/manifest.json"
call cluster/sweep.sh --nodes 1 --tasks 8 "$work/swept" "$work/two" --epochs 2
grep -q '^sbatch .*--nodes=1 --ntasks-per-node=8 .*--array=1-2 .* --epochs 2$' \
    "$work/told" || fail "the sweep is asked for otherwise"
call cluster/sweep.sh "$work/swept" "$work/three"
grep -q '^sbatch .*--array=1-3 ' "$work/told" || fail "a line cannot be added"
call cluster/sweep.sh "$work/swept" "$work/two"
expect 2 'lines differ from those trained'
call cluster/sweep.sh --table "$work/swept"
[ "$(wc -l <"$work/stdout")" = 4 ] || fail "expected a line for each run"

echo "help"
for script in pipeline sweep; do
    call cluster/$script.sh --help
    { [ $code = 0 ] && grep -q -e '--nodes N' "$work/stdout"; } ||
        fail "$script.sh --help: exit $code"
done

echo "what cannot be meant"
call cluster/sweep.sh --task 4 "$work/swept" "$work/two"
expect 2 "unknown option '--task'"
call cluster/pipeline.sh --nodes
expect 2 '--nodes: expected a value'
call cluster/pipeline.sh --nodes 3 "$work/out"
expect 2 'expected OUT, --, and the options of chorus shard'
call cluster/pipeline.sh --encoder "$work/none" "$work/out" -- --format tsv
expect 2 "--encoder $work/none: is not there"
call cluster/sweep.sh "$work/out"
expect 2 'expected OUT and a file with options'
call cluster/sweep.sh "$work/out" "$work/none"
expect 2 'expected a file with a line of options for each run'
call cluster/sweep.sh --table "$work/new"
expect 2 "$work/new: holds no sweep"
call cluster/preflight
expect 2 'expected OUT, and options of chorus train'
unset CHORUS_HOME SLURM_SUBMIT_DIR
for job in prep encode train caption; do
    call cluster/$job.sbatch "$work/out"
    expect 2 'expected to be given to sbatch'
done
exit $bad
