#!/bin/sh
# pipeline.sh - the whole way as jobs, each after the one before
#
#     cluster/pipeline.sh [OPTION]... OUT -- SHARD-OPTION...
#
#   --encoder FILE   JSON of the encoder      (build/encoders/efficientnet-lite2.json)
#   --split NAME     which photos to caption  (val)
#   --nodes N        for encoding and training                             (2)
#   --tasks N        ranks per node there, a core each                     (1)
#   --encode "..."   more options of chorus encode
#   --train "..."    more options of chorus train
#   --caption "..."  more options of chorus caption                 (--beam 3)
#   --wait           end when the last job has ended: with the scores, or with 1
#                    and what became of each job
#
# What comes after -- goes to chorus shard.  OUT must be seen by all nodes; logs
# are written there, and every job that finds its work done is soon over.  When
# a job fails, those after it are cancelled.  cluster/site.conf says what
# differs from cluster to cluster.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)

usage() {
    echo "pipeline.sh: $*; see cluster/pipeline.sh --help" >&2
    exit 2
}

CHORUS_HOME=${CHORUS_HOME:-$here}
export CHORUS_HOME
encoder=$CHORUS_HOME/build/encoders/efficientnet-lite2.json
split=val nodes=2 tasks=1 encode='' train='' caption='--beam 3' wait=''
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help)
        sed -n '2,/^set -eu/s/^# \{0,1\}//p' "$0"
        exit 0 ;;
    --wait) wait=--wait; shift; continue ;;
    --encoder | --split | --nodes | --tasks | --encode | --train | --caption)
        [ $# -ge 2 ] || usage "$1: expected a value" ;;
    -*) usage "unknown option '$1'" ;;
    *) break ;;
    esac
    case $1 in
    --encoder) encoder=$(realpath -m "$2") ;;
    --split) split=$2 ;;
    --nodes) nodes=$2 ;;
    --tasks) tasks=$2 ;;
    --encode) encode=$2 ;;
    --train) train=$2 ;;
    --caption) caption=$2 ;;
    esac
    shift 2
done
{ [ $# -ge 3 ] && [ "$2" = -- ]; } ||
    usage "expected OUT, --, and the options of chorus shard"
out=$(realpath -m "$1")
shift 2
[ -e "$encoder" ] || usage "--encoder $encoder: is not there"
command -v sbatch >/dev/null || {
    echo "pipeline.sh: sbatch is not there: expected a machine of the cluster" >&2
    exit 1
}
# shellcheck source=cluster/site.conf
. "${CHORUS_SITE:-$CHORUS_HOME/cluster/site.conf}"
mkdir -p "$out"

# submit AFTER OPTION... SCRIPT ARGUMENT...: its number to stdout
submit() {
    after=$1
    shift
    [ -z "$after" ] || set -- --dependency="afterok:$after" "$@"
    # A number, and then a failure: of the job that was waited for.
    # shellcheck disable=SC2086 # several options are meant
    number=$(sbatch --parsable --output="$out/%x-%j.log" \
        --kill-on-invalid-dep=yes $SBATCH_OPTIONS "$@") ||
        [ -n "$number" ] || return
    echo "${number%%;*}"
}

# refused JOB...: without one job those before it are of no use.
refused() {
    [ $# = 0 ] || scancel "$@"
    echo "pipeline.sh: sbatch did not take a job; none is left" >&2
    exit 1
}

# ended NAME JOB: one that did not come to its end is told, with its log, where
# it came to write one.  SLURM forgets those that ended minutes ago: nothing
# after them would have begun if they had failed.
ended() {
    scontrol --oneliner show job "$2" 2>/dev/null | sed -n \
        's/.* JobState=\([A-Z_]*\) .* ExitCode=\([0-9]*\):.*/\1 \2/p' |
        while read -r state code; do
            log=$out/chorus-$1-$2.log
            case $state in
            COMPLETED) continue ;;
            FAILED) state="$state with $code" ;;
            esac
            [ ! -e "$log" ] || state="$state; see $log"
            echo "pipeline.sh: $1 (job $2) $state" >&2
        done
}

jobs=$CHORUS_HOME/cluster
prep=$(submit '' "$jobs/prep.sbatch" "$out" "$@") || refused
echo "prep     $prep"
# shellcheck disable=SC2086 # several options are meant
code=$(submit "$prep" --nodes="$nodes" --ntasks-per-node="$tasks" \
    "$jobs/encode.sbatch" "$out" --encoder "$encoder" $encode) ||
    refused "$prep"
echo "encode   $code"
# shellcheck disable=SC2086 # several options are meant
learn=$(submit "$code" --nodes="$nodes" --ntasks-per-node="$tasks" \
    "$jobs/train.sbatch" "$out" $train) || refused "$prep" "$code"
echo "train    $learn"
echo "logs     $out/chorus-*.log"
# The last one says how it went: to wait for it is to wait for all.
[ -z "$wait" ] || rm -f "$out/scores.txt"
# shellcheck disable=SC2086 # several options are meant
last=$(submit "$learn" $wait "$jobs/caption.sbatch" "$out" "$split" $caption) ||
    refused "$prep" "$code" "$learn"
echo "caption  $last"
[ -n "$wait" ] || exit 0
# A job that is cancelled before it began is no failure to sbatch.
[ -e "$out/scores.txt" ] || {
    echo "pipeline.sh: a job failed or was cancelled:" >&2
    ended prep "$prep"
    ended encode "$code"
    ended train "$learn"
    ended caption "$last"
    exit 1
}
cat "$out/scores.txt"
