#!/bin/sh
# 85-jobs.sh - what cluster/ asks of SLURM, and what it says when that refuses
#
# sbatch and scancel are stand-ins here that write down what they are given;
# tests/cluster has a real SLURM.
set -u
cd "$(dirname "$0")/../.." || exit 1
work=$(mktemp -d "${TMPDIR:-/tmp}/chorus-jobs-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

fail() {
    echo "failed: $*"
    sed 's/^/    | /' "$work/asked" "$work/said"
    bad=1
}

mkdir "$work/bin" "$work/out" "$work/out/shards"
cat >"$work/bin/sbatch" <<'END'
#!/bin/sh
number=$(($(cat "$JOBS/number") + 1))
[ "$number" != "${REFUSED:-}" ] || exit 1
echo $number >"$JOBS/number"
echo "$number: $*" >>"$JOBS/asked"
echo $number
END
cat >"$work/bin/scancel" <<'END'
#!/bin/sh
echo "scancel: $*" >>"$JOBS/asked"
END
chmod +x "$work"/bin/*
sed "s/^SBATCH_OPTIONS=.*/SBATCH_OPTIONS='--partition=here'/" \
    cluster/site.conf >"$work/site.conf"
: >"$work/encoder.json"

# ask EXIT SCRIPT ARGUMENT...
ask() {
    expected=$1
    shift
    : >"$work/asked"
    echo 0 >"$work/number"
    PATH=$work/bin:$PATH JOBS=$work CHORUS_SITE=$work/site.conf "$@" \
        >"$work/said" 2>&1
    code=$?
    [ $code = "$expected" ] || fail "$1: exit $code, expected $expected"
}
# asked NUMBER PATTERN
asked() {
    grep -q -e "^$1: .*$2" "$work/asked" || fail "job $1 is not asked for: $2"
}
said() {
    grep -q -e "$1" "$work/said" || fail "not said: $1"
}

echo "the whole way"
pipeline() {
    code=$1
    shift
    ask "$code" cluster/pipeline.sh --encoder "$work/encoder.json" --nodes 3 \
        --tasks 4 "$@" "$work/out" -- --format tsv
}
pipeline 0
asked 1 'prep.sbatch'
asked 2 'afterok:1 --nodes=3 --ntasks-per-node=4 .*encode.sbatch'
asked 3 'afterok:2 --nodes=3 --ntasks-per-node=4 .*train.sbatch'
asked 4 'afterok:3 .*caption.sbatch'
[ "$(grep -c -e --partition=here "$work/asked")" = 4 ] ||
    fail "the options of the site are not given"

echo "a job that is refused takes those before it along"
REFUSED=3
export REFUSED
pipeline 1
asked scancel '1 2$'
! grep -q '^4:' "$work/asked" || fail "another job is asked for"
said 'sbatch did not take a job; none is left'
REFUSED=4
pipeline 1 --wait
asked scancel '1 2 3$'
unset REFUSED

echo "a sweep"
printf '%s\n' '--rate 1e-3' '--rate 2e-3' >"$work/two"
ask 2 cluster/sweep.sh "$work/out" "$work/two"
said 'expected encoded shards'
: >"$work/out/shards/manifest.json"
ask 0 cluster/sweep.sh --nodes 1 --tasks 4 "$work/out" "$work/two" --epochs 2
asked 1 '--nodes=1 --ntasks-per-node=4 .*--array=1-2 .*train.sbatch .*--epochs 2$'
echo '--rate 3e-3' | cat "$work/two" - >"$work/three"
ask 0 cluster/sweep.sh "$work/out" "$work/three"
asked 1 '--array=1-3 '
ask 2 cluster/sweep.sh "$work/out" "$work/two"
said 'differ from those trained'
ask 0 cluster/sweep.sh --table "$work/out"
[ "$(wc -l <"$work/said")" = 4 ] || fail "expected a line for each run"
ask 2 cluster/sweep.sh --task 4 "$work/out" "$work/two"
said "unknown option '--task'"

echo "help, and a script that was not submitted"
for script in pipeline sweep; do
    ask 0 "cluster/$script.sh" --help
    said '--nodes N'
done
ask 2 cluster/preflight
said 'expected OUT'
unset CHORUS_HOME SLURM_SUBMIT_DIR
for script in prep encode train caption; do
    ask 2 "cluster/$script.sbatch" "$work/out"
    said 'expected to be given to sbatch'
done
exit $bad
